"""How far a framework is from targets, by what can be told before it is relaxed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from zeo.crystal.structure import Structure
from zeo.plugin.candidate import Candidate
from zeo.plugin.framework import BY_NET, framework_values
from zeo.plugin.registry import Plugins
from zeo.plugin.targets import Target
from zeo.wishes.wish import RELATIVE_TOLERANCE

UNDEFINED = 1e9
"""How far off target a framework is of which a wanted property is undefined: further than any other, nearer
than what is no framework."""

ANOTHER_NET = 1e6
"""Of one whose net is another than wished (its rings, its T atoms): relaxation will not change that."""

GEOMETRY, ENERGY_ESTIMATE = "geometry", "energy_estimate"
"""The probe and its quantity that tell the energy before relaxation."""


def distance_from(targets: Sequence[Target], plugins: Plugins) -> Callable[[Structure], float]:
    """What tells how far a framework is from targets, by estimates before relaxation: the sum over the
    targets of its distance from the range, in units of half its width or of its tolerance, or where a bound
    is missing of a tenth of the other. What the net decides counts first.

    Args:
        targets: on what probes measure, or on the framework itself.
        plugins: with the probes.
    """
    estimates = [_estimate(target, plugins) for target in targets]

    def distance(framework: Structure) -> float:
        pairs = zip(estimates, targets, strict=True)
        return sum(_far(estimate(framework), target) for estimate, target in pairs)

    return distance


def _estimate(target: Target, plugins: Plugins) -> Callable[[Structure], float | None]:
    """From a framework to the quantity that a target is on."""
    if target.probe is not None or target.quantity == "energy":
        quantity = target.quantity if target.probe else ENERGY_ESTIMATE
        probe = plugins.create("probe", target.probe or GEOMETRY)
        return lambda framework: probe.estimates(framework)[quantity].value
    identify = plugins.create("postprocessor", "identify")

    def known(framework: Structure) -> float | None:
        net = identify.apply(Candidate.of(framework)).identity
        value: float | None = framework_values(framework, net, None, None)[target.quantity]
        return value

    return known


def _far(value: float | None, target: Target) -> float:
    if value is None:
        return UNDEFINED
    width = RELATIVE_TOLERANCE * target.largest_bound if target.is_open else 0.5 * (target.high - target.low)
    scale = max(target.tolerance, width) or target.largest_bound
    if target.hit_by(value):
        return 0.0
    another = ANOTHER_NET if target.probe is None and target.quantity in BY_NET else 0.0
    return another + target.distance(value) / scale
