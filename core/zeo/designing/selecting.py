"""Which of the new frameworks of a round are worth relaxing."""

from __future__ import annotations

import math
from collections.abc import Sequence

from attrs import define

from zeo.data.sets.entry import Entry
from zeo.designing.arms import RELAXED
from zeo.designing.lineages import Room, most_of_lineage
from zeo.designing.rounds import Considered
from zeo.designing.state import LEAST, State
from zeo.designing.tasks import Proposal

TRIED = 2.0
"""Nominal seconds that go into relaxation, for each that went into proposing, where there are objectives."""


@define
class Case:
    """A new framework on its way through a round.

    Args:
        index: of the arm that proposed it.
        proposal: as it came.
        entry: what the data set will say of it.
        told: what the round will say of it.
    """

    index: int
    proposal: Proposal
    entry: Entry
    told: Considered


def promising(state: State, cases: Sequence[Case], wanted: float) -> list[Case]:
    """What is worth its time, by the chance to hit, until so many hits are to be expected as are wanted.

    Args:
        state: before the round.
        cases: to choose from.
        wanted: hits that are still wanted.
    """
    left = max(wanted, 0)
    left += 1.0 + 2.0 * math.sqrt(min(left, 1e6))
    chosen: list[Case] = []
    room = _room(state)
    for chance, case in sorted(_chances(state, cases), key=lambda pair: -pair[0] / pair[1].proposal.t_atoms):
        told = case.told
        if left > 0 and chance >= state.worth(case.proposal) and room.is_left(told.lineage):
            chosen.append(case)
            left -= chance * state.come_true
            room.take(told.lineage, told.chance)
    return chosen


def gainful(state: State, cases: Sequence[Case], seconds: float) -> list[Case]:
    """What is expected to add most to the objectives for its time.

    Args:
        state: before the round.
        cases: to choose from.
        seconds: nominal, that went into proposing them.
    """
    left = TRIED * seconds
    chosen: list[Case] = []
    room = _room(state)
    for chance, case in sorted(
        _chances(state, cases), key=lambda pair: -pair[0] * pair[1].told.gain / pair[1].proposal.t_atoms
    ):
        told = case.told
        if left > 0 and chance >= LEAST and told.gain > 0 and room.is_left(told.lineage):
            chosen.append(case)
            left -= RELAXED * case.proposal.t_atoms
            room.take(told.lineage, told.chance)
    return chosen


def _chances(state: State, cases: Sequence[Case]) -> list[tuple[float, Case]]:
    """Each with its chance to meet the wishes, and to do so still once it is shaken."""
    return [(case.told.chance * state.lineages.firmness(case.told.lineage), case) for case in cases]


def _room(state: State) -> Room:
    return Room(state.lineages, most_of_lineage(state.resolved.recipe.best, len(state.rounds)))
