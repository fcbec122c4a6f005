"""The screen stage: what misses a target before it is relaxed is not worth relaxing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from zeo.plugin.candidate import Candidate
from zeo.plugin.targets import Target


def screening(targets: Sequence[Target]) -> Callable[[Candidate], Candidate]:
    """What rejects a candidate that misses one of the targets by its properties before relaxation.

    Args:
        targets: each with the probe that measures it.
    """

    def screen(candidate: Candidate) -> Candidate:
        for target in targets:
            assert target.probe is not None
            measured = candidate.unrelaxed_properties[target.probe][target.quantity]
            if not target.hit_by(measured.value):
                value = "undefined" if measured.value is None else f"{measured.value:.4g}"
                return candidate.reject("off target before relaxation", f"{target}, not {value}")
        return candidate

    return screen
