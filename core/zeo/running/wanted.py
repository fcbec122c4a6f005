"""What a run is to find: wishes and objectives, as its plan holds them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from attrs import evolve, field, frozen
from attrs.validators import ge, in_

from zeo.errors import ConfigError
from zeo.plugin.catalogue import Catalogue
from zeo.plugin.columns import Column
from zeo.plugin.framework import FRAMEWORK
from zeo.plugin.targets import UNBOUNDED, Target
from zeo.wishes.expressions import Formula, formula
from zeo.wishes.wish import Wish, parse_wish, require_consistent

NUMBERS = frozenset(quantity.name for quantity in FRAMEWORK if quantity.kind != "text")
"""Quantities of every framework that have a range."""

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
        ConfigError: an expression that cannot be read, a text, or one that is to be both large and small.
    """
    signs: dict[Formula, float] = {}
    for each in objectives:
        asked, sign = formula(each.text, catalogue), 1.0 if each.direction == "maximise" else -1.0
        _require_order(asked)
        if signs.setdefault(asked, sign) != sign:
            raise ConfigError(
                f"{asked.text} cannot be both maximised and minimised: leave out one of the two"
            )
    return list(signs.items())


def _require_order(asked: Formula) -> None:
    """Refuse a text as an objective.

    Raises:
        ConfigError: it says how to wish for one.
    """
    if asked.single is not None and asked.single.kind == "text":
        example = asked.single.texts[-1] if asked.single.texts else "MFI"
        raise ConfigError(f"{asked.text} is a text and has no order: wish {asked.text}={example}")


def targets_of(wishes: Sequence[Wish], columns: tuple[Column, ...]) -> tuple[Target, ...]:
    """What a generator can be told of some wishes: the range of each single measured quantity.

    Several wishes on one quantity, such as ``qst>=18`` and ``qst<=20``, are one target.
    """
    by_name = {column.name: column for column in columns}
    asked = _by_quantity(wishes).items()
    return tuple(_target(by_name[name], its_wishes) for name, its_wishes in asked if name in by_name)


def framework_targets_of(wishes: Sequence[Wish]) -> tuple[Target, ...]:
    """The same of quantities of every framework, such as its energy, which no probe measures."""
    asked = _by_quantity(wishes).items()
    return tuple(_framework_target(name, its_wishes) for name, its_wishes in asked if name in NUMBERS)


def _by_quantity(wishes: Sequence[Wish]) -> dict[str, list[Wish]]:
    """The wishes that give a single quantity a range, by its name."""
    asked: dict[str, list[Wish]] = {}
    for wish in wishes:
        if wish.formula.single is not None and wish.relation != "!=":
            asked.setdefault(wish.formula.names[0], []).append(wish)
    return asked


def _framework_target(name: str, wishes: Sequence[Wish]) -> Target:
    low, high, tolerance = _range(wishes)
    return Target(name, low, high, tolerance=tolerance)


def _target(column: Column, wishes: Sequence[Wish]) -> Target:
    low, high, tolerance = _range(wishes)
    unit = None if column.quantity.unit == "1" else column.quantity.unit
    return Target(column.quantity.name, low, high, unit, column.probe, tolerance)


def _range(wishes: Sequence[Wish]) -> tuple[float, float, float]:
    """Both bounds of some wishes on one quantity, and the tolerance."""
    if len(wishes) == 1:
        low, high, tolerance = wishes[0].low, wishes[0].high, wishes[0].tolerance
    else:
        low = max(wish.low - wish.tolerance for wish in wishes)
        high = min(wish.high + wish.tolerance for wish in wishes)
        tolerance = 0.0
    return max(low, -UNBOUNDED), min(high, UNBOUNDED), tolerance


def relative_miss(wish: Wish, values: Mapping[str, Any]) -> Any:
    """How far a wish is missed, relative to its larger bound: a number, or an array of them; infinite where
    undefined."""
    bounds = [abs(bound) for bound in (wish.low, wish.high) if math.isfinite(bound)]
    return wish.miss(values) / (max(bounds, default=0.0) or 1.0)
