"""The strains that a point group allows: one in cubic crystals, six in triclinic ones.

A symmetric tensor is written as six numbers whose squares add up to the sum of its squares (Mandel's order:
xx, yy, zz, sqrt(2) yz, sqrt(2) xz, sqrt(2) xy), so that unit noise in these numbers has no direction.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

PAIRS = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))
"""Row and column of each of the six numbers."""

ROOT = np.sqrt(2.0)


def _basis() -> Array:
    tensors = np.zeros((6, 3, 3))
    for k, (i, j) in enumerate(PAIRS):
        tensors[k, i, j] = tensors[k, j, i] = 1.0 if i == j else 1.0 / ROOT
    return tensors


BASIS = _basis()
"""The six tensors [6, 3, 3] that the numbers multiply; an orthonormal basis."""


def tensor_of(numbers: Array) -> Array:
    """Symmetric tensors [..., 3, 3] of numbers [..., 6]."""
    return np.tensordot(numbers, BASIS, axes=1)


def numbers_of(tensors: Array) -> Array:
    """The inverse of :func:`tensor_of`; of other tensors, it takes the symmetric part."""
    return np.tensordot(tensors, BASIS, axes=((-2, -1), (1, 2)))


def allowed(turns: Array) -> Array:
    """The projection [6, 6] of strains onto those that leave a crystal its point group.

    Args:
        turns: cartesian rotations of the group, [g, 3, 3].
    """
    turned = turns[:, None] @ BASIS @ turns[:, None].transpose(0, 1, 3, 2)
    projection: Array = numbers_of(turned).mean(axis=0).T
    return projection


def stretched(lattice: Array, strain: Array) -> Array:
    """Lattices [..., 3, 3] (rows) under logarithmic strains [..., 6]: L exp(E).

    Strains of one point group may be added as long as they commute; the inverse of a strain is its negative.
    """
    values, vectors = np.linalg.eigh(tensor_of(strain))
    stretch: Array = (vectors * np.exp(values)[..., None, :]) @ vectors.swapaxes(-1, -2)
    return np.asarray(lattice @ stretch)
