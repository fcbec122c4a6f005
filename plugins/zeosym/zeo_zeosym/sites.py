"""The sites of T atoms: which operations keep a T atom where it is, how free it is, and where its images lie.

The points of a site are x = P x + s, where the projection P is the mean of the rotations that keep them: a
matrix of rank 0 (a point), 1 (a line), 2 (a plane) or 3 (everywhere).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from zeo.tools.arrays import float64_array
from zeo_zeosym.operations import Array, primitive_operations

DENOMINATOR = 24
"""Projections and shifts are fractions of this in every primitive cell."""


def as_sites(value: Iterable[Site]) -> tuple[Site, ...]:
    """For attrs fields."""
    return tuple(value)


def _fractions(values: Array) -> Array:
    return float64_array(np.round(np.asarray(values) * DENOMINATOR) / DENOMINATOR + 0.0)


@frozen(eq=False)
class Site:
    """Where a T atom can be in a space group without leaving its orbit of so many images.

    Args:
        group: number of the space group.
        projection: [3, 3], of fractional coordinates in the primitive cell.
        shift: [3]; see :meth:`of_site`.
    """

    group: int
    projection: Array = field(converter=_fractions)
    shift: Array = field(converter=_fractions)

    def of_site(self, point: Array) -> Array:
        """The point [3] of the site to which its operations take any point, on average."""
        nearest: Array = self.projection @ point + self.shift
        return nearest

    @property
    def freedom(self) -> int:
        """Coordinates that are free, 0 to 3."""
        return round(float(np.trace(self.projection)))

    @property
    def images(self) -> NDArray[np.int64]:
        """One operation for each image of a T atom on this site, [m]; the identity first."""
        return _images(self.group, self.projection.tobytes(), self.shift.tobytes())

    @property
    def key(self) -> tuple[float, ...]:
        """Equal for equal sites."""
        return (self.group, *self.projection.ravel().tolist(), *self.shift.tolist())


def site_of(point: Array, lattice: Array, group: int, tolerance: float) -> Site:
    """The site of the highest symmetry within reach of a T atom.

    Args:
        point: [3], fractional in the primitive cell.
        lattice: [3, 3].
        group: number of the space group.
        tolerance: angstrom by which the operations of the site may move the T atom.
    """
    operations = primitive_operations(group)
    moves = operations.images(point) - point
    cells = np.round(moves)
    keeping = np.linalg.norm((moves - cells) @ lattice, axis=1) < tolerance
    return Site(
        group,
        operations.rotations[keeping].mean(axis=0),
        (operations.translations - cells)[keeping].mean(axis=0),
    )


@cache
def _images(group: int, projection_bytes: bytes, shift_bytes: bytes) -> NDArray[np.int64]:
    projection = np.frombuffer(projection_bytes).reshape(3, 3)
    operations = primitive_operations(group)
    # two operations make the same image of every point of the site if they agree on P x and on s
    on_free = operations.rotations @ projection
    on_fixed = operations.images(np.frombuffer(shift_bytes)) % 1.0
    rows = np.column_stack([on_free.reshape(len(operations), 9), on_fixed])
    rows = np.round(rows * DENOMINATOR)
    rows[:, 9:] %= DENOMINATOR
    _, first = np.unique(rows, axis=0, return_index=True)
    return np.sort(first)
