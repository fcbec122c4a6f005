"""Symmetry on a grid: which points a space group makes equal.

Operations whose rotation permutes and reflects the axes, and whose translation is a whole number of grid
steps, map the points of a cubic array onto themselves. All of an orthorhombic, tetragonal or cubic group does
when the origin is well chosen; of a hexagonal one in orthogonal axes, the part without three-fold axes.
"""

from __future__ import annotations

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.cells import translated
from zeo.crystal.structure import Structure
from zeo.crystal.symmetry import moyo_dataset

TOLERANCE = 0.02
"""Angstrom by which equivalent atoms may differ."""


@frozen(eq=False)
class GridSymmetry:
    """Operations x -> R x + t of a cell that map the points i/N onto themselves.

    Args:
        rotations: int8 [k, 3, 3], signed permutations of the axes; the identity is among them.
        translations: int16 [k, 3], in grid steps.
    """

    rotations: NDArray[np.int8]
    translations: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.rotations)

    def labels(self, n: int) -> NDArray[np.int64]:
        """The orbit of every point of an n x n x n grid, numbered from 0: int64 [n, n, n]."""
        axis = np.arange(n)
        lowest = np.full((n, n, n), n**3, dtype=np.int64)
        for rotation, translation in zip(
            self.rotations.astype(int), self.translations.astype(int), strict=True
        ):
            source = np.abs(rotation).argmax(axis=1)
            sign = rotation[np.arange(3), source]
            image = [(sign[k] * axis + translation[k]) % n for k in range(3)]
            # the image of point p has, along axis k, a coordinate that depends on p[source[k]] alone
            index = np.zeros((n, n, n), dtype=np.int64)
            for k, scale in enumerate((n * n, n, 1)):
                shape = [1, 1, 1]
                shape[source[k]] = n
                index += scale * image[k].reshape(shape)
            np.minimum(lowest, index, out=lowest)
        _, number = np.unique(lowest, return_inverse=True)
        return number.reshape(n, n, n)


class OrbitsOfPoints:
    """:meth:`GridSymmetry.labels` of symmetries that come again and again, each computed once.

    Args:
        n: grid points along each axis.
    """

    def __init__(self, n: int) -> None:
        self.n = n
        self._known: dict[bytes, NDArray[np.int32]] = {}

    def labels(self, symmetry: GridSymmetry) -> NDArray[np.int32]:
        """int32 [n, n, n]"""
        key = symmetry.rotations.tobytes() + symmetry.translations.tobytes()
        if key not in self._known:
            self._known[key] = symmetry.labels(self.n).astype(np.int32)
        return self._known[key]


NO_SYMMETRY = GridSymmetry(np.eye(3, dtype=np.int8)[None], np.zeros((1, 3), dtype=np.int16))
"""The identity alone."""


def unique_atoms(frac_coords: NDArray[np.float64], symmetry: GridSymmetry, n: int) -> int:
    """How many of some atoms [m, 3], in the origin of the symmetry, its operations leave different."""
    rotations = symmetry.rotations.astype(np.float64)
    images = rotations @ frac_coords.T + (symmetry.translations / n)[:, :, None]
    apart = images.transpose(0, 2, 1)[:, :, None] - frac_coords
    distances = np.abs(apart - np.round(apart)).max(axis=3)
    return len(np.unique(distances.argmin(axis=2).min(axis=0)))


def grid_symmetry(structure: Structure, n: int) -> tuple[NDArray[np.float64], GridSymmetry]:
    """The symmetry of a structure on a grid of n points along each axis.

    Returns:
        the origin [3] (fractional) that the structure has to be moved to, and the operations about it.
    """
    dataset = moyo_dataset(structure, TOLERANCE)
    if dataset is None:
        return np.zeros(3), NO_SYMMETRY
    # x = linear x_standard + shift, so the standard origin lies at shift in the given cell
    origin = np.array(dataset.std_origin_shift)
    rotations = np.array(dataset.operations.rotations)
    about = np.array(dataset.operations.translations) + rotations @ origin - origin
    steps = about * n
    fits = (np.abs(rotations).sum(axis=(1, 2)) == 3) & (np.abs(steps - np.round(steps)).max(axis=1) < 0.05)
    fits &= (np.abs(rotations).sum(axis=1) == 1).all(axis=1)
    return origin, GridSymmetry(rotations[fits].astype(np.int8), (np.round(steps[fits]) % n).astype(np.int16))


def at_origin(structure: Structure, n: int) -> tuple[Structure, GridSymmetry]:
    """A structure moved to where its symmetry maps the points of a grid onto themselves, and the symmetry."""
    origin, symmetry = grid_symmetry(structure, n)
    return translated(structure, -origin), symmetry
