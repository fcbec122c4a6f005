"""The frameworks of a training on grids: which fit, which are learned from, which validate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import torch
from attrs import frozen
from torch.utils.data import Dataset

from zeo.crystal.cells import translated
from zeo.crystal.structure import Structure
from zeo.data.known.frameworks import Framework, FrameworkSet, is_silica
from zeo.errors import ConfigError
from zeo_learning.orbits import GridSymmetry, grid_symmetry, unique_atoms
from zeo_learning.split import Split


@frozen(eq=False)
class TrainingFramework:
    """A framework to learn from.

    Args:
        structure: in an orthogonal cell, its origin where ``symmetry`` wants it.
        symmetry: of its grid.
        source: the framework as it was given.
    """

    structure: Structure
    symmetry: GridSymmetry
    source: Framework

    @property
    def properties(self) -> Mapping[str, float | None]:
        """Such as ``"methane.qst"``."""
        return self.source.properties


class Limits(Protocol):
    """The options of a generator that say what it learns from."""

    @property
    def max_t(self) -> int:
        """Most T atoms in a cell."""

    @property
    def max_unique(self) -> int:
        """Most T atoms that differ on the grid."""

    @property
    def max_edge(self) -> float:
        """Longest edge of a cell, angstrom."""


def batch_of(examples: Dataset[Any], numbers: Sequence[int], device: torch.device) -> dict[str, torch.Tensor]:
    """Some numbered examples as a batch, by the names of their parts."""
    items = [examples[number] for number in numbers]
    return {
        name: torch.from_numpy(np.stack([np.asarray(item[name]) for item in items])).to(device)
        for name in items[0]
    }


def split_grids(
    data: FrameworkSet, limits: Limits, n: int, known: str | None = None
) -> Split[TrainingFramework]:
    """The frameworks to train on and those to validate on. Arguments as for :func:`usable`.

    Raises:
        ConfigError: there are none.
    """
    learned = usable(data, limits, n, known)
    if not learned:
        raise ConfigError(
            "no SiO2 framework in an orthogonal cell within max_t, max_unique and max_edge to train on"
            + (f" whose {known} is known" if known else "")
        )
    return Split.of(learned, usable(data.validation, limits, n, known) if data.validation else [])


def usable(data: FrameworkSet, limits: Limits, n: int, known: str | None = None) -> list[TrainingFramework]:
    """The frameworks that fit, each with its origin where its symmetry maps the grid onto itself.

    Args:
        data: all that there are.
        limits: to size and symmetry.
        n: grid points along each axis.
        known: a property that has to be known.
    """
    found = []
    for framework in data:
        structure = framework.structure
        if not structure.is_orthogonal or not is_silica(structure):
            continue
        if known is not None and framework.properties.get(known) is None:
            continue
        if structure.count("Si") > limits.max_t or structure.lengths.max() > limits.max_edge:
            continue
        origin, symmetry = grid_symmetry(structure, n)
        moved = translated(structure, -origin)
        if unique_atoms(moved.coords_of("Si"), symmetry, n) > limits.max_unique:
            continue
        found.append(TrainingFramework(moved, symmetry, framework))
    return found
