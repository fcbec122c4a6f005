"""Candidates as runs kept them before there were parts: each record a file, the atoms of a survivor its CIF.

    candidates/000012.json
    structures/000012.cif

They are read, and made into parts when their run is gone on with.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from zeo.crystal.io import read_structure
from zeo.crystal.structure import Structure
from zeo.errors import RunDirectoryError, ZeoError
from zeo.plugin.columns import Column
from zeo.records.parts import SIZE, Parts
from zeo.records.record import Record
from zeo.records.table import ATOMS, line_of, selected, table_of

RECORDS, STRUCTURES = "candidates", "structures"


class Loose:
    """The candidates of an old run.

    Args:
        run: the run directory.
        columns: what its probes measure.
        stages: of the run, where records are to be found out that are none of it.
    """

    def __init__(self, run: Path, columns: Sequence[Column], stages: Sequence[str] | None = None) -> None:
        self.run, self._columns, self._stages = run, tuple(columns), stages

    def tables(self, names: Sequence[str] | None = None) -> Iterator[pa.Table | RunDirectoryError]:
        """See :meth:`zeo.records.parts.Parts.tables`."""
        for _, files in groupby(self._files(), lambda file: int(file.stem) // SIZE):
            lines: list[bytes] = []
            for file in files:
                try:
                    lines.append(self._line(file, names is None or not ATOMS.keys().isdisjoint(names)))
                except RunDirectoryError as error:
                    yield error
            yield _some(lines, names)

    def tables_at(self, indices: Iterable[int], names: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """See :meth:`zeo.records.parts.Parts.tables_at`."""
        files = {int(file.stem): file for file in self._files()}
        atoms = names is None or not ATOMS.keys().isdisjoint(names)
        for index in sorted(set(indices) & files.keys()):
            yield _some([self._line(files[index], atoms)], names)

    def indices(self) -> NDArray[np.int64]:
        """Of all candidates, ascending."""
        return np.array([int(file.stem) for file in self._files()], dtype=np.int64)

    def damage(self, index: int, what: str) -> RunDirectoryError:
        """See :meth:`zeo.records.parts.Parts.damage`."""
        return _damaged(self.run / RECORDS / f"{index:06d}.json", what)

    def make_parts(self, parts: Parts) -> None:
        """Write all candidates into parts, where these hold nothing yet that counts.

        Raises:
            RunDirectoryError: one is damaged.
            OSError: they cannot be written.
        """
        parts.prepare()
        for table in self.tables():
            if isinstance(table, RunDirectoryError):
                raise table
            if len(table):
                parts.put(int(table["index"][0].as_py()) // SIZE, table)

    def remove_records(self) -> None:
        """Remove what parts hold by now."""
        if (self.run / RECORDS).is_dir() and not (self.run / RECORDS).is_symlink():
            shutil.rmtree(self.run / RECORDS)

    def _files(self) -> list[Path]:
        """In the order of their index, even beyond six digits."""
        files = [file for file in (self.run / RECORDS).glob("*.json") if _is_of_candidate(file)]
        return sorted(files, key=lambda file: int(file.stem))

    def _line(self, file: Path, with_atoms: bool) -> bytes:
        record = _record_in(file)
        structure = self._atoms_of(record) if with_atoms else None
        try:
            if self._stages is not None:
                record.require_part_of(self._stages, self._columns)
            return line_of(record, structure, self._columns)
        except (LookupError, TypeError, ValueError) as error:
            raise RunDirectoryError(
                f"{file} does not fit {self.run / 'run.json'} ({error}): one of the two is damaged"
            ) from error

    def _atoms_of(self, record: Record) -> Structure | None:
        if not record.survived or record.cell is None:
            return None
        file = self.run / STRUCTURES / f"{record.id}.cif"
        try:
            return read_structure(file)
        except ZeoError as error:
            raise RunDirectoryError(
                f"{error}; to compute it again, delete the record of {record.id} and resume the run"
            ) from error


def _is_of_candidate(file: Path) -> bool:
    return file.stem.isdecimal() and file.is_file() and not file.is_symlink()


def _record_in(file: Path) -> Record:
    try:
        record = Record.from_json(file.read_text(encoding="utf-8"))
        if record.index != int(file.stem):
            raise ValueError(f"it is of candidate {record.id}")
    except OSError as error:
        raise RunDirectoryError(f"cannot read {file}: {error.strerror}") from error
    except ValueError as error:
        raise _damaged(file, str(error)) from error
    return record


def _damaged(file: Path, what: str) -> RunDirectoryError:
    return RunDirectoryError(f"{file} is damaged ({what}); delete it and resume the run to compute it again")


def _some(lines: Iterable[bytes], names: Sequence[str] | None) -> pa.Table:
    table = table_of(lines)
    return table if names is None else selected(table, dict.fromkeys(["index", *names]))
