"""``zeo merge``: shards of a run become that run."""

from __future__ import annotations

from pathlib import Path

import click

from zeo.cli.options import PAGE, tabular
from zeo.cli.pages import remember_page
from zeo.cli.run import TOP, came_to_nothing, tell

EXAMPLES = """
\b
Examples:
  zeo run --probe methane -n 32 --shard 1/2 --out shards/1
  zeo run --probe methane -n 32 --shard 2/2 --out shards/2
  zeo merge shards/1 shards/2 --out runs/merged
  zeo merge shards/* --out runs/merged

Shards are made by zeo run --shard, wherever and in any order; see docs/scale.md. What comes of them is, to
the byte, the run that one process had made, and is resumed, evaluated and reported like any.
"""


@click.command(epilog=EXAMPLES)
@click.argument("shards", metavar="SHARD...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Run directory.")
@PAGE
@tabular
@TOP
def merge(shards: tuple[Path, ...], out: Path, with_page: bool | None, top: int, form: str | None) -> None:
    """Make one run of all its SHARD...s."""
    from zeo.tools.progress import progress

    with progress("zeo merge", None, "reading the shards"):
        from zeo.api.merging import checked

        whole = checked(shards)
    with progress("zeo merge", whole.samples) as advance:
        run = whole.into(out, lambda index: advance(f"{index:06d}"))
    remember_page(out, with_page)
    tell(run, top, form, with_page is not False)
    if came_to_nothing(run):
        raise click.exceptions.Exit(1)
