"""``zeo interpolate``: a run whose samples lie between two frameworks."""

from __future__ import annotations

from pathlib import Path

import click

from zeo.cli.options import RELAX, tabular

EXAMPLES = """
\b
Examples:
  zeo interpolate MOR FER --steps 5
  zeo interpolate LTA RHO --steps 9 --paths 4 --out runs/cages
  zeo interpolate SOD mine.cif --mix linear --checkpoint weights/ \\
      --relax none
  zeo interpolate h0110-0001 my-data-set/h0110-0002 --set zeodiff.mix_at=3

A and B are IZA codes (as zeo relaxed them), structure files, names in the data set standard, or DATASET/NAME.
Each path has its own noise, so that more --paths give more samples at each step. zeo run --resume DIR goes
on with an interpolation that was stopped.
"""


@click.command(epilog=EXAMPLES)
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option(
    "--steps",
    type=click.IntRange(min=2),
    default=5,
    show_default=True,
    help="Samples on a path from A to B, both included.",
)
@click.option(
    "--paths", type=click.IntRange(min=1), default=1, show_default=True, help="Paths from A to B to draw."
)
@click.option(
    "--mix",
    metavar="HOW",
    help="How noisy grids are mixed: variance-preserving, or linear as in ZeoDiff's paper."
    "  [default: variance-preserving]",
)
@click.option(
    "--generator", metavar="NAME", default="zeodiff", show_default=True, help="What denoises the mixtures."
)
@click.option(
    "--probe",
    "probes",
    metavar="NAME",
    multiple=True,
    default=("methane",),
    show_default=True,
    help="What to measure on grids and final atoms.",
)
@RELAX
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Path i has SEED + i.")
@click.option("--out", type=click.Path(path_type=Path), help="Run directory.  [default: runs/A-B-001]")
@click.option(
    "--set", "settings", metavar="PLUGIN.OPTION=VALUE", multiple=True, help="Set a plugin's option."
)
@click.option(
    "--checkpoint",
    metavar="PATH",
    type=click.Path(),
    help="Weights of the generator: a folder, or the name of some that ship (zeo plugins show NAME).",
)
@click.option(
    "--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Processes, each on one thread."
)
@click.option("--device", default="cpu", show_default=True, help="Where the generator computes.")
@tabular
def interpolate(
    first: str,
    second: str,
    steps: int,
    paths: int,
    mix: str | None,
    generator: str,
    probes: tuple[str, ...],
    relax: str | None,
    seed: int,
    out: Path | None,
    settings: tuple[str, ...],
    checkpoint: str | None,
    device: str,
    jobs: int,
    form: str | None,
) -> None:
    """Draw samples on the path from framework A to framework B, and make them perfect frameworks.

    Both are taken halfway into noise, mixed there and denoised together. What comes out is a run like any
    other, with a table along the path.
    """
    from zeo.tools.progress import progress

    choices = {
        "generator": generator,
        "probes": probes,
        "seed": seed,
        "checkpoint": checkpoint,
        "device": device,
        **({} if relax is None else {"relax": relax}),
    }
    with progress("zeo interpolate", None, "starting"):
        from zeo.api.executors import engine
        from zeo.api.runs import begun_between
        from zeo.cli.run import carry_out
        from zeo.running.config import parse_settings

        prepared = begun_between(first, second, steps, paths, mix, choices, parse_settings(settings), out)
    with engine(None, jobs) as what:
        carry_out(prepared, what, top=0, form=form)
