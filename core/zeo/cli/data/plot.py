"""``zeo data plot``: a data set in histograms, beside the IZA types."""

from __future__ import annotations

from pathlib import Path

import click

from zeo.cli.options import FORCE
from zeo.cli.pictures import form_of, write_picture

EXAMPLES = """
\b
Examples:
  zeo data plot hypo/ --out hypo.png
  zeo data plot standard --out standard.pdf

T atoms, density, cell edges and energy, and what was measured: Henry coefficient, heat of adsorption and void
fraction of methane, pore sizes. Feasible frameworks only; the outermost bars count what lies beyond the axis.
The IZA types beside them are those of the data set or, when it has none, those that ship with zeo.
"""


@click.command(epilog=EXAMPLES)
@click.argument("dataset")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="Picture to write: .png, .pdf or .svg.",
)
@FORCE
def plot(dataset: str, out: Path, force: bool) -> None:
    """Draw what DATASET (a directory, a URL, "standard" or "open") holds."""
    form = form_of(out, "--out")
    from zeo.api.data_sets import plot_data
    from zeo.tools.files import require_free

    if not force:
        require_free(out)
    picture = plot_data(dataset, form)
    write_picture(out, picture, force)
