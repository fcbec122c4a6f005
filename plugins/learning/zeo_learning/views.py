"""How a training example sees its framework: the origin, and the order and the direction of the axes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.cells import translated
from zeo.crystal.structure import Structure
from zeo_learning.orbits import GridSymmetry


@frozen(eq=False, kw_only=True)
class View:
    """A framework at its origin, and what is then done to its grid.

    Args:
        structure: the framework.
        labels: int64 [N, N, N], the orbits of the points under the symmetry that the noise is to have; None
            in recipes without symmetry.
        operations: of that symmetry.
        axes: int64 [3], the new axis k is the old axis ``axes[k]``.
        flips: int64 [...], new axes whose direction is then reversed.
        steps: int64 [3], by which the grid is moved in the end.
    """

    structure: Structure
    labels: NDArray[np.int64] | None
    operations: int
    axes: NDArray[np.int64]
    flips: NDArray[np.int64]
    steps: NDArray[np.int64]

    def of(self, values: NDArray[np.generic]) -> NDArray[np.generic]:
        """A grid [C, N, N, N] of the structure, turned and moved."""
        return turned(values, self.axes, self.flips, self.steps)


ViewOf = Callable[[Structure, GridSymmetry, int, float | None, np.random.Generator], View]
"""From a structure, the symmetry of its grid, points along each axis and the share of examples that keep the
symmetry, to a view drawn from a stream of random numbers."""


def anywhere(
    structure: Structure,
    symmetry: GridSymmetry,
    n: int,
    symmetric_share: float | None,
    stream: np.random.Generator,
) -> View:
    """Any of the 48 orientations of the axes, and any origin that keeps the symmetry, or any at all."""
    symmetric = stream.random() < (symmetric_share or 0.0)
    if symmetric:
        # both choices keep every operation on the points: whole steps, or half a step along all axes
        origin = np.full(3, stream.integers(2) / (2 * n))
        labels = half_step_labels(symmetry, n) if origin[0] else symmetry.labels(n)
    else:
        origin = stream.random(3)
        labels = np.arange(n**3).reshape(n, n, n)
    return View(
        structure=translated(structure, origin),
        labels=labels,
        operations=len(symmetry) if symmetric else 1,
        axes=stream.permutation(3),
        steps=stream.integers(n, size=3),
        flips=np.flatnonzero(stream.random(3) < 0.5),
    )


def one_of_three(
    structure: Structure,
    _symmetry: GridSymmetry,
    n: int,
    _symmetric_share: float | None,
    stream: np.random.Generator,
) -> View:
    """The reference's: as it is, turned by 90 degrees about one axis, or moved by whole grid steps."""
    axes, flips, steps = np.arange(3), np.arange(0), np.zeros(3, dtype=np.int64)
    way = stream.integers(3)
    if way == 1:
        one, other = np.delete(axes, stream.integers(3))
        axes[[one, other]] = other, one
        flips = np.array([one])
    elif way == 2:
        steps = stream.integers(n, size=3)
    return View(structure=structure, labels=None, operations=1, axes=axes, flips=flips, steps=steps)


def half_step_labels(symmetry: GridSymmetry, n: int) -> NDArray[np.int64]:
    """Orbits of the points once the framework has moved by half a step along all three axes."""
    # R (x - h) + t + h = R x + t + (1 - R) h; with h half a step, the last term is 0 or 1 steps on each axis
    moved = symmetry.translations + (1 - symmetry.rotations.astype(int).sum(axis=2)) // 2
    return GridSymmetry(symmetry.rotations, (moved % n).astype(np.int16)).labels(n)


def turned(
    values: NDArray[np.generic], axes: NDArray[np.int64], flips: NDArray[np.int64], steps: NDArray[np.int64]
) -> NDArray[np.generic]:
    """A grid [C, N, N, N] with its axes permuted and reflected and its origin moved by whole steps."""
    values = values.transpose(0, *(axes + 1))
    values = np.flip(values, tuple(flips + 1))
    return np.ascontiguousarray(np.roll(values, tuple(steps), (1, 2, 3)))
