"""The screen stage: what misses a target before it is relaxed is not worth relaxing."""

from __future__ import annotations

from collections.abc import Callable

from zeo.errors import ConfigError
from zeo.plugin.candidate import Candidate
from zeo.plugin.registry import Plugins
from zeo.running.config import RunConfig
from zeo.running.summary import targets_on


def screening(config: RunConfig, plugins: Plugins) -> Callable[[Candidate], Candidate]:
    """What rejects a candidate that misses one of the targets by its properties before relaxation.

    Raises:
        ConfigError: the run has no targets, or none of its probes measures one.
    """
    if not config.targets:
        raise ConfigError("screening drops what misses a target: give one with --target")
    targets = targets_on(config.targets, [plugins.find("probe", name).spec for name in config.probes])

    def screen(candidate: Candidate) -> Candidate:
        for target in targets:
            assert target.probe is not None
            measured = candidate.unrelaxed_properties[target.probe][target.quantity]
            if not target.hit_by(measured.value):
                value = "undefined" if measured.value is None else f"{measured.value:.4g}"
                return candidate.reject("off target before relaxation", f"{target}, not {value}")
        return candidate

    return screen
