"""Writing a data set part by part, so that a killed writer can go on where it stopped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from attrs import evolve

from zeo.data.sets.description import FORMAT, Description, Part
from zeo.data.sets.entry import COLUMNS, Entry
from zeo.data.sets.store import DESCRIPTION_FILE, PART_FILE, DataSet
from zeo.data.sets.table import table_of
from zeo.errors import InputError
from zeo.tools.differences import differences, in_short
from zeo.tools.files import make_folder, write_atomically
from zeo.tools.parquet import parquet_bytes

_REPEATED = [column.name for column in COLUMNS if column.type in ("string", "int16")]
_UNIQUE = ("name", "key")
_LISTS = [f"{column.name}.list.element" for column in COLUMNS if column.type == "list<float>"]


class DataSetWriter:
    """Appends parts to a data set in a local directory.

    Args:
        directory: made if need be, and held where others may write to it. A data set in it with the same
            ``made_by`` is continued.
        description: of a new data set; counts and parts are filled in by :meth:`append`.

    Raises:
        InputError: the directory holds another data set, or other files.
    """

    def __init__(self, directory: str | Path, description: Description) -> None:
        self.directory = Path(directory)
        self.description = description
        self._names: set[str] = set()
        known = (self.directory / DESCRIPTION_FILE).exists()
        if not known and not _is_free(self.directory):
            raise InputError(f"{self.directory}: exists and is not a data set; choose another --out")
        self.directory.mkdir(parents=True, exist_ok=True)
        make_folder((self.directory / PART_FILE).parent)
        if known:
            self._continue()
        else:
            self.describe()

    def _continue(self) -> None:
        existing = self.finished
        old, new = existing.description, self.description
        if old.format != FORMAT:
            raise InputError(
                f"{self.directory} holds a data set of format {old.format}, which this zeo reads and does not"
                " go on with: choose another --out (zeo data build takes it as a source, zeo data make as"
                " --parents)"
            )
        changed = differences(old.made_by, new.made_by)
        if old.zeo_version != new.zeo_version:
            changed.append(f"zeo ({old.zeo_version} -> {new.zeo_version})")
        if old.properties != new.properties and not changed:
            changed.append("other columns")
        if changed:
            raise InputError(
                f"{self.directory} holds a data set made otherwise: {in_short(changed)}; choose another --out"
            )
        self.description = existing.description
        self._names = set(existing.names)

    @property
    def finished(self) -> DataSet:
        """What has been written so far."""
        return DataSet.open(self.directory)

    @property
    def parts(self) -> int:
        """How many parts are finished; the next one to append has this number."""
        return len(self.description.parts)

    def append(self, entries: Sequence[Entry], counts: Mapping[str, int] | None = None) -> None:
        """Write the next part, and the counts that hold once it is there. Either both are kept or neither.

        Raises:
            InputError: a name that the data set has already, or a structure that it cannot hold.
        """
        self.append_rows(table_of(entries, self.description.properties), counts)

    def append_rows(self, table: pa.Table, counts: Mapping[str, int] | None = None) -> None:
        """The same for rows that :func:`zeo.data.sets.table.table_of` made, perhaps in another process.

        Raises:
            InputError: a name that the data set has already.
        """
        for name in table["name"].to_pylist():
            if name in self._names:
                raise InputError(f"{self.directory}: two frameworks are called {name!r}")
            self._names.add(name)
        file = PART_FILE.format(self.parts)
        write_atomically(self.directory / file, _parquet(table))
        parts = (*self.description.parts, Part(file, len(table)))
        self.describe(parts=parts, **({} if counts is None else {"counts": dict(counts)}))

    def describe(self, **changes: Any) -> None:
        """Change fields of the description, such as ``counts``."""
        self.description = evolve(self.description, **changes)
        write_atomically(self.directory / DESCRIPTION_FILE, self.description.to_json())


def _is_free(directory: Path) -> bool:
    """Whether there is nothing, or only what a writer leaves that is killed before its first word."""
    if not directory.exists():
        return True
    parts = directory / Path(PART_FILE).parent
    if not directory.is_dir() or any(parts.glob("*.parquet")):
        return False
    return all(path == parts or path.name.startswith(".") for path in directory.iterdir())


def _parquet(table: pa.Table) -> bytes:
    """The same bytes for the same table."""
    numbers = [name for name in table.column_names if pa.types.is_float32(table.schema.field(name).type)]
    repeated = [name for name in _REPEATED if name not in _UNIQUE]
    return parquet_bytes(table, level=12, repeated=repeated, numbers=[*numbers, *_LISTS])
