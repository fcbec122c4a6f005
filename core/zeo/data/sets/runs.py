"""The survivors of a run as a data set: what its records say of them, and their atoms from its CIFs.

Those count that a run with a goal counts: each net once, and only feasible ones where the potential tells
which are. A run that is not finished gives what it has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import attrs
import pyarrow as pa
from attrs import field, frozen

from zeo.crystal.cells import upright
from zeo.crystal.io import read_structure
from zeo.crystal.structure import Structure
from zeo.data.sets.description import Description, Part
from zeo.data.sets.entry import FACTS, FEASIBLE, MEASURES, NOT_RELAXED, Column, Entry
from zeo.data.sets.splits import split_of
from zeo.data.sets.storage import Storage
from zeo.data.sets.store import RUN_FILE, DataSet, is_data_set, is_run
from zeo.data.sets.table import TYPES
from zeo.errors import InputError, RunDirectoryError
from zeo.plugin.candidate import Energy, Identity, Properties, StageRecord
from zeo.plugin.columns import Column as Measured
from zeo.plugin.facts import RelaxFacts
from zeo.plugin.feasibility import is_feasible, may_be_made
from zeo.plugin.framework import IZA, framework_values

FORMAT = 2
"""Of run directories; earlier ones did not keep what their probes measure."""

GROUPS = 230
"""Space groups."""

Kind = TypeVar("Kind")

ANCESTORS = ("parent", "framework", "entry")
"""What generators call the known framework that a sample was made of."""


def survivors_of(path: Path) -> DataSet:
    """The survivors of a run, of each net that of the lowest energy.

    Args:
        path: of the run directory.

    Raises:
        RunDirectoryError: a damaged run, or one of an older zeo.
        InputError: a run that identified no nets.
    """
    plan = _plan_of(path)
    records = [_record_in(file) for file in _record_files(path)]
    survived = [each for each in records if each.survived]
    feasible = [each for each in survived if may_be_made(each.energy, each.relaxed)]
    distinct = list(_distinct(feasible, path))
    lineages = _lineages(plan, distinct)
    name = path.resolve().name
    survivors = tuple(_Survivor(each, f"{name}-{each.index:06d}", lineages) for each in distinct)
    description = Description(
        name=name,
        made_by={"command": "zeo run", "generator": plan.generator, "options": dict(plan.options)},
        sources=(str(path),),
        counts={
            "samples": len(records),
            "survived": len(survived),
            "feasible": len(feasible),
            "different nets": len(distinct),
        },
        properties=tuple(
            Column(f"{each.probe}.{each.quantity.name}", "float", each.quantity.unit, each.quantity.summary)
            for each in plan.columns
        ),
        parts=(Part(RUN_FILE, len(distinct)),),
    )
    names = tuple(column.name for column in description.properties)
    return DataSet.in_memory(Storage.at(path), description, _Rows(path, survivors, names))


def ancestor_in(source: Mapping[str, Any]) -> str | None:
    """The known framework that a sample was made of, by what its record says of where it comes from."""
    names = (source.get(kind) for kind in ANCESTORS)
    return next((name for name in names if isinstance(name, str)), None)


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
class _Record:
    """What is needed of a record; see :class:`zeo.plugin.candidate.Candidate` for the fields."""

    index: int
    survived: bool
    source: Mapping[str, Any]
    history: tuple[StageRecord, ...]
    cell: Mapping[str, Any] | None
    identity: Identity | None
    energy: Energy | None
    properties: Properties

    @property
    def relaxed(self) -> RelaxFacts:
        notes = next((step.notes for step in self.history if step.stage == RelaxFacts.stage), {})
        return RelaxFacts.read(notes)

    @property
    def ancestor(self) -> str | None:
        """The known framework that it was made of."""
        return ancestor_in(self.source)


@frozen
class _Survivor:
    """A survivor under its name in the data set.

    Args:
        record: of it.
        name: of the run and of the sample.
        lineages: first ancestors of the frameworks that the run began with, by their names.
    """

    record: _Record
    name: str
    lineages: Mapping[str, str] = field(repr=False)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """The :data:`zeo.data.sets.entry.FACTS` of it."""
        record, identity = self.record, self.record.identity
        assert identity is not None, "without a net it would be none of the distinct ones"
        values = framework_values(None, identity, record.energy, record.relaxed)
        known = is_feasible(record.energy, record.relaxed.net_unchanged)
        parent = record.ancestor
        lineage = parent and self.lineages.get(parent, parent)
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
            "operation": _known(record.source.get("operation"), str),
            "search_group": _group(record.source.get("space_group")),
            "residual": _known(record.source.get("residual"), float),
            "energy": values["energy"] if known else None,
        }
        return {column.name: stated.get(column.name, values.get(column.name)) for column in FACTS}

    @property
    def measures(self) -> dict[str, Any]:
        """The :data:`zeo.data.sets.entry.MEASURES` of it."""
        cell, identity = self.record.cell or {}, self.record.identity
        edges = zip("abc", cell.get("lengths", ()), strict=False)
        angles = zip(("alpha", "beta", "gamma"), map(_right, cell.get("angles", ())), strict=False)
        t_atoms = identity.t_atoms if identity else None
        return {"t_atoms": t_atoms, "density": cell.get("framework_density"), **dict(edges), **dict(angles)}

    @property
    def properties(self) -> dict[str, float | None]:
        return {
            f"{probe}.{name}": quantity.value
            for probe, quantities in self.record.properties.items()
            for name, quantity in quantities.items()
        }


def _known(value: Any, kind: type) -> Any:
    """What a generator says of a sample in its own words; None where it is of another type."""
    return value if type(value) is kind else None


def _group(value: Any) -> int | None:
    """The number of a space group; None for anything else."""
    return value if type(value) is int and 0 < value <= GROUPS else None


def _right(angle: float) -> float:
    """An angle, exactly right if it is so to 1e-4 degrees."""
    return 90.0 if abs(angle - 90.0) < 1e-4 else angle


@frozen(eq=False)
class _Rows:
    """Survivors in the place of a table of frameworks; their atoms are read when they are asked for.

    Args:
        path: of the run.
        survivors: of it.
        names: of the property columns.
    """

    path: Path
    survivors: tuple[_Survivor, ...]
    names: tuple[str, ...]

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
            InputError: its CIF is missing or damaged.
        """
        file = f"{self.survivors[index].record.index:06d}.cif"
        found = upright(read_structure(self.path / "structures" / file))
        return Structure.from_si_o(found.lattice, found.coords_of("Si"), found.coords_of("O"))


def _distinct(records: Iterable[_Record], path: Path) -> Iterator[_Record]:
    """Of each net the record of the lowest energy, or else the first, in their order.

    Raises:
        InputError: one without a net.
    """
    best: dict[str, _Record] = {}
    for record in records:
        if record.identity is None:
            raise InputError(f"{path}: this run identified no nets, by which frameworks are told apart")
        other = best.get(record.identity.key)
        if other is None or _energy(record) < _energy(other):
            best[record.identity.key] = record
    yield from sorted(best.values(), key=lambda record: record.index)


def _energy(record: _Record) -> float:
    return record.energy.value if record.energy is not None else float("inf")


def _lineages(plan: _Plan, records: Iterable[_Record]) -> dict[str, str]:
    """First ancestors of what a run was told to begin with, as far as data sets have them."""
    options = plan.options.get(plan.generator, {})
    own = options.get("source") or ()
    given = [*(options.get("parents") or ()), *([own] if isinstance(own, str) else own)]
    if not any(record.ancestor for record in records):
        return {}
    found: dict[str, str] = {}
    for source in given:
        if isinstance(source, str) and is_data_set(source):
            data = DataSet.open(source)
            pairs = zip(data.names, data.column("lineage"), strict=True)
            found |= {name: str(lineage) for name, lineage in pairs if lineage is not None}
    return found


def _record_files(path: Path) -> list[Path]:
    files = [file for file in (path / "candidates").glob("*.json") if re.fullmatch(r"\d+", file.stem)]
    return sorted(files, key=lambda file: int(file.stem))


def _plan_of(path: Path) -> _Plan:
    contents = _read(path / RUN_FILE, "start the run anew")
    if contents.get("format") != FORMAT:
        raise RunDirectoryError(
            f"{path} was begun by another version of zeo, which did not keep what its probes measure"
        )
    return _structured(contents.get("plan"), _Plan, path / RUN_FILE, "start the run anew")


def _record_in(file: Path) -> _Record:
    cure = "delete it and resume the run to compute it again"
    return _structured(_read(file, cure), _Record, file, cure)


def _read(file: Path, cure: str) -> dict[str, Any]:
    from zeo.tools.typed_json import parsed_object  # takes a while to import

    try:
        return parsed_object(file.read_bytes())
    except OSError as error:
        raise RunDirectoryError(f"cannot read {file}: {error.strerror}") from error
    except ValueError as error:
        raise RunDirectoryError(f"{file} is damaged ({error}); {cure}") from error


def _structured(data: Any, kind: type[Kind], file: Path, cure: str) -> Kind:
    """The fields of a class out of an object that has more."""
    from zeo.tools.typed_json import structured

    try:
        if not isinstance(data, dict):
            raise ValueError("it is not what zeo writes")
        known = {each.name for each in attrs.fields(kind)}  # type: ignore[arg-type]
        return structured({name: value for name, value in data.items() if name in known}, kind)
    except (TypeError, ValueError) as error:
        raise RunDirectoryError(f"{file} is damaged ({error}); {cure}") from error
