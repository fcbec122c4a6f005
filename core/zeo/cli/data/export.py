"""``zeo data export``: the frameworks of a data set for other programs."""

from __future__ import annotations

from pathlib import Path

import click

from zeo.cli.runs_given import tell_runs
from zeo.tools.printing import print_line
from zeo.tools.words import counted

FORMATS = ("cif", "poscar", "extxyz", "ase-db", "chemiscope")

EXAMPLES = """
\b
Examples:
  zeo data export hypo/ --out cifs/
  zeo data export standard --out train.extxyz --where split=train
  zeo data export hypo/ --out open.db --where "density<16" \\
      --where "methane.kh_mol>1e-5"
  zeo data export runs/search-001 --to poscar --out poscars/

The ending of --out says what is written: .extxyz or .xyz (one file), .db (an ASE database), .json or .json.gz
(for chemiscope.org), none (a folder with a CIF for each framework); or --to says it. Of a run those are
written that it counts as found: each net once, feasible ones where its energies tell. What is known of a
framework goes with it. --where takes any column that dataset.json lists, in its unit, and of a run all that
its probes measure; a framework of which a value is unknown does not meet a condition on it.
"""


@click.command(epilog=EXAMPLES)
@click.argument("dataset")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Folder, or file of a known ending."
)
@click.option("--to", "form", type=click.Choice(FORMATS), help="Format, where the ending does not say it.")
@click.option(
    "--where", "conditions", metavar="CONDITION", multiple=True, help="Only frameworks that meet it."
)
def export(dataset: str, out: Path, form: str | None, conditions: tuple[str, ...]) -> None:
    """Write the frameworks of DATASET (directory, run, URL, "standard" or "open") for other programs."""
    from zeo.api.data_sets import chosen_from, writer_for, written
    from zeo.tools.progress import progress

    tell_runs([dataset])
    writer_for(out, form)
    chosen = chosen_from(dataset, conditions)
    with progress("zeo data export", len(chosen)) as advance:
        written(chosen, out, advance, form)
    print_line(f"Wrote {counted(len(chosen), 'framework')} to {out}", err=True)
