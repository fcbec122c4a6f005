"""Tables as CSV, which spreadsheets open: no cell of them is a formula or moves a cursor."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from zeo.tools.printing import printable

FORMULAS = ("=", "+", "-", "@")
"""What spreadsheets compute begins with one of these."""


def csv_text(rows: Iterable[Sequence[Any]]) -> str:
    """A line for each row. None is empty; text that would be computed gets an apostrophe before it."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(map(_cell, row) for row in rows)
    return buffer.getvalue()


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if not isinstance(value, str):
        return value
    text = printable(value)
    return f"'{text}" if text.startswith(FORMULAS) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
