"""Training examples: grids of known frameworks, made when they are asked for.

Example k depends on k and the seed alone, so that training resumes at any number and any worker can make any
example. Every one is a framework in one of the views of :mod:`zeo_learning.views`. Those that keep their
space group on the grid get noise with the same symmetry.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray
from torch.utils.data import Dataset

from zeo.plugin.interfaces import GridRepresentation
from zeo_learning.frameworks import TrainingFramework
from zeo_zeodiff.model import Model

Example = dict[str, NDArray[np.generic] | np.float32]


@frozen(eq=False)
class Examples(Dataset[Example]):
    """The endless sequence of training examples.

    Args:
        frameworks: to learn from.
        representation: makes the grids.
        model: whose recipe, scaling and conditions decide what is made of them.
        symmetric_share: of the examples that keep their symmetry, in recipes with symmetry.
        seed: of the sequence.
    """

    frameworks: Sequence[TrainingFramework]
    representation: GridRepresentation
    model: Model
    symmetric_share: float | None
    seed: int

    def __getitem__(self, number: int) -> Example:
        """``grid`` and ``noise`` [C, N, N, N], ``scalars`` [S], ``lengths`` [3] in angstrom, ``level`` [], a
        number in (0, 1) that chooses the noise level, and, in recipes with symmetry, ``labels`` [N, N, N]
        (orbits; all different where the space group is not kept)."""
        recipe, n = self.model.recipe, self.model.n
        stream = np.random.default_rng((self.seed, number))
        framework = self.frameworks[int(stream.integers(len(self.frameworks)))]
        view = recipe.view(framework.structure, framework.symmetry, n, self.symmetric_share, stream)
        grid = view.of(self.model.scaling.to_network(self.representation.encode(view.structure).values))
        lengths = framework.structure.lengths[view.axes]
        share = recipe.known_share
        known = {name: value for name, value in framework.properties.items() if stream.random() < share}
        scalars = self.model.conditions.scalars(
            lengths, framework.structure.count("Si"), view.operations, known
        )
        example: Example = {
            "grid": grid,
            "noise": stream.standard_normal(grid.shape, dtype=np.float32),
            "scalars": scalars,
            "lengths": lengths.astype(np.float32),
            "level": np.float32(stream.random()),
        }
        if view.labels is not None:
            example["labels"] = view.of(view.labels[None])[0]
        return example
