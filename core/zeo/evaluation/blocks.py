"""Tables in which several columns together belong to one run, or to one paper."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from zeo.evaluation.published import Reported
from zeo.evaluation.share import Share
from zeo.tools.tables import format_table, whole_tables, width_to_fit

UNKNOWN = "-"

Cells = Sequence[str]


@frozen
class Block:
    """Columns that belong together.

    Args:
        title: of whom.
        units: one for each column.
    """

    title: str
    units: Cells


def format_blocks(blocks: Sequence[Block], rows: Sequence[tuple[str, Sequence[Cells]]]) -> str:
    """A table whose first column has labels and whose other columns come in blocks.

    Blocks for which there is no room beside the others follow below, beside the labels again.

    Args:
        blocks: their headers.
        rows: the label, and the cells of each block; cells missing at the end of a block stay empty.
    """
    most, begun = width_to_fit(), 0
    tables: list[str] = []
    while begun < len(blocks) or not tables:
        end = len(blocks)
        while most is not None and end > begun + 1 and _width(_part(blocks, rows, begun, end)) > most:
            end -= 1
        tables.append(format_table(*_part(blocks, rows, begun, end)))
        begun = end
    return "\n\n".join(tables)


def _part(
    blocks: Sequence[Block], rows: Sequence[tuple[str, Sequence[Cells]]], begin: int, end: int
) -> tuple[list[list[str]], list[list[str]], range]:
    """Headers, cells and the columns of numbers of some blocks, beside the labels."""
    shown = blocks[begin:end]
    headers = [
        _flat(shown, "", [[block.title] for block in shown]),
        _flat(shown, "", [block.units for block in shown]),
    ]
    lines = [_flat(shown, label, groups[begin:end]) for label, groups in rows]
    return headers, lines, range(1, len(headers[0]))


def _width(part: tuple[list[list[str]], list[list[str]], range]) -> int:
    with whole_tables():
        return max(map(len, format_table(*part).split("\n")))


def _flat(blocks: Sequence[Block], label: str, groups: Sequence[Cells]) -> list[str]:
    cells = [label]
    for block, group in zip(blocks, groups, strict=True):
        cells += [*group, *[""] * (len(block.units) - len(group))]
    return cells


def share_cells(share: Share | None) -> Cells:
    """The count, the share in per cent and its interval."""
    if share is None:
        return [UNKNOWN]
    if share.share is None:
        return [f"{share.count:,}"]
    interval = "-".join(map(percent, share.interval)) if share.interval else ""
    return [f"{share.count:,}", percent(share.share), interval]


def reported_cells(reported: Reported | None, drawn: int | None) -> Cells:
    """The same of a published figure.

    Args:
        reported: the figure; None if there is none.
        drawn: grids of most figures; where one is a share of more, it says so. None for shares of others.
    """
    if reported is None:
        return []
    if reported.count is None:
        return ["", percent(reported.share)]
    rest = f" of {reported.of:,}" if drawn is not None and reported.of != drawn else ""
    return [f"{reported.count:,}{rest}", percent(reported.share)]


def percent(share: float) -> str:
    """Without its sign."""
    return f"{100.0 * share:.3g}"


def number(value: float | None, form: str = ".3g") -> str:
    """A number, or that it is not known."""
    return UNKNOWN if value is None else format(value, form)
