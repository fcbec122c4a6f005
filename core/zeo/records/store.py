"""What a run keeps, whatever the layout: tables by column, records and atoms by index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from zeo.crystal.structure import Structure
from zeo.errors import InputError, RunDirectoryError
from zeo.plugin.columns import Column
from zeo.records.loose import Loose
from zeo.records.parts import Parts
from zeo.records.record import Record
from zeo.records.table import ATOMS, INDEX, RECORD, atoms_in, line_of, selected, table_of

LAYOUT = 3
"""Version of run directories from which on they hold parts."""


class Store(Protocol):
    """Candidates of a run."""

    def tables(self, names: Sequence[str] | None = None) -> Iterator[pa.Table | RunDirectoryError]: ...

    def tables_at(self, indices: Iterable[int], names: Sequence[str] | None = None) -> Iterator[pa.Table]: ...

    def indices(self) -> NDArray[np.int64]: ...

    def damage(self, index: int, what: str) -> RunDirectoryError: ...


def store_of(
    run: Path, layout: int, columns: Sequence[Column], stages: Sequence[str] | None = None
) -> Parts | Loose:
    """The candidates of a run directory.

    Args:
        run: the directory.
        layout: the version that run.json states.
        columns: what its probes measure.
        stages: of the run, by which records of others are found out; None to take them as they are.
    """
    return Parts(run) if layout >= LAYOUT else Loose(run, columns, stages)


class Listed:
    """Candidates that are at hand, without atoms.

    Args:
        records: of them.
        columns: what the probes of their run measure.
    """

    def __init__(self, records: Iterable[Record], columns: Sequence[Column]) -> None:
        self.table = table_of(line_of(record, None, columns) for record in records)

    def tables(self, names: Sequence[str] | None = None) -> Iterator[pa.Table | RunDirectoryError]:
        """See :class:`Store`."""
        yield self.table if names is None else selected(self.table, dict.fromkeys([INDEX, *names]))

    def tables_at(self, indices: Iterable[int], names: Sequence[str] | None = None) -> Iterator[pa.Table]:  # noqa: ARG002
        """See :class:`Store`."""
        return (table for table in self.tables(names) if not isinstance(table, RunDirectoryError))

    def indices(self) -> NDArray[np.int64]:
        """See :class:`Store`."""
        return np.asarray(self.table[INDEX].to_numpy())

    def damage(self, index: int, what: str) -> RunDirectoryError:  # noqa: ARG002
        """See :class:`Store`."""
        return RunDirectoryError(what)


def records_at(store: Store, indices: Iterable[int]) -> dict[int, Record]:
    """Some records by index, those that are there.

    Raises:
        RunDirectoryError: one is damaged.
    """
    wanted = set(indices)
    found: dict[int, Record] = {}
    for table in store.tables_at(wanted, [RECORD]):
        for row, index in enumerate(table[INDEX].to_pylist()):
            if index in wanted:
                found[index] = record_in(table, row, store)
    return found


def structures_at(store: Store, indices: Iterable[int]) -> Iterator[tuple[int, Structure]]:
    """The atoms of some survivors, in the order of their index.

    Raises:
        RunDirectoryError: they are damaged, or it has none.
    """
    wanted = set(indices)
    for table in store.tables_at(wanted, list(ATOMS)):
        for row, index in enumerate(table[INDEX].to_pylist()):
            if index in wanted:
                yield index, structure_in(table, row, store)


def record_in(table: pa.Table, row: int, store: Store) -> Record:
    """The record in a row of a table of a store.

    Raises:
        RunDirectoryError: it is damaged.
    """
    index = table[INDEX][row].as_py()
    try:
        record = Record.from_json(table[RECORD][row].as_py())
        if record.index != index:
            raise ValueError(f"it is of candidate {record.id}")
    except (TypeError, ValueError) as error:
        raise store.damage(index, f"the record of candidate {index:06d}: {error}") from error
    return record


def structure_in(table: pa.Table, row: int, store: Store) -> Structure:
    """The atoms in a row of a table of a store.

    Raises:
        RunDirectoryError: they are damaged, or there are none.
    """
    index = table[INDEX][row].as_py()
    try:
        structure = atoms_in(table, row)
    except (ArithmeticError, LookupError, TypeError, ValueError, InputError) as error:
        raise store.damage(index, f"the atoms of candidate {index:06d}: {error}") from error
    if structure is None:
        raise RunDirectoryError(f"candidate {index:06d} has no atoms: it did not survive")
    return structure
