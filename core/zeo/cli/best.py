"""``zeo best``: the best survivors of runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from zeo.cli.choosing import HELP, ORDER, UNBLOCKED, WHERE
from zeo.cli.options import tabular
from zeo.tools.words import counted

if TYPE_CHECKING:
    from zeo.api.choosing import Best, Chosen

EXAMPLES = f"""
\b
Examples:
  zeo best runs/search-001
  zeo best runs/search-001 runs/zeosym-001 -n 5 --sort "-methane.qst" \\
      --where "energy<20" --out best/
  zeo best runs/zeosym-001 -n 20 --sort "co2.kh_mol/n2.kh_mol" --csv
  zeo best runs/search-001 --sort "-methane.kh[T=350 K]/methane.kh"

Of each net there is one, the best of it; runs that are not finished count with what they have. --out gets
symmetric CIFs with energy, name, properties and origin inside as items _zeo_..., and best.csv. Without --sort
the order is that of the summary: wishes met, distance to them, --maximise and --minimise, then energy.
{HELP}"""


@click.command(epilog=EXAMPLES)
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-n", "n", type=click.IntRange(1), default=5, show_default=True, help="Frameworks, at most.")
@WHERE
@ORDER
@UNBLOCKED
@click.option("--out", type=click.Path(path_type=Path), help="New folder for CIFs and a table.")
@tabular
def best(
    runs: tuple[Path, ...],
    n: int,
    where: tuple[str, ...],
    sort: tuple[str, ...],
    unblocked: bool | None,
    out: Path | None,
    form: str | None,
) -> None:
    """Choose the best distinct survivors of RUNS, and copy them."""
    from zeo.api.choosing import best
    from zeo.api.results import csv_text
    from zeo.tools.printing import print_json, print_line, print_text
    from zeo.tools.progress import progress

    chosen = best(*runs, n=n, sort=sort, where=where, unblocked=bool(unblocked))
    for remark in chosen.remarks:
        print_line(remark, err=True)
    if out is not None:
        with progress("zeo best", len(chosen)) as advance:
            chosen.write(out, advance)
    rows = [each.row() for each in chosen]
    if form == "json":
        print_json(rows)
    elif form == "csv":
        print_text(csv_text(chosen.columns, rows))
    else:
        print_text(table_text(chosen))
    if out is not None:
        print_line(f"Wrote {counted(len(chosen), 'framework')} to {out}", err=True)


def table_text(chosen: Best) -> str:
    """One framework a line, with the quantities that were asked for, or else the main ones."""
    from zeo.tools.tables import format_table

    measured = chosen[0].columns
    units = {known.name: known.unit for known in chosen.quantities}
    headline = (column.name for column in measured if column.quantity.headline)
    asked = [name for name in chosen.asked if name not in ("energy", "code")]
    names = ["t_atoms", "energy", *(asked or headline)]
    names = list(dict.fromkeys(names))
    labels = {column.name: column.label(measured) for column in measured}
    shown = [labels.get(name, name) for name in names]
    rows = [[each.run.path.name, each.record.id, _name(each), *_numbers(each, names)] for each in chosen]
    below = ["" if units[name] == "1" else units[name] for name in names]
    headers = [["run", "id", "name", *shown], ["", "", "", *below]]
    numbers = range(3, 3 + len(names))
    return format_table(headers, rows, numbers, spare=[*numbers[:1:-1], 0])


def _name(chosen: Chosen) -> str:
    from zeo.running.report import net_label

    return net_label(chosen.record)


def _numbers(chosen: Chosen, names: list[str]) -> list[str]:
    values = chosen.values()
    return [_number(values[name]) for name in names]


def _number(value: object) -> str:
    if isinstance(value, float):
        return "-" if value != value else f"{value:.4g}"
    return str(value)
