"""How far a net is from what is wanted of it, by what can be told before it is relaxed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from zeo.plugin.registry import Plugins
from zeo.plugin.targets import Target
from zeo_zeosym.crystal import Crystal
from zeo_zeosym.regular import structure_of
from zeo_zeosym.silica import is_four_connected

Miss = Callable[[Crystal], float]
"""0 for a net that is as wanted, infinite for what is no net."""

UNDEFINED = 1e9
"""Of a net of which a wanted property is undefined: further than any other, nearer than what is no net."""


def judged_by(targets: Sequence[Target], plugins: Plugins) -> Miss:
    """How far nets, made regular, are from targets: the sum over the targets of the distance from the range,
    each in units of half its width or of its tolerance.

    Args:
        targets: those without a probe do not count.
        plugins: with the probes.
    """
    probes = [
        (plugins.create("probe", target.probe), target) for target in targets if target.probe is not None
    ]

    def miss(net: Crystal) -> float:
        if not is_four_connected(net):
            return math.inf
        if not probes:
            return 0.0
        framework = structure_of(net)
        return sum(
            _far(probe.estimates(framework)[target.quantity].value, target) for probe, target in probes
        )

    return miss


def _far(value: float | None, target: Target) -> float:
    if value is None:
        return UNDEFINED
    scale = max(target.tolerance, 0.5 * (target.high - target.low)) or target.largest_bound
    return 0.0 if target.hit_by(value) else target.distance(value) / scale
