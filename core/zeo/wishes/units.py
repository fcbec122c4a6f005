"""Units as chemists write them, understood and converted by pint.

A single angstrom is ``A``, framework density ``T/1000 A3``, energy ``kJ/mol Si``, the volume of a gas
``cm3(STP)``. What is counted (T atoms, silicon) is no dimension: ``kJ/mol`` and ``kJ/mol Si`` are the same.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from zeo.errors import ConfigError

if TYPE_CHECKING:
    import pint

DIMENSIONLESS = "1"

PERCENT = ("%", "percent")
"""Ways to write it."""

MOLAR_VOLUME_STP = 22413.96954
"""cm3/mol of an ideal gas at 273.15 K and 101,325 Pa (CODATA 2018)."""

WITH_OFFSET = ("degC", "°C", "celsius", "degF", "°F")
"""Units of temperature in which 0 is not nothing."""

_DEFINITIONS = (
    "angstrom = 1e-10 * meter = A = Å",
    f"cubic_centimetre_stp = mole / {MOLAR_VOLUME_STP}",
)

_SPELLINGS = (
    (r"cm(?:\^|\*\*)?3\s*\(STP\)|\bcm3STP\b|\bccSTP\b", "cubic_centimetre_stp"),
    (r"\bmol\s+(?:Si|T)\b", "mol"),
    (r"\s+per\s+T atom\b", ""),
    (r"\bT(?: atoms?)?\s*/", "1/"),
    (r"\bT atoms?\b", "dimensionless"),
    (r"/\s*1000\s*[AÅ]\s*(?:\^|\*\*)?\s*3", "/(1000*A3)"),
    (r"·", "*"),
    (r"\s*(?:\^|\*\*)\s*", "**"),
    (r"(?<![\w.])([A-Za-zÅµ°]+)(-?\d)", r"\1**\2"),
)
"""What pint would misread, and what it understands."""


def factor(unit: str, wanted: str, of: str = "") -> float:
    """By which a number in one unit is multiplied to be in another.

    Args:
        unit: of the number.
        wanted: of the result.
        of: what the number is, for the error.

    Raises:
        ConfigError: a unit that does not exist, one of another dimension, or one with an offset (degC).
    """
    if unit == wanted:
        return 1.0
    import pint

    try:
        return float((parsed(unit) / parsed(wanted)).to("dimensionless").magnitude)
    except pint.DimensionalityError:
        subject = f"{of} is" if of else "it is"
        raise ConfigError(f"{unit} is no unit of {of or 'this'}: {subject} in {shown(wanted)}") from None
    except pint.OffsetUnitCalculusError:
        raise ConfigError(f"{unit} has an offset: write the value in {shown(wanted)}") from None


def converted(number: float, unit: str, wanted: str, of: str = "") -> float:
    """A number in another unit; temperatures in degC too.

    Args:
        number: in ``unit``.
        unit: of the number.
        wanted: of the result.
        of: what the number is, for the error.

    Raises:
        ConfigError: a unit that does not exist, or one of another dimension.
    """
    if unit not in WITH_OFFSET:
        return number * factor(unit, wanted, of)
    import pint

    try:
        return float(_registry().Quantity(number, unit).to(wanted).magnitude)
    except pint.DimensionalityError:
        subject = f"{of} is" if of else "it is"
        raise ConfigError(f"{unit} is no unit of {of or 'this'}: {subject} in {shown(wanted)}") from None


def product(unit: str, other: str, power: int = 1) -> tuple[str, float]:
    """The unit of one quantity times the power of another, and a factor for their numbers."""
    return (unit, 1.0) if other == DIMENSIONLESS else _reduced(parsed(unit) * parsed(other) ** power)


def raised(unit: str, power: float) -> tuple[str, float]:
    """The same for a power of a quantity."""
    return (unit, 1.0) if unit == DIMENSIONLESS else _reduced(parsed(unit) ** power)


def parsed(unit: str) -> pint.Quantity[float]:
    """One of a unit, as pint has it.

    Raises:
        ConfigError: there is no such unit.
    """
    text = "dimensionless" if unit == DIMENSIONLESS else unit
    for spelling, meaning in _SPELLINGS:
        text = re.sub(spelling, meaning, text)
    try:
        found: pint.Quantity[float] = _registry().Quantity(1.0, "") * _registry().parse_expression(text)
        return found
    except Exception as error:  # pint raises what its tokenizer does
        raise ConfigError(
            f"there is no unit {unit!r}; write one such as kJ/mol, A, nm, bar or mol/kg"
        ) from error


def is_dimensionless(unit: str) -> bool:
    """Whether a number in it is a plain number, as in percent.

    Raises:
        ConfigError: there is no such unit.
    """
    return unit == DIMENSIONLESS or bool(parsed(unit).dimensionless)


def shown(unit: str) -> str:
    """A unit for a sentence."""
    return "no unit (a plain number)" if unit == DIMENSIONLESS else unit


def _reduced(unit: pint.Quantity[float]) -> tuple[str, float]:
    reduced = unit.to_reduced_units()
    return f"{reduced.units:~C}" or DIMENSIONLESS, float(reduced.magnitude)


@cache
def _registry() -> pint.UnitRegistry[float]:
    import pint

    registry: pint.UnitRegistry[float] = pint.UnitRegistry(on_redefinition="ignore", cache_folder=None)
    for definition in _DEFINITIONS:
        registry.define(definition)
    return registry
