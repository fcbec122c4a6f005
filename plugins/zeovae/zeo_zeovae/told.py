"""What all networks are told of a framework: its cell, its density, and its space group on the grid."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
from numpy.typing import NDArray

from zeo_learning.condition import GEOMETRY, Conditions
from zeo_learning.orbits import GridSymmetry
from zeo_learning.templates import Template

ROTATIONS = 48
"""Signed permutations of three axes."""

TOLD = GEOMETRY + 4 * ROTATIONS
"""Numbers in all."""


def told_of(template: Template, points: int) -> NDArray[np.float32]:
    """[TOLD] of a framework such as a template asks for.

    First the edges, the density and the number of operations, then for each of the 48 rotations whether there
    is an operation with it, and the mean over such operations of the cosine of 2 pi times its translation.

    Args:
        template: cell, size and symmetry.
        points: along each axis of the grid that counts translations.
    """
    symmetry = template.symmetry
    geometry = Conditions().scalars(template.lengths, template.t_atoms, len(symmetry), {})
    number = _NUMBERS[_code(symmetry.rotations)]
    cosines = np.cos(2 * np.pi * symmetry.translations / points)
    found = np.zeros((ROTATIONS, 4))
    np.add.at(found, number, np.column_stack([np.ones(len(symmetry)), cosines]))
    found[:, 1:] /= np.maximum(found[:, :1], 1.0)
    found[:, 0] = found[:, 0] > 0
    return np.concatenate([geometry, found.ravel()], dtype=np.float32)


def laid_symmetry(
    symmetry: GridSymmetry, axes: NDArray[np.int64], flips: NDArray[np.int64], points: int
) -> GridSymmetry:
    """That of a framework whose axes are permuted, and then some reversed, about the origin."""
    change = np.zeros((3, 3), dtype=int)
    change[np.arange(3), axes] = 1
    change[flips] *= -1
    rotations = change @ symmetry.rotations.astype(int) @ change.T
    translations = symmetry.translations.astype(int) @ change.T % points
    return GridSymmetry(rotations.astype(np.int8), translations.astype(np.int16))


def _code(rotations: NDArray[np.integer]) -> NDArray[np.int64]:
    """A number for each matrix of -1, 0 and 1, [k]."""
    found: NDArray[np.int64] = (rotations.reshape(-1, 9).astype(int) + 1) @ 3 ** np.arange(9)
    return found


def _numbered() -> NDArray[np.int64]:
    matrices = [
        np.diag(signs) @ np.eye(3, dtype=int)[list(order)]
        for order in permutations(range(3))
        for signs in product((1, -1), repeat=3)
    ]
    numbers = np.full(3**9, -1)
    numbers[_code(np.array(matrices))] = np.arange(ROTATIONS)
    return numbers


_NUMBERS = _numbered()
"""From the code of a signed permutation to its number."""
