"""The quantities of a candidate by the names by which wishes and tables speak of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from zeo.plugin.candidate import Candidate, Properties
from zeo.plugin.columns import Column
from zeo.plugin.facts import RelaxFacts
from zeo.plugin.framework import framework_values
from zeo.records.record import Record
from zeo.wishes.expressions import values_of


def final_values(record: Record, columns: Sequence[Column]) -> dict[str, Any]:
    """All quantities of the final atoms by name; NaN where undefined."""
    relaxed = record.facts(RelaxFacts)
    return _values(
        framework_values(record.cell, record.identity, record.energy, relaxed), record.properties, columns
    )


def unrelaxed_values(candidate: Candidate, columns: Sequence[Column]) -> dict[str, Any]:
    """The quantities that are known before relaxation; NaN for all others."""
    facts = framework_values(candidate.structure, candidate.identity, None, None)
    return _values(facts, candidate.unrelaxed_properties, columns)


def screened_values(record: Record, columns: Sequence[Column]) -> dict[str, Any]:
    """The same of a record."""
    facts = framework_values(record.cell, record.identity, None, None)
    return _values(facts, record.unrelaxed_properties, columns)


def _values(facts: Mapping[str, Any], properties: Properties, columns: Sequence[Column]) -> dict[str, Any]:
    return values_of({**facts, **{column.name: column.value(properties) for column in columns}})
