"""The ``sites`` representation: a cell and its atoms as the rows of a matrix.

S. Kim et al., *Generative adversarial networks for crystal structure prediction*, ACS Cent. Sci. 2020, 6,
1412: a point set is inverted without loss, takes a hundredth of the memory of a grid, and is as large for any
cell. It has no symmetry: the same crystal in another cell, order or origin is another matrix.

Rows, with five columns:

    a  b  c  0  0          edges, angstrom
    α  β  γ  0  0          angles, degrees
    x  y  z  1  0          a silicon atom, fractional
    x  y  z  0  1          an oxygen atom
    0  0  0  0  0          no atom: the padding

Silicon comes before oxygen, each by rising x, then y, then z.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.structure import Structure, cell_vectors
from zeo.errors import InputError
from zeo.plugin.interfaces import Representation
from zeo.plugin.options import option

COLUMNS = 5
CELL_ROWS = 2
ELEMENTS = ("Si", "O")

SAME = 1e-4
"""Fractional coordinates closer than this are one when atoms are put in order, so that rounding changes no
order of the atoms of a plane."""

Matrix = NDArray[np.float32]


@frozen(kw_only=True)
class SitesOptions:
    """Options of representations by rows of atoms."""

    atoms: int = option(240, "rows for atoms, used or not", at_least=3, at_most=30_000)


class Sites(Representation[Matrix]):
    """Matrices of float32 [2 + atoms, 5]."""

    Options = SitesOptions
    options: SitesOptions

    def encode(self, structure: Structure) -> Matrix:
        """Write a structure.

        Raises:
            InputError: other elements than Si and O, or more atoms than there are rows.
        """
        return matrix_of(structure, self.options.atoms, "sites")

    def decode(self, encoded: Matrix) -> Structure:
        """The cell and the rows that are more an atom than none.

        Raises:
            InputError: a matrix of another shape, or edges and angles of no cell.
        """
        return structure_of(encoded)


def matrix_of(structure: Structure, atoms: int, name: str) -> Matrix:
    """The matrix of a structure.

    Args:
        structure: of silicon and oxygen.
        atoms: rows for them.
        name: of the representation, whose options the user is told to change.

    Raises:
        InputError: see :meth:`Sites.encode`.
    """
    foreign = sorted(set(structure.species) - set(ELEMENTS))
    if foreign:
        raise InputError(f"a matrix of sites holds Si and O only, not {', '.join(foreign)}")
    if len(structure) > atoms:
        raise InputError(
            f"a framework of {len(structure)} atoms is too large for a matrix of {atoms}:"
            f" set {name}.atoms={len(structure)}"
        )
    matrix = np.zeros((CELL_ROWS + atoms, COLUMNS), np.float32)
    matrix[0, :3], matrix[1, :3] = structure.lengths, structure.angles
    row = CELL_ROWS
    for kind, element in enumerate(ELEMENTS):
        coords = in_order(structure.coords_of(element))
        rows = slice(row, row + len(coords))
        matrix[rows, :3], matrix[rows, 3 + kind] = coords, 1.0
        row += len(coords)
    return matrix


def in_order(coords: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fractional coordinates [m, 3] within the cell, by rising x, then y, then z."""
    coords = coords % 1.0
    coords[coords > 1.0 - SAME / 2] -= 1.0
    x, y, z = np.round(coords / SAME).T
    return coords[np.lexsort((z, y, x))]


def structure_of(matrix: Any) -> Structure:
    """The atoms of a matrix [2 + atoms or more, 5].

    Raises:
        InputError: see :meth:`Sites.decode`.
    """
    matrix = np.asarray(matrix, dtype=float)
    if matrix.ndim != 2 or matrix.shape[0] <= CELL_ROWS or matrix.shape[1] != COLUMNS:
        raise InputError(f"a matrix of sites has {COLUMNS} columns, not the shape {matrix.shape}")
    if not np.isfinite(matrix).all():
        raise InputError("the matrix of sites holds numbers that are not finite")
    rows = matrix[CELL_ROWS:]
    kinds = np.where(rows[:, 3:].max(axis=1) > 0.5, rows[:, 3:].argmax(axis=1), len(ELEMENTS))
    si, o = (rows[kinds == kind, :3] for kind in range(len(ELEMENTS)))
    return Structure.from_si_o(_lattice(*matrix[:CELL_ROWS, :3]), si, o)


def _lattice(lengths: NDArray[np.float64], angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Raises:
    InputError: they span no cell.
    """
    cosines = np.cos(np.radians(angles))
    squared_volume = 1.0 - (cosines**2).sum() + 2.0 * cosines.prod()
    if lengths.min() <= 0 or angles.min() <= 0 or angles.max() >= 180 or squared_volume <= 0:
        edges, corners = (" x ".join(f"{each:.3g}" for each in found) for found in (lengths, angles))
        raise InputError(f"no cell has edges of {edges} A and angles of {corners} degrees")
    return cell_vectors(lengths, angles)
