"""``zeo data export``: the frameworks of a data set for other programs."""

from __future__ import annotations

from pathlib import Path

import click

from zeo.cli.words import counted

EXAMPLES = """
\b
Examples:
  zeo data export hypo/ --out cifs/
  zeo data export standard --out train.extxyz --where split=train
  zeo data export hypo/ --out open.db --where "density<16" --where "methane.kh_mol>1e-5"

\b
The ending of --out says what is written: .extxyz or .xyz (one file), .db (an ASE database), none (a folder
with a CIF for each framework). What is known of a framework goes with it. --where takes any column that
dataset.json lists, in its unit; a framework of which a value is unknown does not meet a condition on it.
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
    """Write the frameworks of DATASET (a directory, a URL or "standard") as CIFs, XYZ or ASE database."""
    writers = {"": "write_cifs", ".extxyz": "write_xyz", ".xyz": "write_xyz", ".db": "write_database"}
    if out.suffix.lower() not in writers:
        raise click.UsageError(
            f"--out: {out.name!r} is neither a folder nor a name that ends in .extxyz, .xyz or .db"
        )
    from zeo.data.looking import export as formats
    from zeo.data.looking.filters import filtered
    from zeo.data.sets.store import DataSet
    from zeo.errors import InputError
    from zeo.tools.progress import progress

    chosen = filtered(DataSet.open(dataset), conditions)
    if len(chosen) == 0:
        raise InputError(f"{dataset}: no framework meets {' and '.join(conditions) or 'this: it is empty'}")
    with progress("zeo data export", len(chosen)) as advance:
        getattr(formats, writers[out.suffix.lower()])(chosen, out, advance)
    click.echo(f"Wrote {counted(len(chosen), 'framework')} to {out}", err=True)
