"""``zeo map``: frameworks in two dimensions of a latent space."""

from __future__ import annotations

from pathlib import Path

import click

from zeo.cli.options import FORCE
from zeo.cli.pictures import form_of, write_picture
from zeo.tools.words import counted, counts_in_words

EXAMPLES = """
\b
Examples:
  zeo map standard --out standard.png
  zeo map standard runs/zeosym-001 --colour methane.qst --out map.pdf
  zeo map standard --where "energy<15" --csv map.csv --out map.svg

Each point is a framework, where the encoder of the generator puts it, in the two directions in which the
frameworks differ most. The first source is coloured; runs and data sets after it are marked on top. Known
types have their codes. Frameworks without an orthogonal cell, or larger than those that the generator learned
from, are left out; the last line says how many, and why.
"""


@click.command(epilog=EXAMPLES)
@click.argument("sources", metavar="DATASET|RUN...", nargs=-1, required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Picture: .png, .pdf or .svg.")
@click.option(
    "--colour", "--color", metavar="QUANTITY", default="energy", show_default=True, help="Of points."
)
@click.option("--generator", metavar="NAME", default="zeovae", show_default=True, help="Whose latent space.")
@click.option(
    "--checkpoint", type=click.Path(path_type=Path), help="Its weights.  [default: the shipped ones]"
)
@click.option("--representation", metavar="NAME", help="Of its weights.  [default: the generator's own]")
@click.option("--where", metavar="CONDITION", multiple=True, help='Only such frameworks: "density<16".')
@click.option(
    "--method",
    type=click.Choice(["pca", "umap"]),
    default="pca",
    show_default=True,
    help="From many dimensions to two.",
)
@click.option(
    "--most", type=click.IntRange(2), default=2000, show_default=True, help="Frameworks of each source."
)
@click.option("--csv", "table", type=click.Path(path_type=Path), help="Also write the points as a table.")
@FORCE
def map(
    sources: tuple[str, ...],
    out: Path,
    colour: str,
    generator: str,
    checkpoint: Path | None,
    representation: str | None,
    where: tuple[str, ...],
    method: str,
    most: int,
    table: Path | None,
    force: bool,
) -> None:
    """Draw the frameworks of data sets and runs in the latent space of a generator."""
    form = form_of(out, "--out")
    from zeo.tools.files import require_free, write_atomically
    from zeo.tools.printing import print_line
    from zeo.tools.progress import progress

    for file in (out, table):
        if file is not None and not force:
            require_free(file)
    with progress("zeo map", None, "starting"):
        from zeo.api.mapping import prepared_map

        prepared = prepared_map(
            sources,
            colour=colour,
            generator=generator,
            checkpoint=checkpoint,
            representation=representation,
            where=where,
            method=method,
            most=most,
        )
    with progress("zeo map", prepared.total) as advance:
        found = prepared.carry_out(advance)
    write_picture(out, found.picture(form), force)
    if table is not None:
        table.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(table, found.csv(), overwrite=force)
        print_line(f"Wrote {table}", err=True)
    placed = f"{counted(len(found.names), 'framework')} placed"
    lost = sum(found.left_out.values())
    why = f"; {lost:,} left out, which {generator} cannot hold: {counts_in_words(found.left_out)}"
    print_line(placed + why if lost else placed, err=True)
