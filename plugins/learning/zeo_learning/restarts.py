"""Samples that miss what is wanted go back to noise and down again.

Errors of a network add up on the way down, and fresh noise takes them away (Y. Xu et al., *Restart sampling
for improving generative processes*, NeurIPS 2023). Whether a sample is four-connected is known as soon as it
is drawn, and its properties can be estimated: only those that miss go back, and they keep their cell, their
symmetry and roughly their shape.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from zeo.crystal.structure import Structure
from zeo.plugin.candidate import Candidate
from zeo.plugin.framework import framework_values
from zeo.plugin.registry import Plugins
from zeo.plugin.targets import Target

UNDEFINED = 1e9
"""How far off target a framework is of which a wanted property is undefined: further than any other, nearer
than what is no framework."""

GEOMETRY, ENERGY_ESTIMATE = "geometry", "energy_estimate"
"""The probe and its quantity that tell the energy before relaxation."""

S = TypeVar("S")


def restarted(
    samples: Sequence[S],
    miss: Callable[[int, S], float],
    again: Callable[[Sequence[int], Sequence[S]], Sequence[S]],
    restarts: int,
) -> list[tuple[S, int]]:
    """The best of what samples were, and how often each went back.

    Args:
        samples: as drawn.
        miss: from the number of a sample, and the sample, to how far it is from what is wanted: 0 where it
            is, infinite where it is no framework.
        again: leads some of the samples, by number, through noise.
        restarts: how often a sample goes back at most.
    """
    best = list(samples)
    misses = [miss(k, sample) for k, sample in enumerate(best)]
    went_back = [0] * len(best)
    for _ in range(restarts):
        missing = [k for k, far in enumerate(misses) if far > 0.0]
        if not missing:
            break
        for k, sample in zip(missing, again(missing, [best[k] for k in missing]), strict=True):
            went_back[k] += 1
            far = miss(k, sample)
            if far <= misses[k]:
                best[k], misses[k] = sample, far
    return list(zip(best, went_back, strict=True))


def distance_from(targets: Sequence[Target], plugins: Plugins) -> Callable[[Structure], float]:
    """What tells how far a framework is from targets, by estimates before relaxation: the sum over the
    targets of its distance from the range, in units of half its width or of its tolerance.

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


def beneath(levels: Sequence[float], back: float) -> list[float]:
    """The levels of noise of a restart: from that to which samples go back, down those of the drawing."""
    return [back, *(level for level in levels if level < back)]


def _far(value: float | None, target: Target) -> float:
    if value is None:
        return UNDEFINED
    scale = max(target.tolerance, 0.5 * (target.high - target.low)) or target.largest_bound
    return 0.0 if target.hit_by(value) else target.distance(value) / scale
