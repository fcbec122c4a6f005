"""What a run is to find: wishes and objectives, as its plan holds them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from attrs import evolve, field, frozen
from attrs.validators import ge, in_

from zeo.errors import ConfigError
from zeo.plugin.candidate import Candidate, Properties
from zeo.plugin.catalogue import Catalogue
from zeo.plugin.columns import Column
from zeo.plugin.facts import RelaxFacts
from zeo.plugin.framework import FRAMEWORK, framework_values
from zeo.plugin.targets import UNBOUNDED, Target
from zeo.wishes.expressions import Formula, formula
from zeo.wishes.wish import Wish, parse_wish, require_consistent

if TYPE_CHECKING:
    from zeo.running.record import Record

BY_NET = frozenset(quantity.name for quantity in FRAMEWORK if quantity.by_net)
"""Quantities that relaxation does not change."""

DIRECTIONS = ("maximise", "minimise")


@frozen
class Wanted:
    """A wish: its text, and the tolerance that it was resolved with."""

    text: str
    tolerance: float = field(validator=ge(0))


@frozen
class Objective:
    """An expression that is to be as large or as small as can be."""

    direction: str = field(validator=in_(DIRECTIONS))
    text: str


def wanted_of(texts: Sequence[str], catalogue: Catalogue) -> tuple[Wanted, ...]:
    """Wishes as the user types them, resolved.

    Raises:
        ConfigError: one that is malformed or on what nothing measures, or two that exclude each other.
    """
    wishes = [_wish(text, catalogue) for text in texts]
    require_consistent(wishes)
    return tuple(Wanted(text, wish.tolerance) for text, wish in zip(texts, wishes, strict=True))


def wishes_of(wanted: Sequence[Wanted], catalogue: Catalogue) -> list[Wish]:
    """The wishes of a plan."""
    return [evolve(_wish(each.text, catalogue), tolerance=each.tolerance) for each in wanted]


@lru_cache(maxsize=64)
def _wish(text: str, catalogue: Catalogue) -> Wish:
    """Read once, however often a run looks at it."""
    return parse_wish(text, catalogue)


def objectives_of(objectives: Sequence[Objective], catalogue: Catalogue) -> list[tuple[Formula, float]]:
    """The objectives of a plan, each with the sign by which the largest value is the best.

    Raises:
        ConfigError: an expression that cannot be read, or one that is to be both large and small.
    """
    signs: dict[Formula, float] = {}
    for each in objectives:
        asked, sign = formula(each.text, catalogue), 1.0 if each.direction == "maximise" else -1.0
        if signs.setdefault(asked, sign) != sign:
            raise ConfigError(
                f"{asked.text} cannot be both maximised and minimised: leave out one of the two"
            )
    return list(signs.items())


def targets_of(wishes: Sequence[Wish], columns: tuple[Column, ...]) -> tuple[Target, ...]:
    """What a generator can be told of some wishes: the range of each single measured quantity.

    Several wishes on one quantity, such as ``qst>=18`` and ``qst<=20``, are one target.
    """
    by_name = {column.name: column for column in columns}
    asked: dict[Column, list[Wish]] = {}
    for wish in wishes:
        column = by_name.get(wish.formula.names[0]) if wish.formula.single is not None else None
        if column is not None and wish.relation != "!=":
            asked.setdefault(column, []).append(wish)
    return tuple(_target(column, its_wishes) for column, its_wishes in asked.items())


def _target(column: Column, wishes: Sequence[Wish]) -> Target:
    if len(wishes) == 1:
        low, high, tolerance = wishes[0].low, wishes[0].high, wishes[0].tolerance
    else:
        low = max(wish.low - wish.tolerance for wish in wishes)
        high = min(wish.high + wish.tolerance for wish in wishes)
        tolerance = 0.0
    unit = None if column.quantity.unit == "1" else column.quantity.unit
    return Target(
        column.quantity.name, max(low, -UNBOUNDED), min(high, UNBOUNDED), unit, column.probe, tolerance
    )


def final_values(record: Record, columns: Sequence[Column]) -> dict[str, Any]:
    """All quantities of the final atoms by name; NaN where undefined."""
    relaxed = record.facts(RelaxFacts)
    return _values(
        framework_values(record.cell, record.identity, record.energy, relaxed), record.properties, columns
    )


def drawn_values(record: Record, columns: Sequence[Column]) -> dict[str, Any]:
    """The quantities that were measured on the grid as drawn; NaN for all others."""
    return _values(framework_values(None, None, None, None), record.grid_properties, columns)


def unrelaxed_values(candidate: Candidate, columns: Sequence[Column]) -> dict[str, Any]:
    """The quantities that are known before relaxation; NaN for all others."""
    facts = framework_values(candidate.structure, candidate.identity, None, None)
    return _values(facts, candidate.unrelaxed_properties, columns)


def screened_values(record: Record, columns: Sequence[Column]) -> dict[str, Any]:
    """The same of a record."""
    facts = framework_values(record.cell, record.identity, None, None)
    return _values(facts, record.unrelaxed_properties, columns)


def _values(facts: Mapping[str, Any], properties: Properties, columns: Sequence[Column]) -> dict[str, Any]:
    values = {name: math.nan if value is None else value for name, value in facts.items()}
    for column in columns:
        measured = column.value(properties)
        values[column.name] = math.nan if measured is None else measured
    return values


def relative_miss(wish: Wish, values: Mapping[str, Any]) -> float:
    """How far a wish is missed, relative to its larger bound; infinite where undefined."""
    bounds = [abs(bound) for bound in (wish.low, wish.high) if math.isfinite(bound)]
    return float(wish.miss(values)) / (max(bounds, default=0.0) or 1.0)
