"""The moves of a Markov chain of the grand-canonical ensemble, and how they are accepted.

Insertions and deletions (Frenkel and Smit, Understanding Molecular Simulation, 2002, section 5.6) propose
states by their weights exp(-E) to the power :data:`zeo_adsorption.host.FLATNESS`, so that the rest of the
weights decides on the acceptance. Molecules move to points near by, turn where they are, or go anywhere; in
mixtures they also change their identity in place. Energies are in units of k T.

What a branch needs is worked out before it, and divisors are not checked (``error_model="numpy"``): where
branches differ in the named tuples that they use, numba counts the references to each of their arrays at
every call, and a move takes three times as long.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zeo.tools.compiled import njit
from zeo_adsorption.energies import Energy, Tables, energy_of, energy_with_framework, place_trial
from zeo_adsorption.host import FLATNESS
from zeo_adsorption.proposals import (
    Proposals,
    any_gas,
    anywhere,
    displaced,
    finds_pores,
    of_any_gas,
    rotated,
)
from zeo_adsorption.supercell import (
    FULL,
    TRIAL,
    Molecules,
    Place,
    delete_last,
    exchange,
    insert,
    place_of,
    replace_last,
)

SWAPS = 0.7
"""Share of the moves that insert or delete."""

IDENTITIES = 0.1
"""Share of the moves of a mixture that turn a molecule into one of another gas."""

NEARBY = 0.7
"""Share of the other moves that go to a point near by or turn; the rest go anywhere."""

DELETED, DELETIONS, INSERTED, INSERTIONS, ENERGY, VISITS = range(6)
"""Columns of what is collected for each number of molecules: the sum of the probabilities of acceptance of
deletions and their number, the same of insertions, the sum of the energies, and the states visited."""


class Ensemble(NamedTuple):
    """What does not change: a framework at a temperature, and k gases at their fugacities.

    Args:
        tables: in which energies are looked up.
        proposals: from which places are drawn.
        log_activities: float64 [k], see :func:`zeo_adsorption.chain.log_activity`.
        log_fugacities: float64 [k], ln of Pa.
    """

    tables: Tables
    proposals: Proposals
    log_activities: NDArray[np.float64]
    log_fugacities: NDArray[np.float64]


@njit()
def walk(
    ensemble: Ensemble,
    molecules: Molecules,
    moves: int,
    stream: np.random.Generator,
    collected: NDArray[np.float64],
    sums: NDArray[np.float64],
) -> None:
    """Make some moves.

    Args:
        ensemble: what is simulated.
        molecules: in the supercell, which the moves change.
        moves: how many.
        stream: of random numbers.
        collected: [FULL + 1, 6], added to for each total number of molecules, see :data:`DELETED`.
        sums: [k], to which the number of molecules of each gas is added after each move.
    """
    tables, proposals = ensemble.tables, ensemble.proposals
    gases = len(molecules.numbers)
    identities = IDENTITIES if gases > 1 else 0.0
    for _ in range(moves):
        move = stream.random()
        if move < 0.5 * SWAPS:
            gas = any_gas(proposals, stream)
            if finds_pores(proposals, gas):
                _try_insertion(ensemble, molecules, gas, stream, collected)
        elif molecules.total[0] > 0:
            old = _choose(molecules, stream)
            if move < SWAPS:
                _try_deletion(ensemble, molecules, old, stream, collected)
            else:
                new, power = _proposed(proposals, old, move < SWAPS + identities, stream)
                if energy_with_framework(tables, new) < np.inf:
                    _try_change(ensemble, molecules, old, new, power, stream)
        count = molecules.total[0]
        collected[count, ENERGY] += molecules.energy[0]
        collected[count, VISITS] += 1.0
        for gas in range(gases):
            sums[gas] += molecules.numbers[gas]


@njit(forceinline=True)
def _choose(molecules: Molecules, stream: np.random.Generator) -> Place:
    """Any molecule, which becomes the last, so that all before it are the others."""
    count = molecules.total[0]
    exchange(molecules, int(stream.random() * count), count - 1)
    place: Place = place_of(molecules, count - 1)
    return place


@njit(forceinline=True)
def _proposed(
    proposals: Proposals, old: Place, identity: bool, stream: np.random.Generator
) -> tuple[Place, float]:
    """A new place of a molecule, and the power of the weight of its state by which that was drawn."""
    power = 0.0
    if identity:
        new = of_any_gas(proposals, old, stream)
    elif stream.random() >= NEARBY:
        new = anywhere(proposals, old.gas, stream)
        power = FLATNESS
    elif stream.random() < 0.5 and proposals.directions[old.gas] > 1:
        new = rotated(proposals, old, stream)
    else:
        new = displaced(proposals, old, stream)
    return new, power


@njit(forceinline=True)
def _try_insertion(
    ensemble: Ensemble,
    molecules: Molecules,
    gas: int,
    stream: np.random.Generator,
    collected: NDArray[np.float64],
) -> None:
    """Of a molecule of a gas."""
    count = molecules.total[0]
    place = anywhere(ensemble.proposals, gas, stream)
    place_trial(ensemble.tables, molecules, place)
    energy = energy_of(ensemble.tables, molecules, place, TRIAL, count)
    probability = _acceptance(_log_ratio_of_insertion(ensemble, gas, energy, count))
    collected[count, INSERTED] += probability
    collected[count, INSERTIONS] += 1.0
    if stream.random() < probability and count < FULL:
        insert(molecules, place, energy.total)


@njit(forceinline=True)
def _try_deletion(
    ensemble: Ensemble,
    molecules: Molecules,
    place: Place,
    stream: np.random.Generator,
    collected: NDArray[np.float64],
) -> None:
    """Of the last molecule, which is at a place."""
    count = molecules.total[0]
    energy = energy_of(ensemble.tables, molecules, place, count - 1, count - 1)
    probability = _acceptance(_log_ratio_of_deletion(ensemble, place.gas, energy, count))
    collected[count, DELETED] += probability
    collected[count, DELETIONS] += 1.0
    if stream.random() < probability:
        delete_last(molecules, energy.total)


@njit(forceinline=True)
def _try_change(
    ensemble: Ensemble,
    molecules: Molecules,
    old: Place,
    new: Place,
    power: float,
    stream: np.random.Generator,
) -> None:
    """Of the last molecule from its old place to a new one, which was drawn by a power of its weight."""
    last = molecules.total[0] - 1
    place_trial(ensemble.tables, molecules, new)
    after = energy_of(ensemble.tables, molecules, new, TRIAL, last)
    before = energy_of(ensemble.tables, molecules, old, last, last)
    if stream.random() < _acceptance(_log_ratio_of_change(ensemble, old, new, before, after, power)):
        replace_last(molecules, new, before.total, after.total)


@njit(forceinline=True, error_model="numpy")
def _log_ratio_of_insertion(ensemble: Ensemble, gas: int, energy: Energy, count: int) -> float:
    """ln of the acceptance of an insertion among N molecules over that of its reverse.

    An insertion picks one of k gases, a deletion one of N + 1 molecules: hence (N + 1) / k.
    """
    log_ratio: float = (FLATNESS - 1.0) * energy.framework - energy.others
    log_ratio += ensemble.log_activities[gas] + ensemble.proposals.log_sums[gas]
    log_ratio -= math.log((count + 1.0) / len(ensemble.log_activities))
    return log_ratio


@njit(forceinline=True, error_model="numpy")
def _log_ratio_of_deletion(ensemble: Ensemble, gas: int, energy: Energy, count: int) -> float:
    """The same of a deletion among N molecules, the reverse of an insertion among N - 1."""
    log_ratio: float = math.log(count / len(ensemble.log_activities))
    log_ratio -= ensemble.log_activities[gas]
    log_ratio -= ensemble.proposals.log_sums[gas]
    log_ratio += energy.others + (1.0 - FLATNESS) * energy.framework
    return log_ratio


@njit(forceinline=True, error_model="numpy")
def _log_ratio_of_change(
    ensemble: Ensemble, old: Place, new: Place, before: Energy, after: Energy, power: float
) -> float:
    """The same of a change of place, direction or gas."""
    directions = ensemble.proposals.directions
    log_ratio: float = (1.0 - power) * (before.framework - after.framework) + before.others - after.others
    log_ratio += ensemble.log_fugacities[new.gas] - ensemble.log_fugacities[old.gas]
    log_ratio += math.log(directions[new.gas] / directions[old.gas])
    return log_ratio


@njit(forceinline=True)
def _acceptance(log_ratio: float) -> float:
    """The probability that a move is accepted."""
    return 1.0 if log_ratio >= 0 else math.exp(log_ratio)
