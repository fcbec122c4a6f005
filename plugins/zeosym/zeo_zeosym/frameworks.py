"""The frameworks of a training as crystals: which are small enough, which teach, which judge."""

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
from zeo_learning.frameworks import JUDGED, LEAST_SPLIT
from zeo_zeosym.crystal import Crystal, crystal_of


@frozen(eq=False)
class TrainingNet:
    """A net to learn from.

    Args:
        crystal: its symmetry-unique T atoms.
        properties: of the framework, such as ``"methane.qst"``, and its ``"density"``.
    """

    crystal: Crystal
    properties: Mapping[str, float | None]


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


def learned_and_judged(data: FrameworkSet, limits: Limits) -> tuple[list[TrainingNet], list[TrainingNet]]:
    """The nets to train on and those to validate on: the validation split of the data set; without one, some
    of the nets given; of very few, the same.

    Raises:
        ConfigError: there are none.
    """
    learned = usable(data, limits)
    if not learned:
        raise ConfigError("no SiO2 framework within max_t and max_unique to train on")
    judged = usable(data.validation, limits) if data.validation is not None else []
    if limits.skewed_types:
        skewed = types_without_orthogonal_cell()
        learned += usable([framework for framework, split in skewed if split == "train"], limits)
        if judged:
            judged += usable([framework for framework, split in skewed if split == "validation"], limits)
    if judged or len(learned) < LEAST_SPLIT:
        return learned, judged or learned
    every = max(20, len(learned) // JUDGED)
    return [net for k, net in enumerate(learned) if k % every], learned[::every]


def usable(frameworks: FrameworkSet | Sequence[Framework], limits: Limits) -> list[TrainingNet]:
    """The nets of silica frameworks within the limits whose symmetry is understood."""
    found = []
    for framework in frameworks:
        crystal = crystal_of(framework.structure) if is_silica(framework.structure) else None
        if crystal is None or len(crystal.sites) > limits.max_unique or len(crystal.image) > limits.max_t:
            continue
        found.append(TrainingNet(crystal, {**framework.properties, "density": crystal.density}))
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
