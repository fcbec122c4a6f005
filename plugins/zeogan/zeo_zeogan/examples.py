"""Training examples: grids of known frameworks, turned and moved.

Example k depends on k and the seed alone. A grid is computed once, at the origin of its framework's symmetry,
and kept in half precision: the critic looks at hundreds of examples in the time that it takes to make one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray
from torch.utils.data import Dataset

from zeo.plugin.interfaces import GridRepresentation
from zeo_learning.condition import Conditions
from zeo_learning.frameworks import TrainingFramework
from zeo_learning.orbits import OrbitsOfPoints
from zeo_learning.views import turned
from zeo_zeogan.scaling import Scaling

MOST_KEPT = 20_000
"""Grids in memory, which take 4 GB at 32 points along each axis."""

Example = dict[str, NDArray[np.generic]]


@frozen(eq=False)
class Examples(Dataset[Example]):
    """The endless sequence of training examples.

    Args:
        frameworks: to learn from.
        representation: makes the grids.
        scaling: of their channels.
        templated: whether an example comes with what a network is told of its framework. Only then are axes
            also reversed: the reference permutes them and moves the origin.
        seed: of the sequence.
    """

    frameworks: Sequence[TrainingFramework]
    representation: GridRepresentation
    scaling: Scaling
    templated: bool
    seed: int
    grids: dict[int, NDArray[np.float16]] = field(factory=dict, init=False)
    orbits: OrbitsOfPoints = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "orbits", OrbitsOfPoints(self.representation.options.n))

    def __getitem__(self, number: int) -> Example:
        """``grid`` [C, N, N, N], ``lengths`` [3] in angstrom and, where it is told, ``scalars`` [S] and
        ``labels`` [N, N, N], the orbits of the points."""
        stream = np.random.default_rng((self.seed, number))
        k = int(stream.integers(len(self.frameworks)))
        framework, grid = self.frameworks[k], self._grid(k)
        axes, steps = stream.permutation(3), stream.integers(grid.shape[1], size=3)
        flips = np.flatnonzero(stream.random(3) < 0.5) if self.templated else np.arange(0)
        lengths = framework.structure.lengths[axes]
        example: Example = {
            "grid": turned(grid, axes, flips, steps).astype(np.float32),
            "lengths": lengths.astype(np.float32),
        }
        if self.templated:
            labels = self.orbits.labels(framework.symmetry)
            example["labels"] = turned(labels[None], axes, flips, steps)[0].astype(np.int64)
            example["scalars"] = Conditions().scalars(
                lengths, framework.structure.count("Si"), len(framework.symmetry), {}
            )
        return example

    def _grid(self, k: int) -> NDArray[np.float16]:
        if k in self.grids:
            return self.grids[k]
        physical = self.representation.encode(self.frameworks[k].structure).values
        grid = self.scaling.to_network(physical).astype(np.float16)
        if len(self.grids) < MOST_KEPT:
            self.grids[k] = grid
        return grid
