"""Pairs of points that are close to each other in a periodic cell of any shape."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree


def cell_heights(lattice: ArrayLike) -> NDArray[np.float64]:
    """Distances between the opposite faces of a cell, [3], in angstrom."""
    heights: NDArray[np.float64] = 1.0 / np.linalg.norm(np.linalg.inv(np.asarray(lattice, float)), axis=0)
    return heights


def close_pairs(
    lattice: ArrayLike, frac_coords: ArrayLike, cutoff: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Pairs of distinct points closer than ``cutoff``, each once, over all periodic images.

    Args:
        lattice: [3, 3], rows a, b, c in angstrom; any shape, sheared too.
        frac_coords: [n, 3].
        cutoff: in angstrom.

    Returns:
        int64 [m, 2], the two points with the smaller index first, in lexicographic order, and float64 [m],
        the distance of their closest images.
    """
    lattice = np.asarray(lattice, dtype=float)
    home = np.asarray(frac_coords, dtype=float).reshape(-1, 3) % 1.0
    points, owners = _with_images(home, cutoff / cell_heights(lattice))
    tree = cKDTree(points @ lattice)
    found = tree.sparse_distance_matrix(cKDTree(home @ lattice), cutoff, output_type="coo_matrix")
    i, j, distances = owners[found.row], found.col.astype(np.int64), found.data
    once = i < j
    pairs, distances = np.stack([i[once], j[once]], axis=1), distances[once]
    order = np.lexsort((distances, pairs[:, 1], pairs[:, 0]))
    pairs, distances = pairs[order], distances[order]
    first = np.ones(len(pairs), dtype=bool)
    first[1:] = (pairs[1:] != pairs[:-1]).any(axis=1)
    return pairs[first], distances[first]


def _with_images(
    home: NDArray[np.float64], margin: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The points and those of their images that lie within ``margin`` (fractional) of the home cell."""
    points, owners = home, np.arange(len(home))
    for axis, width in enumerate(margin):
        reach = np.arange(-int(np.ceil(width)), int(np.ceil(width)) + 1)
        images = np.repeat(points[None], len(reach), axis=0)
        images[..., axis] += reach[:, None]
        near = (images[..., axis] > -width) & (images[..., axis] < 1.0 + width)
        points, owners = images[near], np.broadcast_to(owners, near.shape)[near]
    return points, owners
