"""``zeo data make``: data sets of frameworks that nobody has seen before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from zeo.cli.options import EXECUTOR
from zeo.cli.runs_given import tell_runs
from zeo.tools.interrupts import INTERRUPTS
from zeo.tools.printing import print_line
from zeo.tools.words import counted

EXAMPLES = """
\b
Examples:
  zeo data make hypothetical -n 1000 --out hypo
  zeo data make hypothetical -n 100000 --out hypo --jobs 16 --seed 1
  zeo data make hypothetical -n 5000 --out open --parents standard \\
      --set search.density=10,17

Stopped or killed, the same command continues where it was, with any --jobs and to the same result; a larger
-n makes more. -n counts feasible frameworks (relaxed by the Sanders-Leslie-Catlow potential, net kept, at
most 30 kJ/mol Si above alpha-quartz), each net once, none of those in --parents; IZA types that are found
again are among them. How many are new, as zeo run --until N --new counts, the last lines say, and the count
"new" in dataset.json. What is not feasible is in the data set too, with the reason. Frameworks are made in
rounds, which are kept whole: there may be more than -n in the end.
zeo plugins show search shows the options of --set; zeo data info shows what came of it.
"""


@click.group()
def make() -> None:
    """Make frameworks that are in no database yet.

    \b
    Examples:
      zeo data make hypothetical -n 1000 --out hypo
    """


@make.command(epilog=EXAMPLES)
@click.option(
    "-n", "n", type=click.IntRange(min=1), default=1000, show_default=True, help="Feasible frameworks."
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Directory of the data set.")
@click.option("--generator", default="search", show_default=True, metavar="NAME", help="What searches.")
@click.option("--probe", "probes", metavar="NAME", multiple=True, help="What to measure.  [default: methane]")
@click.option(
    "--parents",
    metavar="DATASET",
    multiple=True,
    help="Data sets and runs to start from; what they hold is not new.",
)
@click.option(
    "--relax/--no-relax", default=True, show_default=True, help="Relax; all count as feasible without."
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of everything random."
)
@click.option(
    "--set", "settings", metavar="PLUGIN.OPTION=VALUE", multiple=True, help="Set a plugin's option."
)
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Processes.")
@EXECUTOR
def hypothetical(
    n: int,
    out: Path,
    generator: str,
    probes: tuple[str, ...],
    parents: tuple[str, ...],
    relax: bool,
    seed: int,
    settings: tuple[str, ...],
    jobs: int,
    executor: str | None,
) -> None:
    """Search for new frameworks, relax and measure them: a data set of hypothetical zeolites."""
    from zeo.api.data_sets import make_data
    from zeo.data.making.make import feasible_so_far
    from zeo.running.config import parse_settings
    from zeo.tools.progress import progress

    tell_runs(parents)
    INTERRUPTS.parting = lambda: (
        f"Stopped with {feasible_so_far(out)} of {n} in {out}. Continue with the same command."
    )
    with progress("zeo data make", max(n - feasible_so_far(out), 0)) as advance:
        data = make_data(
            out,
            n,
            generator=generator,
            probes=probes or ("methane",),
            parents=parents,
            relax=relax,
            seed=seed,
            options=parse_settings(settings),
            jobs=jobs,
            executor=executor,
            on_framework=advance,
        )
    counts = data.description.counts
    found = counted(counts["feasible"], "feasible framework")
    print_line(f"{found}, each with a net of its own, in {out}: {told_new(counts, parents)}")
    print_line(", ".join(f"{step}: {count}" for step, count in counts.items()))


def told_new(counts: Mapping[str, int], parents: Sequence[str]) -> str:
    """How many of the feasible frameworks are new, and to what."""
    from zeo.data.known.nets import AS_OF

    known = counts["feasible"] - counts["new"]
    places = f"in no IZA type as of {AS_OF}" + (f", nor in {' or '.join(parents)}" if parents else "")
    return f"{counts['new']:,} new ({places}), {counted(known, 'IZA type')}"
