"""``zeo probe``: properties of existing structures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zeo.cli.choosing import HELP, UNBLOCKED, choosing, require_some
from zeo.cli.options import EXECUTOR, GRID_SIZE_OF_PROBES, into_file, tabular

if TYPE_CHECKING:
    from zeo.api.probing import Properties
    from zeo.plugin.columns import Column

EXAMPLES = f"""
\b
Examples:
  zeo probe LTA.cif MFI --probe methane
  zeo probe folder/ --probe methane --probe argon --csv --out table.csv
  zeo probe folder/ --probe methane --where "void_fraction>0.1" \\
      --sort "-qst" --top 5
  zeo probe folder/ --probe methane --probe "methane[T=350 K]" \\
      --sort "-methane.kh/methane.kh[T=350 K]"
  zeo probe LTA.cif --probe methane --set methane.temperature=350 \\
      --grid-size 64 --json
  zeo probe LTA.grid --probe methane     (its energies are in LTA.griddata)

zeo plugins list --kind probe shows the probes; zeo plugins show NAME shows the options of --set. The table
shows the main quantities; --csv and --json give all.
{HELP}"""


@click.command(epilog=EXAMPLES)
@click.argument("files", nargs=-1, required=True)
@click.option("--probe", "probes", metavar="NAME", multiple=True, required=True, help="What to measure.")
@click.option(
    "--set", "settings", metavar="PLUGIN.OPTION=VALUE", multiple=True, help="Set a plugin's option."
)
@click.option(
    "--energy",
    metavar="CHANNEL",
    default="energy:methane",
    show_default=True,
    help="The channel that a .griddata file or a .bov sample holds.",
)
@GRID_SIZE_OF_PROBES
@EXECUTOR
@choosing
@UNBLOCKED
@tabular
@into_file
def probe(
    files: tuple[str, ...],
    probes: tuple[str, ...],
    settings: tuple[str, ...],
    energy: str,
    grid_size: int | None,
    executor: str | None,
    where: tuple[str, ...],
    sort: tuple[str, ...],
    top: int | None,
    unblocked: bool | None,
    form: str | None,
    out: Path | None,
    force: bool,
) -> None:
    """Measure structures in FILES: CIF and other formats, folders of them, IZA codes; and energies in grids
    (.npz, .grid sets, .bov samples).
    """
    from zeo.api.executors import engine
    from zeo.api.probing import Measurement
    from zeo.cli.structures import collected, emit
    from zeo.running.config import parse_settings
    from zeo.wishes.choosing import Choice
    from zeo.wishes.wish import names_in

    asked = [each for text in (*where, *sort) for each in names_in(text) if each[1]]
    measurement = Measurement(probes, grid_size, parse_settings(settings), energy, asked)
    choice = Choice.of(where, sort, measurement.catalogue(bool(unblocked)))
    with engine(executor, 1) as what:
        found, outcome = collected("zeo probe", files, measurement.of(files, what))
    distinct = list({properties.source: properties for properties in found}.values())
    write = {"json": json_text, "csv": csv_text, None: table_text}[form]
    chosen = choice.among(distinct, lambda properties: properties.values())[:top]
    emit(write(chosen, measurement.columns), out, force)
    outcome.exit()
    require_some(distinct, chosen, where)


def table_text(found: Sequence[Properties], columns: Sequence[Column]) -> str:
    """The headline quantities, one structure a line, units below their names."""
    from zeo.tools.tables import format_table

    shown = [column for column in columns if column.quantity.headline]
    names = [column.label(shown) for column in shown]
    units = ["" if column.quantity.unit == "1" else column.quantity.unit for column in shown]
    rows = [[one.source, *(_cell(one, column) for column in shown)] for one in found]
    numbers = range(1, 1 + len(shown))
    return format_table([["structure", *names], ["", *units]], rows, numbers, spare=numbers[:0:-1]) + "\n"


def _cell(properties: Properties, column: Column) -> str:
    value = column.of(properties.quantities).value
    return "undefined" if value is None else f"{value:.4g}"


def csv_text(found: Sequence[Properties], columns: Sequence[Column]) -> str:
    """All quantities, one structure a line, units in the header; undefined ones are empty."""
    from zeo.api.results import csv_text

    headings = ["structure", *(column.heading for column in columns)]
    return csv_text(headings, [properties.row() for properties in found])


def json_text(found: Sequence[Properties], columns: Sequence[Column]) -> str:
    """All quantities with their units, by structure, probe and name; undefined ones are null."""
    import json

    shown: dict[str, dict[str, dict[str, object]]] = {}
    for properties in found:
        for column in columns:
            quantities = shown.setdefault(properties.source, {}).setdefault(column.probe, {})
            quantities[column.quantity.name] = column.of(properties.quantities).as_json()
    return json.dumps(shown, indent=1) + "\n"
