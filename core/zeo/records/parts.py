"""Candidates in parts of so many indices: tables in Parquet, and a journal for what is still coming in.

    records/part-000012.parquet   candidates 12000 to 12999, in order
    records/part-000013.jsonl     those of the next thousand so far, a line for each as it is finished

A line is with the system before anybody is told that its candidate is done; one that a kill cut short has no
end, and counts as not written, as does one that a failing disk made unreadable once somebody writes again.
Once a part is complete its table is renamed into place, and only then the journal goes: whoever reads looks
into the journal first, and so misses nothing.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from io import FileIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from zeo.errors import RunDirectoryError
from zeo.records.table import INDEX, below, is_in_order, is_sound, parquet_of, selected, table_of, together
from zeo.tools.files import append_only, make_folder, require_plain, write_atomically
from zeo.tools.foreign import describe
from zeo.tools.words import counted

logger = logging.getLogger("zeo")

FOLDER = "records"

SIZE = 1000
"""Indices of a part."""

_FILE = re.compile(r"part-(\d{6,12})\.(parquet|jsonl)")


class Parts:
    """The parts of a run.

    One process at a time may write, of which the run directory takes care; any number may read meanwhile.

    Args:
        run: the run directory.
    """

    def __init__(self, run: Path) -> None:
        self.run, self.folder = run, run / FOLDER
        self._journal: tuple[int, FileIO] | None = None
        self._sizes: dict[int, int] = {}

    def tables(self, names: Sequence[str] | None = None) -> Iterator[pa.Table | RunDirectoryError]:
        """Columns of each part, in order; what is wrong with it in the place of one that is damaged."""
        for number in self._numbers():
            try:
                yield self._part(number, names)
            except RunDirectoryError as error:
                yield error

    def tables_at(self, indices: Iterable[int], names: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """Columns of the parts that some candidates are in.

        Raises:
            RunDirectoryError: one is damaged.
        """
        for number in sorted({index // SIZE for index in indices}):
            yield self._part(number, names)

    def indices(self) -> NDArray[np.int64]:
        """Of all candidates, ascending.

        Raises:
            RunDirectoryError: a part is damaged.
        """
        found = [self._part(number, [INDEX])[INDEX].to_numpy() for number in self._numbers()]
        return np.concatenate([np.zeros(0, dtype=np.int64), *found])

    def damage(self, index: int, what: str) -> RunDirectoryError:
        """What is wrong with a candidate, with the file that it is in and what to do about it."""
        number = index // SIZE
        journal, sealed = self._file(number, "jsonl"), self._file(number, "parquet")
        return RunDirectoryError(_damaged(journal if journal.exists() else sealed, what))

    @property
    def has_journals(self) -> bool:
        """Whether a process is writing, or was killed before it had made tables of what it wrote."""
        return any(self._file(number, "jsonl").exists() for number in self._numbers())

    def prepare(self) -> None:
        """Before writing: make the folder, and tidy up what a killed process left.

        Raises:
            RunDirectoryError: a part is damaged.
            ZeoError: something there is a link.
            OSError: it cannot be written.
        """
        make_folder(self.folder)
        self._sizes.clear()
        self.finish()

    def append(self, index: int, line: bytes) -> None:
        """Keep a candidate, as :func:`zeo.records.table.line_of` makes it a line.

        Raises:
            ZeoError: the journal is a link.
            OSError: it cannot be written; nothing is then left of the line.
        """
        number = index // SIZE
        if self._journal is None or self._journal[0] != number:
            self._close()
            require_plain(self._file(number, "parquet"))  # before any of it is read as a part
            self._journal = number, append_only(self._file(number, "jsonl"))
        _append(self._journal[1], line)
        if number not in self._sizes:
            self._sizes[number] = len(self._part(number, [INDEX]))
        else:
            self._sizes[number] += 1
        if self._sizes[number] >= SIZE:
            self._seal(number)

    def sync(self) -> None:
        """Have what was appended on the disk itself, where it outlives the machine."""
        if self._journal is not None:
            os.fsync(self._journal[1].fileno())

    def finish(self) -> None:
        """Make tables of all journals, without the lines that are damaged, which are told of.

        Raises:
            OSError: they cannot be written.
            RunDirectoryError: one is damaged.
        """
        self._close()
        for number in self._numbers():
            if self._file(number, "jsonl").exists():
                self._seal(number)

    def put(self, number: int, table: pa.Table) -> None:
        """Write a whole part.

        Args:
            number: of the part.
            table: with all columns, in order.
        """
        write_atomically(self._file(number, "parquet"), parquet_of(table))
        self._sizes.pop(number, None)

    def add(self, table: pa.Table) -> None:
        """Keep the candidates of a table, all of one part, beside those that the part has.

        Raises:
            RunDirectoryError: the part is damaged.
            OSError: it cannot be written.
        """
        if len(table):
            number = table[INDEX][0].as_py() // SIZE
            there = [self._part(number)] if number in self._numbers() else []
            known = {index for each in there for index in each[INDEX].to_pylist()}
            if not known.issuperset(table[INDEX].to_pylist()):
                self.put(number, together([*there, table]))

    def drop_from(self, index: int) -> None:
        """Remove the candidates from an index on, the last ones first."""
        self.finish()
        for number in reversed(self._numbers()):
            if number < index // SIZE:
                break
            kept = below(self._part(number), index) if number * SIZE < index else None
            if kept is not None and len(kept):
                self.put(number, kept)
            else:
                self._file(number, "parquet").unlink()
            self._sizes.pop(number, None)

    def _seal(self, number: int) -> None:
        self._close()
        self._leave_out_damaged_lines(number)
        if len(part := self._part(number)):
            self.put(number, part)
        self._file(number, "jsonl").unlink()

    def _leave_out_damaged_lines(self, number: int) -> None:
        """What cannot be read is not packed, but computed again, as if a kill had come before it."""
        file = self._file(number, "jsonl")
        lines = _lines_of(file)
        sound = [line for line in lines if is_sound(line, _indices_of(number))]
        if lost := len(lines) - len(sound):
            write_atomically(file, b"".join(line + b"\n" for line in sound))
            logger.warning(
                "Warning: %s: %s left out, to be computed again", file, counted(lost, "damaged line")
            )

    def _close(self) -> None:
        if self._journal is not None:
            journal = self._journal[1]
            self._journal = None
            with journal:
                os.fsync(journal.fileno())

    def _numbers(self) -> list[int]:
        try:
            with os.scandir(self.folder) as entries:
                names = [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
        except (FileNotFoundError, NotADirectoryError):  # which whoever writes will say
            return []
        except OSError as error:
            raise RunDirectoryError(f"cannot read {self.folder}: {error.strerror}") from error
        return sorted({int(match[1]) for match in map(_FILE.fullmatch, names) if match})

    def _file(self, number: int, ending: str) -> Path:
        return self.folder / f"part-{number:06d}.{ending}"

    def _part(self, number: int, names: Sequence[str] | None = None) -> pa.Table:
        """Columns of a part, and the index; all of them where none are named.

        Raises:
            RunDirectoryError: it is damaged.
        """
        wanted = None if names is None else list(dict.fromkeys([INDEX, *names]))
        journal = self._journal_of(number, wanted)  # first: it goes when the table has come
        sealed = self._table_of(number, wanted)
        found = [table for table in (sealed, journal) if table is not None]
        return together(found) if found else selected(table_of([]), wanted or [INDEX])

    def _journal_of(self, number: int, names: Sequence[str] | None) -> pa.Table | None:
        file = self._file(number, "jsonl")
        with _damage(file):
            try:
                lines = _lines_of(file)
            except FileNotFoundError:
                return None
            table = table_of(lines)
            return self._checked(table if names is None else selected(table, names), number)

    def _table_of(self, number: int, names: Sequence[str] | None) -> pa.Table | None:
        file = self._file(number, "parquet")
        with _damage(file):
            try:
                stream = file.open("rb")
            except FileNotFoundError:
                return None
            reading = pq.ParquetFile(stream, page_checksum_verification=True, pre_buffer=False)
            with stream, reading as parquet:
                there = parquet.schema_arrow.names
                wanted = None if names is None else [name for name in names if name in there]
                table = parquet.read(wanted, use_threads=False)  # Arrow's may abort Python at its end
            return self._checked(table if names is None else selected(table, names), number)

    def _checked(self, table: pa.Table, number: int) -> pa.Table:
        if not is_in_order(table, _indices_of(number)):
            raise ValueError("its candidates are not those of this part")
        return table


def _indices_of(number: int) -> range:
    """Those that belong to a part."""
    return range(number * SIZE, (number + 1) * SIZE)


def _lines_of(file: Path) -> list[bytes]:
    """Of a journal, without their ends; behind the last end is what a kill cut short."""
    *lines, _ = file.read_bytes().split(b"\n")
    return lines


def _append(file: FileIO, line: bytes) -> None:
    """All of a line, or nothing of it where the disk is full."""
    end = os.lseek(file.fileno(), 0, os.SEEK_END)
    try:
        rest = memoryview(line)
        while rest:
            rest = rest[os.write(file.fileno(), rest) :]
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(file.fileno(), end)
        raise


@contextlib.contextmanager
def _damage(file: Path) -> Iterator[None]:
    """What is wrong with a file, in one line."""
    try:
        yield
    except OSError as error:
        if error.errno is not None:
            raise RunDirectoryError(f"cannot read {file}: {error.strerror}") from error
        raise RunDirectoryError(_damaged(file, describe(error))) from error  # Arrow's, on what is no Parquet
    except Exception as error:  # Arrow fails in many ways
        raise RunDirectoryError(_damaged(file, describe(error))) from error


def _damaged(file: Path, what: str) -> str:
    cure = "resume the run" if file.suffix == ".jsonl" else "delete it and resume the run"
    return f"{file} is damaged ({what}); {cure} to compute its candidates again"
