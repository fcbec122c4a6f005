"""Conditions on the columns of a data set, such as ``density<17``, and the frameworks that meet them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

from attrs import frozen

from zeo.data.sets.entry import COLUMNS, Column
from zeo.data.sets.store import DataSet
from zeo.errors import ConfigError
from zeo.tools.hints import closest
from zeo.wishes.conditions import Condition, read_conditions
from zeo.wishes.expressions import Known
from zeo.wishes.full_name import FullName
from zeo.wishes.wish import Wish, parse_wish

WHOLE = ("int16", "int32")
LISTS = "list<float>"


def filtered(data: DataSet, conditions: Iterable[str]) -> DataSet:
    """The frameworks that meet all conditions; an unknown value meets none.

    Args:
        data: to choose from.
        conditions: see :func:`zeo.wishes.wish.parse_wish`; quantities are columns, and single values exact.

    Raises:
        ConfigError: something else, a text where the column holds numbers, or no such column.
    """
    for wish in conditions_on(data.description.properties, conditions, str(data.storage)):
        data = data.where(wish.met_by({name: data.column(name) for name in wish.formula.names}))
    return data


def conditions_on(properties: Sequence[Column], conditions: Iterable[str], of: str) -> list[Wish]:
    """Conditions on the columns of a data set.

    Args:
        properties: its columns beside the standard ones.
        conditions: see :func:`filtered`.
        of: what has these columns, for errors.

    Raises:
        ConfigError: as for :func:`filtered`.
    """
    columns = _Columns(tuple(properties), of)
    return [parse_wish(condition, columns, exact=True) for condition in conditions]


@frozen
class _Columns:
    """The columns of a data set as quantities."""

    properties: tuple[Column, ...]
    of: str

    def find(self, name: str, conditions: Sequence[str]) -> Known:
        """The column of a name.

        Raises:
            ConfigError: there is none, or it is asked for under conditions that it was not measured under.
        """
        columns = (*COLUMNS, *self.properties)
        known = {column.name: column for column in columns if column.type != LISTS}
        if conditions:
            name = _under(conditions, name, known)
        elif name not in known:
            raise ConfigError(f"{self.of}: no column {name!r}: {closest(name, known)}")
        column = known[name]
        kind = "text" if column.type == "string" else "whole" if column.type in WHOLE else "measured"
        return Known(name, column.unit or "1", kind)


def _under(conditions: Sequence[str], name: str, columns: Iterable[str]) -> str:
    """The column of a quantity that was measured under some conditions, however these are written.

    Raises:
        ConfigError: there is none.
    """
    own = {column: full for column in columns if (full := FullName.of(column)).base == name}
    for column, full in own.items():
        stated = tuple(map(Condition.stated, full.conditions))
        with suppress(ConfigError):  # conditions of other columns
            if stated and read_conditions(conditions, stated, name) == stated:
                return column
    there = f"there is {', '.join(own)}" if own else f"there is no column {name!r} at all"
    raise ConfigError(f"{name} was not measured under [{', '.join(conditions)}]: {there}")
