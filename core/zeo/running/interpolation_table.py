"""The samples of an interpolation in the order of the path, between the two frameworks that it joins."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from attrs import evolve, frozen

from zeo.crystal.orthogonal import smallest_orthogonal_cell
from zeo.data.known.named import framework_named
from zeo.plugin.candidate import Candidate, Properties
from zeo.plugin.columns import Column
from zeo.plugin.facts import DecodeFacts
from zeo.plugin.registry import Plugins
from zeo.records.record import Record
from zeo.running.interpolation import fraction_of
from zeo.running.passing import process
from zeo.running.plan import Plan
from zeo.running.stages import build_stages
from zeo.running.summary import name
from zeo.tools.spreadsheets import csv_text
from zeo.tools.tables import format_table

OF_FRAMEWORKS = ("identify", "relax", "probe")
"""The stages that the two ends go through: they are frameworks already."""


FIXED = ("lambda", "id", "seed", "name", "net_key", "t_atoms", "unique_t", "energy_kJ_per_mol_Si")
"""Columns of ``interpolation.csv`` before the quantities."""


@frozen
class End:
    """One of the two frameworks: what it is called and what the stages of the run make of it."""

    name: str
    record: Record


def ends(plan: Plan, plugins: Plugins) -> tuple[End, End]:
    """The two frameworks of an interpolation, identified, relaxed and measured as its samples are.

    In orthogonal cells where they have them, as grids need them.

    Raises:
        ZeoError: one that does not exist, or a plugin or an option that cannot work.
    """
    whole = evolve(plan, steps=tuple(step for step in plan.steps if step.stage in OF_FRAMEWORKS))
    stages = build_stages(whole, plugins.configured(plan.options))

    def end(wanted: str) -> End:
        framework = framework_named(wanted)
        cell = smallest_orthogonal_cell(framework.structure) or framework.structure
        candidate = process(Candidate.of(cell), stages)
        return End(framework.name, Record.of(candidate))

    first, second = map(end, plan.between)
    return first, second


def table_csv(plan: Plan, records: Iterable[Record], ends: tuple[End, End]) -> str:
    """All samples in the order of the path, whatever became of them, between the ends, which have no lambda.

    Quantities of the final atoms first, then those of the grids as drawn; units are in the header.
    """
    columns = plan.columns
    headings = [column.heading for column in columns]
    distances = [f"distance from {end.name}" for end in ends]
    drawn = [f"drawn {text}" for text in headings]
    lines: list[list[Any]] = [[*FIXED, *headings, *drawn, *distances, "lost"]]
    for label, fraction, record in in_order(plan, records, ends):
        identity = record.identity
        cells = [
            *[fraction, label, record.seed if fraction is not None else None, name(record)],
            *[identity.key if identity else None, t_atoms(record), identity.unique_t if identity else None],
            record.energy.value if record.energy else None,
            *[column.value(record.properties) for column in columns],
            *[column.value(record.grid_properties) for column in columns],
            *from_ends(record, ends, columns),
            loss(record),
        ]
        lines.append(cells)
    return csv_text(lines)


def table_text(plan: Plan, records: Iterable[Record], ends: tuple[End, End]) -> str:
    """The same with the headline quantities alone; those of a lost sample, of its grid, are in brackets."""
    shown = [column for column in plan.columns if column.quantity.headline]
    rows = []
    for label, fraction, record in in_order(plan, records, ends):
        identity = record.identity
        rows.append(
            [
                "" if fraction is None else f"{fraction:.3g}",
                label,
                (name(record) or "new") if identity else "-",
                _number(t_atoms(record)),
                f"{record.energy.value:.1f}" if record.energy else "-",
                *[_quantity(record, column) for column in shown],
                *[_number(found, ".2f") for found in from_ends(record, ends, plan.columns)],
                loss(record) or "",
            ]
        )
    names = [column.label(shown) for column in shown]
    units = ["" if c.quantity.unit == "1" else c.quantity.unit for c in shown]
    distances = [f"from {end.name}" for end in ends]
    return format_table(
        [
            ["lambda", "id", "name", "T atoms", "energy", *names, *distances, "lost"],
            ["", "", "", "", "kJ/mol Si", *units, "", "", ""],
        ],
        rows,
        right={0, *range(3, 7 + len(shown))},
        spare=[*range(4 + len(shown), 4, -1), 3],
    )


def in_order(
    plan: Plan, records: Iterable[Record], ends: tuple[End, End]
) -> list[tuple[str, float | None, Record]]:
    """Label, lambda and record: the first end, the samples in the order of the path, the second end."""
    first, second = ends
    samples = [(record.id, fraction_of(plan, record.index), record) for record in records]
    samples.sort(key=lambda sample: (sample[1], sample[0]))
    return [(first.name, None, first.record), *samples, (second.name, None, second.record)]


def t_atoms(record: Record) -> int | None:
    """In the cell: of the net, or, where there is none, the silicon atoms that the grid held."""
    if record.identity is not None:
        return record.identity.t_atoms
    return record.facts(DecodeFacts).si


def loss(record: Record) -> str | None:
    """Where a sample was lost, and why; None for a survivor."""
    stopped = record.lost_at
    return f"{stopped.stage}: {stopped.reason}" if stopped else None


def from_ends(
    record: Record, ends: tuple[End, End], columns: Sequence[Column]
) -> tuple[float | None, float | None]:
    """See :func:`distance`; over the headline quantities."""
    headline = [column for column in columns if column.quantity.headline]
    first, second = (end.record for end in ends)
    return distance(record, first, second, headline), distance(record, second, first, headline)


def distance(record: Record, end: Record, other: Record, columns: Iterable[Column]) -> float | None:
    """How far the properties of a sample are from those of one end; those of the other end are at 1.

    The root mean square, over the quantities that differ between the ends, of the difference divided by that
    between the ends. A lost sample counts with the properties of its grid.

    Returns:
        None where no quantity that differs between the ends is known of the sample.
    """
    terms = []
    for column in columns:
        here = column.value(measured(record))
        there, opposite = column.value(end.properties), column.value(other.properties)
        if here is not None and there is not None and opposite is not None and there != opposite:
            terms.append(((here - there) / (opposite - there)) ** 2)
    return math.sqrt(sum(terms) / len(terms)) if terms else None


def measured(record: Record) -> Properties:
    """The properties of the final atoms; those of the grid as drawn where the candidate was lost."""
    return record.properties if record.survived else record.grid_properties


def _quantity(record: Record, column: Column) -> str:
    found = column.value(measured(record))
    if found is None:
        return "-"
    return f"{found:.4g}" if record.survived else f"({found:.4g})"


def _number(value: float | None, form: str = "g") -> str:
    return "-" if value is None else format(value, form)
