"""Wishes and objectives in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from zeo.page.quantities import Shown
from zeo.running.achieved import Met
from zeo.wishes.expressions import Formula
from zeo.wishes.wish import Wish

AT_LEAST, AT_MOST = {">": "above", ">=": "at least"}, {"<": "below", "<=": "at most"}


def wish_in_words(wish: Wish, quantities: Mapping[str, Shown]) -> str:
    """Such as ``heat of adsorption 18 to 22 kJ/mol`` or ``void fraction 0.2 ± 0.02``."""
    label, unit = _named(wish.formula, quantities)
    if wish.text is not None:
        return f"{label} {'is' if wish.relation == '=' else 'is not'} {wish.text}"
    return f"{label} {_range(wish)} {unit}".strip()


def wish_card(wish: Wish, met: Met, quantities: Mapping[str, Shown]) -> dict[str, Any]:
    """A wish on a card: in words and as typed, how often it is met, and where a plot shades.

    Args:
        wish: what was wanted.
        met: by how many of how many frameworks.
        quantities: of the page, by name.
    """
    bounds = [wish.low - wish.tolerance, wish.high + wish.tolerance]
    drawn = wish.text is None and wish.relation != "!=" and wish.formula.text in quantities
    return {
        "words": wish_in_words(wish, quantities),
        "text": str(wish),
        "hit": met.hit,
        "count": met.count,
        "quantity": wish.formula.text if drawn else None,
        "low": bounds[0] if drawn and math.isfinite(bounds[0]) else None,
        "high": bounds[1] if drawn and math.isfinite(bounds[1]) else None,
        "open": wish.relation in ("<", ">"),
    }


def _range(wish: Wish) -> str:
    low, high = f"{wish.low:.4g}", f"{wish.high:.4g}"
    if wish.relation == "!=":
        return f"not {low}"
    if wish.low == wish.high:
        return f"{low} ± {wish.tolerance:.4g}" if wish.tolerance else low
    if math.isinf(wish.high):
        return f"{AT_LEAST.get(wish.relation, 'at least')} {low}"
    if math.isinf(wish.low):
        return f"{AT_MOST.get(wish.relation, 'at most')} {high}"
    return f"{low} to {high}"


def objectives_in_words(
    objectives: Sequence[tuple[str, Formula]], quantities: Mapping[str, Shown]
) -> list[str]:
    """Such as ``as much heat of adsorption as can be``.

    Args:
        objectives: each with its direction, ``"maximise"`` or ``"minimise"``.
        quantities: of the page, by name.
    """
    words = {"maximise": "largest", "minimise": "smallest"}
    return [f"{words[direction]} {_named(asked, quantities)[0]}" for direction, asked in objectives]


def _named(asked: Formula, quantities: Mapping[str, Shown]) -> tuple[str, str]:
    """Label and unit; those of a text quantity, which is not drawn, are its name."""
    shown = quantities.get(asked.text)
    return (shown.label, shown.unit) if shown is not None else (asked.text.replace("_", " "), "")
