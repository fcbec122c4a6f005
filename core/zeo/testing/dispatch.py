"""The check of a plugin of any kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from zeo.errors import ConfigError
from zeo.plugin.interfaces import Plugin
from zeo.testing.conditioner import check_conditioner
from zeo.testing.generator import check_generator
from zeo.testing.postprocessor import check_postprocessor
from zeo.testing.probe import check_probe
from zeo.testing.representation import check_representation

CHECKS: dict[str, Any] = {
    "representation": check_representation,
    "generator": check_generator,
    "conditioner": check_conditioner,
    "probe": check_probe,
    "postprocessor": check_postprocessor,
}


def check_plugin(kind: str, plugin: Plugin, spec: Any, checkpoint: Path | None = None) -> str:
    """Check a plugin of any kind with what its kind's own check takes by default.

    Args:
        kind: one of :data:`zeo.plugin.registry.KINDS`.
        plugin: with the options to check.
        spec: its record.
        checkpoint: weights of a generator; its own when None.

    Returns:
        A remark on what could not be checked; empty as a rule.

    Raises:
        ConformanceError: which promise is broken.
        ConfigError: weights for what is no generator.
    """
    if checkpoint is not None and kind != "generator":
        raise ConfigError(f"a {kind} takes no checkpoint: leave it out")
    more = {} if checkpoint is None else {"checkpoint": checkpoint}
    remark: str = CHECKS[kind](plugin, spec, **more)
    return remark
