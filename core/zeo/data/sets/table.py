"""Entries as rows of an Arrow table, and rows as entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from attrs import define
from numpy.typing import NDArray

from zeo.crystal.structure import Structure
from zeo.data.sets.entry import ANGLES, ATOMS, COLUMNS, EDGES, FACTS, MEASURES, Column, Entry
from zeo.data.sets.packing import Packed, pack, unpack

TYPES = {
    "string": pa.string(),
    "int16": pa.int16(),
    "int32": pa.int32(),
    "float": pa.float32(),
    "list<float>": pa.list_(pa.float32()),
}


def schema_of(properties: Sequence[Column]) -> pa.Schema:
    """The columns of a data set in their order: the standard ones, then the properties."""
    return pa.schema([(column.name, TYPES[column.type]) for column in (*COLUMNS, *properties)])


def table_of(entries: Sequence[Entry], properties: Sequence[Column]) -> pa.Table:
    """A table with one row for each entry.

    Raises:
        InputError: an entry whose structure cannot be packed.
    """
    rows = [_row(entry, properties) for entry in entries]
    return pa.Table.from_pylist(rows, schema=schema_of(properties))


def _row(entry: Entry, properties: Sequence[Column]) -> dict[str, Any]:
    packed = pack(entry.structure, entry.packed)
    row = {column.name: getattr(entry, column.name) for column in FACTS}
    row |= {"t_atoms": entry.t_atoms, "density": entry.density}
    row |= dict(zip((*EDGES, *ANGLES), [*packed.edges.tolist(), *packed.angles.tolist()], strict=True))
    row |= {"site_group": packed.group, "setting": packed.setting.ravel(), "shift": packed.shift}
    row |= {"si_sites": packed.si.ravel(), "o_sites": packed.o.ravel()}
    row |= {column.name: entry.properties.get(column.name) for column in properties}
    return row


def values_of(entry: Entry, names: Iterable[str]) -> dict[str, NDArray[Any]]:
    """Columns [1] of an entry as its table would have them, without its atoms: those of :data:`FACTS`, the
    number of T atoms and the density."""
    types = {column.name: TYPES[column.type] for column in (*FACTS, *MEASURES)}
    return {
        name: pa.array([getattr(entry, name)], types[name]).to_numpy(zero_copy_only=False) for name in names
    }


@define(eq=False)
class Rows:
    """A table of which single rows are read often.

    Args:
        table: with all columns of a data set.
        properties: names of the property columns.
    """

    table: pa.Table
    properties: tuple[str, ...]

    def entry(self, index: int) -> Entry:
        """All that is known of a framework."""
        row = self._facts.slice(index, 1).to_pylist()[0]
        properties = {name: row.pop(name) for name in self.properties}
        packed = self._packed(index)
        return Entry(structure=unpack(packed), packed=packed, properties=properties, **row)

    def known(self, index: int) -> Mapping[str, float | None]:
        """The properties of a framework, without the rest."""
        row: dict[str, float | None] = self._known.slice(index, 1).to_pylist()[0]
        return row

    def structure(self, index: int) -> Structure:
        """All atoms of a framework, without the rest."""
        return unpack(self._packed(index))

    def _packed(self, index: int) -> Packed:
        atoms = self._atoms
        return Packed(
            group=int(atoms["site_group"][index]),
            setting=atoms["setting"][index],
            shift=atoms["shift"][index],
            edges=atoms["edges"][index],
            angles=atoms["angles"][index],
            si=atoms["si_sites"][index],
            o=atoms["o_sites"][index],
        )

    @cached_property
    def _facts(self) -> pa.RecordBatch:
        names = [*(column.name for column in FACTS), *self.properties]
        return self.table.select(names).combine_chunks().to_batches()[0]

    @cached_property
    def _known(self) -> pa.RecordBatch:
        return self.table.select(list(self.properties)).combine_chunks().to_batches()[0]

    @cached_property
    def _atoms(self) -> dict[str, Any]:
        """Arrays, or for lists a sequence of arrays, of the columns that make up the structure."""
        columns = {column.name: self.table[column.name].combine_chunks() for column in (*ATOMS, *MEASURES)}
        lists = {
            column.name: _Lists(columns[column.name]) for column in ATOMS if column.type == "list<float>"
        }
        edges, angles = (
            np.column_stack([columns[name].to_numpy() for name in names]) for names in (EDGES, ANGLES)
        )
        return {**lists, "site_group": columns["site_group"].to_numpy(), "edges": edges, "angles": angles}


class _Lists:
    """An Arrow column of lists as a sequence of arrays, without copies."""

    def __init__(self, column: pa.ListArray) -> None:
        self.offsets: NDArray[np.int32] = column.offsets.to_numpy()
        self.values: NDArray[np.float32] = column.values.to_numpy()

    def __getitem__(self, index: int) -> NDArray[np.float32]:
        return self.values[self.offsets[index] : self.offsets[index + 1]]
