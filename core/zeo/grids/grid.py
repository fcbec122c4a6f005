"""A grid: named channels of float32 values on the points (i/N1, j/N2, k/N3) of a periodic cell.

Axis order in memory is [channel, X, Y, Z]. Values are physical: kelvin for ``energy:*``, dimensionless sums
of Gaussians for ``si`` and ``o``. Each generator scales for itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import ArrayLike, NDArray

from zeo.crystal.structure import SMALLEST_VOLUME, symbols
from zeo.errors import GridError
from zeo.tools.arrays import float32_array, float64_array


def grid_points(n: int) -> NDArray[np.float64]:
    """Fractional coordinates i/n of the points along one axis: the origin is in, the far end is not."""
    return np.arange(n) / n


@frozen(eq=False)
class Grid:
    """Channels on the points of a periodic cell.

    Args:
        values: float32 [C, X, Y, Z]; the energy of an overlapping probe is large and finite.
        channels: C distinct names, such as ``("energy:methane", "si", "o")``.
        lattice: [3, 3], rows a, b, c in angstrom.

    Raises:
        GridError: shapes that do not fit, non-finite values, a repeated channel or a cell without volume.
    """

    values: NDArray[np.float32] = field(converter=float32_array)
    channels: tuple[str, ...] = field(converter=symbols)
    lattice: NDArray[np.float64] = field(converter=float64_array)

    def __attrs_post_init__(self) -> None:
        if self.values.ndim != 4 or self.values.shape[0] != len(self.channels):
            raise GridError(
                f"{len(self.channels)} channels need values of shape ({len(self.channels)}, X, Y, Z),"
                f" not {self.values.shape}"
            )
        if min(self.values.shape) < 1:
            raise GridError(f"an empty grid: shape {self.values.shape}")
        if len(set(self.channels)) != len(self.channels):
            raise GridError(f"a channel is repeated: {', '.join(self.channels)}")
        if self.lattice.shape != (3, 3) or not np.isfinite(self.lattice).all():
            raise GridError("a grid's lattice is a finite 3 x 3 matrix")
        if abs(np.linalg.det(self.lattice)) < SMALLEST_VOLUME:
            raise GridError("the cell has no volume")
        for name, values in zip(self.channels, self.values, strict=True):
            bad = values.size - int(np.isfinite(values).sum())
            if bad:
                raise GridError(f"channel {name!r} has {bad} non-finite values")

    @property
    def shape(self) -> tuple[int, int, int]:
        """Points along a, b and c."""
        _, nx, ny, nz = self.values.shape
        return nx, ny, nz

    def channel(self, name: str) -> NDArray[np.float32]:
        """One channel, [X, Y, Z].

        Raises:
            GridError: the grid has no such channel.
        """
        if name not in self.channels:
            raise GridError(f"no channel {name!r}; the grid has {', '.join(self.channels)}")
        values: NDArray[np.float32] = self.values[self.channels.index(name)]
        return values

    def with_values(self, values: ArrayLike) -> Grid:
        """The same cell and channels with other values."""
        return evolve(self, values=values)

    def rolled(self, steps: Sequence[int]) -> Grid:
        """Translated by whole grid steps along a, b, c: the point (0, 0, 0) moves to ``steps``."""
        return self.with_values(np.roll(self.values, tuple(steps), axis=(1, 2, 3)))

    def permuted(self, order: Sequence[int]) -> Grid:
        """Axes in another order: the new axis k is the old axis ``order[k]``.

        Rows and columns of the lattice are reordered alike, so that a diagonal lattice stays diagonal.
        """
        order = tuple(order)
        values = self.values.transpose(0, *(axis + 1 for axis in order))
        return Grid(values, self.channels, self.lattice[np.ix_(order, order)])

    @classmethod
    def stack(cls, arrays: Mapping[str, NDArray[Any]], lattice: ArrayLike) -> Grid:
        """A grid of named [X, Y, Z] arrays."""
        values: list[Any] = [np.asarray(array, dtype=np.float32) for array in arrays.values()]
        shapes = {array.shape for array in values}
        if len(shapes) != 1:
            raise GridError(f"channels of different shapes: {', '.join(map(str, sorted(shapes)))}")
        return cls(np.stack(values), tuple(arrays), lattice)
