"""Named frameworks from a source: the IZA types, a data set, a folder or files."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from math import isnan
from pathlib import Path, PurePath

from attrs import evolve, field, frozen

from zeo.crystal.io import read_structure, structure_files
from zeo.crystal.structure import Structure
from zeo.data.known.iza import iza_codes, iza_structure
from zeo.data.known.relaxed import relaxed_frameworks, relaxed_structure
from zeo.data.sets.entry import founder_of
from zeo.data.sets.store import SHIPPED, DataSet, is_data_set
from zeo.errors import ConfigError, InputError
from zeo.tools.free_names import FreeNames

logger = logging.getLogger("zeo")

KNOWN_FACTS = ("energy", "largest_ring")
"""What a data set knows of its frameworks beside the properties that probes measure."""


@frozen
class Framework:
    """A structure, what it is called, and what its source knows: properties such as ``"methane.kh"`` or
    ``"energy"`` (kJ/mol per Si above alpha-quartz), the exact key of its net, and its first ancestor."""

    name: str
    structure: Structure = field(eq=False)
    properties: Mapping[str, float | None] = field(eq=False, factory=dict)
    key: str | None = field(eq=False, default=None)
    lineage: str | None = field(eq=False, default=None)


def _unknown(_name: str) -> Mapping[str, float | None]:
    return {}


def _nothing(_name: str) -> None:
    return None


@frozen(eq=False)
class FrameworkSet:
    """A sequence of named frameworks, each read when it is asked for.

    Args:
        names: in order.
        read: from a name to its structure.
        known: from a name to its properties, by probe and quantity.
        key: from a name to the exact key of its net; None where the source does not know it.
        lineage: from a name to the first ancestor, by which data sets keep relatives in one split.
        validation: frameworks to judge a training by, of which nothing is learned; None where there are none.
        sources: as the user gave them; none where nobody did.
    """

    names: tuple[str, ...]
    read: Callable[[str], Structure]
    known: Callable[[str], Mapping[str, float | None]] = _unknown
    key: Callable[[str], str | None] = _nothing
    lineage: Callable[[str], str | None] = _nothing
    validation: FrameworkSet | None = None
    sources: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """The sources in one line."""
        return ", ".join(self.sources)

    @property
    def title(self) -> str:
        """What the sources are called wherever they lie: the last parts of their paths."""
        return ", ".join(PurePath(source).name or source for source in self.sources)

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> Framework:
        name = self.names[index]
        return Framework(name, self.read(name), self.known(name), self.key(name), self.lineage(name))

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
    return source not in ("relaxed", "iza", *SHIPPED) and "://" not in source


def open_frameworks(source: str | Path | Sequence[str | Path], split: str | None = None) -> FrameworkSet:
    """The frameworks of a source.

    Args:
        source: ``"relaxed"`` (the four-connected IZA types as zeo relaxed them, which ship with it),
            ``"iza"`` (all IZA types as the installed ``zeose`` has them), a data set (its directory or URL,
            or ``"standard"`` or ``"open"``, which ship with zeo), a folder, or files. The names are codes,
            names in the data set, or paths as given.
        split: of a data set; all of it when None.

    Raises:
        ZeoError: the IZA types are wanted and not installed.
        InputError: a path that does not exist, a folder without structure files, or a damaged data set.
        ConfigError: a split of something that is no data set, or one that holds nothing.
    """
    if isinstance(source, str | Path) and is_data_set(source):
        return together([frameworks_of(data) for data in open_data_sets([source], split)])
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


def training_frameworks(*sources: str | Path) -> FrameworkSet:
    """What a generator learns from: the training splits of data sets and runs, each net once, or all of one
    other source.

    The validation splits come with them. Raises as :func:`open_frameworks` and :func:`distinct_data_sets` do.
    """
    names = tuple(map(str, sources))
    if len(sources) == 1 and not is_data_set(sources[0]):
        return evolve(open_frameworks(sources[0]), sources=names)
    train = together([frameworks_of(data) for data in open_data_sets(sources, "train")])
    held_out = [data.split("validation") for data in distinct_data_sets(sources)]
    validation = together([frameworks_of(data) for data in held_out]) if any(map(len, held_out)) else None
    return evolve(train, validation=validation, sources=names)


def distinct_data_sets(sources: Iterable[str | Path]) -> list[DataSet]:
    """Data sets and runs, each without the nets that one before it has.

    Raises:
        ConfigError: one of several is neither, so that its nets are not known.
        InputError: a damaged one.
    """
    different = list(dict.fromkeys(map(str, sources)))
    if len(different) == 1:
        return [DataSet.open(different[0])]
    found, seen = [], set[str]()
    for source in different:
        if not is_data_set(source):
            raise ConfigError(
                f"{source}: of several sources each is a data set or a run, whose nets are known; zeo data"
                " build makes a data set of any"
            )
        data = DataSet.open(source)
        keys = data.column("key").tolist()
        found.append(data.where([key not in seen for key in keys]))
        seen.update(keys)
    return found


def together(sets: Sequence[FrameworkSet]) -> FrameworkSet:
    """Several sets as one, in their order. Of frameworks that share a name the later ones get a number."""
    if len(sets) == 1:
        return sets[0]
    free = FreeNames()
    places = {free.free(name): (one, name) for one in sets for name in one.names}

    def read(name: str) -> Structure:
        one, its_name = places[name]
        return one.read(its_name)

    def known(name: str) -> Mapping[str, float | None]:
        one, its_name = places[name]
        return one.known(its_name)

    def key(name: str) -> str | None:
        one, its_name = places[name]
        return one.key(its_name)

    def lineage(name: str) -> str | None:
        one, its_name = places[name]
        return one.lineage(its_name)

    return FrameworkSet(tuple(places), read, known, key, lineage)


def open_data_sets(sources: Sequence[str | Path], split: str | None = None) -> list[DataSet]:
    """Data sets and runs, or a split of each, see :func:`distinct_data_sets`.

    Raises:
        InputError: no data set, or a damaged one.
        ConfigError: a split that holds nothing, or one of several that is no data set.
    """
    found = distinct_data_sets(sources)
    if split is None:
        return found
    chosen = [data.split(split) for data in found]
    if not any(map(len, chosen)):
        named = ", ".join(map(str, sources))
        raise ConfigError(f"{named}: no framework of this data set is in the split {split!r}")
    return chosen


def _energy_of_type(code: str) -> Mapping[str, float | None]:
    return {"energy": relaxed_frameworks()[code].energy}


def frameworks_of(data: DataSet) -> FrameworkSet:
    """The frameworks of a data set, each read when it is asked for."""
    positions = {name: position for position, name in enumerate(data.names)}
    keys = cache(lambda: data.column("key"))
    founders = cache(lambda: [data.column("lineage"), data.column("code"), keys()])
    facts = cache(lambda: {name: data.column(name).astype(float) for name in KNOWN_FACTS})

    def known(name: str) -> Mapping[str, float | None]:
        position = positions[name]
        values = {fact: float(column[position]) for fact, column in facts().items()}
        numbers = {fact: None if isnan(value) else value for fact, value in values.items()}
        return {**data.properties(position), **numbers}

    def lineage(name: str) -> str:
        return str(founder_of(*(column[positions[name]] for column in founders())))

    return FrameworkSet(
        tuple(positions),
        lambda name: data.structure(positions[name]),
        known,
        lambda name: str(keys()[positions[name]]),
        lineage,
    )


def is_silica(structure: Structure) -> bool:
    """Whether the composition is SiO2 exactly. Of the IZA types, these are the four-connected ones."""
    silicon, oxygen = structure.count("Si"), structure.count("O")
    return silicon > 0 and oxygen == 2 * silicon and silicon + oxygen == len(structure)
