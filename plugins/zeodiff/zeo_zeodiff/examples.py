"""Training examples: grids of known frameworks, made when they are asked for.

Example k depends on k and the seed alone, so that training resumes at any number and any worker can make any
example. Every one is a framework at a random origin, in a random one of the 48 orientations of its axes. A
share of them keeps its space group on the grid; these get noise with the same symmetry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray
from torch.utils.data import Dataset

from zeo.data.cells import translated
from zeo.interfaces import Representation
from zeo.structure import Structure
from zeo_zeodiff.condition import Conditions
from zeo_zeodiff.orbits import GridSymmetry
from zeo_zeodiff.scaling import Scaling

KNOWN_SHARE = 0.5
"""How often the network is told a property."""


@frozen(eq=False)
class TrainingFramework:
    """A framework to learn from.

    Args:
        structure: in an orthogonal cell, its origin where ``symmetry`` wants it.
        symmetry: of its grid.
        properties: such as ``"methane.qst"``.
    """

    structure: Structure
    symmetry: GridSymmetry
    properties: Mapping[str, float | None]


Example = dict[str, NDArray[np.generic] | np.float32]


@frozen(eq=False)
class Examples(Dataset[Example]):
    """The endless sequence of training examples.

    Args:
        frameworks: to learn from.
        representation: makes the grids.
        n: grid points along each axis.
        scaling: of the channels.
        conditions: what the network is told.
        symmetric_share: of the examples that keep their symmetry.
        seed: of the sequence.
    """

    frameworks: Sequence[TrainingFramework]
    representation: Representation
    n: int
    scaling: Scaling
    conditions: Conditions
    symmetric_share: float
    seed: int

    def __getitem__(self, number: int) -> Example:
        """``grid`` and ``noise`` [C, N, N, N], ``labels`` [N, N, N] (orbits; all different without symmetry),
        ``scalars`` [S], and ``level`` [], a number in (0, 1) that chooses the noise level."""
        stream = np.random.default_rng((self.seed, number))
        framework = self.frameworks[int(stream.integers(len(self.frameworks)))]
        symmetric = stream.random() < self.symmetric_share
        if symmetric:
            # both choices keep every operation on the points: whole steps, or half a step along all axes
            origin = np.full(3, stream.integers(2) / (2 * self.n))
            labels = framework.symmetry.labels(self.n)
            if origin[0]:
                labels = half_step_labels(framework.symmetry, self.n)
        else:
            origin = stream.random(3)
            labels = np.arange(self.n**3).reshape((self.n,) * 3)
        grid = self.representation.encode(translated(framework.structure, origin))
        scaled = self.scaling.to_network(grid.values)
        axes = stream.permutation(3)
        steps = stream.integers(self.n, size=3)
        flips = np.flatnonzero(stream.random(3) < 0.5)
        values = turned(scaled, axes, flips, steps)
        labels = turned(labels[None], axes, flips, steps)[0]
        told = {name: value for name, value in framework.properties.items() if stream.random() < KNOWN_SHARE}
        lengths = framework.structure.lengths[axes]
        scalars = self.conditions.scalars(lengths, framework.structure.count("Si"), told)
        noise = stream.standard_normal(values.shape, dtype=np.float32)
        level = np.float32(stream.random())
        return {"grid": values, "noise": noise, "labels": labels, "scalars": scalars, "level": level}


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
