"""``zeo evaluate``: how good a generator is, beside the published ones."""

from __future__ import annotations

from pathlib import Path

import click

from zeo.cli.choosing import UNBLOCKED
from zeo.cli.options import into_file, tabular
from zeo.cli.pictures import form_of, write_picture
from zeo.cli.runs_given import tell_runs
from zeo.tools.printing import print_line

EXAMPLES = """
\b
Examples:
  zeo evaluate runs/zeodiff-001
  zeo evaluate runs/zeodiff-001 runs/control --plot properties.pdf
  zeo evaluate runs/steered runs/free --target "qst=18..22 kJ/mol" --json \\
      --out figures.json
  zeo evaluate runs/zeosym-001 --target "energy<16" \\
      --target "co2.kh_mol/n2.kh_mol>20"
  zeo evaluate runs/mine --data my-training-set
  zeo evaluate runs/zeosym-001 --data standard --data open

\b
The control for the repair, random atoms in known cells, is a run too:
  zeo run --generator dataset --set dataset.scramble=true \\
      --set dataset.source=standard --out runs/control

Nets are looked for by their exact keys in the data sets, in what the weights of the run's generator learned
from, in what the run was given as known, and among the IZA types. The wishes of all runs and of --target are
counted in all of them, so that one that was not steered shows what chance gives; a single value is hit within
0.02 (void fraction), 1 kJ/mol (heat of adsorption) or 10 % (all else).
docs/definitions.md defines every line.
"""


@click.command(epilog=EXAMPLES)
@click.argument("runs", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--data",
    "sources",
    metavar="DATASET",
    multiple=True,
    default=("standard",),
    show_default=True,
    help="What to compare with: a directory, a run, a URL, standard or open; of several, each net once.",
)
@click.option("--target", "targets", metavar="WISH", multiple=True, help="Count hits of this one too.")
@UNBLOCKED
@click.option("--plot", type=click.Path(path_type=Path), help="Draw properties: .png, .pdf or .svg.")
@tabular
@into_file
def evaluate(
    runs: tuple[Path, ...],
    sources: tuple[str, ...],
    targets: tuple[str, ...],
    unblocked: bool | None,
    plot: Path | None,
    form: str | None,
    out: Path | None,
    force: bool,
) -> None:
    """Evaluate the samples in RUN...: shares of perfect, feasible and new ones, properties, targets."""
    picture = form_of(plot, "--plot") if plot is not None else ""
    from zeo.api.evaluating import evaluate as evaluated
    from zeo.api.runs import Run
    from zeo.cli.structures import emit
    from zeo.tools.progress import progress

    tell_runs(sources)
    opened = [Run.open(path) for path in runs]
    with progress("zeo evaluate", sum(run.drawn for run in opened)) as advance:
        comparison = evaluated(
            *opened, data=sources, targets=targets, unblocked=bool(unblocked), on_record=advance
        )
    for remark in comparison.remarks:
        print_line(remark, err=True)
    write = {"json": comparison.json, "csv": comparison.csv, None: comparison.text}[form]
    emit(write(), out, force)
    if plot is not None:
        write_picture(plot, comparison.picture(picture), force)
