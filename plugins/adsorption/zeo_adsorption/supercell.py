"""The molecules in the simulated supercell: what the moves of a chain change."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zeo.tools.compiled import njit
from zeo_adsorption.host import Host

FULL = 4096
"""Molecules that a supercell has room for."""

MOST_SITES = 3
"""Of a molecule."""

TRIAL = FULL
"""Row of the sites of a molecule where a move would take it."""


class Place(NamedTuple):
    """Where a molecule is.

    Args:
        gas: which one it is a molecule of.
        direction: which of those of its gas it lies along.
        x: point of the grid of the supercell that it is centred on, along a; likewise the next.
        y: along b.
        z: along c.
    """

    gas: int
    direction: int
    x: int
    y: int
    z: int


class Molecules(NamedTuple):
    """The n molecules of k gases in a supercell.

    A named tuple, which compiled functions take apart themselves; of arrays, which they can change.

    Args:
        total: int64 [1], n.
        numbers: int64 [k], of each gas.
        energy: float64 [1], of all of them, with the framework and with each other, k T.
        places: int64 [5, FULL], a :class:`Place` in each column, of which the first n hold.
        sites: float32 [FULL + 1, MOST_SITES, 3], where they are in the supercell, in steps of the tables of
            pairs: those of a molecule in each row, of which the first n hold and :data:`TRIAL`.
        spheres: whether all are spheres, which meet on points of the grid alone and need no ``sites``.
    """

    total: NDArray[np.int64]
    numbers: NDArray[np.int64]
    energy: NDArray[np.float64]
    places: NDArray[np.int64]
    sites: NDArray[np.float32]
    spheres: bool


def no_molecules(host: Host) -> Molecules:
    """An empty supercell of a framework."""
    return Molecules(
        total=np.zeros(1, np.int64),
        numbers=np.zeros(len(host.guests), np.int64),
        energy=np.zeros(1),
        places=np.zeros((5, FULL), np.int64),
        sites=np.zeros((FULL + 1, MOST_SITES, 3), np.float32),
        spheres=all(guest.molecule.is_sphere for guest in host.guests),
    )


@njit(forceinline=True)
def place_of(molecules: Molecules, item: int) -> Place:
    """Where a molecule is."""
    places = molecules.places
    return Place(places[0, item], places[1, item], places[2, item], places[3, item], places[4, item])


@njit(forceinline=True)
def exchange(molecules: Molecules, first: int, second: int) -> None:
    """Let two molecules swap their columns and rows."""
    places, sites = molecules.places, molecules.sites
    for row in range(5):
        places[row, first], places[row, second] = places[row, second], places[row, first]
    for site in range(0 if molecules.spheres else MOST_SITES):
        for axis in range(3):
            held = sites[first, site, axis]
            sites[first, site, axis] = sites[second, site, axis]
            sites[second, site, axis] = held


@njit(forceinline=True)
def insert(molecules: Molecules, place: Place, energy: float) -> None:
    """Add the molecule of the trial at a place, where it has an energy, k T."""
    last = molecules.total[0]
    _settle(molecules, last, place)
    molecules.total[0] = last + 1
    molecules.numbers[place.gas] += 1
    molecules.energy[0] += energy


@njit(forceinline=True)
def delete_last(molecules: Molecules, energy: float) -> None:
    """Take away the last molecule, which has an energy, k T."""
    last = molecules.total[0] - 1
    molecules.total[0] = last
    molecules.numbers[molecules.places[0, last]] -= 1
    molecules.energy[0] -= energy


@njit(forceinline=True)
def replace_last(molecules: Molecules, place: Place, old_energy: float, new_energy: float) -> None:
    """Put the molecule of the trial at a place in the stead of the last one; they have energies, k T."""
    last = molecules.total[0] - 1
    molecules.numbers[molecules.places[0, last]] -= 1
    molecules.numbers[place.gas] += 1
    molecules.energy[0] += new_energy
    molecules.energy[0] -= old_energy
    _settle(molecules, last, place)


@njit(forceinline=True)
def _settle(molecules: Molecules, item: int, place: Place) -> None:
    """Fill the column and row of a molecule."""
    places, sites = molecules.places, molecules.sites
    places[0, item], places[1, item] = place.gas, place.direction
    places[2, item], places[3, item], places[4, item] = place.x, place.y, place.z
    for site in range(0 if molecules.spheres else MOST_SITES):
        for axis in range(3):
            sites[item, site, axis] = sites[TRIAL, site, axis]
