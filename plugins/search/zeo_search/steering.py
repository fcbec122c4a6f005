"""Steering: mutation and selection toward the targets of a run, by the probes that measure them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from attrs import evolve, frozen

from zeo.interfaces import PropertyProbe
from zeo.registry import Plugins
from zeo.structure import Structure
from zeo.summary import miss
from zeo.targets import Target
from zeo_search.finishing import Finished

KEPT = 4
"""Frameworks that are mutated in a round: a few, since the best one alone is a dead end too often."""

MARGIN, LARGEST_MARGIN = 0.25, 0.05
"""A target counts as reached this share of its range inside it, but no more than this share of its larger
bound: relaxation moves the properties a little."""


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
        """Sum of the relative distances to the targets, each less its margin; 0 when all are reached.

        Infinite where a property is undefined.
        """
        measured = {name: probe.properties(structure) for name, probe in self._probes.items()}
        return sum(
            miss(target, measured[target.probe][target.quantity]) for target in self._targets if target.probe
        )


def narrowed(target: Target) -> Target:
    """A target less its margin on either side; a single value stays as it is."""
    margin = min(MARGIN * (target.high - target.low), LARGEST_MARGIN * max(abs(target.low), abs(target.high)))
    return evolve(target, low=target.low + margin, high=target.high - margin)


@frozen(eq=False)
class Aimed:
    """A framework, and how far it is from the targets."""

    framework: Finished
    miss: float


def steered(
    start: Iterable[Finished],
    aim: Aim,
    mutate: Callable[[Sequence[Finished]], Iterable[Finished]],
    rounds: int,
) -> Finished | None:
    """The framework nearest to the targets after rounds of mutation and selection; None without a start.

    Args:
        start: where to begin.
        aim: toward what.
        mutate: gives some children of a few parents.
        rounds: at most; fewer when the targets are reached.
    """
    best: list[Aimed] = []
    known: set[str] = set()
    found = start
    for remaining in range(rounds, -1, -1):
        for framework in found:
            if framework.quick_key not in known:
                known.add(framework.quick_key)
                best.append(Aimed(framework, aim.miss(framework.structure)))
        best = sorted(best, key=lambda aimed: aimed.miss)[:KEPT]
        if not best or best[0].miss == 0.0 or remaining == 0:
            break
        found = mutate([aimed.framework for aimed in best])
    return best[0].framework if best else None
