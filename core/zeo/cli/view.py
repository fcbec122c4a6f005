"""``zeo view``: a page of structures."""

from __future__ import annotations

from pathlib import Path

import click

from zeo.cli.options import FORCE
from zeo.cli.pages import OPEN, told

EXAMPLES = """
\b
Examples:
  zeo view LTA.cif --open
  zeo view LTA --probe methane --probe pores --out lta.html
  zeo view runs/search-001:000012
"""


@click.command(epilog=EXAMPLES)
@click.argument("structure", metavar="FILE|CODE|RUN:ID")
@click.option("--probe", "probes", metavar="NAME", multiple=True, help="What to measure.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("view.html"), show_default=True, help="The file."
)
@OPEN
@FORCE
def view(structure: str, probes: tuple[str, ...], out: Path, show: bool, force: bool) -> None:
    """Write a page on which a framework is looked at: atoms, pores, net and properties."""
    from zeo.api.reporting import view

    told(view(structure, *probes, out=out, force=force), show)
