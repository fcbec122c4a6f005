"""Steering: mutation and selection toward the targets of a run, by the probes that measure them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from itertools import chain, islice
from math import inf

from attrs import evolve, frozen

from zeo.crystal.structure import Structure
from zeo.plugin.candidate import Candidate
from zeo.plugin.feasibility import RELAXED_SCALE
from zeo.plugin.interfaces import PropertyProbe
from zeo.plugin.registry import Plugins
from zeo.plugin.targets import UNBOUNDED, Target
from zeo_search.finishing import Finished

STARTS = 4
"""Frameworks to begin with."""

KEPT = 4
"""Frameworks that are mutated in a round: a few, since the best one alone is a dead end too often."""

TIRED = 3
"""Rounds after which the mutants of a framework are all known."""

MARGIN, LARGEST_MARGIN = 0.25, 0.05
"""A target counts as reached this share of its range inside it, but no more than this share of its larger
bound: the pipeline regularises and relaxes once more, which moves the properties a little."""


class Aim:
    """The targets of a run, and how a framework is measured against them.

    Args:
        targets: each with the probe that measures it.
        plugins: with the probes' options.
        relaxer: name of the postprocessor that relaxes before anything is measured; none measures frameworks
            as distance least squares left them.
    """

    def __init__(self, targets: Sequence[Target], plugins: Plugins, relaxer: str | None) -> None:
        self._targets = [narrowed(target) for target in targets]
        self._probes: dict[str, PropertyProbe] = {
            target.probe: plugins.create("probe", target.probe) for target in targets if target.probe
        }
        self._relaxer = plugins.create("postprocessor", relaxer) if relaxer else None

    def estimate(self, structure: Structure) -> float:
        """The miss without relaxation, as if that changed the size of the framework alone."""
        scale = RELAXED_SCALE if self._relaxer else 1.0
        return self._distance(evolve(structure, lattice=scale * structure.lattice))

    def miss(self, structure: Structure) -> float:
        """Sum of the relative distances to the narrowed targets, after relaxation: 0 when all are reached.

        Infinite where a property is undefined or relaxation fails.
        """
        if self._relaxer is None:
            return self._distance(structure)
        relaxed = self._relaxer.apply(Candidate.of(structure))
        if relaxed.rejection is not None or relaxed.structure is None:
            return inf
        return self._distance(relaxed.structure)

    def _distance(self, structure: Structure) -> float:
        measured = {name: probe.estimates(structure) for name, probe in self._probes.items()}
        return sum(
            target.miss(measured[target.probe][target.quantity].value)
            for target in self._targets
            if target.probe
        )


def narrowed(target: Target) -> Target:
    """A target less its margin at each bound; a single value stays as it is."""
    margin = min(MARGIN * (target.high - target.low), LARGEST_MARGIN * target.largest_bound)
    low = target.low if target.low <= -UNBOUNDED else target.low + margin
    high = target.high if target.high >= UNBOUNDED else target.high - margin
    return evolve(target, low=low, high=high)


@frozen(eq=False)
class Aimed:
    """A framework, how far it is from the targets (first by an estimate), how many were found before."""

    framework: Finished
    miss: float
    number: int
    estimated: bool = True


class Pool:
    """What a search has found on the way to its aim, each net once."""

    def __init__(self, aim: Aim) -> None:
        self._aim = aim
        self._aimed: dict[str, Aimed] = {}

    def __contains__(self, quick_key: object) -> bool:
        return quick_key in self._aimed

    def add(self, framework: Finished) -> None:
        if framework.quick_key not in self:
            estimate = self._aim.estimate(framework.structure)
            self._aimed[framework.quick_key] = Aimed(framework, estimate, len(self._aimed))

    def nearest(self) -> list[Aimed]:
        """By distance to the targets; of equals the last found comes first."""
        return sorted(self._aimed.values(), key=lambda aimed: (aimed.miss, -aimed.number))

    def measure(self, number: int) -> None:
        """Replace the estimates of the nearest by what the relaxed frameworks measure."""
        for aimed in self.nearest()[:number]:
            if aimed.estimated:
                exact = self._aim.miss(aimed.framework.structure)
                self._aimed[aimed.framework.quick_key] = evolve(aimed, miss=exact, estimated=False)

    def best(self) -> Aimed | None:
        """The nearest that has been measured."""
        return next((aimed for aimed in self.nearest() if not aimed.estimated), None)


def steered(
    starts: Iterator[Finished],
    aim: Aim,
    mutate: Callable[[Sequence[Finished], Container[str]], Iterable[Finished]],
    rounds: int,
    after: int,
) -> Finished | None:
    """The framework nearest to the targets after rounds of mutation and selection; None without a start.

    A round mutates the few nearest that have not been mutated often yet, and takes one more start.

    Args:
        starts: where to begin; no more are taken than needed.
        aim: toward what.
        mutate: gives some children of a few parents, without nets that are known by their quick keys.
        rounds: at most.
        after: rounds once the targets are reached. Of several frameworks that reach them the last found is
            taken, so that the nets that every search comes by give way to their mutants.
    """
    pool = Pool(aim)
    mutated: Counter[str] = Counter()
    fresh: Iterable[Finished] = islice(starts, STARTS)
    for _ in range(rounds + 1):
        for framework in fresh:
            pool.add(framework)
        pool.measure(KEPT)
        best = pool.best()
        if best is None or (best.miss == 0.0 and after == 0):
            break
        after -= best.miss == 0.0
        rested = [aimed.framework for aimed in pool.nearest() if mutated[aimed.framework.quick_key] < TIRED]
        mutated.update(framework.quick_key for framework in rested[:KEPT])
        fresh = chain(mutate(rested[:KEPT], pool), islice(starts, 1))
    return best.framework if best else None
