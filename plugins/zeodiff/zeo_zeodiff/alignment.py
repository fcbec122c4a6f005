"""The orientation and the origin of one framework that bring it nearest to another.

A crystal has no natural origin, and none of its axes is the first, so that the way between two crystals
depends on how they lie to each other. Here the second moves: first its axes are given the order in which its
edges are most like those of the other; then, of all orders that are as good, reflections of axes and shifts
by whole grid steps, those are chosen at which the silicon densities overlap most. A reflection makes a chiral
framework its mirror image, whose net is the same.
"""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from zeo.grids.grid import Grid

ALIKE = 0.05
"""Edges whose logarithms differ by less than this are as good as equal: a cube has no first axis."""

EQUAL = 1e-5
"""Correlations that differ by less are equal: those of equivalent placements differ in their last digits."""


@frozen
class Placement:
    """How a grid is turned and moved: axes permuted, then reflected, then the origin shifted.

    Args:
        order: the new axis k is the old axis ``order[k]``.
        reflected: the axes, in the new order, whose direction is reversed.
        steps: by which the grid moves along the new axes.
    """

    order: tuple[int, ...]
    reflected: tuple[int, ...]
    steps: tuple[int, ...]

    def of(self, grid: Grid) -> Grid:
        """The grid so placed; the lattice must be diagonal."""
        turned = grid.permuted(self.order)
        values = np.flip(turned.values, tuple(axis + 1 for axis in self.reflected))
        return turned.with_values(values).rolled(self.steps)


def nearest_placement(fixed: Grid, moving: Grid) -> Placement:
    """The placement of one grid at which it is nearest to another.

    Args:
        fixed: with a channel ``si`` and a diagonal lattice.
        moving: likewise, on as many points; all sides of both are equal.

    Returns:
        the first of the best, in the order of axes, reflections and steps: a symmetric crystal has many.
    """
    turns = [
        Placement(order, reflected, (0, 0, 0))
        for order in _orders(np.diag(fixed.lattice), np.diag(moving.lattice))
        for reflected in _sets_of_axes()
    ]
    density = fixed.channel("si")
    overlaps = np.stack([_overlaps(density, turn.of(moving).channel("si")) for turn in turns])
    turn, *steps = np.unravel_index(int((overlaps > overlaps.max() - EQUAL).argmax()), overlaps.shape)
    return evolve(turns[turn], steps=tuple(map(int, steps)))


def _overlaps(fixed: NDArray[np.float32], moving: NDArray[np.float32]) -> NDArray[np.float64]:
    """The correlation [N, N, N] of two densities, -1 to 1, with the second moved by so many steps."""
    one, other = (values - values.mean(dtype=np.float64) for values in (fixed, moving))
    product = np.fft.irfftn(np.fft.rfftn(one) * np.fft.rfftn(other).conj(), one.shape, (0, 1, 2))
    correlation: NDArray[np.float64] = product / (np.linalg.norm(one) * np.linalg.norm(other))
    return correlation


def _orders(fixed: NDArray[np.float64], moving: NDArray[np.float64]) -> list[tuple[int, ...]]:
    """The orders of the second edges [3] in which they are most like the first."""
    orders = list(permutations(range(3)))
    unlike = [float(np.linalg.norm(np.log(moving[list(order)] / fixed))) for order in orders]
    return [order for order, one in zip(orders, unlike, strict=True) if one < min(unlike) + ALIKE]


def _sets_of_axes() -> list[tuple[int, ...]]:
    """All sets of axes, the empty one first."""
    return [axes for count in range(4) for axes in combinations(range(3), count)]
