"""Plain aligned tables that survive pipes and pagers, and fit the terminal.

On a terminal a table is as wide as that at most: words are wrapped, and where this is not enough the columns
that can be spared are left out and named below. Elsewhere, and by ``--wide``, every row is one whole line, so
that it can be searched for; ``COLUMNS`` in the environment asks for a width anywhere.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Collection, Iterator, Sequence
from contextvars import ContextVar
from itertools import zip_longest
from typing import NamedTuple

from zeo.tools.printing import printable

GAP = "  "
"""Between columns."""

NARROWEST = 16
"""Characters to which the words of a column are wrapped at most."""

READABLE = 40
"""Characters to which sentences are wrapped before other columns are left out."""

SENTENCE = 4
"""Spaces in a cell that make it one."""

_WHOLE: ContextVar[bool] = ContextVar("whole", default=False)

_PIECE = re.compile(r"\S{1,8}(?!\S)\s?|[^\s./_-]*[./_-]+|[^\s./_-]+\s?|\s+")
"""What a heading is wrapped between: words, and the parts of long ones."""

Cells = Sequence[str]

Parts = dict[int, list[str]]
"""The lines of the cells in a row, by column."""


class Widths(NamedTuple):
    """Characters of a column: those of its cells as they are, those with which it reads well, and the fewest
    that it can do with."""

    natural: int
    good: int
    least: int


@contextlib.contextmanager
def whole_tables(whole: bool = True) -> Iterator[None]:
    """Tables that are made within are not fitted to the terminal."""
    token = _WHOLE.set(whole or _WHOLE.get())
    try:
        yield
    finally:
        _WHOLE.reset(token)


def width_to_fit() -> int | None:
    """Characters that a line may have; None for any number."""
    if _WHOLE.get():
        return None
    if os.environ.get("COLUMNS", "").isdecimal() or (sys.stdout is not None and sys.stdout.isatty()):
        return shutil.get_terminal_size().columns or None
    return None


def filled(text: str, width: int | None = None) -> str:
    """Text wrapped to the terminal, each of its lines by itself.

    Args:
        text: of several lines.
        width: that it does not exceed even on a wider terminal.
    """
    widths = [limit for limit in (width, width_to_fit()) if limit is not None]
    if not widths:
        return text
    lines = text.split("\n")
    return "\n".join(textwrap.fill(line, min(widths), subsequent_indent="  ") for line in lines)


def format_table(
    headers: Sequence[Cells],
    rows: Sequence[Cells],
    right: Collection[int] = (),
    spare: Sequence[int] = (),
    whole: Collection[int] = (),
) -> str:
    """Columns padded to their widest cell, two spaces apart, a rule under the headers.

    Args:
        headers: one or more header lines (names, then units).
        rows: the cells, which are made printable.
        right: indices of the columns that are aligned to the right; their cells are not wrapped.
        spare: indices of the columns that can be left out where there is no room, the first to go first.
        whole: indices of the columns whose cells are not wrapped either, since they are there to be copied.
    """
    head, body = ([[*map(printable, line)] for line in lines] for lines in (headers, rows))
    columns = range(len(head[0]))
    unwrapped = {*right, *whole}
    widths = {
        i: _widths([line[i] for line in head], [line[i] for line in body], i in unwrapped) for i in columns
    }
    most = width_to_fit()
    shown = _shown(widths, spare, most)
    fitted = _fitted({i: widths[i] for i in shown}, most)
    titles = [{i: _wrapped_heading(cells[i], width) for i, width in fitted.items()} for cells in head]
    wrapped = [{i: _wrapped(cells[i], width) for i, width in fitted.items()} for cells in body]
    final = {i: max(len(part) for parts in (*titles, *wrapped) for part in parts[i]) for i in shown}
    above = [line for parts in titles for line in _side_by_side(_on_the_ground(parts), final, right) if line]
    below = [line for parts in wrapped for line in _side_by_side(parts, final, right)]
    rule = "-" * max(map(len, (*above, *below)))
    left_out = [_name(head, column) for column in columns if column not in shown]
    note = [filled(f"Left out for want of room (--wide): {', '.join(left_out)}")] if left_out else []
    return "\n".join([*above, rule, *below, *note])


def _name(head: Sequence[Cells], column: int) -> str:
    """What a column is called."""
    return next(filter(None, (line[column] for line in head)), "")


def _widths(head: Cells, body: Cells, is_whole: bool) -> Widths:
    natural = max((len(cell) for cell in (*head, *body)), default=0)
    pieces = max((len(piece) for heading in head for piece in _PIECE.findall(heading)), default=0)
    cells = max((len(cell) for cell in body), default=0)
    least = max(pieces, cells if is_whole else min(cells, NARROWEST))
    has_sentences = any(cell.strip().count(" ") >= SENTENCE for cell in body)
    good = max(least, READABLE) if has_sentences and not is_whole else least
    return Widths(natural, min(natural, good), min(natural, least))


def _shown(widths: dict[int, Widths], spare: Sequence[int], most: int | None) -> list[int]:
    """The columns that there is room for."""
    shown = [*widths]
    for column in spare:
        if most is None or _total([widths[i].good for i in shown]) <= most:
            break
        shown.remove(column)
    return shown


def _total(widths: Collection[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _fitted(widths: dict[int, Widths], most: int | None) -> dict[int, int]:
    """Widths of the columns: the widest give way first, no column more than it can."""
    fitted = {column: width.natural for column, width in widths.items()}
    while most is not None and _total(fitted.values()) > most:
        wide = [column for column in fitted if fitted[column] > widths[column].least]
        if not wide:
            break
        fitted[max(wide, key=lambda column: fitted[column])] -= 1
    return fitted


def _on_the_ground(parts: Parts) -> Parts:
    """Headings that end on the same line."""
    height = max(map(len, parts.values()))
    return {column: [""] * (height - len(lines)) + lines for column, lines in parts.items()}


def _side_by_side(parts: Parts, widths: dict[int, int], right: Collection[int]) -> Iterator[str]:
    for line in zip_longest(*parts.values(), fillvalue=""):
        aligned = (
            part.rjust(widths[column]) if column in right else part.ljust(widths[column])
            for column, part in zip(parts, line, strict=True)
        )
        yield GAP.join(aligned).rstrip()


def _wrapped_heading(heading: str, width: int) -> list[str]:
    """A heading broken between its words and behind the signs within names."""
    lines = [""]
    for piece in _PIECE.findall(heading):
        if len((lines[-1] + piece).rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines]


def _wrapped(cell: str, width: int) -> list[str]:
    """A cell in lines; the indentation of its first is that of all."""
    if len(cell) <= width:
        return [cell]
    indent = " " * (len(cell) - len(cell.lstrip()))
    return textwrap.wrap(cell, width, initial_indent=indent, subsequent_indent=indent, drop_whitespace=True)
