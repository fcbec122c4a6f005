"""``zeo isotherm``: adsorption isotherms of existing structures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zeo.cli.options import EXECUTOR, into_file, tabular
from zeo.cli.pictures import form_of, write_picture

if TYPE_CHECKING:
    from zeo.api.isotherms import Adsorption

EXAMPLES = """
\b
Examples:
  zeo isotherm MFI --gas methane --pressures "0.1..100 bar"
  zeo isotherm folder/ --gas co2 --pressures "0.1, 0.2, 1 bar" \\
      --temperature 313 --csv --out co2.csv
  zeo isotherm LTA.cif FAU --pressures "1..100 bar" --plot isotherms.pdf
  zeo isotherm MFI --aif --out MFI.aif

Loadings are absolute; the excess leaves out the gas that the pores would hold without attraction (their
volume by helium at 298 K). Errors are standard errors. Pores that the gas cannot enter stay
empty.
zeo plugins show methane-loading shows the options of --set.
"""


@click.command(epilog=EXAMPLES)
@click.argument("files", nargs=-1, required=True)
@click.option("--gas", default="methane", show_default=True, metavar="NAME", help="What is adsorbed.")
@click.option(
    "--pressures",
    default="0.1..100 bar",
    show_default=True,
    metavar="RANGE or LIST",
    help="With a unit of pressure; bar where there is none.",
)
@click.option("--temperature", type=float, default=298.0, show_default=True, help="In kelvin.")
@click.option(
    "--set", "settings", metavar="PLUGIN.OPTION=VALUE", multiple=True, help="Set a plugin's option."
)
@EXECUTOR
@tabular
@click.option("--aif", is_flag=True, help="Write an adsorption information file (AIF).")
@into_file
@click.option("--plot", type=click.Path(path_type=Path), help="Draw into this file: png, pdf or svg.")
def isotherm(
    files: tuple[str, ...],
    gas: str,
    pressures: str,
    temperature: float,
    settings: tuple[str, ...],
    executor: str | None,
    form: str | None,
    aif: bool,
    out: Path | None,
    force: bool,
    plot: Path | None,
) -> None:
    """Adsorption isotherms in structures: FILES are CIF and other formats, folders of them, IZA codes."""
    from zeo.api.executors import engine

    picture = None if plot is None else form_of(plot, "--plot")
    from zeo.api.isotherms import IsothermMeasurement, plot_isotherms
    from zeo.cli.structures import collected, emit
    from zeo.running.config import parse_settings

    if aif and form is not None:
        raise click.UsageError(f"--aif and --{form} exclude each other")
    measurement = IsothermMeasurement(gas, pressures, temperature, parse_settings(settings))
    with engine(executor, 1) as what:
        found, outcome = collected("zeo isotherm", files, measurement.of(files, what))
    write = {"csv": csv_text, "json": json_text, None: aif_text if aif else table_text}[form]
    emit(write(found), out, force)
    if plot is not None and picture is not None and found:
        write_picture(plot, plot_isotherms(found, picture), force)
    outcome.exit()


def table_text(found: Sequence[Adsorption]) -> str:
    """A table for each structure."""
    from zeo.tools.tables import format_table

    head = [
        ["pressure", "loading", "", "excess", "heat", ""],
        ["bar", "mol/kg", "+-", "mol/kg", "kJ/mol", "+-"],
    ]
    texts = []
    for adsorption in found:
        rows = [
            [
                f"{point.pressure / 1e5:.4g}",
                f"{point.loading:.4g}",
                f"{point.loading_error:.1g}",
                f"{point.excess:.4g}",
                "undefined" if point.heat is None else f"{point.heat:.4g}",
                "" if point.heat_error is None else f"{point.heat_error:.1g}",
            ]
            for point in adsorption.isotherm.points
        ]
        texts.append(f"{adsorption.source}\n{format_table(head, rows, right=set(range(6)))}\n")
    return "\n".join(texts)


def csv_text(found: Sequence[Adsorption]) -> str:
    """A line for each structure and pressure."""
    from zeo.api.isotherms import COLUMNS
    from zeo.api.results import csv_text

    return csv_text(COLUMNS, [row for adsorption in found for row in adsorption.rows()])


def json_text(found: Sequence[Adsorption]) -> str:
    """All that is known of each isotherm, with its units."""
    import json

    import attrs

    from zeo.plugin.isotherm import UNITS

    shown = {each.source: {"units": UNITS, **attrs.asdict(each.isotherm)} for each in found}
    return json.dumps(shown, indent=1) + "\n"


def aif_text(found: Sequence[Adsorption]) -> str:
    """One block for each structure."""
    return "\n".join(adsorption.aif() for adsorption in found)
