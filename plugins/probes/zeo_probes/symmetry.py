"""The points of a framework's grid, and which of them are equivalent, so that each orbit is computed once."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.structure import Structure
from zeo.crystal.symmetry import moyo_dataset
from zeo.tools.compiled import njit

TOLERANCE = 1e-6
"""Angstrom by which equivalent atoms may differ. Near an atom the energy changes by 3e4 K per angstrom, so a
looser symmetry would show in the grid."""

LARGEST_FRACTION = 6
"""Denominator of the translations of space groups, in cells whose origin lies on their symmetry."""

Number = TypeVar("Number", bound=np.generic)


@frozen(eq=False)
class GridPoints:
    """The points of a grid, each set of equivalent ones by its first.

    Args:
        shape: points along a, b, c.
        unique: int64 [m], flat indices in C order of the first of each set, rising.
        numbers: int32 [X, Y, Z], for each point where in ``unique`` its equivalent is; None where no two
            points are equivalent.
        counts: int64 [m], points in each set.
    """

    shape: tuple[int, int, int]
    unique: NDArray[np.int64]
    numbers: NDArray[np.int32] | None
    counts: NDArray[np.int64]

    @classmethod
    def apart(cls, shape: tuple[int, int, int]) -> GridPoints:
        """All points of a grid, none of them equivalent."""
        size = math.prod(shape)
        return cls(shape, np.arange(size), None, np.ones(size, np.int64))

    def spread(self, values: NDArray[Number]) -> NDArray[Number]:
        """Values [X, Y, Z] of all points from those [m] of the unique ones."""
        return values.reshape(self.shape) if self.numbers is None else values[self.numbers]


@frozen(eq=False)
class GridOperations:
    """Operations of a space group that map grid points to grid points.

    Args:
        rotations: int64 [k, 3, 3], acting on indices of points.
        translations: int64 [k, 3], in steps of the grid.
        shape: points along a, b, c.
    """

    rotations: NDArray[np.int64]
    translations: NDArray[np.int64]
    shape: tuple[int, int, int]

    def cartesian(self, lattice: NDArray[np.float64]) -> NDArray[np.float64]:
        """The rotations [k, 3, 3] that act on column vectors in angstrom."""
        n = np.array(self.shape)
        fractional = self.rotations * n[None, :] / n[:, None]
        rotations: NDArray[np.float64] = lattice.T @ fractional @ np.linalg.inv(lattice.T)
        return rotations

    def points(self, some: NDArray[np.int64] | None = None) -> GridPoints:
        """The points, equivalent by all operations or by a subgroup, given by its numbers."""
        rotations = self.rotations if some is None else self.rotations[some]
        translations = self.translations if some is None else self.translations[some]
        if len(rotations) < 2:
            return GridPoints.apart(self.shape)
        numbers, unique, counts = _orbits(*_tables(rotations, translations, self.shape))
        return GridPoints(self.shape, unique, numbers, counts)

    def images(self, points: NDArray[np.int64], operation: int) -> NDArray[np.int64]:
        """The points, flat indices [m], that an operation moves points to."""
        x, y, z = np.unravel_index(points, self.shape)
        a, b, c = _tables(
            self.rotations[operation : operation + 1],
            self.translations[operation : operation + 1],
            self.shape,
        )
        moved = (a[0][x] + b[0][y] + c[0][z]) % np.array(self.shape)
        flat: NDArray[np.int64] = np.ravel_multi_index(tuple(moved.T), self.shape).astype(np.int64)
        return flat

    def moved(self, grid: NDArray[np.float32], operation: int) -> NDArray[np.float32]:
        """A grid [X, Y, Z] as an operation moves it: the value of a point goes where the point goes."""
        result: NDArray[np.float32] = _moved(grid, self.rotations[operation], self.translations[operation])
        return result


def grid_operations(structure: Structure, shape: tuple[int, int, int]) -> GridOperations | None:
    """Those of a structure in any cell; None when the search for its space group fails."""
    operations = _space_group(structure)
    if operations is None:
        return None
    return GridOperations(*_on_grid(*operations, shape), shape)


def grid_shape(lattice: NDArray[np.float64], spacing: float) -> tuple[int, int, int]:
    """Points along a, b, c, no further apart than the spacing (angstrom)."""
    a, b, c = (max(1, math.ceil(length / spacing - 1e-9)) for length in np.linalg.norm(lattice, axis=1))
    return a, b, c


def fitting_shape(
    structure: Structure, shape: tuple[int, int, int], multiple: int = 1
) -> tuple[int, int, int]:
    """The smallest grid, of no fewer points along each axis, that the space group maps onto itself.

    Axes that the group mixes have as many points as each other, unless that leaves more unique points.

    Args:
        structure: any cell.
        shape: points along a, b, c.
        multiple: of which all three numbers are to be multiples.
    """
    operations = _space_group(structure)
    if operations is None:
        return _multiples(shape, (multiple,) * 3)
    rotations, translations = operations
    units = _units(translations, multiple)
    alike = _multiples(_equal_where_mixed(rotations, shape), units)
    as_given = _multiples(shape, units)
    return min(
        (as_given, alike), key=lambda each: math.prod(each) / len(_on_grid(rotations, translations, each)[0])
    )


def _units(translations: NDArray[np.float64], multiple: int) -> tuple[int, ...]:
    """Along each axis, a number of points so that the translations are whole steps."""
    fractions = [[Fraction(t).limit_denominator(LARGEST_FRACTION) for t in each] for each in translations]
    fitting = [
        each
        for each, given in zip(fractions, translations, strict=True)
        if np.abs(np.array(each, dtype=float) - given).max() < TOLERANCE
    ]
    return tuple(math.lcm(multiple, *(each[axis].denominator for each in fitting)) for axis in range(3))


def _multiples(shape: tuple[int, int, int], units: tuple[int, ...]) -> tuple[int, int, int]:
    a, b, c = (-(-points // unit) * unit for points, unit in zip(shape, units, strict=True))
    return a, b, c


def _equal_where_mixed(rotations: NDArray[np.int64], shape: tuple[int, int, int]) -> tuple[int, int, int]:
    """As many points along each axis as along the longest of those that rotations mix it with."""
    mixed = (rotations != 0).any(axis=0)
    mixed = np.linalg.matrix_power((mixed | mixed.T).astype(np.int64), 2) > 0
    a, b, c = (int(np.array(shape)[row].max()) for row in mixed)
    return a, b, c


@lru_cache(maxsize=4)
def unique_points(structure: Structure, shape: tuple[int, int, int]) -> GridPoints:
    """The points of a grid that the space group of a structure does not make equivalent.

    Finding the group takes 0.3 to 10 ms for up to 1000 atoms and 130 ms for 4320 (MWF); the last few answers
    are remembered, so that several gases share one.
    """
    operations = grid_operations(structure, shape)
    return GridPoints.apart(shape) if operations is None else operations.points()


@lru_cache(maxsize=4)
def _space_group(structure: Structure) -> tuple[NDArray[np.int64], NDArray[np.float64]] | None:
    """Rotations [k, 3, 3] and translations [k, 3] on fractional coordinates; None when the search fails."""
    found = moyo_dataset(structure, TOLERANCE)
    if found is None:
        return None
    return np.array(found.operations.rotations), np.array(found.operations.translations)


def _on_grid(
    rotations: NDArray[np.int64], translations: NDArray[np.float64], shape: tuple[int, int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The operations that map grid points to grid points, acting on grid indices."""
    n = np.array(shape)
    scaled_rotations = rotations * n[:, None] / n[None, :]
    scaled_translations = translations * n
    index_rotations = np.round(scaled_rotations).astype(np.int64)
    index_translations = np.round(scaled_translations).astype(np.int64)
    fits = (np.abs(scaled_rotations - index_rotations) < 1e-9).all(axis=(1, 2)) & (
        np.abs(scaled_translations - index_translations) < 1e-6
    ).all(axis=1)
    return index_rotations[fits], index_translations[fits]


def _tables(
    rotations: NDArray[np.int64], translations: NDArray[np.int64], shape: tuple[int, int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """What the steps along a, b, c of a point add to the indices of its images: int64 [k, n, 3] for each.

    Each is at least 0 and below the number of points, so that sums of them need no division.
    """
    along = [
        np.arange(points)[None, :, None] * rotations[:, None, :, axis] for axis, points in enumerate(shape)
    ]
    along[0] = along[0] + translations[:, None, :]
    a, b, c = (np.ascontiguousarray(each % np.array(shape)) for each in along)
    return a, b, c


@njit()
def _orbits(along_a: Any, along_b: Any, along_c: Any) -> Any:
    nx, ny, nz = along_a.shape[1], along_b.shape[1], along_c.shape[1]
    size = nx * ny * nz
    numbers = np.full(size, -1, np.int32)
    unique, counts = np.empty(size, np.int64), np.zeros(size, np.int64)
    along_ab = np.empty_like(along_a[:, 0])
    found = 0
    for ix in range(nx):
        for iy in range(ny):
            for k in range(len(along_ab)):
                along_ab[k, 0] = _within(along_a[k, ix, 0] + along_b[k, iy, 0], nx)
                along_ab[k, 1] = _within(along_a[k, ix, 1] + along_b[k, iy, 1], ny)
                along_ab[k, 2] = _within(along_a[k, ix, 2] + along_b[k, iy, 2], nz)
            for iz in range(nz):
                point = (ix * ny + iy) * nz + iz
                if numbers[point] >= 0:
                    continue
                for k in range(len(along_ab)):
                    jx = _within(along_ab[k, 0] + along_c[k, iz, 0], nx)
                    jy = _within(along_ab[k, 1] + along_c[k, iz, 1], ny)
                    jz = _within(along_ab[k, 2] + along_c[k, iz, 2], nz)
                    image = (jx * ny + jy) * nz + jz
                    counts[found] += numbers[image] < 0
                    numbers[image] = found
                unique[found] = point
                found += 1
    return numbers.reshape((nx, ny, nz)), unique[:found].copy(), counts[:found].copy()


@njit(forceinline=True)
def _within(index: Any, points: Any) -> Any:
    """An index below twice the number of points, within them."""
    return index - points if index >= points else index


@njit()
def _moved(grid: Any, rotation: Any, translation: Any) -> Any:
    nx, ny, nz = grid.shape
    moved = np.empty_like(grid)
    r, t = rotation, translation
    for ix in range(nx):
        for iy in range(ny):
            for iz in range(nz):
                jx = (r[0, 0] * ix + r[0, 1] * iy + r[0, 2] * iz + t[0]) % nx
                jy = (r[1, 0] * ix + r[1, 1] * iy + r[1, 2] * iz + t[1]) % ny
                jz = (r[2, 0] * ix + r[2, 1] * iy + r[2, 2] * iz + t[2]) % nz
                moved[jx, jy, jz] = grid[ix, iy, iz]
    return moved
