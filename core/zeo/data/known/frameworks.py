"""Named frameworks from a source: the IZA types, a data set, a folder or files."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from math import isnan
from pathlib import Path

from attrs import evolve, field, frozen

from zeo.crystal.io import read_structure, structure_files
from zeo.crystal.structure import Structure
from zeo.data.known.iza import iza_codes, iza_structure
from zeo.data.known.relaxed import relaxed_frameworks, relaxed_structure
from zeo.data.sets.store import STANDARD, DataSet, is_data_set
from zeo.errors import ConfigError, InputError

logger = logging.getLogger("zeo")

KNOWN_FACTS = ("energy", "largest_ring")
"""What a data set knows of its frameworks beside the properties that probes measure."""


@frozen
class Framework:
    """A structure, what it is called, and what its source knows: properties such as ``"methane.kh"`` or
    ``"energy"`` (kJ/mol per Si above alpha-quartz), and the exact key of its net."""

    name: str
    structure: Structure = field(eq=False)
    properties: Mapping[str, float | None] = field(eq=False, factory=dict)
    key: str | None = field(eq=False, default=None)


def _unknown(_name: str) -> Mapping[str, float | None]:
    return {}


def _no_key(_name: str) -> None:
    return None


@frozen(eq=False)
class FrameworkSet:
    """A sequence of named frameworks, each read when it is asked for.

    Args:
        names: in order.
        read: from a name to its structure.
        known: from a name to its properties, by probe and quantity.
        key: from a name to the exact key of its net; None where the source does not know it.
        validation: frameworks to judge a training by, of which nothing is learned; None where there are none.
        source: as the user gave it; empty where nobody did.
    """

    names: tuple[str, ...]
    read: Callable[[str], Structure]
    known: Callable[[str], Mapping[str, float | None]] = _unknown
    key: Callable[[str], str | None] = _no_key
    validation: FrameworkSet | None = None
    source: str = ""

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> Framework:
        name = self.names[index]
        return Framework(name, self.read(name), self.known(name), self.key(name))

    def __iter__(self) -> Iterator[Framework]:
        return (self[index] for index in range(len(self)))

    def where(self, accept: Callable[[Structure], bool]) -> FrameworkSet:
        """The frameworks that pass a test. Reads them all; unusable files are left out with a warning."""
        passing = tuple(name for name in self.names if self._passes(name, accept))
        return evolve(self, names=passing)

    def _passes(self, name: str, accept: Callable[[Structure], bool]) -> bool:
        try:
            return accept(self.read(name))
        except InputError as error:
            logger.warning("left out: %s", error)
            return False


def is_on_disk(source: str) -> bool:
    """Whether a source of frameworks is files of the user's, and neither ships with zeo nor is at a URL."""
    return source not in ("relaxed", "iza", STANDARD) and "://" not in source


def open_frameworks(source: str | Path | Sequence[str | Path], split: str | None = None) -> FrameworkSet:
    """The frameworks of a source.

    Args:
        source: ``"relaxed"`` (the four-connected IZA types as zeo relaxed them, which ship with it),
            ``"iza"`` (all IZA types as the installed ``zeose`` has them), a data set (its directory or URL,
            or ``"standard"`` for the one that ships with zeo), a folder, or files. The names are codes, names
            in the data set, or paths as given.
        split: of a data set; all of it when None.

    Raises:
        ZeoError: the IZA types are wanted and not installed.
        InputError: a path that does not exist, a folder without structure files, or a damaged data set.
        ConfigError: a split of something that is no data set, or one that holds nothing.
    """
    if isinstance(source, str | Path) and is_data_set(source):
        return frameworks_of(open_data_set(source, split))
    if split is not None:
        raise ConfigError(f"{source} has no split {split!r}: only data sets have (zeo data build makes them)")
    if source == "relaxed":
        return FrameworkSet(tuple(relaxed_frameworks()), relaxed_structure, _energy_of_type)
    if source == "iza":
        return FrameworkSet(tuple(iza_codes()), iza_structure)
    paths = [source] if isinstance(source, str | Path) else source
    for path in map(Path, paths):
        if not path.exists():
            raise InputError(f"{path}: no such file")
    files = [str(file) for path in paths for file in structure_files(Path(path))]
    return FrameworkSet(tuple(files), read_structure)


def training_frameworks(source: str | Path) -> FrameworkSet:
    """What a generator learns from: the training split of a data set, or all of another source.

    The validation split comes with it. Raises as :func:`open_frameworks` does.
    """
    if not is_data_set(source):
        return evolve(open_frameworks(source), source=str(source))
    validation = DataSet.open(source).split("validation")
    return evolve(
        open_frameworks(source, "train"),
        validation=frameworks_of(validation) if len(validation) else None,
        source=str(source),
    )


def open_data_set(source: str | Path, split: str | None = None) -> DataSet:
    """A data set, or one of its splits.

    Raises:
        InputError: no data set, or a damaged one.
        ConfigError: a split that holds nothing.
    """
    data = DataSet.open(source)
    if split is None:
        return data
    chosen = data.split(split)
    if not len(chosen):
        raise ConfigError(f"{source}: no framework of this data set is in the split {split!r}")
    return chosen


def _energy_of_type(code: str) -> Mapping[str, float | None]:
    return {"energy": relaxed_frameworks()[code].energy}


def frameworks_of(data: DataSet) -> FrameworkSet:
    """The frameworks of a data set, each read when it is asked for."""
    positions = {name: position for position, name in enumerate(data.names)}
    keys = cache(lambda: data.column("key"))
    facts = cache(lambda: {name: data.column(name).astype(float) for name in KNOWN_FACTS})

    def known(name: str) -> Mapping[str, float | None]:
        position = positions[name]
        values = {fact: float(column[position]) for fact, column in facts().items()}
        numbers = {fact: None if isnan(value) else value for fact, value in values.items()}
        return {**data.properties(position), **numbers}

    return FrameworkSet(
        tuple(positions),
        lambda name: data.structure(positions[name]),
        known,
        lambda name: str(keys()[positions[name]]),
    )


def is_silica(structure: Structure) -> bool:
    """Whether the composition is SiO2 exactly. Of the IZA types, these are the four-connected ones."""
    silicon, oxygen = structure.count("Si"), structure.count("O")
    return silicon > 0 and oxygen == 2 * silicon and silicon + oxygen == len(structure)
