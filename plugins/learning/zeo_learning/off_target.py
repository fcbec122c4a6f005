"""How far a framework is from targets, by what can be told before it is relaxed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from zeo.crystal.net import Net, NetError
from zeo.crystal.structure import Structure
from zeo.plugin.candidate import Candidate
from zeo.plugin.framework import BY_NET, framework_values
from zeo.plugin.registry import Plugins
from zeo.plugin.seen import digest_of
from zeo.plugin.targets import Target
from zeo.wishes.wish import RELATIVE_TOLERANCE
from zeo_cleanup.key import topology_of

UNDEFINED = 1e9
"""How far off target a framework is of which a wanted property is undefined: further than any other, nearer
than what is no framework."""

ANOTHER_NET = 1e6
"""Of one whose net is another than wished (its rings, its T atoms): relaxation will not change that."""

SEEN = 5e9
"""Of one with a net that is not wanted, whatever else it is."""

GEOMETRY, ENERGY_ESTIMATE = "geometry", "energy_estimate"
"""The probe and its quantity that tell the energy before relaxation."""


def distance_from(
    targets: Sequence[Target], plugins: Plugins, shunned: frozenset[bytes] = frozenset()
) -> Callable[[Structure], float]:
    """What tells how far a framework is from targets, by estimates before relaxation: the sum over the
    targets of its distance from the range, in units of half its width or of its tolerance, or where a bound
    is missing of a tenth of the other. What the net decides counts first.

    Args:
        targets: on what probes measure, or on the framework itself.
        plugins: with the probes.
        shunned: digests of nets that are not wanted, see :func:`zeo.plugin.seen.digest_of`.
    """
    told_by = [_told_by(target) for target in targets]
    estimates = {source: _estimate(source, plugins) for source, _ in told_by}  # each made once

    def distance(framework: Structure) -> float:
        if shunned and _is_among(shunned, framework):
            return SEEN
        values = {source: estimate(framework) for source, estimate in estimates.items()}
        pairs = zip(told_by, targets, strict=True)
        return sum(_far(values[source][quantity], target) for (source, quantity), target in pairs)

    return distance


def _is_among(nets: frozenset[bytes], framework: Structure) -> bool:
    """Whether its net is one of those; one that has no key counts, as nobody can tell that it is another."""
    try:
        return digest_of(topology_of(Net.from_structure(framework)).key) in nets
    except NetError:
        return True


def _told_by(target: Target) -> tuple[str | None, str]:
    """The probe that tells a quantity, None for the framework itself, and what it calls it."""
    if target.probe is None and target.quantity == "energy":
        return GEOMETRY, ENERGY_ESTIMATE
    return target.probe, target.quantity


def _estimate(source: str | None, plugins: Plugins) -> Callable[[Structure], Mapping[str, float | None]]:
    """From a framework to all that a probe tells of it, or it of itself."""
    if source is not None:
        probe = plugins.create("probe", source)
        return lambda framework: {name: found.value for name, found in probe.estimates(framework).items()}
    identify = plugins.create("postprocessor", "identify")

    def known(framework: Structure) -> Mapping[str, float | None]:
        net = identify.apply(Candidate.of(framework)).identity
        return framework_values(framework, net, None, None)

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
