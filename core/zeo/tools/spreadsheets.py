"""Tables as CSV, which spreadsheets open: no cell of them is a formula or moves a cursor."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

from zeo.tools.printing import printable

FORMULAS = ("=", "+", "-", "@")
"""What spreadsheets compute begins with one of these."""


def csv_text(rows: Iterable[Sequence[Any]]) -> str:
    """A line for each row. None is empty; text that would be computed gets an apostrophe before it."""
    buffer = io.StringIO()
    safe = ([_safe(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    csv.writer(buffer, lineterminator="\n").writerows(safe)
    return buffer.getvalue()


def _safe(cell: str) -> str:
    text = printable(cell)
    return f"'{text}" if text.startswith(FORMULAS) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def objects_in(text: str) -> list[dict[str, Any]]:
    """The rows of CSV by their headings: numbers as numbers, empty cells as None, all else as it is."""
    return [{name: _value(cell) for name, cell in row.items()} for row in csv.DictReader(io.StringIO(text))]


def _value(cell: str) -> Any:
    if not cell:
        return None
    if re.fullmatch(r"-?(0|[1-9]\d*)", cell):  # 000003 is a name
        return int(cell)
    if re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?", cell):
        return float(cell)
    return cell
