"""Frameworks of a data set that meet conditions such as ``density<17``."""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zeo.data.sets.store import DataSet
from zeo.errors import ConfigError

CONDITION = re.compile(r"\s*([\w.]+)\s*(<=|>=|!=|<|>|=)\s*(.*?)\s*")

COMPARISONS = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}


def filtered(data: DataSet, conditions: Iterable[str]) -> DataSet:
    """The frameworks that meet all conditions; an unknown value meets none.

    Args:
        data: to choose from.
        conditions: a column, one of ``<  <=  >  >=  =  !=``, and a text or a number in the column's unit.

    Raises:
        ConfigError: something else, or a text where the column holds numbers.
        InputError: no such column.
    """
    for condition in conditions:
        data = data.where(_meets(data, condition))
    return data


def _meets(data: DataSet, condition: str) -> NDArray[np.bool_]:
    parts = CONDITION.fullmatch(condition)
    if parts is None:
        raise ConfigError(f"{condition!r} is no condition; write one such as 'density<17' or 'split=train'")
    name, comparison, wanted = parts.groups()
    values = data.column(name)
    if values.dtype == object:
        if comparison not in ("=", "!="):
            raise ConfigError(f"{condition!r}: texts are compared with = and != only")
        known = np.array([isinstance(value, str) for value in values], dtype=bool)
        return known & _compared(values, comparison, wanted)
    try:
        number = float(wanted)
    except ValueError:
        raise ConfigError(f"{condition!r}: {name} is a number, not {wanted!r}") from None
    met: NDArray[np.bool_] = np.isfinite(values) & _compared(values, comparison, number)
    return met


def _compared(values: NDArray[Any], comparison: str, wanted: str | float) -> NDArray[np.bool_]:
    return np.asarray(COMPARISONS[comparison](values, wanted), dtype=bool)
