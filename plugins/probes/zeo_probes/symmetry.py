"""Which grid points of a framework are equivalent, so that each orbit is computed once."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import Any

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

    def representatives(self, some: NDArray[np.int64]) -> NDArray[np.int64]:
        """For each point [X * Y * Z] the lowest one that a subgroup, given by its numbers, maps it to."""
        found: NDArray[np.int64] = _orbits(self.rotations[some], self.translations[some], self.shape)
        return found

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


def fitting_shape(structure: Structure, shape: tuple[int, int, int]) -> tuple[int, int, int]:
    """The smallest grid, of no fewer points along each axis, that translations of the space group map onto
    itself.
    """
    operations = _space_group(structure)
    if operations is None:
        return shape
    fractions = [[Fraction(t).limit_denominator(LARGEST_FRACTION) for t in each] for each in operations[1]]
    fitting = [
        each
        for each, given in zip(fractions, operations[1], strict=True)
        if np.abs(np.array(each, dtype=float) - given).max() < TOLERANCE
    ]
    a, b, c = (
        -(-points // unit) * unit
        for points, unit in zip(
            shape, (math.lcm(*(each[axis].denominator for each in fitting)) for axis in range(3)), strict=True
        )
    )
    return a, b, c


@lru_cache(maxsize=4)
def equivalent_points(structure: Structure, shape: tuple[int, int, int]) -> NDArray[np.int64] | None:
    """For each point of the grid the lowest one that the space group maps it to.

    Finding the group takes 0.3 to 10 ms for up to 1000 atoms and 130 ms for 4320 (MWF); the last few answers
    are remembered, so that several gases share one.

    Args:
        structure: any cell.
        shape: points along a, b, c.

    Returns:
        [X * Y * Z] indices in C order; None when no operation but the identity maps the grid onto itself.
    """
    operations = grid_operations(structure, shape)
    if operations is None or len(operations.rotations) < 2:
        return None
    representatives = operations.representatives(np.arange(len(operations.rotations)))
    representatives.setflags(write=False)
    return representatives


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


@njit()
def _orbits(rotations: Any, translations: Any, shape: Any) -> Any:
    nx, ny, nz = shape
    representatives = np.full(nx * ny * nz, -1, np.int64)
    for ix in range(nx):
        for iy in range(ny):
            for iz in range(nz):
                point = (ix * ny + iy) * nz + iz
                if representatives[point] >= 0:
                    continue
                for k in range(len(rotations)):
                    r, t = rotations[k], translations[k]
                    jx = (r[0, 0] * ix + r[0, 1] * iy + r[0, 2] * iz + t[0]) % nx
                    jy = (r[1, 0] * ix + r[1, 1] * iy + r[1, 2] * iz + t[1]) % ny
                    jz = (r[2, 0] * ix + r[2, 1] * iy + r[2, 2] * iz + t[2]) % nz
                    representatives[(jx * ny + jy) * nz + jz] = point
    return representatives


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
