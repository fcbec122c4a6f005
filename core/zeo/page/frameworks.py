"""The frameworks of a page as columns, and those that have details: atoms, pores, net and history."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import define, field, frozen

from zeo.crystal.structure import Structure
from zeo.page.packing import packed, rounded, without_coordinates
from zeo.page.pore_grid import DrawPores
from zeo.plugin.candidate import Properties
from zeo.plugin.columns import Column
from zeo.plugin.facts import RelaxFacts
from zeo.plugin.feasibility import energy_band
from zeo.records.record import Record

STAGES = ("grid", "before", "after")
"""On what quantities were measured: the grid as drawn, the atoms before relaxation, the final ones."""

NO_DETAIL = -1

SHELLS = 10
"""Of coordination sequences that are shown."""


@frozen(kw_only=True)
class Line:
    """A framework in the table.

    Args:
        id: within its source.
        source: number of the run or data set.
        name: of its net; empty where it has none.
        novelty: how new the net is, such as ``"new"``; empty where nothing is known.
        group: space group.
        same: id of the first framework with the same net; empty for that first one.
        band: lowest bound that its energy is within.
        feasible: whether it can be made, as far as energies say.
        met: whether it meets all wishes.
        front: whether it is on the Pareto front.
        values: of quantities by stage and name; None where undefined.
    """

    id: str
    source: int
    name: str = ""
    novelty: str = ""
    group: str = ""
    same: str = ""
    band: str = ""
    feasible: bool = False
    met: bool = False
    front: bool = False
    values: Mapping[str, Mapping[str, float | int | None]]


@define
class Frameworks:
    """All frameworks of a page, best first within each source.

    Args:
        lines: of the table.
        places: of the details by the numbers of lines.
        texts: of the details: facts, and the CIF without its coordinates.
        spaces: of the details likewise: the coordinates and the pores.
        lost: samples that came to nothing but were measured, each with its source, id and reason.
    """

    lines: list[Line] = field(factory=list)
    places: dict[int, int] = field(factory=dict)
    texts: list[tuple[Mapping[str, Any], str]] = field(factory=list)
    spaces: list[tuple[str, Any]] = field(factory=list)
    lost: list[tuple[Line, str]] = field(factory=list)

    def add(self, line: Line) -> None:
        self.lines.append(line)

    def add_detail(self, facts: Mapping[str, Any], cif: str, pores: Any) -> None:
        """Of the line that was added last.

        Raises:
            ValueError: what should be a CIF is none.
        """
        text, digits = without_coordinates(cif)
        self.places[len(self.lines) - 1] = len(self.texts)
        self.texts.append((facts, text))
        self.spaces.append((packed(digits.encode()), pores))

    def as_json(self) -> dict[str, Any]:
        """Columns of the same length; of the values, those that any framework has."""
        columns = _columns(self.lines)
        columns["detail"] = [self.places.get(number, NO_DETAIL) for number in range(len(self.lines))]
        return columns

    def lost_as_json(self) -> dict[str, Any]:
        return {**_columns([line for line, _ in self.lost]), "reason": [reason for _, reason in self.lost]}


def _columns(lines: Sequence[Line]) -> dict[str, Any]:
    texts = ("id", "source", "name", "novelty", "group", "same", "band")
    columns: dict[str, Any] = {name: [getattr(line, name) for line in lines] for name in texts}
    columns |= {name: [int(getattr(line, name)) for line in lines] for name in ("feasible", "met", "front")}
    columns["values"] = {stage: _values_of(stage, lines) for stage in STAGES}
    return columns


def _values_of(stage: str, lines: Sequence[Line]) -> dict[str, list[float | int | None]]:
    values = [line.values.get(stage, {}) for line in lines]
    names = dict.fromkeys(name for known in values for name, value in known.items() if value is not None)
    return {name: [known.get(name) for known in values] for name in names}


def numbers_in(values: Mapping[str, Any]) -> dict[str, float | int | None]:
    """Those that are numbers, short; None where undefined."""
    return {name: rounded(value) for name, value in values.items() if not isinstance(value, str)}


def measured_values(properties: Properties, columns: Iterable[Column]) -> dict[str, float | int | None]:
    """What probes measured, by full name."""
    measured = [column for column in columns if column.probe in properties]
    return {column.name: rounded(column.value(properties)) for column in measured}


def facts_of(record: Record) -> dict[str, Any]:
    """What the details of a survivor of a run show beside its quantities."""
    facts = record.facts(RelaxFacts)
    past = [
        {"stage": step.stage, "plugin": step.plugin, "outcome": step.outcome, "notes": dict(step.notes)}
        for step in record.history
    ]
    return {
        "seed": record.seed,
        "origin": dict(record.source),
        "potential": record.energy.potential if record.energy else None,
        "band": energy_band(record.energy) if record.energy else "",
        "distances": facts.lid_verdict,
        "past": json.loads(json.dumps(past, default=str)),
        **net_facts(record.identity),
    }


def net_facts(identity: Any) -> dict[str, Any]:
    """The key of a net and, of each unique T atom, how many there are, its vertex symbol and its shells.

    Args:
        identity: that of a record or what has the same attributes; None where nothing was identified.
    """
    if identity is None:
        return {"key": "", "sites": [], "td10": None}
    sites = zip(
        identity.multiplicities, identity.vertex_symbols, identity.coordination_sequences, strict=False
    )
    return {
        "key": identity.key,
        "td10": rounded(identity.td10),
        "sites": [[count, symbol, list(shells[:SHELLS])] for count, symbol, shells in sites],
    }


def cell_facts(structure: Structure) -> dict[str, Any]:
    """Lengths in angstrom, angles in degrees, volume in cubic angstrom; and which atoms are T atoms.

    The page takes every atom but oxygen for a T atom where nothing is said of them.
    """
    plain = set(structure.species) <= {"Si", "O"}
    return {
        "lengths": [rounded(length) for length in structure.lengths],
        "angles": [rounded(angle) for angle in structure.angles],
        "volume": rounded(structure.volume),
        "t": None if plain else structure.framework.t.tolist(),
        "bridges": None if plain else structure.framework.oxygen.tolist(),
        "others": [] if plain else list(structure.framework.others),
    }


def details_of(structure: Structure, facts: Mapping[str, Any], draw: DrawPores) -> tuple[dict[str, Any], Any]:
    """Facts with those of the cell, and the pores."""
    return {**facts, "cell": cell_facts(structure)}, draw(structure)
