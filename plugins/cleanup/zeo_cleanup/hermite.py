"""Hermite normal form of integer matrices."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zeo.tools.compiled import njit


def hermite_rows(matrix: ArrayLike) -> NDArray[np.int64]:
    """The Hermite normal form of the lattice that the rows of a matrix generate.

    Args:
        matrix: integers [m, d].

    Returns:
        int64 [rank, d] in echelon form: positive pivots, and entries above a pivot between 0 and the pivot.
        The same for all matrices whose rows generate the same lattice.
    """
    rows: NDArray[np.int64] = np.array(matrix, dtype=np.int64, order="C")
    return rows[: _reduce(rows)]


def hermite_columns(matrix: ArrayLike) -> NDArray[np.int64]:
    """The normal form of an integer matrix [m, d] of rank d under unimodular changes of its columns' basis.

    It is the same for ``matrix`` and ``matrix @ u`` with any unimodular u: shifts that are written in another
    lattice basis have the same form.
    """
    columns: NDArray[np.int64] = np.array(np.transpose(matrix), dtype=np.int64, order="C")
    _reduce(columns)
    return np.ascontiguousarray(columns.T)


@njit()
def _reduce(rows):
    """Bring the rows of a matrix into echelon form, in place, by Euclid's algorithm; returns their rank."""
    m, width = rows.shape
    rank, column = 0, 0
    while rank < m and column < width:
        smallest, left = -1, 0
        for r in range(rank, m):
            if rows[r, column] != 0:
                left += 1
                if smallest < 0 or abs(rows[r, column]) < abs(rows[smallest, column]):
                    smallest = r
        if left == 0:
            column += 1
            continue
        _exchange(rows, rank, smallest)
        if rows[rank, column] < 0:
            rows[rank] *= -1
        first, last = (0, rank) if left == 1 else (rank + 1, m)  # at last, the entries above the pivot
        for r in range(first, last):
            _subtract(rows, r, rank, rows[r, column] // rows[rank, column])
        if left == 1:
            rank += 1
            column += 1
    return rank


@njit()
def _exchange(rows, one, other):
    for c in range(rows.shape[1]):
        rows[one, c], rows[other, c] = rows[other, c], rows[one, c]


@njit()
def _subtract(rows, target, pivot, times):
    if times != 0:
        for c in range(rows.shape[1]):
            rows[target, c] -= times * rows[pivot, c]
