"""Tables as CSV, which spreadsheets open: no cell of them is a formula or moves a cursor. Read here, they are
what they were."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from zeo.tools.printing import printable

if TYPE_CHECKING:
    import pandas as pd

FORMULAS = ("=", "+", "-", "@")
"""What spreadsheets compute begins with one of these."""

APOSTROPHE = "'"
"""Before a text, it tells them to leave it alone."""


def csv_text(rows: Iterable[Sequence[Any]]) -> str:
    """A line for each row. None is empty; text that would be computed, or begins with an apostrophe, gets one
    before it."""
    buffer = io.StringIO()
    safe = ([_safe(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    csv.writer(buffer, lineterminator="\n").writerows(safe)
    return buffer.getvalue()


def _safe(cell: str) -> str:
    text = printable(cell)
    quoted = text.startswith((*FORMULAS, APOSTROPHE)) and not _is_number(text)
    return APOSTROPHE + text if quoted else text


def _as_written(cell: str) -> str:
    """A text without the apostrophe that :func:`csv_text` put before it."""
    return cell[1:] if cell.startswith(tuple(APOSTROPHE + each for each in (*FORMULAS, APOSTROPHE))) else cell


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def objects_in(text: str, texts: Collection[str]) -> list[dict[str, Any]]:
    """The rows of CSV by their headings: numbers as numbers, empty cells as None, all else as it is.

    Args:
        text: as :func:`csv_text` makes it.
        texts: columns without numbers, though a name may look like one.
    """
    rows = csv.DictReader(io.StringIO(text))
    return [{name: _value(cell, name in texts) for name, cell in row.items()} for row in rows]


def data_frame_in(text: str, texts: Collection[str]) -> pd.DataFrame:
    """The same as pandas has it."""
    import pandas as pd

    kinds = dict.fromkeys(texts, str)
    table = pd.read_csv(io.StringIO(text), keep_default_na=False, na_values=[""], dtype=kinds)
    for column in table.columns.intersection(list(texts)):
        table[column] = table[column].map(_as_written, na_action="ignore")
    return table


def _value(cell: str, is_text: bool) -> Any:
    if not cell:
        return None
    if is_text:
        return _as_written(cell)
    if re.fullmatch(r"-?(0|[1-9]\d*)", cell):  # 000003 is a name
        return int(cell)
    if re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?", cell):
        return float(cell)
    if cell in ("inf", "-inf", "nan"):  # of which JSON has none
        return None
    return cell
