"""What counts and tables ask of a candidate, as columns: so that no million of records has to be parsed.

All of it follows from the record, which stays the truth. Quantities of the final atoms have their names, and
those that were measured on what was drawn have ``drawn`` before them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from zeo.plugin.columns import Column
from zeo.plugin.facts import RelaxFacts, RepairFacts
from zeo.plugin.framework import FRAMEWORK, framework_values
from zeo.records.record import Record

ANCESTORS = ("parent", "framework", "entry")
"""What generators call the known framework that a sample was made of."""

LINEAGE = "lineage"
"""What they call the first ancestor of that."""

STATED: Mapping[str, pa.DataType] = {
    "index": pa.int64(),
    "survived": pa.bool_(),
    "lost_at": pa.string(),  # the stage that gave up on it, with the reason
    "reason": pa.string(),
    "passed": pa.string(),  # the stages, each on a line
    "perfect_before": pa.bool_(),
    "framework": pa.string(),  # that it was made from, where a generator calls it so
    "ancestor": pa.string(),  # the first one, by which relatives share a split
    "key": pa.string(),  # of the net
    "potential": pa.string(),  # of the energy
    "relaxed_by": pa.string(),  # the potential that the relaxation was to use
    "net_kept": pa.bool_(),
    "group": pa.string(),  # symbol of the space group
    "lid_verdict": pa.string(),
    "drawn_by": pa.string(),  # the probes that measured what was drawn, each on a line
    "measured_before": pa.bool_(),  # whether anything was measured before relaxation
}
"""Columns beside quantities."""

_KINDS = {"measured": pa.float64(), "whole": pa.int32(), "text": pa.string()}

TYPES: Mapping[str, pa.DataType] = {
    **STATED,
    **{quantity.name: _KINDS[quantity.kind] for quantity in FRAMEWORK},
}
"""Types of all columns but those of what probes measure, which are 64-bit floats."""


def drawn(name: str) -> str:
    """The column of a quantity of what was drawn."""
    return f"drawn {name}"


def type_of(column: str) -> pa.DataType:
    """The type of a column."""
    return TYPES.get(column, pa.float64())


def ancestor_in(source: Mapping[str, Any]) -> str | None:
    """The known framework that a sample was made of, by what its record says of where it comes from."""
    names = (source.get(kind) for kind in ANCESTORS)
    return next((name for name in names if isinstance(name, str)), None)


def lineage_in(source: Mapping[str, Any]) -> str | None:
    """The first ancestor of a sample: that of the known framework it was made of, or else this framework."""
    lineage = source.get(LINEAGE)
    return lineage if isinstance(lineage, str) else ancestor_in(source)


def cells_of(record: Record, columns: Sequence[Column]) -> dict[str, Any]:
    """The values of a candidate by column, without those that are not known.

    Args:
        record: of it.
        columns: what the probes of its run measure.
    """
    lost, relaxed = record.lost_at, record.facts(RelaxFacts)
    identity, energy = record.identity, record.energy
    passed = dict.fromkeys(step.stage for step in record.history)
    if lost is not None:
        passed.pop(lost.stage)
    framework = record.source.get("framework")
    values: dict[str, Any] = {
        "index": record.index,
        "survived": record.survived,
        "lost_at": lost.stage if lost is not None else None,
        "reason": lost.reason if lost is not None else None,
        "passed": "\n".join(passed),
        "perfect_before": record.facts(RepairFacts).perfect_before,
        "framework": None if framework is None else str(framework),
        "ancestor": lineage_in(record.source),
        "key": identity.key if identity is not None else None,
        "potential": energy.potential if energy is not None else None,
        "relaxed_by": relaxed.potential,
        "net_kept": relaxed.net_unchanged,
        "group": relaxed.space_group,
        "lid_verdict": relaxed.lid_verdict,
        "drawn_by": "\n".join(record.grid_properties) or None,
        "measured_before": bool(record.unrelaxed_properties or record.grid_properties),
    }
    values |= framework_values(record.cell, identity, energy, relaxed)
    values |= {column.name: column.value(record.properties) for column in columns}
    values |= {drawn(column.name): column.value(record.grid_properties) for column in columns}
    return {name: value for name, value in values.items() if value is not None}
