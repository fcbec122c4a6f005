"""Pairs of points that are close to each other in a periodic cell of any shape."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from zeo.errors import InputError

Pairs = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]
"""First index [P], second index [P], lattice offset of the second point [P, 3], distance [P]."""


MOST_IMAGES = 5_000_000
"""Periodic images, or pairs of them, that one search may find: half a gigabyte. Cells of crystals have fewer;
those that have collapsed or are badly skewed have any number."""


def cell_heights(lattice: ArrayLike) -> NDArray[np.float64]:
    """Distances between the opposite faces of a cell, [3], in angstrom; zeros where it has no volume."""
    try:
        inverse = np.linalg.inv(np.asarray(lattice, float))
    except np.linalg.LinAlgError:
        return np.zeros(3)
    heights: NDArray[np.float64] = 1.0 / np.linalg.norm(inverse, axis=0)
    return heights


def require_bounded(count: float, lattice: ArrayLike) -> None:
    """Refuse a search over periodic images before it takes memory.

    Args:
        count: of images, or pairs of them.
        lattice: [3, 3], for the message.

    Raises:
        InputError: there are more than :data:`MOST_IMAGES`, or nobody knows how many.
    """
    if not count <= MOST_IMAGES:
        thinnest = cell_heights(lattice).min()
        raise InputError(
            f"the cell has collapsed or is badly skewed: opposite faces are {thinnest:.2g} A apart, and"
            f" more than {MOST_IMAGES} periodic images near each other"
        )


def margin_within(lattice: ArrayLike, reach: float, points: int) -> NDArray[np.float64]:
    """How far around a cell there are points within ``reach`` of points inside, [3], fractional.

    Args:
        lattice: [3, 3], rows a, b, c in angstrom.
        reach: in angstrom.
        points: in the cell, whose images are going to be searched.

    Raises:
        InputError: they are too many, because the cell has collapsed or is badly skewed.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        margin = reach / cell_heights(lattice)
        require_bounded(points * float(np.prod(1.0 + 2.0 * margin)), lattice)
    return margin


def wrapped(frac_coords: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Coordinates [n, 3] inside the cell, and the cells that they came from."""
    coords = np.asarray(frac_coords, dtype=float).reshape(-1, 3)
    home = np.floor(coords)
    return coords - home, home.astype(np.int64)


def images_within(
    coords: NDArray[np.float64], margin: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Point and cell of every image in and around the home cell.

    Args:
        coords: fractional coordinates [n, 3] inside the cell.
        margin: how far around it, [3], fractional, inclusive.
    """
    owners = np.arange(len(coords))
    cells = np.zeros((len(coords), 3), dtype=np.int64)
    for axis, width in enumerate(margin):
        steps = np.arange(-np.ceil(width), np.ceil(width) + 1)
        images = coords[owners, axis, None] + steps
        which, step = np.nonzero((images >= -width) & (images <= 1.0 + width))
        owners, cells = owners[which], cells[which]
        cells[:, axis] = steps[step]
    return owners, cells


def pairs_within(lattice: ArrayLike, first: ArrayLike, second: ArrayLike, cutoff: float) -> Pairs:
    """All periodic pairs of a point of ``first`` and an image of a point of ``second`` below ``cutoff``.

    Coordinates may lie outside the cell. Pairs are sorted by first index, second index and offset. A point
    that is in both sets pairs with itself at distance 0; callers who do not want that drop it.

    Args:
        lattice: [3, 3], rows a, b, c in angstrom; any shape of cell.
        first: fractional coordinates [n, 3].
        second: fractional coordinates [m, 3].
        cutoff: in angstrom, exclusive.

    Returns:
        indices into ``first`` and ``second`` [P], lattice offsets [P, 3] of the second point, distances [P].

    Raises:
        InputError: a cell so flat, or points so dense, that there are more than :data:`MOST_IMAGES`.
    """
    lattice = np.asarray(lattice, dtype=float)
    first, home_first = wrapped(first)
    second, home_second = wrapped(second)
    owners, cells = images_within(second, margin_within(lattice, cutoff, len(second)))
    tree, points = cKDTree((second[owners] + cells) @ lattice), cKDTree(first @ lattice)
    if len(first) * len(owners) > MOST_IMAGES:
        require_bounded(int(points.count_neighbors(tree, cutoff)), lattice)
    found = points.sparse_distance_matrix(tree, cutoff, output_type="ndarray")
    found = found[found["v"] < cutoff]
    i, image = found["i"].astype(np.int64), found["j"].astype(np.int64)
    j = owners[image]
    shifts = cells[image] - home_second[j] + home_first[i]
    order = np.lexsort((shifts[:, 2], shifts[:, 1], shifts[:, 0], j, i))
    return i[order], j[order], shifts[order], found["v"][order]


def each_once(i: NDArray[np.int64], j: NDArray[np.int64], shifts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Of the pairs of a set of points with itself, which to keep so that each is there in one direction only.

    Pairs of a point with itself at zero offset are left out.

    Args:
        i: indices [P] into one set of points.
        j: indices [P] into the same set.
        shifts: lattice offsets [P, 3] of the second point.
    """
    x, y, z = shifts.T
    first_nonzero = np.where(x != 0, x, np.where(y != 0, y, z))
    return np.asarray((i < j) | ((i == j) & (first_nonzero > 0)))


def close_pairs(
    lattice: ArrayLike, frac_coords: ArrayLike, cutoff: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Pairs of distinct points closer than ``cutoff``, each once, whichever of their images are closest.

    Args:
        lattice: [3, 3], rows a, b, c in angstrom; any shape, sheared too.
        frac_coords: [n, 3].
        cutoff: in angstrom, exclusive.

    Returns:
        int64 [m, 2], the two points with the smaller index first, in lexicographic order, and float64 [m],
        the distance of their closest images.
    """
    i, j, _, distances = pairs_within(lattice, frac_coords, frac_coords, cutoff)
    once = i < j
    pairs, distances = np.column_stack([i[once], j[once]]), distances[once]
    order = np.lexsort((distances, pairs[:, 1], pairs[:, 0]))
    pairs, distances = pairs[order], distances[order]
    first = np.ones(len(pairs), dtype=bool)
    first[1:] = (pairs[1:] != pairs[:-1]).any(axis=1)
    return pairs[first], distances[first]
