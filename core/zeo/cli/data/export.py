"""``zeo data export``: the frameworks of a data set for other programs."""

from __future__ import annotations

from pathlib import Path

import click

from zeo.cli.runs_given import tell_runs
from zeo.cli.words import counted
from zeo.tools.printing import print_line

EXAMPLES = """
\b
Examples:
  zeo data export hypo/ --out cifs/
  zeo data export standard --out train.extxyz --where split=train
  zeo data export hypo/ --out open.db --where "density<16" --where "methane.kh_mol>1e-5"

\b
The ending of --out says what is written: .extxyz or .xyz (one file), .db (an ASE database), none (a folder
with a CIF for each framework). What is known of a framework goes with it. --where takes any column that
dataset.json lists, in its unit, and of a run all that its probes measure; a framework of which a value is
unknown does not meet a condition on it.
"""


@click.command(epilog=EXAMPLES)
@click.argument("dataset")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Folder for CIFs, .extxyz or .db file."
)
@click.option(
    "--where", "conditions", metavar="CONDITION", multiple=True, help="Only frameworks that meet it."
)
def export(dataset: str, out: Path, conditions: tuple[str, ...]) -> None:
    """Write the frameworks of DATASET (directory, run, URL or "standard") as CIFs, XYZ or ASE database."""
    from zeo.api.data_sets import chosen_from, written
    from zeo.tools.progress import progress

    tell_runs([dataset])
    chosen = chosen_from(dataset, conditions)
    with progress("zeo data export", len(chosen)) as advance:
        written(chosen, out, advance)
    print_line(f"Wrote {counted(len(chosen), 'framework')} to {out}", err=True)
