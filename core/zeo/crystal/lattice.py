"""Short bases of lattices."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zeo.crystal.neighbours import cell_heights
from zeo.errors import InputError

TIE = 1e-6
"""In centred cells, two multiples often shorten a vector equally: what differs less is a matter of rounding,
and the smaller multiple is taken."""

MOST_TIMES = 1e9
"""What is so many times longer than a vector is of another length than double precision can relate to it."""

THINNEST = 1.0
"""Angstrom between opposite faces of a reduced cell."""

MOST_SKEWED = 1000
"""Times that one vector of a cell may be in another: files of skewed supercells have a few."""


def shortening(gram: ArrayLike) -> NDArray[np.int64]:
    """The unimodular matrix that turns a basis into one of short, nearly orthogonal vectors.

    Integer multiples of one vector are taken from another as long as that shortens it (the pairwise
    reduction of Lagrange and Gauss, over all pairs of three vectors).

    Args:
        gram: [3, 3], inner products of the basis vectors.

    Returns:
        int64 [3, 3]; if the basis vectors are rows, ``matrix @ basis`` is the short basis.

    Raises:
        InputError: the vectors span no cell, as far as rounding tells.
    """
    gram = np.array(gram, dtype=float)
    matrix = np.eye(3, dtype=np.int64)
    improved = True
    while improved:
        improved = False
        for i in range(3):
            for j in range(3):
                if not (gram[j, j] > 0.0 and abs(gram[i, j]) < MOST_TIMES * gram[j, j]):
                    raise InputError("the cell has collapsed or is badly skewed: no short vectors span it")
                times = _nearest_integer(gram[i, j] / gram[j, j]) if i != j else 0
                shortened = gram[i, i] - 2 * times * gram[i, j] + times**2 * gram[j, j]
                if times and shortened < gram[i, i] * (1 - TIE):
                    matrix[i] -= times * matrix[j]
                    gram[i] -= times * gram[j]
                    gram[:, i] -= times * gram[:, j]
                    improved = True
    return matrix


def short_basis(lattice: ArrayLike) -> NDArray[np.int64]:
    """:func:`shortening` of a cell that a crystal can have.

    Args:
        lattice: [3, 3], rows a, b, c in angstrom.

    Raises:
        InputError: its vectors are too long for the cell that they span, or opposite faces of that cell
            almost touch.
    """
    lattice = np.asarray(lattice, dtype=float)
    matrix = shortening(lattice @ lattice.T)
    heights = cell_heights(matrix @ lattice)
    if heights.min() < THINNEST or np.abs(matrix).max() > MOST_SKEWED:
        raise InputError(
            "the cell has collapsed or is badly skewed: opposite faces are"
            f" {cell_heights(lattice).min():.2g} A apart"
        )
    return matrix


def _nearest_integer(x: float) -> int:
    """Halves go toward zero, whichever way they were rounded."""
    return int(np.copysign(np.ceil(abs(x) - 0.5 - TIE), x))
