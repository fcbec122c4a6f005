"""``zeo report``: a page of runs, designs and data sets."""

from __future__ import annotations

from pathlib import Path

import click

from zeo.cli.options import FORCE
from zeo.cli.pages import OPEN, told

EXAMPLES = """
\b
Examples:
  zeo report runs/search-001 --open
  zeo report runs/search-001 runs/zeosym-001 --out both.html
  zeo report designs/design-001 --out found.html
  zeo report standard --top 20
  zeo report runs/search-001 --map zeovae

One HTML file that needs no network and can be sent to anybody: what was wanted, the funnel, any quantity
against any other, a table, and in 3D the best frameworks with their pores; of a design also where its
effort went and how its hits came. zeo run and zeo design write it too, as report.html.
"""


@click.command(epilog=EXAMPLES)
@click.argument("sources", metavar="RUN|DESIGN|DATASET...", nargs=-1, required=True)
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("report.html"), show_default=True, help="The file."
)
@click.option(
    "--top", type=click.IntRange(min=0), default=100, show_default=True, help="Frameworks in 3D, in all."
)
@click.option(
    "--background",
    metavar="DATASET",
    default="standard",
    show_default=True,
    help="Lies behind the points of runs and designs; none leaves it out.",
)
@click.option(
    "--map", "generator", metavar="GENERATOR", help="Also place frameworks in its latent space: zeovae."
)
@click.option(
    "--checkpoint", type=click.Path(path_type=Path), help="Weights for --map.  [default: the shipped ones]"
)
@OPEN
@FORCE
def report(
    sources: tuple[str, ...],
    out: Path,
    top: int,
    background: str,
    generator: str | None,
    checkpoint: Path | None,
    show: bool,
    force: bool,
) -> None:
    """Write a page on which RUN|DESIGN|DATASET... are looked at."""
    from zeo.api.reporting import report
    from zeo.tools.progress import progress

    behind = None if background == "none" else background
    with progress("zeo report", None, "starting") as advance:
        page = report(
            *sources,
            out=out,
            top=top,
            background=behind,
            map=generator,
            checkpoint=checkpoint,
            force=force,
            on_framework=advance,
        )
    told(page, show)
