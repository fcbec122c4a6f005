"""``zeo picture``: frameworks for papers."""

from __future__ import annotations

from pathlib import Path

import click

from zeo.cli.options import FORCE
from zeo.cli.pictures import form_of, write_picture

EXAMPLES = """
\b
Examples:
  zeo picture FAU --out fau.png
  zeo picture best/*.cif --axis a --cells 1 --out best.pdf
  zeo picture LTA.cif --probe co2 --out lta.svg

The lines are the bridges between T atoms. A line of sight is shaded where it is open to the gas, the darker
the longer. The bar is one nanometre.
"""


@click.command(epilog=EXAMPLES)
@click.argument("structures", metavar="FILE|CODE...", nargs=-1, required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Picture: .png, .pdf or .svg.")
@click.option(
    "--axis", type=click.Choice(["a", "b", "c"]), default="c", show_default=True, help="Line of sight."
)
@click.option("--probe", metavar="GAS", default="methane", show_default=True, help="Whose pores are shaded.")
@click.option(
    "--cells", type=click.IntRange(1, 6), default=2, show_default=True, help="Shown along the other two axes."
)
@FORCE
def picture(structures: tuple[str, ...], out: Path, axis: str, probe: str, cells: int, force: bool) -> None:
    """Draw frameworks along an axis, with their pores shaded and a scale bar."""
    form = form_of(out, "--out")
    from zeo.api.picturing import picture
    from zeo.tools.files import require_free

    if not force:
        require_free(out)
    drawn = picture(list(structures), axis=axis, probe=probe, cells=cells, form=form)
    write_picture(out, drawn, force)
