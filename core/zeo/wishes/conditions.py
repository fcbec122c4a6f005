"""Conditions of quantities: what stands between the brackets of ``methane.kh[T=350 K]``.

A condition has one canonical text, so that ``T = 350.0 K`` and ``76.85 degC`` name one quantity. What is
measured under conditions goes by the name of its probe and by theirs: ``methane[T=350 K]``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from attrs import evolve, frozen

from zeo.errors import ConfigError
from zeo.wishes.units import DIMENSIONLESS, converted, shown

DIGITS = 12
"""Significant ones of a value: a conversion of units leaves no trace."""

SHARE_DIGITS = 6
"""Significant ones of the share of a gas, in percent."""

_VALUE = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*)")
_GASES = re.compile(r"[\w-]+(?:\s*:\s*[\w-]+)+")


@frozen
class Condition:
    """A condition that a quantity is measured under.

    Args:
        symbol: such as ``"T"``.
        unit: of its value; ``"1"`` where it has none.
        text: in canonical form: ``"T=350 K"``, ``"xenon:krypton=20:80"`` in percent, ``"hot=none"``.
    """

    symbol: str
    unit: str
    text: str

    @classmethod
    def of(cls, symbol: str, unit: str, value: float | None) -> Condition:
        """A condition with a number, or with none."""
        if value is None:
            return cls(symbol, unit, f"{symbol}=none")
        own = "" if unit == DIMENSIONLESS else f" {unit}"
        return cls(symbol, unit, f"{symbol}={value + 0.0:.{DIGITS}g}{own}")

    @classmethod
    def of_mixture(cls, symbol: str, gases: Sequence[str], shares: Sequence[float]) -> Condition:
        """Gases, each with its share of any sum.

        Raises:
            ConfigError: a gas without a share, a share without a gas, or one that is not positive.
        """
        if len(gases) != len(shares) or not all(0 < share < float("inf") for share in shares):
            raise ConfigError(f"{':'.join(gases)}: each gas has a positive share, as in xenon:krypton=20:80")
        total = sum(shares)
        percents = [float(f"{100 * share / total:.{SHARE_DIGITS}g}") for share in shares[:-1]]
        percents.append(100 - sum(percents))  # so that they are 100 again when they are read
        return cls(symbol, "", f"{':'.join(gases)}={':'.join(f'{each:.{DIGITS}g}' for each in percents)}")

    @classmethod
    def stated(cls, text: str) -> Condition:
        """One that a name states in canonical form, ``"T=350 K"``, with the unit that it has there."""
        symbol, _, value = text.partition("=")
        match = _VALUE.fullmatch(value)
        if ":" in symbol:
            return cls(symbol, "", text)
        return cls(symbol, (match[2] if match else "") or DIMENSIONLESS, text)

    @property
    def is_mixture(self) -> bool:
        """Whether it says which gases there are, and their shares."""
        return not self.unit

    @property
    def value(self) -> float | None:
        """The number in its unit; None where it has none."""
        match = _VALUE.fullmatch(self.text.partition("=")[2])
        return float(match[1]) if match else None

    @property
    def gases(self) -> tuple[tuple[str, ...], tuple[float, ...]]:
        """Names and percents of a mixture."""
        names, _, shares = self.text.partition("=")
        return tuple(names.split(":")), tuple(map(float, shares.split(":")))


def read_conditions(items: Iterable[str], known: Sequence[Condition], name: str) -> tuple[Condition, ...]:
    """Conditions as the user writes them, in canonical form and in the order of the known ones.

    Args:
        items: such as ``"T = 350.0 K"``; a value alone, ``"350 K"``, where its unit says which it is.
        known: those that there are, with any values.
        name: of the quantity or probe, for errors.

    Raises:
        ConfigError: one that does not exist, that is given twice, or with a unit of another dimension.
    """
    found: dict[str, Condition] = {}
    for item in items:
        condition = _read(item.strip(), known, name)
        if condition.symbol in found:
            raise ConfigError(f"{name}: {condition.symbol} is given twice")
        found[condition.symbol] = condition
    return tuple(found[each.symbol] for each in known if each.symbol in found)


def _read(item: str, known: Sequence[Condition], name: str) -> Condition:
    if not known:
        raise ConfigError(f"{name} takes no conditions: leave out the brackets")
    symbol, equals, value = (part.strip() for part in item.partition("="))
    if not equals:
        return _by_unit(item, known, name)
    if _GASES.fullmatch(symbol) and (mixtures := [each for each in known if each.is_mixture]):
        return Condition.of_mixture(mixtures[0].symbol, _split(symbol), _shares(value, item, name))
    for each in known:
        if each.symbol == symbol and not each.is_mixture:
            return _with_value(each, value, item, name)
    raise ConfigError(f"{name} has no condition {symbol!r}: it has {listed(known)}")


def _by_unit(item: str, known: Sequence[Condition], name: str) -> Condition:
    """A value without a symbol: the one condition that has such units."""
    fitting = []
    for each in known:
        try:
            fitting.append(_with_value(each, item, item, name))
        except ConfigError:
            continue
    if len(fitting) != 1 or not _number(item, item, name)[1]:
        raise ConfigError(f"{name}[{item}]: say which condition that is: it has {listed(known)}")
    return fitting[0]


def _with_value(condition: Condition, value: str, item: str, name: str) -> Condition:
    if condition.is_mixture:
        raise ConfigError(f"{name}: {condition.symbol} are written as xenon:krypton=20:80")
    number, unit = _number(value, item, name)
    own = condition.unit
    if unit:
        number = converted(number, unit, own, f"{condition.symbol} of {name}")
    return Condition.of(condition.symbol, own, number)


def _number(value: str, item: str, name: str) -> tuple[float, str]:
    match = _VALUE.fullmatch(value)
    if match is None or float(match[1]) == float("inf"):
        raise ConfigError(f"{name}: cannot read the condition {item!r}; write it as T=350 K")
    return float(match[1]), match[2].strip()


def _shares(value: str, item: str, name: str) -> list[float]:
    try:
        return [float(share) for share in _split(value)]
    except ValueError:
        raise ConfigError(
            f"{name}: cannot read the condition {item!r}; write it as xenon:krypton=20:80"
        ) from None


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(":")]


def listed(known: Iterable[Condition]) -> str:
    """The conditions that there are, for a sentence."""
    return ", ".join(
        f"{each.symbol} (as {each.text})" if each.is_mixture else f"{each.symbol} ({shown(each.unit)})"
        for each in known
    )


def under(name: str, conditions: Iterable[Condition]) -> str:
    """A name with conditions behind it."""
    texts = ", ".join(each.text for each in conditions)
    return f"{name}[{texts}]" if texts else name


def split_name(name: str) -> tuple[str, tuple[str, ...]]:
    """A name without its conditions, and these."""
    base, bracket, rest = name.partition("[")
    if not bracket:
        return name, ()
    if not rest.endswith("]") or not rest.strip(" ]"):
        raise ConfigError(f"cannot read {name!r}; write it as methane[T=350 K]")
    return base.strip(), tuple(item.strip() for item in rest[:-1].split(","))


def replaced(known: Iterable[Condition], by: Iterable[Condition]) -> tuple[Condition, ...]:
    """The known conditions, those of the same symbol replaced."""
    changed = {each.symbol: each for each in by}
    return tuple(evolve(each, text=changed.get(each.symbol, each).text) for each in known)
