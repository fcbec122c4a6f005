"""The frameworks of a training as crystals: which are small enough, which are learned from, which
validate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from attrs import frozen

from zeo.crystal.net import Net
from zeo.crystal.orthogonal import smallest_orthogonal_cell
from zeo.data.known.frameworks import Framework, FrameworkSet, is_silica, open_frameworks
from zeo.data.sets.entry import Entry
from zeo.data.sets.splits import assign
from zeo.errors import ConfigError
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
    def skewed_types(self) -> bool:
        """Whether to add the IZA types that have no orthogonal cell."""


def split_nets(data: FrameworkSet, limits: Limits) -> Split[TrainingNet]:
    """The nets to train on and those to validate on.

    Raises:
        ConfigError: there are none.
    """
    learned = usable(data, limits)
    if not learned:
        raise ConfigError("no SiO2 framework within max_t and max_unique to train on")
    validation = usable(data.validation, limits) if data.validation is not None else []
    if limits.skewed_types:
        skewed = types_without_orthogonal_cell()
        learned += usable([framework for framework, split in skewed if split == "train"], limits)
        if validation:
            validation += usable([framework for framework, split in skewed if split == "validation"], limits)
    return Split.of(learned, validation)


def usable(frameworks: FrameworkSet | Sequence[Framework], limits: Limits) -> list[TrainingNet]:
    """The nets of silica frameworks within the limits whose symmetry is understood."""
    found = []
    for framework in frameworks:
        crystal = crystal_of(framework.structure) if is_silica(framework.structure) else None
        if crystal is None or len(crystal.sites) > limits.max_unique or len(crystal.image) > limits.max_t:
            continue
        found.append(TrainingNet(crystal, framework))
    return found


def types_without_orthogonal_cell() -> list[tuple[Framework, str]]:
    """The four-connected IZA types that no data set can hold, as zeo relaxed them, and the split of each."""
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
