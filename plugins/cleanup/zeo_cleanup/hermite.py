"""Hermite normal form of integer matrices."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def hermite_rows(matrix: ArrayLike) -> NDArray[np.int64]:
    """The Hermite normal form of the lattice that the rows of a matrix generate.

    Args:
        matrix: integers [m, d].

    Returns:
        int64 [rank, d] in echelon form: positive pivots, and entries above a pivot between 0 and the pivot.
        The same for all matrices whose rows generate the same lattice.
    """
    rows = np.unique(np.array(matrix, dtype=np.int64), axis=0)
    rank = 0
    for column in range(rows.shape[1]):
        while True:
            below = rank + np.flatnonzero(rows[rank:, column])
            if len(below) == 0:
                break
            smallest = below[np.argmin(np.abs(rows[below, column]))]
            rows[[rank, smallest]] = rows[[smallest, rank]]
            if rows[rank, column] < 0:
                rows[rank] *= -1
            if len(below) == 1:
                rows[:rank] -= np.outer(rows[:rank, column] // rows[rank, column], rows[rank])
                rank += 1
                break
            rows[rank + 1 :] -= np.outer(rows[rank + 1 :, column] // rows[rank, column], rows[rank])
    return rows[:rank]


def hermite_columns(matrix: ArrayLike) -> NDArray[np.int64]:
    """The normal form of an integer matrix [m, d] of rank d under unimodular changes of its columns' basis.

    It is the same for ``matrix`` and ``matrix @ u`` with any unimodular u: shifts that are written in another
    lattice basis have the same form.
    """
    columns = np.array(matrix, dtype=np.int64)
    width, done = columns.shape[1], 0
    for row in range(len(columns)):
        while done < width:
            right = done + np.flatnonzero(columns[row, done:])
            if len(right) == 0:
                break
            smallest = right[np.argmin(np.abs(columns[row, right]))]
            columns[:, [done, smallest]] = columns[:, [smallest, done]]
            if columns[row, done] < 0:
                columns[:, done] *= -1
            alone = len(right) == 1
            others = np.arange(0 if alone else done + 1, width)
            others = others[others != done]
            columns[:, others] -= columns[:, [done]] * (columns[row, others] // columns[row, done])
            if alone:
                done += 1
                break
        if done == width:
            break
    return columns
