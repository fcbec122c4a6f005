"""``zeo evaluate``: how good a generator is, beside the published ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zeo.cli.data.plot import FORMATS

if TYPE_CHECKING:
    from zeo.evaluation.sampled import Sampled

EXAMPLES = """
\b
Examples:
  zeo evaluate runs/zeodiff-001
  zeo evaluate runs/zeodiff-001 runs/control --plot properties.pdf
  zeo evaluate runs/steered runs/free --target "qst=18..22 kJ/mol" --json --out figures.json
  zeo evaluate runs/mine --data my-training-set

\b
A control for the repair, random atoms in known cells, is a run like any other:
  zeo run --set dataset.scramble=true --set dataset.source=standard -n 1000 --out runs/control

\b
Nets are looked for in the data set, by their exact keys, and among the IZA types; name the set that the
generator learned from. Targets are counted in all runs, so that one that was not steered shows what chance
gives; a single value is hit within 0.02 (void fraction), 1 kJ/mol (heat of adsorption) or 10 % (all else).
docs/definitions.md defines every line.
"""


@click.command(epilog=EXAMPLES)
@click.argument("runs", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--data", default="standard", show_default=True, metavar="DATASET", help="What to compare with."
)
@click.option("--target", "targets", metavar="TARGET", multiple=True, help="Count hits of this one too.")
@click.option("--plot", type=click.Path(path_type=Path), help="Draw properties: .png, .pdf or .svg.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON with all figures and intervals.")
@click.option("--csv", "as_csv", is_flag=True, help="Write CSV, a line for each figure.")
@click.option("--out", type=click.Path(path_type=Path), help="Write to this file.")
def evaluate(
    runs: tuple[Path, ...],
    data: str,
    targets: tuple[str, ...],
    plot: Path | None,
    as_json: bool,
    as_csv: bool,
    out: Path | None,
) -> None:
    """Evaluate the samples in RUN...: shares of perfect, feasible and new ones, properties, targets."""
    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other")
    form = plot.suffix.lower().lstrip(".") if plot is not None else ""
    if plot is not None and form not in FORMATS:
        endings = ", ".join(f".{one}" for one in FORMATS)
        raise click.UsageError(f"--plot: the name of a picture ends in {endings}, unlike {plot.name!r}")
    from zeo.cli.structures import emit
    from zeo.evaluation.evaluate import evaluate as evaluate_runs
    from zeo.evaluation.export import csv_text, json_text
    from zeo.evaluation.text import evaluation_text
    from zeo.plugin.registry import installed_plugins

    plugins = installed_plugins()
    evaluation = evaluate_runs(read(runs), data, targets)
    if as_json or as_csv:
        emit(json_text(evaluation) if as_json else csv_text(evaluation), out)
    else:
        emit(evaluation_text(evaluation, plugins), out)
    if plot is not None:
        from zeo.evaluation.picture import draw_evaluation
        from zeo.tools.files import write_atomically

        plot.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(plot, draw_evaluation(evaluation, form))
        click.echo(f"Wrote {plot}", err=True)


def read(paths: Sequence[Path]) -> list[Sampled]:
    """The runs, with a word on standard error about those that are not finished.

    Raises:
        RunDirectoryError: no run directory, or a damaged record.
    """
    from zeo.evaluation.sampled import read_runs
    from zeo.running.rundir import RunDirectory
    from zeo.tools.progress import progress

    directories = [RunDirectory.open(path) for path in paths]
    total = sum(directory.n - directory.pending for directory in directories)
    with progress("zeo evaluate", total) as advance:
        runs = read_runs(paths, advance)
    for run in runs:
        if run.pending:
            click.echo(
                f"{run.path}: {run.pending:,} of {run.n:,} samples are pending; the figures are of the"
                f" others (zeo run --resume {run.path} draws the rest)",
                err=True,
            )
    return runs
