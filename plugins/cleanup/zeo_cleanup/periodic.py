"""Pairs of points in a periodic cell."""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import ArrayLike, NDArray


def pairs_within(
    lattice: NDArray[np.float64], first: ArrayLike, second: ArrayLike, cutoff: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """All pairs of a point of ``first`` and a periodic image of a point of ``second`` closer than ``cutoff``.

    Coordinates may lie outside the cell. Pairs are sorted by first index, second index and offset. A point
    that is in both sets pairs with itself at distance 0; callers who do not want that drop it.

    Args:
        lattice: [3, 3], rows a, b, c in angstrom; any shape of cell.
        first: fractional coordinates [n, 3].
        second: fractional coordinates [m, 3].
        cutoff: in angstrom, exclusive.

    Returns:
        indices into ``first`` and ``second`` [P], lattice offsets [P, 3] of the second point, distances [P].
    """
    first = np.asarray(first, dtype=float).reshape(-1, 3)
    second = np.asarray(second, dtype=float).reshape(-1, 3)
    difference = second[None] - first[:, None]
    home = -np.round(difference).astype(np.int64)
    difference += home
    # |fractional coordinate| <= cutoff / plane spacing, and the wrapped difference is at most 1/2
    reach = cutoff * np.linalg.norm(np.linalg.inv(lattice), axis=0)
    images = [range(-n, n + 1) for n in (math.ceil(r - 0.5) if r > 0.5 else 0 for r in reach)]
    found = []
    for image in itertools.product(*images):
        near = np.ones(difference.shape[:2], dtype=bool)
        for axis in range(3):
            near &= np.abs(difference[..., axis] + image[axis]) <= reach[axis]
        i, j = np.nonzero(near)
        vectors = (difference[i, j] + image) @ lattice
        distances = np.sqrt(np.einsum("pk,pk->p", vectors, vectors))
        close = distances < cutoff
        i, j = i[close], j[close]
        found.append((i, j, home[i, j] + image, distances[close]))
    i, j, shifts, distances = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.lexsort((shifts[:, 2], shifts[:, 1], shifts[:, 0], j, i))
    return i[order], j[order], shifts[order], distances[order]


def each_once(i: NDArray[np.int64], j: NDArray[np.int64], shifts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which pairs to keep so that of a pair and its reverse one is left, and none of a point with itself.

    Args:
        i: indices [P] into one set of points.
        j: indices [P] into the same set.
        shifts: lattice offsets [P, 3] of the second point.
    """
    x, y, z = shifts.T
    first_nonzero = np.where(x != 0, x, np.where(y != 0, y, z))
    return np.asarray((i < j) | ((i == j) & (first_nonzero > 0)))
