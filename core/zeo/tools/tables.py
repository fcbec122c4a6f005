"""Plain aligned tables that survive pipes, pagers and narrow terminals."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from zeo.tools.printing import printable


def format_table(
    headers: Sequence[Sequence[str]], rows: Sequence[Sequence[str]], right: Collection[int] = ()
) -> str:
    """Columns padded to their widest cell, two spaces apart, a rule under the headers.

    Args:
        headers: one or more header lines (names, then units).
        rows: the cells, which are made printable.
        right: indices of the columns that are aligned to the right.
    """
    lines = [[*map(printable, line)] for line in (*headers, *rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]

    def aligned(line: Sequence[str]) -> str:
        cells = (
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        return "  ".join(cells).rstrip()

    rule = "-" * max(len(aligned(line)) for line in lines)
    shown = [*map(aligned, lines)]
    return "\n".join([*shown[: len(headers)], rule, *shown[len(headers) :]])
