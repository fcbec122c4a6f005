"""Wishes: what is asked of an expression, such as ``energy<16 kJ/mol`` or ``qst=18..22``."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import frozen

from zeo.errors import ConfigError
from zeo.tools.hints import closest
from zeo.wishes.expressions import (
    NUMBER,
    UNIT,
    Catalogue,
    Formula,
    Known,
    Values,
    formula,
    written_names,
)
from zeo.wishes.units import DIMENSIONLESS, PERCENT, factor

RELATIVE_TOLERANCE = 0.1
"""How far from a single value of a measured quantity still meets a wish, as a share of the value; a quantity
may declare another."""

_RELATION = re.compile(r"<=|>=|!=|==|[<>=≤≥≠]")
_PLAIN = {"==": "=", "≤": "<=", "≥": ">=", "≠": "!="}
"""Relations that have a plainer form."""

_MARGIN = re.compile(r"±|\+/-|\+-")
_UNSPLIT = re.compile(r"`[^`]*`|\[[^\]]*\]|\([^()]*\)")
"""Parts of an expression in which no relation begins: the = of conditions is none."""

_END = rf"[-+]?{NUMBER}"
_OTHER_RANGE = re.compile(
    rf"(?:(?P<low>{_END})\s*[-\u2013\u2014]\s*(?P<high>{_END})"
    rf"|[\[(]\s*(?P<first>{_END})\s*[,;]\s*(?P<last>{_END})\s*[\])])\s*(?P<unit>(?:{UNIT})?)"
)
"""Ranges as they are written elsewhere: ``18-22 kJ/mol``, which would be minus four, and ``[18, 22]``."""

EXAMPLES = '"qst=18..22", "energy<16 kJ/mol" or "largest_ring=12"'


@frozen
class Wish:
    """An expression and where its value should lie; or a text quantity and what it should be.

    Args:
        formula: what is asked about.
        relation: as it was written: ``=  !=  <  <=  >  >=``.
        low: lower bound in the formula's unit; minus infinity for none.
        high: upper bound likewise; equal to ``low`` for a single value.
        tolerance: how far outside of the bounds still meets the wish.
        text: what a text quantity is compared with; None for numbers.
    """

    formula: Formula
    relation: str
    low: float = -math.inf
    high: float = math.inf
    tolerance: float = 0.0
    text: str | None = None

    def met_by(self, values: Values) -> Any:
        """Whether some quantities fulfil it: a bool, or an array of them. What is undefined never does."""
        if self.text is not None:
            (name,) = self.formula.names
            return _same_text(values[name], self.text, self.relation == "=")
        value = np.asarray(self.formula.of(values))
        outside = _outside(value, self.low, self.high)
        if self.relation == "!=":
            met = outside > 0
        elif self.relation in ("<", ">"):
            met = (outside == 0) & (value != self.low) & (value != self.high)
        else:
            met = outside <= self.tolerance
        return met if met.ndim else bool(met)

    def miss(self, values: Values) -> Any:
        """How far outside of the bounds, in the formula's unit: 0 within, infinite where undefined.

        A text misses by one.
        """
        if self.text is not None or self.relation == "!=":
            return np.where(self.met_by(values), 0.0, 1.0)[()]
        outside = _outside(np.asarray(self.formula.of(values)), self.low, self.high)
        return np.where(np.isnan(outside), math.inf, outside)[()]

    def __str__(self) -> str:
        unit = "" if self.formula.unit == DIMENSIONLESS else f" {self.formula.unit}"
        if self.text is not None:
            return f"{self.formula.text} {self.relation} {self.text}"
        if self.relation == "=" and self.low < self.high:
            bounds = ["" if math.isinf(bound) else f"{bound:g}" for bound in (self.low, self.high)]
            return f"{self.formula.text} = {'..'.join(bounds)}{unit}"
        bound = self.low if math.isfinite(self.low) else self.high
        return f"{self.formula.text} {self.relation} {bound:g}{unit}"


def parse_wish(text: str, catalogue: Catalogue, exact: bool = False) -> Wish:
    """Read a wish: ``EXPRESSION RELATION VALUE [UNIT]``, ``EXPRESSION = [LOW]..[HIGH] [UNIT]`` or
    ``EXPRESSION = VALUE ± MARGIN [UNIT]``, in which ``+-`` does for the sign, and a margin in % is a share of
    a value that is not.

    Args:
        text: as the user types it.
        catalogue: of the quantities that it may speak of.
        exact: whether a single value of a measured quantity has no tolerance, as in a filter.

    Raises:
        ConfigError: it is malformed, empty, of another dimension, what no framework can fulfil, or speaks of
            what nothing measures.
    """
    wish = _read(text, catalogue, exact)
    _require_possible(wish)
    return wish


def _read(text: str, catalogue: Catalogue, exact: bool) -> Wish:
    left, relation, right = _parts(text)
    asked = formula(left, catalogue)
    if asked.single is not None and asked.single.kind == "text":
        return _text_wish(text, asked, relation, right)
    if not asked.names:
        raise ConfigError(f"the wish {text!r} speaks of no quantity; write one such as {EXAMPLES}")
    _refuse_other_ranges(text, right)
    if ".." in right:
        return _range(text, asked, relation, right, catalogue)
    if _MARGIN.search(right):
        return _around(text, asked, relation, right, catalogue)
    bound = formula(right, catalogue)
    if bound.names:
        asked, value = formula(f"({left}) - ({right})", catalogue), 0.0
    else:
        value = _in_unit(bound, asked)
    if relation in ("<", "<="):
        return Wish(asked, relation, high=value)
    if relation in (">", ">="):
        return Wish(asked, relation, low=value)
    tolerance = 0.0 if exact or relation == "!=" else _tolerance(asked.single, value)
    return Wish(asked, relation, value, value, tolerance)


def names_in(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """The names that a wish or an expression speaks of, each with its conditions, as it writes them.

    Raises:
        ConfigError: it is malformed.
    """
    left, relation, right = _parts(text) if _RELATION.search(_covered(text)) else (text, "", "")
    if relation in ("", "=", "!="):
        return written_names(left)
    _refuse_other_ranges(text, right)
    return [name for side in (left, right) for name in written_names(side)]


def _require_possible(wish: Wish) -> None:
    """Refuse a wish that no value of its quantity fulfils.

    Raises:
        ConfigError: it says what values there are.
    """
    known = wish.formula.single
    if known is None or wish.text is not None or wish.relation == "!=":
        return
    low, high = wish.low - wish.tolerance, wish.high + wish.tolerance
    beyond = low > known.most or high < known.least
    at_end = (wish.relation == ">" and low == known.most) or (wish.relation == "<" and high == known.least)
    if beyond or at_end:
        ends = [f"{bound:g}" if math.isfinite(bound) else "" for bound in (known.least, known.most)]
        raise ConfigError(f"nothing can fulfil {wish}: {known.name} is in {'..'.join(ends)}")
    if known.kind == "whole" and wish.low == wish.high and not wish.low.is_integer():
        raise ConfigError(f"nothing can fulfil {wish}: {known.name} is a whole number")


def require_consistent(wishes: Sequence[Wish]) -> None:
    """Refuse wishes that nothing can fulfil together.

    Raises:
        ConfigError: two on one expression exclude each other; it names them.
    """
    for index, wish in enumerate(wishes):
        for other in wishes[:index]:
            same = wish.formula.names == other.formula.names and wish.formula.text == other.formula.text
            if same and _exclude(wish, other):
                raise ConfigError(f"nothing can fulfil both {other} and {wish}")


def _exclude(wish: Wish, other: Wish) -> bool:
    if wish.text is not None or other.text is not None:
        if wish.relation == other.relation:
            return wish.relation == "=" and wish.text != other.text
        return wish.text == other.text
    if "!=" in (wish.relation, other.relation):
        return wish.relation != other.relation and _is_the_value(wish, other)
    lows = [(each.low - each.tolerance, each.relation == ">") for each in (wish, other)]
    highs = [(each.high + each.tolerance, each.relation == "<") for each in (wish, other)]
    low, high = max(low for low, _ in lows), min(high for high, _ in highs)
    return low > high or (low == high and ((low, True) in lows or (high, True) in highs))


def _is_the_value(wish: Wish, other: Wish) -> bool:
    """Whether one allows a single value and no other, which the other one forbids."""
    return wish.tolerance == other.tolerance == 0 and wish.low == wish.high == other.low == other.high


def _parts(text: str) -> tuple[str, str, str]:
    """What stands before the relation, the relation, and what stands behind it."""
    found = list(_RELATION.finditer(_covered(text)))
    if len(found) != 1 or not text[: found[0].start()].strip() or not text[found[0].end() :].strip():
        raise ConfigError(f"cannot read the wish {text!r}; write it as {EXAMPLES}")
    relation = _PLAIN.get(found[0][0], found[0][0])
    return text[: found[0].start()].strip(), relation, text[found[0].end() :].strip()


def _refuse_other_ranges(text: str, right: str) -> None:
    """Refuse two numbers that are meant as a range and not written as one.

    Raises:
        ConfigError: it says how a range is written.
    """
    if found := _OTHER_RANGE.fullmatch(right):
        low, high = found["low"] or found["first"], found["high"] or found["last"]
        unit = f" {found['unit']}" if found["unit"] else ""
        raise ConfigError(f"cannot read the wish {text!r}: for a range write {low}..{high}{unit}")


def _covered(text: str) -> str:
    """A text in which everything between brackets and quotes is hidden."""
    covered = text
    while (hidden := _UNSPLIT.sub(lambda match: "_" * len(match[0]), covered)) != covered:
        covered = hidden
    return covered


def _text_wish(text: str, asked: Formula, relation: str, right: str) -> Wish:
    if relation not in ("=", "!="):
        raise ConfigError(f"{text!r}: {asked.text} is a text; texts are compared with = and != only")
    wanted = right.strip("\"'`")
    known = asked.single.texts if asked.single is not None else ()
    if known and wanted not in known:
        raise ConfigError(f"{asked.text} is never {wanted!r}: {closest(wanted, known)}")
    return Wish(asked, relation, text=wanted)


def _range(text: str, asked: Formula, relation: str, right: str, catalogue: Catalogue) -> Wish:
    if relation != "=":
        raise ConfigError(f"{text!r}: a range is written with =, such as {asked.text}={right}")
    ends = [end.strip() for end in right.split("..")]
    if len(ends) != 2 or not any(ends):
        raise ConfigError(f"cannot read the range {right!r}; write it as 18..22, 18.. or ..22")
    if _MARGIN.search(right):
        raise ConfigError(f"{text!r}: for a range write 18..22, for a value with a margin 20±2")
    found = _numbers([formula(end, catalogue) for end in ends if end], asked)
    low = found[0] if ends[0] else -math.inf
    high = found[-1] if ends[1] else math.inf
    if low > high:
        raise ConfigError(f"the wish {text!r} is empty: {low:g} is above {high:g}")
    single = low == high and _tolerance(asked.single, low)
    return Wish(asked, relation, low, high, float(single))


def _around(text: str, asked: Formula, relation: str, right: str, catalogue: Catalogue) -> Wish:
    if relation != "=":
        raise ConfigError(f"{text!r}: a value with a margin is written with =, such as {asked.text}={right}")
    ends = [end.strip() for end in _MARGIN.split(right)]
    if len(ends) != 2 or not all(ends):
        raise ConfigError(f"cannot read the margin in {right!r}; write it as 20±2")
    value, margin = _value_and_margin([formula(end, catalogue) for end in ends], asked)
    if margin < 0:
        raise ConfigError(f"the wish {text!r} is empty: its margin is below zero")
    return Wish(asked, relation, value - margin, value + margin)


def _value_and_margin(ends: Sequence[Formula], asked: Formula) -> list[float]:
    """Both in the unit of what is asked; a margin in percent of what is not in percent is a share of it."""
    value, margin = ends
    if margin.unit in PERCENT and _unit_of(value, asked.unit) not in PERCENT:
        number = _in_unit(value, asked)
        if not number:
            raise ConfigError(f"{asked.text}: a share of 0 is 0; give the margin as a number")
        return [number, _number(margin) * factor(margin.unit, DIMENSIONLESS) * abs(number)]
    return _numbers(ends, asked)


def _numbers(ends: Sequence[Formula], asked: Formula) -> list[float]:
    """Numbers in the unit of what is asked; those without one have the last unit that is given.

    Raises:
        ConfigError: one alone is in percent, and the other may be meant so or not.
    """
    units = [end.unit for end in ends if end.unit != DIMENSIONLESS]
    numbers = [_in_unit(end, asked, units[-1] if units else None) for end in ends]
    if units and units[-1] in PERCENT and asked.unit not in PERCENT:
        _refuse_plain(ends, asked)
    return numbers


def _refuse_plain(ends: Sequence[Formula], asked: Formula) -> None:
    """Refuse a number between 0 and 1 without a unit beside one in percent: 0.1 % and 0.1 are both likely.

    Raises:
        ConfigError: it says how to write either.
    """
    for end in ends:
        if end.unit == DIMENSIONLESS and 0 < abs(_number(end)) < 1:
            raise ConfigError(
                f"{asked.text}: is {end.text} in %, too? write % behind both numbers or neither"
            )


def _in_unit(bound: Formula, asked: Formula, bare: str | None = None) -> float:
    """A bound in the unit of what is asked; a bare number is in it, or in the one given, already."""
    return _number(bound) * factor(_unit_of(bound, bare or asked.unit), asked.unit, asked.text)


def _unit_of(bound: Formula, bare: str) -> str:
    """The unit of a bound, or that of bare numbers."""
    return bare if bound.unit == DIMENSIONLESS else bound.unit


def _number(bound: Formula) -> float:
    """What a bound is, in its own unit.

    Raises:
        ConfigError: it depends on a quantity, or is undefined.
    """
    if bound.names:
        raise ConfigError(f"the bound {bound.text!r} of a range is no number")
    value = float(bound.of({}))
    if math.isnan(value):
        raise ConfigError(f"the bound {bound.text!r} is undefined")
    return value


def _tolerance(single: Known | None, value: float) -> float:
    if single is None or (single.kind == "measured" and single.tolerance is None):
        return RELATIVE_TOLERANCE * abs(value)
    return 0.0 if single.kind == "whole" else float(single.tolerance or 0.0)


def _outside(value: Any, low: float, high: float) -> Any:
    """How far outside of the bounds; NaN stays."""
    return np.maximum(np.maximum(low - value, value - high), 0.0) + 0.0 * value


def _same_text(value: Any, text: str, wanted: bool) -> Any:
    values = np.asarray(value, dtype=object)
    known = np.array([isinstance(each, str) for each in values.ravel()], dtype=bool).reshape(values.shape)
    met = known & ((values == text) == wanted)
    return met if met.ndim else bool(met)
