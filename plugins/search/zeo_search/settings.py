"""Space groups in orthogonal settings: every operation refers to a cell of mutually perpendicular edges.

Hexagonal and rhombohedral groups are written in orthohexagonal axes, a' = a, b' = a + 2b, c' = c, so that
b' = sqrt(3) a'; the cell is C-centred and holds twice the content of the hexagonal one (International Tables
for Crystallography A, table 5.1.3.1).
"""

from __future__ import annotations

import enum
import functools

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal import symmetry
from zeo.errors import ConfigError

FIRST_GROUP, LAST_GROUP = 16, 230
"""Triclinic and monoclinic groups do not make a cell orthogonal."""

_HEXAGONAL_TO_ORTHOGONAL = np.array([[1.0, 1.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 1.0]])
"""Columns are the orthohexagonal axes in terms of the hexagonal ones."""


class CellClass(enum.IntEnum):
    """Which edges of the cell symmetry ties together."""

    ORTHORHOMBIC = 0
    TETRAGONAL = 1
    CUBIC = 2
    ORTHOHEXAGONAL = 3

    @property
    def proportions(self) -> NDArray[np.float64]:
        """Edges [3] relative to the first where symmetry fixes them; 1 where it does not."""
        return np.array([1.0, np.sqrt(3.0) if self is CellClass.ORTHOHEXAGONAL else 1.0, 1.0])


@frozen(eq=False)
class Setting:
    """A space group in orthogonal axes.

    Args:
        number: of the space group.
        cell_class: of the orthogonal cell.
        rotations: [k, 3, 3], act on fractional coordinates.
        translations: [k, 3], within [0, 1).
    """

    number: int
    cell_class: CellClass
    rotations: NDArray[np.float64]
    translations: NDArray[np.float64]


@functools.cache
def setting(number: int) -> Setting:
    """The orthogonal setting of a space group.

    Raises:
        ConfigError: not a group from 16 to 230.
    """
    if not FIRST_GROUP <= number <= LAST_GROUP:
        raise ConfigError(
            f"space group {number} has no orthogonal cell of its own;"
            f" choose from {FIRST_GROUP} to {LAST_GROUP} (orthorhombic to cubic)"
        )
    whole, translations = symmetry.operations(number)
    rotations = whole.astype(float)
    cell_class = _cell_class(number)
    if cell_class is CellClass.ORTHOHEXAGONAL:
        rotations, translations = _orthohexagonal(rotations, translations)
    translations = np.round(translations % 1.0, 9) % 1.0
    return Setting(number, cell_class, rotations, translations)


def _cell_class(number: int) -> CellClass:
    if number < 75:
        return CellClass.ORTHORHOMBIC
    if number < 143:
        return CellClass.TETRAGONAL
    return CellClass.ORTHOHEXAGONAL if number < 195 else CellClass.CUBIC


def _orthohexagonal(
    rotations: NDArray[np.float64], translations: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    to_hexagonal = _HEXAGONAL_TO_ORTHOGONAL
    to_orthogonal = np.linalg.inv(to_hexagonal)
    turned = np.round(to_orthogonal @ rotations @ to_hexagonal, 9)
    moved = translations @ to_orthogonal.T
    centred = np.array([0.5, 0.5, 0.0])
    return np.concatenate([turned, turned]), np.concatenate([moved, moved + centred])
