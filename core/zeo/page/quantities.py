"""The quantities that a page shows: what they are called, in which unit, and which of them come first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from attrs import asdict, frozen

from zeo.errors import PluginError
from zeo.plugin.columns import Column
from zeo.plugin.framework import FRAMEWORK, NAMES
from zeo.plugin.registry import Plugins
from zeo.wishes.expressions import Formula
from zeo.wishes.full_name import FullName
from zeo.wishes.naming import ACCESSIBLE

MAIN = ("energy", "density", "t_atoms", "unique_t", "largest_ring")
"""Of every framework, what the table shows at first."""

NO_UNIT = "1"


PRESSURE = "p"
"""The condition along which an isotherm runs."""

LOADING_UNIT = "mol/kg"


@frozen(kw_only=True)
class OnIsotherm:
    """The place of a loading on an isotherm.

    Args:
        curve: what is loaded, under which conditions but the pressure; loadings of one curve share it.
        pressure: in ``unit``.
        unit: of the pressure.
    """

    curve: str
    pressure: float
    unit: str


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
        isotherm: where it lies on one, if it is a loading at a pressure.
    """

    id: str
    symbol: str
    label: str
    unit: str
    about: str
    main: bool = False
    whole: bool = False
    measured: bool = False
    isotherm: OnIsotherm | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def shown_quantities(columns: Iterable[Column], plugins: Plugins) -> list[Shown]:
    """What is known of every framework, then what probes measured.

    Args:
        columns: what they measured.
        plugins: the installed ones, whose probes have words for it.
    """
    named = [(column, *_words_of(column, plugins)) for column in columns]
    labels = Counter(label for _, label, _ in named)
    symbols = Counter(symbol for symbol, _ in {(symbol, _head(column)) for column, _, symbol in named})
    for names in (labels, symbols):
        names.update(NAMES)
    of_all = [
        Shown(
            id=each.name,
            symbol=each.symbol,
            label=each.label,
            unit=_unit(each.unit),
            about=each.meaning,
            main=each.name in MAIN,
            whole=each.kind == "whole",
        )
        for each in FRAMEWORK
        if each.kind != "text"
    ]
    return of_all + [
        Shown(
            id=column.name,
            symbol=f"{symbol} {_head(column)}" if symbols[symbol] > 1 else symbol,
            label=f"{label} ({_head(column)})" if labels[label] > 1 else label,
            unit=_unit(column.quantity.unit),
            about=f"{_subject(column)}: {column.quantity.summary}",
            main=column.quantity.headline and not column.quantity.name.endswith(ACCESSIBLE),
            whole=column.quantity.whole,
            measured=True,
            isotherm=_on_isotherm(column),
        )
        for column, label, symbol in named
    ]


def _words_of(column: Column, plugins: Plugins) -> tuple[str, str]:
    """What figures call a quantity, and what heads its column, with the conditions that its name states."""
    label, symbol = _bare_words_of(column, plugins)
    stated = FullName.of(column.name).stated
    return (f"{label} at {stated}", f"{symbol} {stated}") if stated else (label, symbol)


def _bare_words_of(column: Column, plugins: Plugins) -> tuple[str, str]:
    name = column.quantity.name
    base = name.removesuffix(ACCESSIBLE)
    known: Mapping[str, tuple[str, str]] = {}
    with suppress(PluginError):  # the run may have been made with more plugins than there are
        known = plugins.find("probe", column.probe).spec.words
    if name == base or base not in known:
        return known.get(name, (name.replace("_", " "), name.replace("_", " ")))
    return f"accessible {known[base][0]}", f"{known[base][1]} acc."


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


def _subject(column: Column) -> str:
    """What is measured, with the conditions if there are any: ``methane`` of ``methane.kh``."""
    stated = FullName.of(column.name).stated
    return f"{_head(column)}[{stated}]" if stated else _head(column)


def _head(column: Column) -> str:
    """What is measured, without conditions."""
    return FullName.of(column.name).subject


def _on_isotherm(column: Column) -> OnIsotherm | None:
    name, pressures = column.quantity.name, [each for each in column.conditions if each.symbol == PRESSURE]
    if column.quantity.unit != LOADING_UNIT or name.endswith("_error") or not pressures:
        return None
    (pressure,) = pressures
    if pressure.value is None:
        return None
    others = [each.text for each in column.conditions if each.symbol != PRESSURE]
    curve = ", ".join([f"{_head(column)} {name.replace('_', ' ')}", *others])
    return OnIsotherm(curve=curve, pressure=pressure.value, unit=pressure.unit)


def _unit(unit: str) -> str:
    return "" if unit == NO_UNIT else unit
