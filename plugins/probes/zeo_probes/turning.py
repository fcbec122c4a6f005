"""A molecule's directions under the symmetry of a framework.

An operation that takes a point p to q and a direction d to e takes the energy of a molecule at p along d to
that at q along e. An average over directions is therefore the same at equivalent points if the operation maps
the rule over directions onto itself.
"""

from __future__ import annotations

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.structure import Structure
from zeo_probes.symmetry import GridOperations, GridPoints, grid_operations

SAME_WITHIN = 1e-6
"""Of two directions, as unit vectors: below what symmetry allows atoms to differ."""


@frozen(eq=False)
class Image:
    """A direction by one that is equivalent to it.

    Args:
        direction: number of the other one.
        points: int64 [m], flat indices: the energy along the other direction at these points is the energy
            at the unique points along this one.
    """

    direction: int
    points: NDArray[np.int64]


@frozen(eq=False)
class Turning:
    """The points of a grid, and the directions of a rule, that a subgroup makes equivalent.

    Args:
        points: of the grid.
        images: [d], each direction by the first that is equivalent, maybe itself.
    """

    points: GridPoints
    images: tuple[Image, ...]


def no_turning(shape: tuple[int, int, int], directions: NDArray[np.float64]) -> Turning:
    """Every point and direction by itself."""
    points = GridPoints.apart(shape)
    return Turning(points, tuple(Image(number, points.unique) for number in range(len(directions))))


def turning(
    structure: Structure,
    shape: tuple[int, int, int],
    directions: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> Turning:
    """The symmetry of a framework that a rule over directions shares.

    Args:
        structure: any cell.
        shape: points along a, b, c.
        directions: [d, 3], Cartesian unit vectors, one of each opposite pair.
        weights: [d].
    """
    operations = grid_operations(structure, shape)
    if operations is None:
        return no_turning(shape, directions)
    targets = _targets(operations.cartesian(structure.lattice), directions)
    kept = (targets >= 0).all(axis=1) & (weights[targets] == weights).all(axis=1)
    shared = np.flatnonzero(kept)
    points = operations.points(shared)
    return Turning(points, _images(operations, shared, targets[shared], points.unique))


def _targets(rotations: NDArray[np.float64], directions: NDArray[np.float64]) -> NDArray[np.int64]:
    """Which direction, or its opposite, rotations [k, 3, 3] take each one to: [k, d]; -1 if to none."""
    turned = directions @ rotations.transpose(0, 2, 1)
    along = np.abs(turned @ directions.T)
    nearest = along.argmax(axis=2)
    # 1 - cos is half of the square of the angle, and lost to rounding
    across = np.cross(turned, directions[nearest])
    return np.where(np.abs(across).max(axis=2) < SAME_WITHIN, nearest, -1)


def _images(
    operations: GridOperations,
    numbers: NDArray[np.int64],
    targets: NDArray[np.int64],
    unique: NDArray[np.int64],
) -> tuple[Image, ...]:
    first = targets.min(axis=0)
    by = numbers[targets.argmin(axis=0)]
    moved = {int(number): operations.images(unique, int(number)) for number in np.unique(by)}
    return tuple(Image(int(each), moved[int(number)]) for each, number in zip(first, by, strict=True))
