"""A data set: a directory of compressed tables that can be read in parallel, and from object storage.

    dataset.json                      what it is, where it comes from and what its columns mean
    frameworks/part-00000.parquet     ...

A part is read when one of its frameworks is first needed, and kept: a framework takes about a kilobyte. Parts
are final once ``dataset.json`` lists them, so that a writer killed at any instant leaves a sound data set.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import ArrayLike, NDArray

from zeo.crystal.structure import Structure
from zeo.data.sets.checking import check_table
from zeo.data.sets.description import RIGHT_ANGLED, Description
from zeo.data.sets.entry import ANGLES, COLUMNS, FEASIBLE, Entry
from zeo.data.sets.storage import Storage
from zeo.data.sets.table import Rows, schema_of
from zeo.errors import InputError
from zeo.tools.foreign import describe

DESCRIPTION_FILE = "dataset.json"
PART_FILE = "frameworks/part-{:05d}.parquet"

RUN_FILE = "run.json"
"""What tells a run directory."""

LARGEST_DESCRIPTION = 64_000_000
"""Bytes; a hundred for each part."""


STANDARD, OPEN = "standard", "open"
CURE = "put a copy of it in its place, or begin anew in another folder"
"""What can be done about a file that is damaged or gone."""

SHIPPED = (STANDARD, OPEN)
"""Names of the data sets that ship with zeo: of frameworks of all kinds, and of open ones alone."""


def is_data_set(source: str | Path) -> bool:
    """Whether a source of frameworks is meant as a data set (a URL cannot be anything else); a run is one of
    its survivors."""
    if source in SHIPPED or "://" in str(source) or is_run(source):
        return True
    return (Path(source) / DESCRIPTION_FILE).is_file() or (Path(source) / PART_FILE).parent.is_dir()


def is_run(source: str | Path) -> bool:
    """Whether a source of frameworks is a run directory."""
    return (Path(source) / RUN_FILE).is_file()


class Entries(Protocol):
    """Where the frameworks of a part are."""

    @property
    def table(self) -> pa.Table: ...

    def entry(self, index: int) -> Entry: ...

    def known(self, index: int) -> Mapping[str, float | None]: ...

    def structure(self, index: int) -> Structure: ...


class DataSet:
    """Frameworks of a data set, all of them or a selection, by position.

    It can be sent to other processes, each of which reads what it needs.
    """

    def __init__(
        self, storage: Storage, description: Description, positions: NDArray[np.int64] | None = None
    ) -> None:
        self.storage = storage
        self.description = description
        self._starts = np.cumsum([0, *(part.frameworks for part in description.parts)])
        self._positions = np.arange(len(description)) if positions is None else positions
        self._parts: dict[int, Entries] = {}
        self._files = True

    @classmethod
    def open(cls, location: str | Path) -> DataSet:
        """A data set in a directory, at a URL that fsspec understands, or ``"standard"`` or ``"open"``, which
        ship with zeo; or the survivors of a run, see :mod:`zeo.data.sets.runs`.

        Raises:
            InputError: no data set, one that a newer zeo has written, or a URL that fsspec has no driver for.
            RunDirectoryError: a run that is damaged.
        """
        if is_run(location):
            from zeo.data.sets.runs import survivors_of  # which are a data set in turn

            return survivors_of(Path(location))
        if not is_data_set(location):
            raise InputError(
                f"{location} is no data set: give a directory that has {DESCRIPTION_FILE}, a run, a URL,"
                f" {STANDARD} or {OPEN}"
            )
        if location in SHIPPED:
            location = Path(__file__).parents[1] / location
        storage = Storage.at(location)
        content = storage.read(DESCRIPTION_FILE, LARGEST_DESCRIPTION)
        return cls(storage, Description.from_json(content, storage.path(DESCRIPTION_FILE)))

    def __len__(self) -> int:
        return len(self._positions)

    def __getitem__(self, index: int) -> Entry:
        rows, row = self._locate(index)
        with self._sound(index):
            return rows.entry(row)

    def __iter__(self) -> Iterator[Entry]:
        return (self[index] for index in range(len(self)))

    def structure(self, index: int) -> Structure:
        """The atoms of a framework alone."""
        rows, row = self._locate(index)
        with self._sound(index):
            return rows.structure(row)

    def properties(self, index: int) -> Mapping[str, float | None]:
        """The properties of a framework alone, such as ``"methane.kh"``."""
        rows, row = self._locate(index)
        return rows.known(row)

    @property
    def names(self) -> list[str]:
        names: list[str] = self.column("name").tolist()
        return names

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of all columns."""
        return tuple(column.name for column in (*COLUMNS, *self.description.properties))

    def column(self, name: str) -> NDArray[Any]:
        """One value for each framework; missing numbers are NaN, missing texts None.

        Raises:
            InputError: no such column.
        """
        if name not in self.columns:
            from zeo.tools.hints import closest

            raise InputError(f"{self.storage}: no column {name!r}: {closest(name, self.columns)}")
        chunks = [chunk for part in range(len(self.description.parts)) for chunk in self._column(part, name)]
        whole = pa.chunked_array(chunks, type=schema_of(self.description.properties).field(name).type)
        values: NDArray[Any] = whole.to_numpy()[self._positions]
        return values

    def _column(self, part: int, name: str) -> list[pa.Array]:
        """Reads this column alone, unless the part is here already."""
        if part in self._parts:
            return list(self._parts[part].table[name].chunks)
        return list(self._read(part, [name])[name].chunks)

    def require_whole(self) -> None:
        """Find out whether all parts are there and none is cut short.

        Raises:
            InputError: one is not; the message says what to do.
        """
        for number in range(len(self.description.parts)):
            self._read(number, ["name"])

    def part(self, number: int) -> pa.Table:
        """A part as it is stored, with all frameworks and columns."""
        return self._read(number)

    def where(self, mask: ArrayLike) -> DataSet:
        """The frameworks at which a mask [n] is true."""
        chosen = self._positions[np.asarray(mask, dtype=bool)]
        selection = DataSet(self.storage, self.description, chosen)
        selection._parts, selection._files = self._parts, self._files
        return selection

    def thinned(self, most: int) -> DataSet:
        """So many of the frameworks, evenly spaced; all where there are fewer."""
        chosen = np.zeros(len(self), dtype=bool)
        chosen[np.linspace(0, len(self) - 1, min(most, len(self))).round().astype(int)] = True
        return self.where(chosen)

    @property
    def has_right_angles(self) -> NDArray[np.bool_]:
        """For each framework, whether its cell is orthogonal."""
        if self.description.format == RIGHT_ANGLED:
            return np.full(len(self), True)
        right: NDArray[np.bool_] = np.all([self.column(name) == 90.0 for name in ANGLES], axis=0)
        return right

    @property
    def feasible(self) -> DataSet:
        """The frameworks that passed every check."""
        return self.where(self.column("verdict") == FEASIBLE)

    def split(self, name: str) -> DataSet:
        """The frameworks of the split ``"train"``, ``"validation"`` or ``"test"``."""
        return self.where(self.column("split") == name)

    def _locate(self, index: int) -> tuple[Entries, int]:
        position = int(self._positions[index])
        part = int(np.searchsorted(self._starts, position, side="right")) - 1
        if part not in self._parts:
            properties = tuple(column.name for column in self.description.properties)
            self._parts[part] = Rows(self._read(part), properties)
        return self._parts[part], position - int(self._starts[part])

    @contextmanager
    def _sound(self, index: int) -> Iterator[None]:
        """Around what makes atoms of a row: numbers that are none are found out only here."""
        try:
            yield
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise InputError(
                f"{self.storage}: framework {int(self._positions[index]) + 1} is damaged ({describe(error)})"
            ) from error

    def _read(self, part: int, columns: list[str] | None = None) -> pa.Table:
        file = self.description.parts[part]
        where = self.storage.path(file.file)
        with self._opened(file.file) as stream:
            try:
                parquet = pq.ParquetFile(stream, pre_buffer=False)
                there, names = parquet.metadata.num_rows, set(parquet.schema_arrow.names)
            except Exception as error:  # Arrow fails in many ways
                raise InputError(f"{where}: truncated or damaged; {CURE}") from error
            stored = {column.name for column in self.description.standard_columns}
            wanted = list(columns or self.columns)
            right = [name for name in wanted if name in ANGLES and name not in stored]
            missing = set(wanted) - names - set(right)
            if missing:
                raise InputError(f"{where}: the column {', '.join(sorted(missing))} is missing")
            if there != file.frameworks:
                raise InputError(
                    f"{where}: {there} frameworks where {DESCRIPTION_FILE} has {file.frameworks}"
                )
            try:
                in_file = [name for name in wanted if name not in right]
                table = parquet.read(in_file, use_threads=False)  # Arrow's may abort Python at its end
                for name in right:
                    table = table.append_column(name, pa.array(np.full(there, 90.0, dtype=np.float32)))
                table = table.select(wanted)
                check_table(table, schema_of(self.description.properties))
            except Exception as error:
                raise InputError(f"{where}: truncated or damaged ({describe(error)}); {CURE}") from error
        return table

    def _opened(self, file: str) -> IO[bytes]:
        try:
            return self.storage.open(file)
        except InputError as error:
            raise InputError(f"{error}; {CURE}") from error

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_parts": {} if self._files else self._parts}

    @classmethod
    def in_memory(cls, storage: Storage, description: Description, rows: Entries) -> DataSet:
        """Frameworks that lie elsewhere than in the files of a data set, as the one part of one."""
        data = cls(storage, description)
        data._parts, data._files = {0: rows}, False
        return data
