"""What a design came to, read off its rounds: its hits in order, how they came, and where the effort went."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from zeo.designing.goal import Goal
from zeo.designing.rounds import Asked, Considered, Round
from zeo.running.ranking import times_beaten


def hits_in(rounds: Iterable[Round]) -> list[Considered]:
    """The frameworks that meet the goal, as they came."""
    return [each for done in rounds for each in done.considered if each.hit]


def best_first(
    hits: Sequence[Considered], energies: Sequence[float], goal: Goal
) -> list[tuple[Considered, bool]]:
    """Hits by the objectives, those on the Pareto front first; or else by energy.

    Args:
        hits: in any order.
        energies: of each.
        goal: of the design.

    Returns:
        Each with whether no other one is as good in all objectives and better in one.
    """
    if not goal.objectives:
        return [(hits[at], False) for at in np.argsort(energies, kind="stable")]
    merits = np.array([goal.merits_in(hit.after) for hit in hits]).reshape(len(hits), len(goal.objectives))
    front = (times_beaten(merits) == 0).tolist()
    order = sorted(range(len(hits)), key=lambda at: (not front[at], -merits[at, 0]))
    return [(hits[at], front[at]) for at in order]


def effort_of(rounds: Sequence[Round]) -> dict[str, Asked]:
    """What each arm was asked and gave, summed over rounds, and what learning cost."""
    effort: dict[str, Asked] = {}
    for asked in (asked for done in rounds for asked in done.asked):
        sofar = effort.get(asked.arm, Asked(arm=asked.arm))
        effort[asked.arm] = evolve(
            sofar,
            parents=(*sofar.parents, *asked.parents),
            proposed=sofar.proposed + asked.proposed,
            lost={k: sofar.lost.get(k, 0) + asked.lost.get(k, 0) for k in {*sofar.lost, *asked.lost}},
            new=sofar.new + asked.new,
            relaxed=sofar.relaxed + asked.relaxed,
            hits=sofar.hits + asked.hits,
            seconds=sofar.seconds + asked.seconds,
        )
    for learned in (learned for done in rounds for learned in done.learned):
        name = f"{learned.generator} learning"
        sofar = effort.get(name, Asked(arm=name))
        effort[name] = evolve(sofar, seconds=sofar.seconds + learned.seconds)
    return effort


def _seconds(done: Round) -> float:
    return sum(asked.seconds for asked in done.asked) + sum(learned.seconds for learned in done.learned)


@frozen(eq=False)
class Progress:
    """How a design came along, after each round [rounds].

    Args:
        seconds: nominal, spent so far.
        hits: found so far.
        best: of each objective by its text, the best value so far; NaN before the first.
    """

    seconds: NDArray[np.float64]
    hits: NDArray[np.int64]
    best: dict[str, NDArray[np.float64]]


def progress_of(rounds: Sequence[Round], goal: Goal) -> Progress:
    """That of some rounds, from the first on."""
    found = [hits_in([done]) for done in rounds]
    best = {}
    for which, (formula, sign) in enumerate(goal.objectives):
        merits = [max((goal.merits_in(hit.after)[which] for hit in hits), default=-np.inf) for hits in found]
        highest = np.maximum.accumulate(np.array(merits, dtype=float))
        best[formula.text] = np.where(np.isfinite(highest), sign * highest, np.nan)
    return Progress(
        np.cumsum([_seconds(done) for done in rounds]),
        np.cumsum([len(hits) for hits in found]),
        best,
    )
