"""Choosing among what is known: what meets conditions, in an order, the first few."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TypeVar

from attrs import frozen

from zeo.wishes.expressions import Catalogue, Formula, Values, formula
from zeo.wishes.wish import Wish, parse_wish

Item = TypeVar("Item")
Key = tuple[tuple[bool, float | str], ...]


@frozen
class Choice:
    """Which of some items are wanted, and in which order.

    Args:
        conditions: that all have to be met; single values are exact.
        order: expressions, the smallest value first; those behind decide where those before are equal.
    """

    conditions: tuple[Wish, ...]
    order: tuple[Formula, ...]

    @classmethod
    def of(cls, where: Iterable[str], sort: Iterable[str], catalogue: Catalogue) -> Choice:
        """From texts such as ``"energy<20"`` and ``"-methane.qst"``.

        Raises:
            ConfigError: a text that cannot be read, or an unknown name.
        """
        return cls(
            tuple(parse_wish(text, catalogue, exact=True) for text in where),
            tuple(formula(text, catalogue) for text in sort),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The quantities that conditions and order speak of, those of the order first."""
        formulas = (*self.order, *(wish.formula for wish in self.conditions))
        return tuple(dict.fromkeys(name for each in formulas for name in each.names))

    def allows(self, values: Values) -> bool:
        """Whether an item of these values meets all conditions; what is undefined meets none."""
        return all(wish.met_by(values) for wish in self.conditions)

    def key(self, values: Values) -> Key:
        """By which items are sorted; what is undefined comes last, whichever way the order runs."""
        return tuple(_key(each, values) for each in self.order)

    def among(self, items: Iterable[Item], values_of: Callable[[Item], Values]) -> list[Item]:
        """The items that are wanted, in order; equal ones stay in theirs."""
        known = [(item, values_of(item)) for item in items]
        allowed = [(item, self.key(values)) for item, values in known if self.allows(values)]
        return [item for item, _ in sorted(allowed, key=lambda pair: pair[1])]


def _key(order: Formula, values: Values) -> tuple[bool, float | str]:
    if order.single is not None and order.single.kind == "text":
        text = values[order.single.name]
        return (False, text) if isinstance(text, str) else (True, "")
    value = order.of(values)
    return (True, 0.0) if math.isnan(value) else (False, value)
