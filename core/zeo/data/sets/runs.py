"""The survivors of a run as a data set: what its records say of them, and their atoms.

Those count that a run with a goal counts: each net once, and only feasible ones where the potential tells
which are. A run that is not finished gives what it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import attrs
import numpy as np
import pyarrow as pa
from attrs import define, field, frozen

from zeo.crystal.cells import upright
from zeo.crystal.structure import Structure
from zeo.data.sets.description import Description, Part
from zeo.data.sets.entry import (
    ANGLES,
    EDGES,
    FACTS,
    FEASIBLE,
    MEASURES,
    NOT_RELAXED,
    Entry,
    how_made,
    property_columns,
)
from zeo.data.sets.splits import split_of
from zeo.data.sets.storage import Storage
from zeo.data.sets.store import RUN_FILE, DataSet, is_data_set, is_run
from zeo.data.sets.table import TYPES
from zeo.errors import InputError, RunDirectoryError
from zeo.plugin.columns import Column as Measured
from zeo.plugin.facts import RelaxFacts
from zeo.plugin.feasibility import is_feasible
from zeo.plugin.framework import IZA, framework_values
from zeo.records.arrays import FEASIBILITY, may_be_made_in, numbers_in
from zeo.records.columns import LINEAGE, ancestor_in, lineage_in
from zeo.records.parts import SIZE
from zeo.records.record import Record
from zeo.records.store import LAYOUT, Store, records_at, store_of, structures_at
from zeo.records.table import selected, table_of

FORMATS = (2, LAYOUT)
"""Of run directories; earlier ones did not keep what their probes measure."""

Kind = TypeVar("Kind")


def survivors_of(path: Path) -> DataSet:
    """The survivors of a run, of each net that of the lowest energy.

    Args:
        path: of the run directory.

    Raises:
        RunDirectoryError: a damaged run, or one of an older zeo.
        InputError: a run that identified no nets.
    """
    contents = _contents_of(path)
    plan = contents.plan
    store = store_of(path, contents.format, plan.columns)
    samples = survived = 0
    found = []
    for table in store.tables([*_READ]):
        if isinstance(table, RunDirectoryError):
            raise table
        samples += len(table)
        survivors = table.filter(table["survived"])
        survived += len(survivors)
        found.append(survivors.filter(pa.array(may_be_made_in(survivors))))
    feasible = pa.concat_tables([selected(table_of([]), _READ), *found])
    distinct = _distinct(feasible, path)
    records = records_at(store, distinct)
    lineages = _lineages(plan, records.values())
    name = path.resolve().name
    members = tuple(
        _Survivor(records[index], f"{name}-{index:06d}", plan.columns, lineages) for index in distinct
    )
    description = Description(
        name=name,
        made_by={"command": "zeo run", "generator": plan.generator, "options": dict(plan.options)},
        sources=(str(path),),
        counts={
            "samples": samples,
            "survived": survived,
            "not infeasible": len(feasible),
            "different nets": len(distinct),
        },
        properties=property_columns(plan.columns),
        parts=(Part(RUN_FILE, len(distinct)),),
    )
    names = tuple(column.name for column in description.properties)
    return DataSet.in_memory(Storage.at(path), description, _Rows(store, members, names))


_READ = ("index", "survived", "key", *FEASIBILITY)
"""Columns by which survivors are chosen."""


def labelled(candidate_id: str) -> str:
    """The id of a candidate as no program takes it for a number: as its CIF calls it, ``zeo_000003``."""
    return f"zeo_{candidate_id}"


def counts_text(data: DataSet) -> str:
    """How many frameworks a run gives, in a line."""
    counts = (f"{count:,} {step}" for step, count in data.description.counts.items())
    return f"{data.storage}: {', '.join(counts)}"


def counts_of_runs(sources: Iterable[str | Path]) -> Iterator[str]:
    """:func:`counts_text` of those sources that are runs."""
    return (counts_text(DataSet.open(source)) for source in sources if is_run(source))


@frozen(kw_only=True)
class _Plan:
    """What is needed of the plan of a run."""

    generator: str
    columns: tuple[Measured, ...]
    options: Mapping[str, Mapping[str, Any]]


@frozen(kw_only=True)
class _Contents:
    """What is needed of run.json."""

    format: int
    plan: _Plan


@frozen
class _Survivor:
    """A survivor under its name in the data set.

    Args:
        record: of it.
        name: of the run and of the sample.
        columns: what was measured.
        lineages: of known frameworks by their names, where records do not tell them.
    """

    record: Record
    name: str
    columns: tuple[Measured, ...] = field(repr=False)
    lineages: Mapping[str, str] = field(repr=False)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """The :data:`zeo.data.sets.entry.FACTS` of it."""
        record, identity = self.record, self.record.identity
        assert identity is not None, "without a net it would be none of the distinct ones"
        relaxed = record.facts(RelaxFacts)
        values = framework_values(None, identity, record.energy, relaxed)
        known = is_feasible(record.energy, relaxed.net_unchanged)
        parent = ancestor_in(record.source)
        told = lineage_in(record.source)
        lineage = told and self.lineages.get(told, told)
        code = identity.name if identity.novelty in (None, IZA) else None  # others are names of the user's
        stated = {
            "name": self.name,
            "key": identity.key,
            "code": code,
            "origin": self.name.rpartition("-")[0],
            "verdict": FEASIBLE if known else NOT_RELAXED,
            "parent": parent,
            "lineage": lineage,
            "split": split_of(identity.key, code, lineage),
            "generation": 0 if parent is None else 1,
            **how_made(record.source),
            "energy": values["energy"] if known else None,
        }
        return {column.name: stated.get(column.name, values.get(column.name)) for column in FACTS}

    @property
    def measures(self) -> dict[str, Any]:
        """The :data:`zeo.data.sets.entry.MEASURES` of it."""
        cell, identity = self.record.cell, self.record.identity
        t_atoms = identity.t_atoms if identity else None
        if cell is None:
            return {"t_atoms": t_atoms}
        edges = zip(EDGES, cell.lengths, strict=True)
        angles = zip(ANGLES, map(_right, cell.angles), strict=True)
        return {"t_atoms": t_atoms, "density": cell.framework_density, **dict(edges), **dict(angles)}

    @property
    def properties(self) -> dict[str, float | None]:
        return {column.name: column.value(self.record.properties) for column in self.columns}


def _right(angle: float) -> float:
    """An angle, exactly right if it is so to 1e-4 degrees."""
    return 90.0 if abs(angle - 90.0) < 1e-4 else angle


@define(eq=False, slots=False)
class _Rows:
    """Survivors in the place of a table of frameworks; their atoms are read when they are asked for.

    Args:
        store: the candidates of the run.
        survivors: of it.
        names: of the property columns.
    """

    store: Store
    survivors: tuple[_Survivor, ...]
    names: tuple[str, ...]
    _near: dict[int, Structure] = field(factory=dict, init=False)  # those of the part that was read last

    @cached_property
    def table(self) -> pa.Table:
        """All columns but those of the atoms."""
        rows = [{**each.facts, **each.measures, **each.properties} for each in self.survivors]
        columns = [(column.name, TYPES[column.type]) for column in (*FACTS, *MEASURES)]
        schema = pa.schema([*columns, *((name, TYPES["float"]) for name in self.names)])
        return pa.Table.from_pylist(rows, schema=schema)

    def entry(self, index: int) -> Entry:
        """All that is known of a survivor."""
        return Entry(
            structure=self.structure(index), properties=self.known(index), **self.survivors[index].facts
        )

    def known(self, index: int) -> Mapping[str, float | None]:
        """What was measured on it."""
        measured = self.survivors[index].properties
        return {name: measured.get(name) for name in self.names}

    def structure(self, index: int) -> Structure:
        """Its atoms, silicon first.

        Raises:
            RunDirectoryError: they are damaged.
        """
        wanted = self.survivors[index].record.index
        if wanted not in self._near:
            part = wanted // SIZE
            near = [each.record.index for each in self.survivors if each.record.index // SIZE == part]
            self._near = dict(structures_at(self.store, near))
        found = upright(self._near[wanted])
        return Structure.from_si_o(found.lattice, found.coords_of("Si"), found.coords_of("O"))


def _distinct(table: pa.Table, path: Path) -> list[int]:
    """Of each net the index of the candidate with the lowest energy, or else the first, in order.

    Raises:
        InputError: one without a net.
    """
    if table["key"].null_count:
        raise InputError(f"{path}: this run identified no nets, by which frameworks are told apart")
    best: dict[str, tuple[float, int]] = {}
    energies = np.nan_to_num(numbers_in(table, "energy"), nan=np.inf).tolist()
    for key, energy, index in zip(
        table["key"].to_pylist(), energies, table["index"].to_pylist(), strict=True
    ):
        best[key] = min((energy, index), best.get(key, (energy, index)))
    return sorted(index for _, index in best.values())


def _lineages(plan: _Plan, records: Iterable[Record]) -> dict[str, str]:
    """First ancestors of the frameworks in the data sets that a run began with, by their names: for records
    of older versions, and of generators that name a framework alone."""
    if all(LINEAGE in record.source or not ancestor_in(record.source) for record in records):
        return {}
    options = plan.options.get(plan.generator, {})
    own = options.get("source") or ()
    given = [*(options.get("parents") or ()), *([own] if isinstance(own, str) else own)]
    found: dict[str, str] = {}
    for source in given:
        if isinstance(source, str) and is_data_set(source):
            data = DataSet.open(source)
            pairs = zip(data.names, data.column(LINEAGE), strict=True)
            found |= {name: str(lineage) for name, lineage in pairs if lineage is not None}
    return found


def _contents_of(path: Path) -> _Contents:
    file, cure = path / RUN_FILE, "start the run anew"
    contents = _read(file, cure)
    if contents.get("format") not in FORMATS:
        raise RunDirectoryError(
            f"{path} was begun by another version of zeo, which did not keep what its probes measure"
        )
    plan = contents.get("plan")
    if isinstance(plan, dict):
        contents["plan"] = _fields(plan, _Plan)
    return _structured(contents, _Contents, file, cure)


def _read(file: Path, cure: str) -> dict[str, Any]:
    from zeo.tools.typed_json import parsed_object  # takes a while to import

    try:
        return parsed_object(file.read_bytes())
    except OSError as error:
        raise RunDirectoryError(f"cannot read {file}: {error.strerror}") from error
    except ValueError as error:
        raise RunDirectoryError(f"{file} is damaged ({error}); {cure}") from error


def _structured(data: Mapping[str, Any], kind: type[Kind], file: Path, cure: str) -> Kind:
    """The fields of a class out of an object that has more."""
    from zeo.tools.typed_json import structured

    try:
        return structured(_fields(data, kind), kind)
    except (TypeError, ValueError) as error:
        raise RunDirectoryError(f"{file} is damaged ({error}); {cure}") from error


def _fields(data: Mapping[str, Any], kind: type) -> dict[str, Any]:
    known = {each.name for each in attrs.fields(kind)}
    return {name: value for name, value in data.items() if name in known}
