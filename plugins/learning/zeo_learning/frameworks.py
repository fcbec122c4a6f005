"""The frameworks of a training on grids: which fit, which are learned from, which validate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import torch
from attrs import frozen
from torch.utils.data import Dataset

from zeo.crystal.orthogonal import smallest_orthogonal_cell
from zeo.crystal.structure import Structure
from zeo.data.known.frameworks import Framework, FrameworkSet, is_silica
from zeo.data.sets.store import is_data_set
from zeo.errors import InputError
from zeo_learning.orbits import GridSymmetry, at_origin, unique_atoms
from zeo_learning.split import Split
from zeo_learning.templates import Templates


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
    """The frameworks to train on and those to validate on, in their smallest orthogonal cells.

    Args:
        data: all that there are; right-angled ones of a data set are in such cells already.
        limits: to size and symmetry.
        n: grid points along each axis.
        known: a property that has to be known.

    Raises:
        ConfigError: there are none.
    """
    prepared = bool(data.sources) and all(map(is_data_set, data.sources))

    def admit(framework: Framework) -> TrainingFramework | str:
        return fitted(framework, limits, n, known, prepared)

    return Split.admitted(data, data.validation or (), admit)


def fitted(
    framework: Framework, limits: Limits, n: int, known: str | None = None, prepared: bool = False
) -> TrainingFramework | str:
    """A framework with its origin where its symmetry maps the grid onto itself, or why it does not fit.

    Args:
        framework: in any cell.
        limits: see :func:`split_grids`; likewise the next.
        n: see ``limits``.
        known: see ``limits``.
        prepared: whether it is in its smallest orthogonal cell if its angles are right.
    """
    if not is_silica(framework.structure):
        return "not SiO2"
    if known is not None and framework.properties.get(known) is None:
        return f"without {known}"
    structure: Structure | None = framework.structure
    if not (prepared and framework.structure.is_orthogonal):
        structure = smallest_orthogonal_cell(framework.structure)
    if structure is None:
        return "without an orthogonal cell"
    if structure.count("Si") > limits.max_t:
        return f"with more than max_t={limits.max_t} T atoms in an orthogonal cell"
    if structure.lengths.max() > limits.max_edge:
        return f"with an edge beyond max_edge={limits.max_edge:g} A"
    moved, symmetry = at_origin(structure, n)
    if unique_atoms(moved.coords_of("Si"), symmetry, n) > limits.max_unique:
        return f"with more than max_unique={limits.max_unique} different T atoms"
    return TrainingFramework(moved, symmetry, framework)


class MisfitError(InputError):
    """A framework that a model cannot hold.

    Args:
        message: which framework, why, and by how much.
        reason: why, in the same words for every framework.
    """

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


def fitting_cell(framework: Framework, known: Templates) -> Structure:
    """A framework in its smallest orthogonal cell, no larger than those of a training set.

    Raises:
        MisfitError: no SiO2, no orthogonal cell, or one that is too large.
    """
    name, structure = framework.name, framework.structure
    if not is_silica(structure):
        raise MisfitError(f"{name} is no SiO2 framework", "no SiO2 framework")
    cell = smallest_orthogonal_cell(structure)
    if cell is None:
        angles = ", ".join(f"{angle:.2f}" for angle in structure.angles)
        raise MisfitError(
            f"{name} has no orthogonal cell (its angles are {angles} degrees)", "no orthogonal cell"
        )
    most, longest = int(known.t_atoms.max()), float(known.lengths.max())
    if cell.count("Si") > most or cell.lengths.max() > longest:
        edges = " x ".join(f"{length:.1f}" for length in cell.lengths)
        raise MisfitError(
            f"{name} is too large for this model: {cell.count('Si')} T atoms in a cell of {edges} A,"
            f" where it has learned up to {most} T atoms and edges up to {longest:.1f} A",
            "too large for this model",
        )
    return cell
