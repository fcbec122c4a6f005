"""Which known frameworks are measured in the first rounds, where no column says what the goal asks."""

from __future__ import annotations

import numpy as np

from zeo.designing.state import State

AT_A_TIME = 24
"""Frameworks."""

ROUNDS = 2
"""The first measures some at random among the nearest by the other aims, the second those where the guess is
best."""

AMONG = 20
"""So many times more are among the nearest."""


def is_due(state: State) -> bool:
    """Whether the next round is to measure known frameworks."""
    return bool(state.known.missing) and _surveys(state) < ROUNDS


def _surveys(state: State) -> int:
    """Rounds that measured known frameworks: they asked nobody to propose others."""
    return sum(not each.asked for each in state.rounds)


def positions(state: State) -> list[int]:
    """Those of the frameworks to measure in the next round: at first some near by what is known, then those
    that seem nearest."""
    misses = np.array(state.known.misses(state.aims, state.hopes))
    misses[list(state.known.measured)] = np.inf
    order = np.argsort(misses, kind="stable")[: AT_A_TIME if _surveys(state) else AMONG * AT_A_TIME]
    order = order[np.isfinite(misses[order])]
    chosen = state.stream().choice(order, min(AT_A_TIME, len(order)), replace=False)
    return [int(position) for position in chosen]
