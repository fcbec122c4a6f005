"""Steering: mutation and selection toward the targets of a run, by the probes that measure them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from itertools import chain, islice

from attrs import evolve, frozen

from zeo.interfaces import PropertyProbe
from zeo.registry import Plugins
from zeo.structure import Structure
from zeo.summary import miss
from zeo.targets import Target
from zeo_search.finishing import Finished

STARTS = 4
"""Frameworks to begin with."""

KEPT = 4
"""Frameworks that are mutated in a round: a few, since the best one alone is a dead end too often."""

TIRED = 3
"""Rounds after which the mutants of a framework are all known."""

MARGIN, LARGEST_MARGIN = 0.25, 0.05
"""A target counts as reached this share of its range inside it, but no more than this share of its larger
bound: relaxation moves the properties a little."""


RELAXED_SCALE = 0.99
"""Edges of a framework relaxed with the Sanders-Leslie-Catlow potential, relative to those that distance
least squares gives it: 0.990 +- 0.006 for 40 samples. The targets are meant for relaxed frameworks."""


class Aim:
    """The targets of a run.

    Args:
        targets: each with the probe that measures it.
        plugins: with the probes' options.
    """

    def __init__(self, targets: Sequence[Target], plugins: Plugins) -> None:
        self._targets = [narrowed(target) for target in targets]
        self._probes: dict[str, PropertyProbe] = {
            target.probe: plugins.create("probe", target.probe) for target in targets if target.probe
        }

    def miss(self, structure: Structure) -> float:
        """Sum of the relative distances to the narrowed targets: 0 when all are reached.

        Infinite where a property is undefined.

        Args:
            structure: from distance least squares.
        """
        relaxed = evolve(structure, lattice=RELAXED_SCALE * structure.lattice)
        measured = {name: probe.properties(relaxed) for name, probe in self._probes.items()}
        return sum(
            miss(target, measured[target.probe][target.quantity]) for target in self._targets if target.probe
        )


def narrowed(target: Target) -> Target:
    """A target less its margin on either side; a single value stays as it is."""
    margin = min(MARGIN * (target.high - target.low), LARGEST_MARGIN * max(abs(target.low), abs(target.high)))
    return evolve(target, low=target.low + margin, high=target.high - margin)


@frozen(eq=False)
class Aimed:
    """A framework, how far it is from the targets, and how many were found before it."""

    framework: Finished
    miss: float
    number: int


def steered(
    starts: Iterator[Finished],
    aim: Aim,
    mutate: Callable[[Sequence[Finished], Container[str]], Iterable[Finished]],
    rounds: int,
    least_rounds: int,
) -> Finished | None:
    """The framework nearest to the targets after rounds of mutation and selection; None without a start.

    A round mutates the few nearest that have not been mutated often yet, and takes one more start.

    Args:
        starts: where to begin; no more are taken than needed.
        aim: toward what.
        mutate: gives some children of a few parents, without nets that are known by their quick keys.
        rounds: at most; fewer when the targets are reached.
        least_rounds: even then. Of several that reach the targets the last found is taken, so that the nets
            that every search comes by give way to their mutants.
    """
    found: dict[str, Aimed] = {}
    mutated: Counter[str] = Counter()
    fresh: Iterable[Finished] = islice(starts, STARTS)
    for done in range(rounds + 1):
        for framework in fresh:
            key = framework.quick_key
            if key not in found:
                found[key] = Aimed(framework, aim.miss(framework.structure), len(found))
        nearest = sorted(found.values(), key=lambda aimed: (aimed.miss, -aimed.number))
        if done == rounds or not nearest or (nearest[0].miss == 0.0 and done >= least_rounds):
            break
        rested = [aimed.framework for aimed in nearest if mutated[aimed.framework.quick_key] < TIRED]
        chosen = rested[:KEPT]
        mutated.update(framework.quick_key for framework in chosen)
        fresh = chain(mutate(chosen, found), islice(starts, 1))
    return nearest[0].framework if nearest else None
