"""Space-group operations in the primitive cell, where all that depends on their number is smallest."""

from __future__ import annotations

from functools import cache

import moyopy
import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from zeo.tools.arrays import float64_array, int64_array

Array = NDArray[np.float64]


@frozen(eq=False)
class Operations:
    """The operations x -> R x + t of a space group, one for each coset of the lattice translations.

    Args:
        rotations: int64 [g, 3, 3], of fractional coordinates in the primitive cell; the identity first.
        translations: [g, 3].
    """

    rotations: NDArray[np.int64] = field(converter=int64_array)
    translations: Array = field(converter=float64_array)

    def __len__(self) -> int:
        return len(self.rotations)

    def images(self, points: Array) -> Array:
        """What the operations make of points [..., 3]: [g, ..., 3]."""
        moved = np.tensordot(self.rotations, points, axes=(2, points.ndim - 1))  # [g, 3, ...]
        return np.moveaxis(moved, 1, -1) + self.translations.reshape(-1, *[1] * (points.ndim - 1), 3)


@cache
def primitive_operations(number: int) -> Operations:
    """Of a space group in its standard setting, in the primitive cell that moyopy makes of that setting."""
    found = moyopy.operations_from_number(number, primitive=True)
    rotations, translations = np.array(found.rotations), np.array(found.translations)
    is_identity = (rotations == np.eye(3, dtype=int)).all(axis=(1, 2))
    order = np.argsort(~is_identity, kind="stable")
    return Operations(rotations[order], translations[order])


def symmetric_lattice(lattice: Array, rotations: NDArray[np.int64]) -> Array:
    """The lattice [3, 3] with the mean inner products over all rotations: a along x, b in the xy plane."""
    metric = lattice @ lattice.T
    mean: Array = (rotations.transpose(0, 2, 1) @ metric @ rotations).mean(axis=0)
    return np.asarray(np.linalg.cholesky(mean), dtype=np.float64)


def cartesian(rotations: NDArray[np.int64], lattice: Array) -> Array:
    """The orthogonal matrices [g, 3, 3] that turn column vectors in angstrom as the rotations turn fractional
    ones."""
    columns = lattice.T
    turned: Array = columns @ rotations @ np.linalg.inv(columns)
    return turned
