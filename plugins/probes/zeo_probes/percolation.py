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

    labels: NDArray[np.int64]
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
    neighbours = ((1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1))
    labels = np.full(is_open.shape, -1, np.int64)
    displacement = np.zeros((nx, ny, nz, 3), np.int64)
    queue = np.empty((is_open.size, 3), np.int64)
    ranks = np.zeros(is_open.size, np.int64)
    windings = np.zeros((3, 3), np.int64)
    found = 0
    for seed in range(is_open.size):
        x, y, z = seed // (ny * nz), seed // nz % ny, seed % nz
        if not is_open[x, y, z] or labels[x, y, z] >= 0:
            continue
        labels[x, y, z] = found
        queue[0, 0], queue[0, 1], queue[0, 2] = x, y, z
        head, tail, rank = 0, 1, 0
        while head < tail:
            x, y, z = queue[head]
            head += 1
            for dx, dy, dz in neighbours:
                cell_x, jx = divmod(x + dx, nx)
                cell_y, jy = divmod(y + dy, ny)
                cell_z, jz = divmod(z + dz, nz)
                if not is_open[jx, jy, jz]:
                    continue
                walked_x = displacement[x, y, z, 0] + cell_x
                walked_y = displacement[x, y, z, 1] + cell_y
                walked_z = displacement[x, y, z, 2] + cell_z
                known = displacement[jx, jy, jz]
                if labels[jx, jy, jz] < 0:
                    labels[jx, jy, jz] = found
                    known[0], known[1], known[2] = walked_x, walked_y, walked_z
                    queue[tail, 0], queue[tail, 1], queue[tail, 2] = jx, jy, jz
                    tail += 1
                elif rank < 3:
                    windings[rank, 0] = walked_x - known[0]
                    windings[rank, 1] = walked_y - known[1]
                    windings[rank, 2] = walked_z - known[2]
                    rank += _is_independent(windings, rank)
        ranks[found] = rank
        found += 1
    return labels, ranks[:found].copy()


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
