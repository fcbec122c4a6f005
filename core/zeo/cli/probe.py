"""``zeo probe``: properties of existing structures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from zeo.cli.structures import Outcome
    from zeo.crystal.structure import Structure
    from zeo.plugin.columns import Column
    from zeo.plugin.quantity import Quantity
    from zeo.plugin.registry import Plugins

Measure = Callable[["Structure"], Mapping[str, "Quantity"]]
Measurements = dict[str, dict[str, Mapping[str, "Quantity"]]]
"""Quantities by structure, by probe and by name."""

EXAMPLES = """
\b
Examples:
  zeo probe LTA.cif --probe methane
  zeo probe folder/ --probe methane --probe argon --csv --out table.csv
  zeo probe LTA.cif --probe methane --set methane.temperature=350 --grid-size 64 --json

\b
zeo plugins list --kind probe shows the probes; zeo plugins show NAME shows the options of --set. The table
shows the main quantities; --csv and --json give all.
"""


@click.command(epilog=EXAMPLES)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--probe", "probes", metavar="NAME", multiple=True, required=True, help="What to measure.")
@click.option(
    "--set", "settings", metavar="PLUGIN.OPTION=VALUE", multiple=True, help="Set a plugin's option."
)
@click.option("--grid-size", type=click.IntRange(min=1), help="Grid points along each axis.  [default: 32]")
@click.option("--json", "as_json", is_flag=True, help="Write JSON with all quantities.")
@click.option("--csv", "as_csv", is_flag=True, help="Write CSV with all quantities.")
@click.option("--out", type=click.Path(path_type=Path), help="Write to this file.")
def probe(
    files: tuple[Path, ...],
    probes: tuple[str, ...],
    settings: tuple[str, ...],
    grid_size: int | None,
    as_json: bool,
    as_csv: bool,
    out: Path | None,
) -> None:
    """Measure structures in FILES: CIF and other formats, and folders of them."""
    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other")
    from zeo.cli.structures import emit
    from zeo.plugin.columns import Column
    from zeo.plugin.registry import installed_plugins
    from zeo.running.config import merge_options, parse_settings

    probes = tuple(dict.fromkeys(probes))
    found = installed_plugins()
    sizes = {name: {"n": grid_size} for name in on_grids(probes, found)} if grid_size is not None else {}
    plugins = found.configured(merge_options(sizes, parse_settings(settings)))
    columns = [
        Column(name, quantity) for name in probes for quantity in plugins.find("probe", name).spec.quantities
    ]
    measurements, outcome = measure_files(files, prepare(probes, plugins))
    write = json_text if as_json else csv_text if as_csv else table_text
    emit(write(measurements, columns), out)
    outcome.exit()


def on_grids(probes: Sequence[str], plugins: Plugins) -> list[str]:
    """Those of some probes that compute a grid, and so take a number of grid points."""
    return [name for name in probes if plugins.find("probe", name).spec.channels]


def prepare(probes: Sequence[str], plugins: Plugins) -> dict[str, Measure]:
    """What measures a structure, for each probe.

    Raises:
        ZeoError: a probe or an option that cannot work.
    """
    from zeo.running.stages import probing

    return {name: probing(name, plugins) for name in probes}


def measure_files(files: Sequence[Path], probes: Mapping[str, Measure]) -> tuple[Measurements, Outcome]:
    """Measure every structure with every probe.

    Raises:
        ConfigError: an option that turns out not to work for any structure.
    """
    from zeo.cli.structures import for_each_structure
    from zeo.errors import ConfigError, ZeoError

    measurements: Measurements = {}

    def work(name: str, structure: Structure) -> None:
        measured = {}
        for probe, measure in probes.items():
            try:
                measured[probe] = measure(structure)
            except ConfigError:
                raise
            except ZeoError as error:
                raise ZeoError(f"{name}: {probe}: {error}") from error
        measurements[name] = measured

    return measurements, for_each_structure("zeo probe", files, work)


def table_text(measurements: Measurements, columns: Sequence[Column]) -> str:
    """The headline quantities, one structure a line, units below their names."""
    from zeo.tools.tables import format_table

    shown = [column for column in columns if column.quantity.headline]
    several = len({column.probe for column in shown}) > 1
    names = [f"{c.probe}.{c.quantity.name}" if several else c.quantity.name for c in shown]
    units = ["" if column.quantity.unit == "1" else column.quantity.unit for column in shown]
    rows = [[name, *(_cell(measured, column) for column in shown)] for name, measured in measurements.items()]
    table = format_table([["structure", *names], ["", *units]], rows, right=set(range(1, 1 + len(shown))))
    return table + "\n"


def _cell(measured: Mapping[str, Mapping[str, Quantity]], column: Column) -> str:
    value = measured[column.probe][column.quantity.name].value
    return "undefined" if value is None else f"{value:.4g}"


def csv_text(measurements: Measurements, columns: Sequence[Column]) -> str:
    """All quantities, one structure a line, units in the header; undefined ones are empty."""
    import csv
    import io

    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["structure", *(column.heading for column in columns)])
    for name, measured in measurements.items():
        values = (measured[column.probe][column.quantity.name].value for column in columns)
        writer.writerow([name, *("" if value is None else value for value in values)])
    return buffer.getvalue()


def json_text(measurements: Measurements, columns: Sequence[Column]) -> str:
    """All quantities with their units, by structure, probe and name; undefined ones are null."""
    import json

    found: dict[str, dict[str, dict[str, object]]] = {}
    for name, measured in measurements.items():
        for column in columns:
            quantities = found.setdefault(name, {}).setdefault(column.probe, {})
            quantities[column.quantity.name] = measured[column.probe][column.quantity.name].as_json()
    return json.dumps(found, indent=1) + "\n"
