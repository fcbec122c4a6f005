"""A framework as the relaxation sees it: the bonds that stay, and atoms sorted by element."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zeo.crystal.neighbours import pairs_within
from zeo.crystal.net import MAX_BOND, Net
from zeo.crystal.structure import Structure
from zeo_cleanup.bonds import Bonds
from zeo_cleanup.relax.potential import Tetrahedra


def nearest_bonds(structure: Structure) -> Bonds:
    """Bonds of every oxygen to its two nearest silicons; for silica alone.

    Raises:
        NotFourConnectedError: what that gives is no four-connected framework.
    """
    Net.from_structure(structure)
    species = np.array(structure.species)
    si, o = np.flatnonzero(species == "Si"), np.flatnonzero(species == "O")
    coords = structure.frac_coords
    first, second, shifts, distances = pairs_within(structure.lattice, coords[si], coords[o], MAX_BOND)
    order = np.lexsort((distances, second))
    ranked = second[order]
    nearest = order[np.arange(len(ranked)) - np.searchsorted(ranked, ranked) < 2]
    return Bonds(si[first[nearest]], o[second[nearest]], shifts[nearest])


def tetrahedra_of(structure: Structure, bonds: Bonds | None = None) -> Tetrahedra:
    """The four oxygens of each silicon, numbered among the oxygens.

    Args:
        structure: a framework.
        bonds: of it; the nearest ones when None.
    """
    bonds = nearest_bonds(structure) if bonds is None else bonds
    species = np.array(structure.species)
    rank = _rank_within_element(species)
    order = np.argsort(rank[bonds.si], kind="stable")
    return Tetrahedra(rank[bonds.o][order].reshape(-1, 4), bonds.shifts[order].reshape(-1, 4, 3))


def _rank_within_element(species: NDArray[np.str_]) -> NDArray[np.int64]:
    rank = np.zeros(len(species), dtype=np.int64)
    for element in ("Si", "O"):
        chosen = species == element
        rank[chosen] = np.arange(chosen.sum())
    return rank
