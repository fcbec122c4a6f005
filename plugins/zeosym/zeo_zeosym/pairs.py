"""Near atoms in cells of any shape: the basis of a drawn lattice may be sheared a hundredfold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zeo.crystal.lattice import short_basis
from zeo.crystal.neighbours import Pairs, pairs_within
from zeo.crystal.structure import Structure
from zeo_zeosym.operations import Array

ROUNDING = 1e-6
"""Of fractional coordinates."""


def near_pairs(lattice: Array, first: Array, second: Array, cutoff: float) -> Pairs:
    """:func:`zeo.crystal.neighbours.pairs_within`, by way of a basis of short vectors.

    Raises:
        InputError: a lattice that has collapsed.
    """
    basis, inverse = _short(lattice)
    i, j, shift, distance = pairs_within(basis @ lattice, first @ inverse, second @ inverse, cutoff)
    return i, j, shift @ basis, distance


def in_short_cell(structure: Structure) -> Structure:
    """The same atoms in a cell of short vectors, inside of it but for rounding: an atom that symmetry holds
    at the origin stays there and does not jump to the other end of the cell."""
    basis, inverse = _short(structure.lattice)
    coords = structure.frac_coords @ inverse
    coords = coords - np.floor(coords + ROUNDING)
    return Structure(basis @ structure.lattice, structure.species, coords)


def _short(lattice: Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Integers [3, 3] that make a short basis of a lattice, and their inverse."""
    basis = short_basis(lattice)
    return basis, np.rint(np.linalg.inv(basis)).astype(np.int64)
