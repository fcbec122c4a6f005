"""Training examples: known frameworks at the origin of their symmetry, their axes permuted and reversed.

Example k depends on k and the seed alone. There are 48 ways to lay the axes of an orthogonal cell; origins
are not moved, since all that is drawn is drawn for a symmetry about the origin.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray
from torch.utils.data import Dataset

from zeo.crystal.cells import permuted
from zeo.crystal.structure import Structure
from zeo_learning.condition import Conditions
from zeo_learning.frameworks import TrainingFramework
from zeo_learning.orbits import OrbitsOfPoints
from zeo_learning.templates import Template
from zeo_learning.views import turned
from zeo_zeovae.forms import Form
from zeo_zeovae.told import laid_symmetry, told_of

Example = dict[str, NDArray[np.generic]]

MOST_KEPT = 20_000
"""Grids in memory, which take 2.6 GB at 32 points along each axis."""


@frozen(eq=False)
class Examples(Dataset[Example]):
    """The endless sequence of training examples.

    Args:
        frameworks: to learn from.
        form: what the encoder sees of them.
        properties: that the branch learns.
        seed: of the sequence.
    """

    frameworks: Sequence[TrainingFramework]
    form: Form
    properties: Conditions
    seed: int
    kept: dict[int, NDArray[np.float16]] = field(factory=dict, init=False)
    orbits: OrbitsOfPoints = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "orbits", OrbitsOfPoints(self.form.points))

    def __getitem__(self, number: int) -> Example:
        """See :meth:`of`."""
        stream = np.random.default_rng((self.seed, number))
        k = int(stream.integers(len(self.frameworks)))
        return self.of(k, stream.permutation(3), np.flatnonzero(stream.random(3) < 0.5))

    def of(self, k: int, axes: NDArray[np.int64], flips: NDArray[np.int64]) -> Example:
        """Framework k with its axes permuted, and then some reversed.

        Returns:
            ``array`` (what the encoder sees), ``told`` [TOLD], ``properties`` [Q, 2] (value, and whether it
            is known) and, for grids, ``labels`` [N, N, N], the orbits of the points.
        """
        framework = self.frameworks[k]
        structure, source = framework.structure, framework.source
        example: Example = {
            "array": self._array(k, axes, flips),
            "told": told_of(
                Template(
                    structure.lengths[axes],
                    structure.count("Si"),
                    laid_symmetry(framework.symmetry, axes, flips, self.form.points),
                ),
                self.form.points,
            ),
            "properties": self.properties.encoded(source.properties),
        }
        if self.form.is_grid:
            labels = self.orbits.labels(framework.symmetry)
            example["labels"] = about_origin(labels[None], axes, flips)[0].astype(np.int64)
        return example

    def unturned(self) -> Unturned:
        """Each framework once, as it is."""
        return Unturned(self)

    def _array(self, k: int, axes: NDArray[np.int64], flips: NDArray[np.int64]) -> NDArray[np.float32]:
        structure = self.frameworks[k].structure
        if not self.form.is_grid:
            return self.form.array(laid(structure, axes, flips))
        if k not in self.kept:
            grid = self.form.array(structure).astype(np.float16)
            if len(self.kept) < MOST_KEPT:
                self.kept[k] = grid
        else:
            grid = self.kept[k]
        return about_origin(grid, axes, flips).astype(np.float32)


@frozen(eq=False)
class Unturned(Dataset[Example]):
    """The frameworks of examples, their axes as they are."""

    examples: Examples

    def __getitem__(self, k: int) -> Example:
        return self.examples.of(k, np.arange(3), np.arange(0))


def laid(structure: Structure, axes: NDArray[np.int64], flips: NDArray[np.int64]) -> Structure:
    """A structure with its axes permuted, and then some reversed, about the origin."""
    moved = permuted(structure, [int(axis) for axis in axes])
    signs = np.ones(3)
    signs[flips] = -1.0
    return Structure(moved.lattice, moved.species, moved.frac_coords * signs)


def about_origin(
    values: NDArray[np.generic], axes: NDArray[np.int64], flips: NDArray[np.int64]
) -> NDArray[np.generic]:
    """The same of a grid [C, N, N, N]: point 0 of a reversed axis stays where it is."""
    steps = np.zeros(3, np.int64)
    steps[flips] = 1
    return turned(values, axes, flips, steps)
