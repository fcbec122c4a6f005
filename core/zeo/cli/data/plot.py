"""``zeo data plot``: a data set in histograms, beside the IZA types."""

from __future__ import annotations

from pathlib import Path

import click

from zeo.api.arguments import PICTURES
from zeo.cli.options import FORCE
from zeo.tools.printing import print_line

EXAMPLES = """
\b
Examples:
  zeo data plot hypo/ --out hypo.png
  zeo data plot standard --out standard.pdf

\b
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
    """Draw what DATASET (a directory, a URL or "standard") holds."""
    form = out.suffix.lower().lstrip(".")
    if form not in PICTURES:
        endings = ", ".join(f".{one}" for one in PICTURES)
        raise click.UsageError(f"--out: the name of a picture ends in {endings}, unlike {out.name!r}")
    from zeo.api.data_sets import plot_data
    from zeo.tools.files import require_free, write_atomically

    if not force:
        require_free(out)
    picture = plot_data(dataset, form)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(out, picture, overwrite=force)
    print_line(f"Wrote {out}", err=True)
