"""Where frameworks come from: folders, archives and files of structures, ASE databases, the IZA types, data
sets made by zeo, and grid files of the reference programs.

A source is listed item by item, in bounded memory, and an item is parsed wherever it is sent to. What cannot
be read becomes an error in its place.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path, PurePath, PurePosixPath
from typing import Any

from attrs import field, frozen

from zeo.crystal.io import content_of, is_structure_name, structure_of_ase, structures_in_bytes
from zeo.crystal.structure import Structure
from zeo.data.known.iza import iza_codes, iza_structure
from zeo.data.known.relaxed import relaxed_frameworks
from zeo.data.making.archives import is_archive, members
from zeo.data.sets.entry import Entry
from zeo.data.sets.store import DataSet, is_data_set
from zeo.errors import InputError, ZeoError
from zeo.grids.raw import Content, on_disk
from zeo.grids.samples import header_of, is_complete, is_sample, read_sample
from zeo.plugin.candidate import Candidate
from zeo.plugin.registry import Plugins
from zeo.tools.foreign import describe

DATABASE = ".db"
PICKLES = (".pickle", ".pkl")
"""Never opened: a pickle runs what it holds. What ZeoDiff's ``properties.pickle`` says is measured anew."""

LARGEST_PENDING = 2**28
"""Bytes of samples in an archive that are kept until the last of their files comes."""

ENERGY = "energy:methane"
"""What the energies in the reference programs' grid files are of."""


@frozen(kw_only=True)
class Found:
    """A structure and what its source knows of it.

    Args:
        structure: in any cell.
        energy: kJ/mol Si above alpha-quartz, where zeo relaxed it.
        lid_violations: local interatomic distances out of bounds, likewise.
        entry: all that a data set of zeo holds.
        options: of the plugins that the properties in ``entry`` were measured with.
    """

    structure: Structure = field(eq=False, repr=False)
    energy: float | None = None
    lid_violations: int | None = None
    entry: Entry | None = None
    options: Mapping[str, Mapping[str, Any]] = field(factory=dict)


Parse = Callable[[Plugins], Iterable[Found | ZeoError]]
"""Reads an item, in any process; at least one structure or reason why there is none."""


@frozen
class Item:
    """One of the things that a source lists: a file, a member of an archive, a row of a database.

    Args:
        name: within the source.
        source: what the source is called.
        take: hands over what parses the item; to be called before the next item is asked for.
    """

    name: str
    source: str
    take: Callable[[], Parse]


def items(sources: Iterable[str]) -> Iterator[Item]:
    """All items of some sources, always in the same order.

    Args:
        sources: ``"relaxed"``, ``"iza"``, or paths; what has ``://`` in it is a data set in object storage.

    Raises:
        ZeoError: a source that does not exist, or of an unknown kind.
    """
    for source in sources:
        if source == "relaxed":
            yield from (Item(code, "iza", partial(partial, _relaxed, code)) for code in relaxed_frameworks())
        elif source == "iza":
            yield from (Item(code, "iza", partial(partial, _iza, code)) for code in iza_codes())
        elif "://" in source or is_data_set(source):
            yield from _entries(source)
        else:
            yield from _items_of_path(Path(source))


def check(sources: Iterable[str]) -> None:
    """Find out at once what would else be found out late.

    Raises:
        ZeoError: a source without a single item.
    """
    for source in sources:
        if next(items([source]), None) is None:
            raise InputError(f"{source}: nothing in it that may hold a framework")


def _items_of_path(path: Path) -> Iterator[Item]:
    if path.is_dir():
        for file in _files_below(path):
            yield from _items_of_file(file, str(file.relative_to(path)), path.resolve().name)
    elif path.is_file():
        yield from _items_of_file(path, path.name, path.name.split(".")[0], asked_for=True)
    else:
        raise InputError(f"{path}: no such file or folder")


def _files_below(folder: Path) -> Iterator[Path]:
    """Sorted, one folder after the other; hidden ones are left out."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place, name) for name in sorted(files) if not name.startswith("."))


def _items_of_file(path: Path, name: str, source: str, asked_for: bool = False) -> Iterator[Item]:
    """What a file holds; nothing if its name says that this is no structure and nobody asked for it."""
    if is_archive(path):
        yield from _members(path, source)
    elif path.suffix.lower() == DATABASE and path.is_file():
        yield from _rows(path, source)
    elif path.suffix.lower() in PICKLES:
        yield Item(name, source, partial(partial, _unusable, InputError("a pickle, which is never opened")))
    elif is_sample(path.name):
        yield Item(name, source, partial(partial, _grid, path, on_disk))
    elif asked_for or is_structure_name(path.name) or path.suffix.lower() == DATABASE:
        yield Item(name, source, partial(partial, _file, path))


def _members(path: Path, source: str) -> Iterator[Item]:
    """The structures in an archive, and the samples, whose files may lie apart."""
    pending: dict[PurePath, dict[PurePath, bytes]] = {}
    try:
        for name, read in members(path):
            file = PurePosixPath(name)
            if file.name.startswith("."):
                continue
            header = header_of(file)
            if header is not None:
                yield from _sample_with(header, file, read, pending, source)
            elif is_structure_name(file.name):
                yield Item(name, source, partial(_member, file.name, read))
    except InputError as error:
        yield Item(path.name, source, partial(partial, _unusable, error))
    for header, files in pending.items():
        if header in files:
            yield Item(str(header), source, partial(partial, _grid, Path(header), _Held(files)))


def _sample_with(
    header: PurePath,
    file: PurePath,
    read: Callable[[], bytes],
    pending: dict[PurePath, dict[PurePath, bytes]],
    source: str,
) -> Iterator[Item]:
    """The sample that a member completes, if it does.

    Raises:
        InputError: too many others are not complete yet.
    """
    files = pending.setdefault(header, {})
    try:
        files[file] = read()
    except InputError as error:
        yield Item(str(file), source, partial(partial, _unusable, error))
    if is_complete(header, files):
        yield Item(str(header), source, partial(partial, _grid, Path(header), _Held(pending.pop(header))))
    elif sum(len(data) for held in pending.values() for data in held.values()) > LARGEST_PENDING:
        raise InputError(
            f"more than {LARGEST_PENDING // 2**20} MiB between the files of one sample; extract the archive"
        )


@frozen
class _Held:
    """Files of an archive that were read before they are asked for."""

    files: Mapping[PurePath, bytes] = field(repr=False)

    def __call__(self, path: Path) -> bytes | None:
        return self.files.get(PurePosixPath(path))


def _member(file_name: str, read: Callable[[], bytes]) -> Parse:
    try:
        return partial(_bytes, read(), file_name)
    except InputError as error:
        return partial(_unusable, error)


def _rows(path: Path, source: str) -> Iterator[Item]:
    """The rows of an ASE database, which ASE itself would read into memory all at once."""
    try:
        with sqlite3.connect(path.resolve().as_uri() + "?mode=ro", uri=True) as database:
            for (number,) in database.execute("SELECT id FROM systems ORDER BY id"):
                yield Item(f"{path.stem}#{number}", source, partial(partial, _row, path, number))
    except sqlite3.Error as error:
        unusable = InputError(f"not an ASE database ({error})")
        yield Item(path.name, source, partial(partial, _unusable, unusable))


def _entries(source: str) -> Iterator[Item]:
    name_of_source = source.rstrip("/").rpartition("/")[2]
    for index, name in enumerate(DataSet.open(source).names):
        yield Item(name, name_of_source, partial(partial, _entry, source, index))


def _unusable(error: ZeoError, plugins: Plugins) -> Iterator[ZeoError]:  # noqa: ARG001
    yield error


def _relaxed(code: str, plugins: Plugins) -> Iterator[Found]:  # noqa: ARG001
    framework = relaxed_frameworks()[code]
    yield Found(
        structure=framework.structure, energy=framework.energy, lid_violations=framework.lid_violations
    )


def _iza(code: str, plugins: Plugins) -> Iterator[Found]:  # noqa: ARG001
    yield Found(structure=iza_structure(code))


_opened = cache(DataSet.open)


def _entry(source: str, index: int, plugins: Plugins) -> Iterator[Found]:  # noqa: ARG001
    data_set = _opened(source)
    entry = data_set[index]
    stated = data_set.description.options
    yield Found(structure=entry.structure, energy=entry.energy, entry=entry, options=stated)


def _file(path: Path, plugins: Plugins) -> Iterator[Found | ZeoError]:
    try:
        data = content_of(path)
    except InputError as error:
        yield error
        return
    except OSError as error:
        yield InputError(f"cannot be read ({error.strerror or error})")
        return
    yield from _bytes(data, path.name, plugins)


def _bytes(data: bytes, file_name: str, plugins: Plugins) -> Iterator[Found | ZeoError]:  # noqa: ARG001
    for structure in structures_in_bytes(data, file_name):
        yield structure if isinstance(structure, ZeoError) else Found(structure=structure)


def _row(path: Path, number: int, plugins: Plugins) -> Iterator[Found | ZeoError]:  # noqa: ARG001
    from ase.db import connect

    try:
        atoms = connect(path, type="db").get_atoms(id=number)  # type: ignore[no-untyped-call]
    except Exception as error:  # a row that ASE cannot make sense of fails in its own way
        yield InputError(f"ASE cannot read row {number} ({describe(error)})")
        return
    structure = structure_of_ase(atoms)
    yield structure if isinstance(structure, ZeoError) else Found(structure=structure)


def _grid(header: Path, content: Content, plugins: Plugins) -> Iterator[Found | ZeoError]:
    """The atoms of a grid set, as any drawn grid is read: decoded and repaired."""
    try:
        grid, _ = read_sample(header, ENERGY, content)
        structure = plugins.create("representation", "voxel").decode(grid)
        candidate = Candidate.of(structure, grid)
        repaired = plugins.create("postprocessor", "repair").apply(candidate)
    except ZeoError as error:
        yield error
        return
    if repaired.rejection is not None or repaired.structure is None:
        reason = repaired.rejection or "no structure"
        yield InputError(f"its atoms cannot be repaired ({reason})")
    else:
        yield Found(structure=repaired.structure)
