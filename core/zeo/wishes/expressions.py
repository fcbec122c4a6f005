"""Expressions of quantities, such as ``co2.kh_mol / n2.kh_mol``: read, checked for units, and computed.

Numbers carry units (``20 kJ/mol``); names are quantities, with a probe in front where several measure them
(``methane.qst``) and conditions behind (``methane.kh[T=350 K]``); a name with other signs is written in
backquotes. Text is never evaluated as Python.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Protocol

import numpy as np
from attrs import field, frozen

from zeo.errors import ConfigError
from zeo.wishes.conditions import Condition
from zeo.wishes.full_name import FullName
from zeo.wishes.units import DIMENSIONLESS, factor, is_dimensionless, parsed, product, raised

NUMBER = r"(?:\d+(?:\.(?!\.)\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
"""A number without a sign, as a regular expression; the dots of ``18..22`` belong to none."""

UNIT = r"{one}(?:\s?[\/*·]\s?(?:1000\s?)?{one})*(?:\s+(?:Si|atoms?)\b)?".replace(
    "{one}", r"(?:[A-Za-zÅµ°]+(?:\s?(?:\^|\*\*)\s?-?\d|-?\d)?(?:\s?\(STP\))?|%)"
)
"""What can stand behind a number, likewise."""

GRAMMAR = rf"""
?start: sum
?sum: product (SIGN product)*
?product: signed (TIMES signed)*
?signed: SIGN signed -> signed
       | power
?power: atom ("^" | "**") signed -> power
      | atom
?atom: NUMBER UNIT? -> number
     | NAME "(" sum ("," sum)* ")" -> call
     | name conditions? -> quantity
     | "(" sum ")"
name: NAME ("." NAME)? | QUOTED ("." NAME)?
conditions: "[" CONDITION ("," CONDITION)* "]"
SIGN: "+" | "-"
TIMES: /\*(?!\*)|\//
NAME: /[^\W\d]\w*/
QUOTED: /`[^`]+`/
CONDITION: /[^\[\],]+/
NUMBER: /{NUMBER}/
UNIT: /{UNIT}/
%ignore /\s+/
"""

FUNCTIONS = {
    "abs": np.abs,
    "sqrt": np.sqrt,
    "log": np.log,
    "exp": np.exp,
    "min": np.minimum,
    "max": np.maximum,
}
"""What expressions may call; ``log`` is the natural one."""

LARGEST_EXPONENT = 10.0
"""Beyond, powers of ordinary quantities are no numbers of a computer."""

LONGEST = 500
"""Characters of an expression."""

Values = Mapping[str, Any]
"""Of quantities by name: numbers, or arrays of one length; NaN where undefined."""


def values_of(known: Mapping[str, Any]) -> dict[str, Any]:
    """What is known by name as values: NaN in the place of None."""
    return {name: math.nan if value is None else value for name, value in known.items()}


@frozen
class Known:
    """A quantity that an expression can speak of.

    Args:
        name: in full, with conditions, such as ``"methane.kh[T=350 K]"``.
        unit: ``"1"`` where it has none.
        kind: ``"measured"``, ``"whole"`` (a whole number) or ``"text"``.
        tolerance: how far from a single value still meets a wish; None for a tenth of the value.
        conditions: under which it is measured, those that its name leaves open included.
        least: that it can be.
        most: likewise.
        texts: that it can be, where it is a text of a few.
    """

    name: str
    unit: str = DIMENSIONLESS
    kind: str = "measured"
    tolerance: float | None = None
    conditions: tuple[Condition, ...] = field(default=(), eq=False)
    least: float = -math.inf
    most: float = math.inf
    texts: tuple[str, ...] = ()

    @property
    def base(self) -> str:
        """The name without conditions."""
        return FullName.of(self.name).base


class Catalogue(Protocol):
    """The quantities that names stand for."""

    def find(self, name: str, conditions: Sequence[str]) -> Known:
        """The quantity of a name.

        Raises:
            ConfigError: there is none, or there are several; it names the nearest ones.
        """
        ...


@frozen
class Formula:
    """An expression whose units have been checked.

    Args:
        text: as it was written; the full name of a single quantity.
        unit: of its value.
        names: of all quantities in it, in full.
        single: the quantity, where the expression is nothing else.
    """

    text: str
    unit: str
    names: tuple[str, ...]
    single: Known | None
    _terms: Any

    def of(self, values: Values) -> Any:
        """The value: a number, or an array where the values are arrays; NaN where it is undefined.

        Raises:
            KeyError: a quantity has no value, not even NaN.
        """
        with np.errstate(all="ignore"):
            result = np.asarray(self._terms.value(values), dtype=float)
        result = np.where(np.isfinite(result), result, np.nan)
        return result if result.ndim else float(result)


def formula(text: str, catalogue: Catalogue) -> Formula:
    """Read an expression.

    Raises:
        ConfigError: it is malformed, has an unknown name, or adds what has different dimensions.
    """
    known = _whole_name(text, catalogue)
    terms = known if known is not None else _Builder(text, catalogue).build()
    names = tuple(dict.fromkeys(terms.names()))
    single = terms.known if isinstance(terms, _Quantity) else None
    if single is None and (texts := [each for each in terms.quantities() if each.kind == "text"]):
        raise ConfigError(f"{texts[0].name} is a text: it can be compared with = and !=, not computed with")
    return Formula(single.name if single else text.strip(), terms.unit, names, single, terms)


def written_names(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """The names in an expression, each with its conditions as they are written.

    Raises:
        ConfigError: it is malformed.
    """
    name = text.strip()
    if "-" in name and _is_hyphenated(name):
        return [(name, ())]
    return [
        _written(each.children) for each in _tree(text).iter_subtrees_topdown() if each.data == "quantity"
    ]


def _written(children: Sequence[Any]) -> tuple[str, tuple[str, ...]]:
    """The name and the conditions of a quantity in the tree."""
    name = ".".join(str(part).strip("`") for part in children[0].children)
    conditions = children[1].children if len(children) > 1 else ()
    return name, tuple(str(each).strip() for each in conditions)


def _is_hyphenated(name: str) -> bool:
    return all(part[:1] != "-" and part.replace("-", "_").isidentifier() for part in name.split("."))


def _whole_name(text: str, catalogue: Catalogue) -> _Quantity | None:
    """The quantity of a name as it stands, hyphens included."""
    name = text.strip()
    if "-" not in name or not _is_hyphenated(name):
        return None
    try:
        return _Quantity(catalogue.find(name, ()))
    except ConfigError:
        return None


class _Node:
    @property
    def bare(self) -> bool:
        """Whether it is made of numbers without units alone: what stands beside it says its unit."""
        return False

    def names(self) -> list[str]:
        return [known.name for known in self.quantities()]

    def quantities(self) -> list[Known]:
        raise NotImplementedError


@frozen
class _Number(_Node):
    number: float
    unit: str

    @property
    def bare(self) -> bool:
        return self.unit == DIMENSIONLESS

    def value(self, values: Values) -> float:  # noqa: ARG002
        return self.number

    def quantities(self) -> list[Known]:
        return []


@frozen
class _Quantity(_Node):
    known: Known

    @property
    def unit(self) -> str:
        return self.known.unit

    def value(self, values: Values) -> Any:
        return values[self.known.name]

    def quantities(self) -> list[Known]:
        return [self.known]


@frozen
class _Computed(_Node):
    """What a function makes of some terms, each multiplied by a factor before and the result by a scale."""

    function: Any
    terms: tuple[Any, ...]
    factors: tuple[float, ...]
    unit: str
    scale: float = 1.0

    @property
    def bare(self) -> bool:
        return all(term.bare for term in self.terms)

    def value(self, values: Values) -> Any:
        scaled = [
            np.asarray(term.value(values), dtype=float) * each
            for term, each in zip(self.terms, self.factors, strict=True)
        ]
        result = scaled[0] if len(scaled) > 1 else self.function(scaled[0])
        for other in scaled[1:]:
            result = self.function(result, other)
        return result * self.scale

    def quantities(self) -> list[Known]:
        return [known for term in self.terms for known in term.quantities()]


class _Builder:
    """From the tree of the parser to terms with units."""

    def __init__(self, text: str, catalogue: Catalogue) -> None:
        self._text, self._catalogue = text, catalogue

    def build(self) -> Any:
        try:
            return self._term(_tree(self._text))
        except RecursionError:
            raise ConfigError("an expression that is nested too deeply") from None

    def _term(self, tree: Any) -> Any:
        term = getattr(self, f"_{tree.data}")(tree.children)
        if _is_constant(term) and not math.isfinite(_constant(term)):
            raise ConfigError(f"{self._text!r}: a part of it is no number, whatever is measured")
        return term

    def _number(self, children: Sequence[Any]) -> _Number:
        unit = str(children[1]).strip() if len(children) > 1 else DIMENSIONLESS
        if unit != DIMENSIONLESS:
            parsed(unit)
        number = float(children[0])
        if not np.isfinite(number):
            raise ConfigError(f"{self._text!r}: {children[0]} is too large")
        return _Number(number, unit)

    def _quantity(self, children: Sequence[Any]) -> _Quantity:
        return _Quantity(self._catalogue.find(*_written(children)))

    def _signed(self, children: Sequence[Any]) -> Any:
        term = self._term(children[1])
        if children[0] == "+":
            return term
        if isinstance(term, _Number):
            return _Number(-term.number, term.unit)
        return _Computed(np.negative, (term,), (1.0,), term.unit)

    def _sum(self, children: Sequence[Any]) -> Any:
        total = self._term(children[0])
        for sign, child in zip(children[1::2], children[2::2], strict=True):
            term = self._term(child)
            unit = _common_unit((total, term))
            signed = _scale(term, unit) if sign == "+" else -_scale(term, unit)
            total = _Computed(np.add, (total, term), (_scale(total, unit), signed), unit)
        return total

    def _product(self, children: Sequence[Any]) -> Any:
        result = self._term(children[0])
        for sign, child in zip(children[1::2], children[2::2], strict=True):
            term = self._term(child)
            if sign == "/" and _is_constant(term) and _constant(term) == 0:
                raise ConfigError(f"{self._text!r}: it divides by zero")
            function, power = (np.multiply, 1) if sign == "*" else (np.divide, -1)
            unit = product(result.unit, term.unit, power)
            result = _Computed(function, (result, term), (1.0, 1.0), *unit)
        return result

    def _power(self, children: Sequence[Any]) -> Any:
        base, exponent = map(self._term, children)
        if not isinstance(exponent, _Number) or exponent.unit != DIMENSIONLESS:
            raise ConfigError(f"{self._text!r}: an exponent is a plain number")
        if not abs(exponent.number) <= LARGEST_EXPONENT:
            raise ConfigError(f"{self._text!r}: an exponent is at most {LARGEST_EXPONENT:g}")
        return _Computed(np.power, (base, exponent), (1.0, 1.0), *raised(base.unit, exponent.number))

    def _call(self, children: Sequence[Any]) -> Any:
        name, arguments = str(children[0]), [self._term(child) for child in children[1:]]
        if name not in FUNCTIONS:
            raise ConfigError(
                f"{self._text!r}: there is no function {name}; there are {', '.join(FUNCTIONS)}"
            )
        function = FUNCTIONS[name]
        if (len(arguments) > 1) != (function.nin > 1):
            raise ConfigError(
                f"{self._text!r}: {name} takes {'several terms' if function.nin > 1 else 'one term'}"
            )
        if name in ("log", "exp"):
            scale = factor(arguments[0].unit, DIMENSIONLESS, f"the argument of {name}")
            return _Computed(function, tuple(arguments), (scale,), DIMENSIONLESS)
        common = _common_unit(arguments)
        scales = tuple(_scale(term, common) for term in arguments)
        unit = raised(common, 0.5) if name == "sqrt" else (common, 1.0)
        return _Computed(function, tuple(arguments), scales, *unit)


def _common_unit(terms: Sequence[Any]) -> str:
    """The unit in which terms are added or compared: of the first that is more than bare numbers."""
    unit = next((term.unit for term in terms if not term.bare), DIMENSIONLESS)
    # beside percent a bare number has a meaning of its own: 1 - 5 % is 0.95
    return DIMENSIONLESS if terms[0].bare and is_dimensionless(unit) else unit


def _scale(term: Any, unit: str) -> float:
    """By which a term is multiplied so that it can be added to what is in some unit."""
    return 1.0 if term.bare else factor(term.unit, unit, "the other term")


def _is_constant(term: Any) -> bool:
    return not term.quantities()


def _constant(term: Any) -> float:
    with np.errstate(all="ignore"):
        return float(term.value({}))


def _tree(text: str) -> Any:
    if len(text) > LONGEST:
        raise ConfigError(f"an expression of {len(text)} characters; {LONGEST} are the most")
    from lark.exceptions import UnexpectedInput

    try:
        return _parser().parse(text)
    except UnexpectedInput as error:
        column = getattr(error, "column", 0)
        place = f" at {text[column - 1 :][:20]!r}" if 0 < column <= len(text) else " at its end"
        raise ConfigError(
            f"cannot read the expression {text!r}{place}; names with - or / are written in `backquotes`"
        ) from None


@cache
def _parser() -> Any:
    from lark import Lark

    return Lark(GRAMMAR, parser="lalr", maybe_placeholders=False)
