"""``zeo data build``: a data set from any sources."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from zeo.cli.choosing import WHERE
from zeo.cli.options import EXECUTOR, tabular
from zeo.cli.runs_given import tell_runs
from zeo.tools.interrupts import INTERRUPTS
from zeo.tools.printing import print_line, print_text
from zeo.tools.words import counted

EXAMPLES = """
\b
Examples:
  zeo data build relaxed --out iza-set
  zeo data build relaxed pcod.tar.gz --out training-set --jobs 8
  zeo data build runs/search-001 runs/search-002 --out found
  zeo data build relaxed hypo/ --out curated --size 10000 --max-energy 30
  zeo data build standard runs/search-001 --out open --where "density<15" \\
      --where "methane.qst>18"

SOURCES are folders or archives (.tar, .tar.gz, .zip, ...) of CIFs and other structure files, single files,
ASE databases (.db), data sets that zeo has made, runs (of which the feasible survivors count), grid sets of
the reference programs (.grid), and "relaxed" or "iza" for the IZA types; archives inside archives are not
opened. Of several frameworks with one net the first is kept. Data sets and runs keep their energies, lineages
and properties; other frameworks are measured as they are, or relaxed first. All are kept in their smallest
orthogonal cell, or in a primitive one where there is none. --where takes any column that the data set gets,
in its unit; a framework of which a value is unknown does not meet a condition on it. What a net, or a source
that is not relaxed, says is looked at before anything is measured. A stopped command goes
on where it was when it is given again. --out gets the data set, and rejected.csv with everything that was
left out, and why. The exit code is 1 when something could not be read or nothing was kept.
"""

MOST_LINES = 20
"""Files that could not be read and are told one by one."""


@click.command(epilog=EXAMPLES)
@click.argument("sources", nargs=-1, required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Directory of the data set.")
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Processes.")
@EXECUTOR
@click.option(
    "--min-kh",
    type=click.FloatRange(min=0.0),
    default=1e-6,
    show_default=True,
    metavar="MOL/KG/PA",
    help="Henry coefficient of methane (closed pores included) to be exceeded; 0 lets all pass.",
)
@click.option(
    "--max-energy",
    type=float,
    metavar="KJ/MOL",
    help="Highest energy per Si above quartz, where it is known.",
)
@WHERE
@click.option("--relax", is_flag=True, help="Relax frameworks whose energy is not known.")
@click.option(
    "--split",
    type=click.Choice(["lineage", "random-half"]),
    default="lineage",
    show_default=True,
    help="Keep nets and lineages together and hold out a third of the IZA types, or halve as the papers do.",
)
@click.option("--size", type=click.IntRange(min=1), help="Choose this many, to cover what IZA types cover.")
@click.option(
    "--three-rings",
    type=click.FloatRange(0.0, 1.0),
    default=0.05,
    show_default=True,
    help="With --size: largest share of frameworks with three-rings.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of choices by chance."
)
@click.option("--probe", "probes", metavar="NAME", multiple=True, help="What to measure.  [default: methane]")
@click.option(
    "--set", "settings", metavar="PLUGIN.OPTION=VALUE", multiple=True, help="Set a plugin's option."
)
@tabular
def build(
    sources: tuple[str, ...],
    out: Path,
    jobs: int,
    executor: str | None,
    min_kh: float,
    max_energy: float | None,
    where: tuple[str, ...],
    relax: bool,
    split: str,
    size: int | None,
    three_rings: float,
    seed: int,
    probes: tuple[str, ...],
    settings: tuple[str, ...],
    form: str | None,
) -> None:
    """Build a data set from SOURCES: read, check, measure, filter and split."""
    from zeo.api.data_sets import build_data
    from zeo.data.making.build import REJECTED_FILE
    from zeo.data.making.refusals import FOUND
    from zeo.running.config import parse_settings

    tell_runs(sources)
    INTERRUPTS.parting = lambda: f"Stopped. The same command goes on with {out}."
    data_set = build_data(
        *sources,
        out=out,
        probes=probes or ("methane",),
        relax=relax,
        min_kh=min_kh,
        max_energy=max_energy,
        where=where,
        split=split,
        size=size,
        three_rings=three_rings,
        seed=seed,
        options=parse_settings(settings),
        jobs=jobs,
        executor=executor,
    )
    counts = data_set.description.counts
    print_text(counts_text(counts, form))
    left_out = counts[FOUND] - len(data_set)
    reasons = f"; {left_out:,} left out, with the reasons in {out / REJECTED_FILE}" if left_out else ""
    print_line(f"Wrote {counted(len(data_set), 'framework')} to {out}{reasons}", err=True)
    if tell_unread(out / REJECTED_FILE) or not len(data_set):
        raise click.exceptions.Exit(1)


def tell_unread(rejected: Path) -> int:
    """A line for each of the first files that could not be read; how many there are."""
    from zeo.data.making.refusals import READ, refusals_in

    unread = [
        refusal for refusal in refusals_in(rejected.read_text(encoding="utf-8")) if refusal.step == READ
    ]
    for refusal in unread[:MOST_LINES]:
        detail = f" ({refusal.detail})" if refusal.detail else ""
        print_line(f"Error: {refusal.source}: {refusal.name}: {refusal.reason}{detail}", err=True)
    if len(unread) > MOST_LINES:
        more = counted(len(unread) - MOST_LINES, "file")
        print_line(f"Error: {more} more could not be read; {rejected} lists them", err=True)
    return len(unread)


def counts_text(counts: Mapping[str, int], form: str | None) -> str:
    """How many frameworks each step left."""
    import json

    from zeo.tools.spreadsheets import csv_text
    from zeo.tools.tables import format_table

    if form == "json":
        return json.dumps(dict(counts), indent=1) + "\n"
    if form == "csv":
        return csv_text([["step", "frameworks"], *map(list, counts.items())])
    rows = [[step, f"{count:,}"] for step, count in counts.items()]
    return format_table([["step", "frameworks"]], rows, right=(1,)) + "\n"
