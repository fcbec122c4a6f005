"""Candidates as lines of a journal and as rows of an Arrow table: record, columns and atoms."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from attrs import frozen

from zeo.crystal.structure import Structure
from zeo.errors import InputError
from zeo.plugin.columns import Column
from zeo.records.atoms import plain_atoms, structure_of
from zeo.records.columns import STATED, cells_of, type_of
from zeo.records.record import Record
from zeo.tools.parquet import parquet_bytes

INDEX, RECORD = "index", "record"

ATOMS: Mapping[str, pa.DataType] = {
    "lattice": pa.list_(pa.field("element", pa.float64())),  # as Parquet calls it
    "species": pa.string(),
    "coords": pa.list_(pa.field("element", pa.int32())),
}
"""Columns from which the atoms follow, see :mod:`zeo.records.atoms`; of candidates without atoms, empty."""

_WHOLE = {RECORD: pa.string(), **ATOMS}

_UNIQUE = (RECORD, "key", *ATOMS)
"""Columns whose values hardly repeat."""


def line_of(record: Record, structure: Structure | None, columns: Sequence[Column]) -> bytes:
    """A candidate as a line of JSON texts with tabs between: its record, its columns, its atoms.

    Args:
        record: of it.
        structure: the final atoms of a survivor; None keeps none.
        columns: what the probes of its run measure.

    Raises:
        TypeError, ValueError: something that JSON cannot hold.
    """
    atoms = {} if structure is None else plain_atoms(structure)
    plain = (json.dumps(each, separators=(",", ":")) for each in (cells_of(record, columns), atoms))
    return "\t".join([record.to_json(), *plain]).encode() + b"\n"


@frozen
class _Line:
    record: str
    cells: dict[str, Any]

    @classmethod
    def read(cls, line: bytes) -> _Line:
        record, cells, atoms = line.decode().split("\t")
        return cls(record, {**json.loads(cells), **json.loads(atoms), RECORD: record})


def is_sound(line: bytes, indices: range) -> bool:
    """Whether a line holds a whole candidate that is one of these indices: record, columns and atoms."""
    try:
        read = _Line.read(line)
        index = read.cells[INDEX]
        table = table_of([line])
        atoms_in(selected(table, _in_order(read.cells)), 0)
        return index in indices and Record.from_json(read.record).index == index
    except (ArithmeticError, LookupError, TypeError, ValueError, InputError):
        return False


def table_of(lines: Iterable[bytes]) -> pa.Table:
    """The table of some lines in the order of their index; of several with one index, the last.

    Raises:
        ValueError: something is no such line.
    """
    rows = {read.cells[INDEX]: read.cells for read in map(_Line.read, lines)}
    cells = [rows[index] for index in sorted(rows)]
    return table_with(cells, _in_order({name for row in cells for name in row}))


def table_with(cells: Sequence[Mapping[str, Any]], names: Iterable[str]) -> pa.Table:
    """Some columns of rows, whose cells are given by column."""
    return pa.table({name: pa.array([row.get(name) for row in cells], _type_of(name)) for name in names})


def _in_order(names: Iterable[str]) -> list[str]:
    """All columns of a table: those that each has, and in order the others."""
    return [*STATED, *sorted(set(names).difference(STATED, _WHOLE)), *_WHOLE]


def selected(table: pa.Table, names: Iterable[str]) -> pa.Table:
    """Columns of a table; one that it does not have is empty.

    Raises:
        ValueError: a column is of another type.
    """
    columns = {}
    for name in names:
        if name not in table.column_names:
            columns[name] = pa.nulls(len(table), _type_of(name))
        elif table.schema.field(name).type != _type_of(name):
            raise ValueError(f"its column {name} is of another type")
        else:
            columns[name] = table[name]
    return pa.table(columns)


def together(tables: Sequence[pa.Table]) -> pa.Table:
    """One table of several, in the order of their index; of rows with one index, the last."""
    if len(tables) == 1:
        return tables[0]
    whole = pa.concat_tables(tables, promote_options="default")
    place = {index: row for row, index in enumerate(whole[INDEX].to_pylist())}
    return whole.take(pa.array([place[index] for index in sorted(place)], pa.int64()))


def is_in_order(table: pa.Table, indices: range) -> bool:
    """Whether the indices of a table ascend within a range."""
    index = table[INDEX].to_numpy()
    inside = len(index) == 0 or indices.start <= index[0] <= index[-1] < indices.stop
    return bool(inside and (index[1:] > index[:-1]).all())


def below(table: pa.Table, index: int) -> pa.Table:
    """The rows before an index."""
    return table.filter(pc.less(table[INDEX], index))


def parquet_of(table: pa.Table) -> bytes:
    """The same bytes for the same rows, which carry their checksums."""
    used = [name for name in table.column_names if table[name].null_count < len(table)]
    table = selected(table, _in_order(used))
    texts = [name for name in table.column_names if pa.types.is_string(table.schema.field(name).type)]
    repeated = [name for name in texts if name not in _UNIQUE]
    return parquet_bytes(table, level=3, repeated=repeated, checksums=True)


def atoms_in(table: pa.Table, row: int) -> Structure | None:
    """The atoms of a row; None where it has none.

    Raises:
        InputError, ValueError: what is there is none.
    """
    lattice, species, coords = (table[name][row] for name in ATOMS)
    return structure_of(lattice.values, species.as_py(), coords.values) if species.is_valid else None


def _type_of(name: str) -> pa.DataType:
    return _WHOLE.get(name) or type_of(name)
