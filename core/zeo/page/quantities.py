"""The quantities that a page shows: what they are called, in which unit, and which of them come first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import asdict, frozen

from zeo.plugin.columns import Column
from zeo.plugin.framework import FRAMEWORK
from zeo.wishes.expressions import Formula

MAIN = ("energy", "density", "t_atoms", "unique_t", "largest_ring")
"""Of every framework, what the table shows at first."""

ACCESSIBLE = "_accessible"
"""Ends the names of what is measured of the pores alone that run through the crystal."""

NO_UNIT = "1"


@frozen(kw_only=True)
class Shown:
    """A quantity on the page.

    Args:
        id: its full name, as wishes write it.
        symbol: heads its column.
        label: in words.
        unit: empty where it has none.
        about: one line.
        main: whether the table shows it at first.
        whole: whether its values are whole numbers by nature.
        measured: whether a probe measured it, before relaxation too.
    """

    id: str
    symbol: str
    label: str
    unit: str
    about: str
    main: bool = False
    whole: bool = False
    measured: bool = False

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def shown_quantities(columns: Iterable[Column]) -> list[Shown]:
    """What is known of every framework, then what probes measured."""
    columns = list(columns)
    labels = Counter(column.quantity.label or _words(column.quantity.name) for column in columns)
    of_all = [
        Shown(
            id=each.name,
            symbol=each.symbol or each.name,
            label=each.label or _words(each.name),
            unit=_unit(each.unit),
            about=each.meaning,
            main=each.name in MAIN,
            whole=each.kind == "whole",
        )
        for each in FRAMEWORK
        if each.kind != "text"
    ]
    return of_all + [_of_column(column, labels) for column in columns]


def of_formula(asked: Formula) -> Shown:
    """What a wish or an objective computes from several quantities."""
    return Shown(
        id=asked.text,
        symbol=asked.text,
        label=asked.text,
        unit=_unit(asked.unit),
        about="asked for in this run",
        main=True,
    )


def _of_column(column: Column, labels: Mapping[str, int]) -> Shown:
    """A measured quantity, with what it is of where another has the same label."""
    quantity, base = column.quantity, column.quantity.name.removesuffix(ACCESSIBLE)
    symbol, label = quantity.symbol or quantity.name, quantity.label or _words(quantity.name)
    what = _subject(column)
    return Shown(
        id=column.name,
        symbol=symbol,
        label=f"{label} ({what})" if labels[label] > 1 else label,
        unit=_unit(quantity.unit),
        about=f"{what}: {quantity.summary}",
        main=quantity.headline and base == quantity.name,
        measured=True,
    )


def _subject(column: Column) -> str:
    """What is measured, with the conditions if there are any: ``methane`` of ``methane.kh``."""
    head, dot, name = column.name.partition(".")
    condition = name.removeprefix(column.quantity.name) if dot else ""
    return head + condition


def _words(name: str) -> str:
    return name.replace("_", " ")


def _unit(unit: str) -> str:
    return "" if unit == NO_UNIT else unit
