"""The frameworks of a training as crystals: which are small enough, which are learned from, which
validate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Protocol

from attrs import frozen

from zeo.crystal.net import Net
from zeo.crystal.orthogonal import smallest_orthogonal_cell
from zeo.data.known.frameworks import Framework, FrameworkSet, is_silica, open_frameworks
from zeo.data.sets.entry import Entry
from zeo.data.sets.splits import assign
from zeo.data.sets.store import STANDARD
from zeo_cleanup.key import topology_of
from zeo_learning.split import Split
from zeo_zeosym.crystal import Crystal, crystal_of


@frozen(eq=False)
class TrainingNet:
    """A net to learn from.

    Args:
        crystal: its symmetry-unique T atoms.
        source: the framework as it was given.
    """

    crystal: Crystal
    source: Framework

    @property
    def properties(self) -> Mapping[str, float | None]:
        """Of the framework, such as ``"methane.qst"``, and its ``"density"``."""
        return {**self.source.properties, "density": self.crystal.density}


class Limits(Protocol):
    """The options that say what is learned from."""

    @property
    def max_t(self) -> int:
        """Most T atoms in a primitive cell."""

    @property
    def max_unique(self) -> int:
        """Most symmetry-unique T atoms."""

    @property
    def skewed_types(self) -> bool | None:
        """Whether to add the IZA types that have no orthogonal cell; None: to the data set that ships."""


def split_nets(data: FrameworkSet, limits: Limits) -> Split[TrainingNet]:
    """The nets to train on and those to validate on.

    Raises:
        ConfigError: there are none.
    """
    added = limits.skewed_types
    if added is None:
        added = STANDARD in data.sources
    there = {*data.names, *(data.validation.names if data.validation else ())}
    skewed = [each for each in types_without_orthogonal_cell() if each[0].name not in there] if added else []
    train = chain(data, (framework for framework, split in skewed if split == "train"))
    validation: Iterable[Framework] = ()
    if data.validation:
        more = (framework for framework, split in skewed if split == "validation")
        validation = chain(data.validation, more)
    return Split.admitted(train, validation, lambda framework: fitted(framework, limits))


def fitted(framework: Framework, limits: Limits) -> TrainingNet | str:
    """The net of a framework, or why it does not fit."""
    if not is_silica(framework.structure):
        return "not SiO2"
    crystal = crystal_of(framework.structure)
    if crystal is None:
        return "whose symmetry is not understood"
    if len(crystal.sites) > limits.max_unique:
        return f"with more than max_unique={limits.max_unique} different T atoms"
    if len(crystal.image) > limits.max_t:
        return f"with more than max_t={limits.max_t} T atoms in a primitive cell"
    return TrainingNet(crystal, framework)


def types_without_orthogonal_cell() -> list[tuple[Framework, str]]:
    """The four-connected IZA types that sets for grids leave out, as zeo relaxed them, and their splits."""
    relaxed = open_frameworks("relaxed")
    skewed = [framework for framework in relaxed if smallest_orthogonal_cell(framework.structure) is None]
    return [(framework, _split(framework)) for framework in skewed]


def _split(framework: Framework) -> str:
    """The rule of :mod:`zeo.data.sets.splits`."""
    key = topology_of(Net.from_structure(framework.structure)).key
    entry = Entry(
        name=framework.name, structure=framework.structure, key=key, origin="iza", code=framework.name
    )
    return assign(entry)
