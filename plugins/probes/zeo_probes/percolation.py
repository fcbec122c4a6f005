"""Pores of a grid and the directions in which they run through the crystal.

A pore is a set of open points joined by face neighbours, across the faces of the cell too. Walking through a
pore and counting the faces crossed gives each point a displacement in whole cells; where two walks to the
same point disagree, their difference is a winding vector, a lattice vector along which the pore joins its
own image. The rank of a pore's winding vectors is its dimensionality: 0 for a closed cage, 1, 2 or 3 for
channels. A molecule can enter a pore from outside if and only if the rank is at least 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.tools.compiled import njit


@frozen(eq=False)
class Pores:
    """The pores of a grid.

    Args:
        labels: [X, Y, Z], number of the pore that a point belongs to; -1 where the grid is closed.
        dimensionality: [pores], 0 to 3.
    """

    labels: NDArray[np.int32]
    dimensionality: NDArray[np.int64]

    @property
    def accessible(self) -> NDArray[np.bool_]:
        """[X, Y, Z], whether a point lies in a pore that runs through the crystal."""
        channel = np.append(self.dimensionality > 0, False)  # the label -1 picks the last entry
        return channel[self.labels]

    @property
    def largest_dimensionality(self) -> int:
        """Of all pores; 0 when there is none."""
        return int(self.dimensionality.max(initial=0))


def find_pores(is_open: NDArray[np.bool_]) -> Pores:
    """The pores of a periodic grid [X, Y, Z] of open and closed points."""
    labels, dimensionality = _flood(np.ascontiguousarray(is_open, dtype=np.bool_))
    return Pores(labels, dimensionality)


@njit()
def _flood(is_open: Any) -> Any:
    """Breadth-first search from each point not yet in a pore."""
    nx, ny, nz = is_open.shape
    places = np.argwhere(is_open).astype(np.int32)
    numbers = np.full(is_open.shape, -1, np.int32)
    for number in range(len(places)):
        numbers[places[number, 0], places[number, 1], places[number, 2]] = number
    # of each open point: its pore, and the cell it was reached in
    pores = np.full(len(places), -1, np.int32)
    cells = np.zeros((len(places), 3), np.int32)
    queue = np.empty(len(places), np.int32)
    ranks = np.zeros(len(places), np.int64)
    windings = np.zeros((3, 3), np.int64)
    found = 0
    for seed in range(len(places)):
        if pores[seed] >= 0:
            continue
        pores[seed] = found
        queue[0] = seed
        head, tail, rank = 0, 1, 0
        while head < tail:
            here = queue[head]
            head += 1
            x, y, z = places[here]
            for axis in range(3):
                for step in (1, -1):
                    jx, crossed_x = _stepped(x, step if axis == 0 else 0, nx)
                    jy, crossed_y = _stepped(y, step if axis == 1 else 0, ny)
                    jz, crossed_z = _stepped(z, step if axis == 2 else 0, nz)
                    there = numbers[jx, jy, jz]
                    if there < 0:
                        continue
                    walked_x = cells[here, 0] + crossed_x
                    walked_y = cells[here, 1] + crossed_y
                    walked_z = cells[here, 2] + crossed_z
                    if pores[there] < 0:
                        pores[there] = found
                        cells[there, 0], cells[there, 1], cells[there, 2] = walked_x, walked_y, walked_z
                        queue[tail] = there
                        tail += 1
                    elif rank < 3:
                        windings[rank, 0] = walked_x - cells[there, 0]
                        windings[rank, 1] = walked_y - cells[there, 1]
                        windings[rank, 2] = walked_z - cells[there, 2]
                        rank += _is_independent(windings, rank)
        ranks[found] = rank
        found += 1
    labels = np.full(is_open.shape, -1, np.int32)
    for number in range(len(places)):
        labels[places[number, 0], places[number, 1], places[number, 2]] = pores[number]
    return labels, ranks[:found].copy()


@njit(forceinline=True)
def _stepped(index: Any, step: Any, points: Any) -> Any:
    """The index one step on, and the faces of the cell that were crossed."""
    index += step
    if index < 0:
        return index + points, -1
    if index >= points:
        return index - points, 1
    return index, 0


@njit()
def _is_independent(vectors: Any, rank: Any) -> Any:
    """Whether vectors[rank] lies outside the span of the rank independent vectors before it."""
    u, v, w = vectors[0], vectors[1], vectors[2]
    if rank == 0:
        return u[0] != 0 or u[1] != 0 or u[2] != 0
    cross_x = u[1] * v[2] - u[2] * v[1]
    cross_y = u[2] * v[0] - u[0] * v[2]
    cross_z = u[0] * v[1] - u[1] * v[0]
    if rank == 1:
        return cross_x != 0 or cross_y != 0 or cross_z != 0
    return cross_x * w[0] + cross_y * w[1] + cross_z * w[2] != 0
