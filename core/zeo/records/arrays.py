"""Columns of candidates as numpy arrays, and what is judged by several of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from zeo.plugin.feasibility import FEASIBLE_BELOW, SLC
from zeo.records.columns import type_of

FEASIBILITY = ("energy", "potential", "relaxed_by", "net_kept")
"""Columns from which feasibility follows."""


def values_in(table: pa.Table, names: Iterable[str]) -> dict[str, NDArray[Any]]:
    """Quantities by name, as expressions take them: numbers with NaN where undefined, texts with None."""
    return {name: numbers_in(table, name) if _is_number(name) else texts_in(table, name) for name in names}


def numbers_in(table: pa.Table, name: str) -> NDArray[np.float64]:
    """A column [n]; NaN where it is empty."""
    numbers: NDArray[np.float64] = pc.fill_null(table[name].cast(pa.float64()), np.nan).to_numpy()
    return numbers


def texts_in(table: pa.Table, name: str) -> NDArray[np.object_]:
    """A column [n]; None where it is empty."""
    texts: NDArray[np.object_] = table[name].to_numpy()
    return texts


def truths_in(table: pa.Table, name: str) -> NDArray[np.bool_]:
    """A column [n]; False where it is empty."""
    truths: NDArray[np.bool_] = pc.fill_null(table[name], False).to_numpy()
    return truths


def is_text(table: pa.Table, name: str, text: str) -> NDArray[np.bool_]:
    """Where a column [n] is a text."""
    same: NDArray[np.bool_] = pc.fill_null(pc.equal(table[name], text), False).to_numpy()
    return same


def feasible_in(table: pa.Table) -> NDArray[np.bool_]:
    """See :func:`zeo.plugin.feasibility.is_feasible`; of each row [n]."""
    low = numbers_in(table, "energy") <= FEASIBLE_BELOW
    return low & is_text(table, "potential", SLC) & truths_in(table, "net_kept")


def may_be_made_in(table: pa.Table) -> NDArray[np.bool_]:
    """Whether a framework is feasible, or nothing that can tell says that it is not; of each row [n]."""
    judged = is_text(table, "potential", SLC) | is_text(table, "relaxed_by", SLC)
    return ~judged | feasible_in(table)


def _is_number(name: str) -> bool:
    return not pa.types.is_string(type_of(name))
