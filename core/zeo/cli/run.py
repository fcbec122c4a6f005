"""``zeo run``: the main job."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from zeo.cli.choosing import UNBLOCKED
from zeo.cli.next_steps import next_steps
from zeo.cli.options import EXECUTOR, GRID_SIZE_OF_RUN, PAGE, RELAX, tabular
from zeo.cli.pages import page_wanted, remember_page
from zeo.tools.interrupts import INTERRUPTS
from zeo.tools.printing import print_line, print_text
from zeo.tools.words import counted

if TYPE_CHECKING:
    from zeo.api.executors import Engine
    from zeo.api.runs import Prepared, Run

EXAMPLES = """
\b
Examples:
  zeo run --probe methane -n 20
  zeo run --generator dataset --probe methane --set dataset.noise=0.2 \\
      --set dataset.shift=true
  zeo run --generator dataset --probe methane --target "qst=18..22 kJ/mol" \\
      --target void_fraction=0.15..1
  zeo run --generator zeodiff --probe methane \\
      --target void_fraction=0.20 -n 100
  zeo run --generator zeosym --target "energy<16 kJ/mol" \\
      --target largest_ring=12 --maximise methane.qst
  zeo run --generator search --target "co2.kh_mol/n2.kh_mol>20" \\
      --target "pores.free_sphere=0.35..0.5 nm"
  zeo run --generator search --target "methane.kh[T=350 K]>5" \\
      --target "methane.loading[p=35 bar]>2"
  zeo run --generator search \\
      --target "selectivity[xenon:krypton=20:80, 1 bar]>10" -n 10
  zeo run --generator zeodiff --probe methane --target kh=40 \\
      --conditioner guide --screen
  zeo run --generator zeosym --checkpoint sym --probe methane \\
      --set zeosym.space_group=225,229 -n 100
  zeo run --generator zeosym --checkpoint sym --probe methane \\
      --target "qst=18..22" --set zeosym.energy=10,20
  zeo run --generator zeogan --probe methane --preset zeogan-2020 -n 10000
  zeo run --generator zeosym --probe methane -n 1000 --jobs 2
  zeo run --config run.toml --out runs/monday
  zeo run --generator search --target "methane.qst>=20 kJ/mol" --until 20 \\
      --new -n 5000 --jobs 2
  zeo run --generator search --probe methane -n 100000 --minutes 90 \\
      --out runs/monday
  zeo run --resume runs/monday
  zeo run --resume runs/monday -n 200000
  zeo run --generator search --probe methane -n 100000 --shard 3/64 \\
      --out shards/3

A wish is a quantity or an expression of several, one of < <= = >= > !=, and a value or a range (18..22, 18..,
..22) with a unit. zeo quantities lists the quantities with the conditions that they take, as in
"methane.kh[T=350 K]"; probes that a wish needs are added by themselves.
Shards are made one by one, wherever, and merged by zeo merge.
zeo plugins list shows what can be named; zeo plugins show NAME shows the options of --set.
The exit code is 1 when the whole run is done and no sample came through.
"""

TOP = click.option(
    "--top", type=click.IntRange(min=0), default=30, show_default=True, help="Survivors to print."
)


@click.command(epilog=EXAMPLES)
@click.option("--generator", metavar="NAME", help="Where samples come from.  [default: zeosym]")
@click.option(
    "--probe",
    "probes",
    metavar="NAME",
    multiple=True,
    help="What to measure on the final atoms.  [default: what the wishes need]",
)
@click.option(
    "-n",
    "n",
    type=click.IntRange(min=1),
    help="Samples to draw (not survivors); at most, with --until; in all, with --resume."
    "  [default: 20, or 100 for each of --until]",
)
@click.option(
    "--until",
    metavar="N",
    type=click.IntRange(min=1),
    help="End with N different nets that are feasible and meet all targets.",
)
@click.option(
    "--new", is_flag=True, default=None, help="--until counts only new nets; the end says new to what."
)
@click.option("--minutes", type=float, metavar="M", help="Begin no batch after M minutes; --resume goes on.")
@click.option(
    "--time-limit",
    type=float,
    metavar="S",
    help="End a worker that is in one stage of a sample for S seconds; the sample is lost the third time.",
)
@click.option("--target", "targets", metavar="WISH", multiple=True, help='What is wanted: "qst>=18 kJ/mol".')
@click.option("--maximise", metavar="EXPR", multiple=True, help="Rank what meets the wishes by this.")
@click.option("--minimise", metavar="EXPR", multiple=True, help="Likewise, the smallest first.")
@click.option(
    "--conditioner",
    metavar="NAME",
    help="How targets steer the generator; none only ranks by them.  [default: the generator's own way]",
)
@click.option(
    "--screen", is_flag=True, default=None, help="Relax only what meets the targets before relaxation."
)
@UNBLOCKED
@click.option("--seed", type=click.IntRange(min=0), help="Sample i has seed SEED + i.  [default: 0]")
@click.option(
    "--shard", metavar="K/COUNT", help="Compute this part of the run alone, 1/COUNT to COUNT/COUNT."
)
@click.option("--out", type=click.Path(path_type=Path), help="Run directory.  [default: runs/GENERATOR-001]")
@click.option(
    "--resume",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Continue a run that was stopped, or with -n one that is to have more samples.",
)
@click.option(
    "--config", "config_file", type=click.Path(path_type=Path), help="Read choices from a TOML file."
)
@click.option(
    "--set", "settings", metavar="PLUGIN.OPTION=VALUE", multiple=True, help="Set a plugin's option."
)
@click.option("--preset", metavar="NAME", help="Clean up as a paper did: zeogan-2020.")
@click.option("--repair", metavar="NAME", help="How nets are repaired.  [default: the generator's own way]")
@click.option("--identify", metavar="NAME", help="How they are named; none skips it.  [default: identify]")
@RELAX
@click.option("--filter", "filters", metavar="NAME", multiple=True, help="Reject by what was measured.")
@click.option(
    "--representation", metavar="NAME", help="How samples are read.  [default: the generator's own way]"
)
@click.option(
    "--reference", metavar="DIR", type=click.Path(), help="Also name nets after CIFs, a data set or a run."
)
@GRID_SIZE_OF_RUN
@click.option(
    "--checkpoint",
    metavar="PATH",
    type=click.Path(),
    help="Weights of the generator: a folder, or the name of some that ship (zeo plugins show NAME).",
)
@click.option("--device", metavar="DEVICE", help="Where the generator computes.  [default: cpu]")
@click.option("--batch-size", type=click.IntRange(min=1), help="Samples drawn together.  [default: 16]")
@click.option(
    "--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Processes, each on one thread."
)
@EXECUTOR
@PAGE
@tabular
@TOP
def run(
    shard: str | None,
    out: Path | None,
    resume: Path | None,
    config_file: Path | None,
    settings: tuple[str, ...],
    reference: str | None,
    grid_size: int | None,
    minutes: float | None,
    time_limit: float | None,
    jobs: int,
    executor: str | None,
    top: int,
    form: str | None,
    with_page: bool | None,
    **choices: Any,
) -> None:
    """Draw samples, make them perfect frameworks, name them and measure them."""
    given = {key: value for key, value in choices.items() if value not in (None, ())}
    new = (settings, shard, out, config_file, reference, grid_size)
    if resume is not None and (set(given) - {"checkpoint", "n"} or any(new)):
        raise click.UsageError(
            "--resume uses the run's own configuration: give nothing else but --jobs, --executor, --top,"
            " --minutes, --time-limit, --no-report, -n for more samples and, where its weights are now,"
            " --checkpoint"
        )
    from zeo.tools.progress import progress

    with ExitStack() as opened:
        with progress("zeo run", None, "starting"):
            if resume is None:
                refuse_typos(given, settings, config_file)
            from zeo.api import arguments
            from zeo.api.executors import engine
            from zeo.api.runs import begun, resumed
            from zeo.running.config import parse_settings

            minutes, time_limit = arguments.minutes(minutes), arguments.seconds(time_limit)
            what = opened.enter_context(engine(executor, jobs))
            if resume is not None:
                prepared = resumed(resume, given.get("checkpoint"), given.get("n"))
            else:
                chosen = parse_settings(settings)
                prepared = begun(given, chosen, config_file, reference, grid_size, out, shard)
        folder = prepared.run.path
        if resume is None:
            remember_page(folder, with_page)
        carry_out(prepared, what, top, form, minutes, page_wanted(folder, with_page), time_limit)


def refuse_typos(choices: dict[str, Any], settings: tuple[str, ...], config_file: Path | None) -> None:
    """Find misspelt names before what a run needs is imported, which takes seconds.

    Raises:
        ZeoError: one of them.
    """
    from zeo.plugin.registry import installed_plugins
    from zeo.running.config import make_config, merge_options, parse_settings, read_toml
    from zeo.running.planning import refuse_unknown_names

    chosen = (read_toml(config_file) if config_file is not None else {}) | choices
    config = make_config(chosen)
    options = merge_options(config.options, parse_settings(settings))
    refuse_unknown_names(attrs.evolve(config, options=options), installed_plugins())


def carry_out(
    prepared: Prepared,
    what: Engine,
    top: int,
    form: str | None,
    minutes: float | None = None,
    with_page: bool = False,
    time_limit: float | None = None,
) -> None:
    """Compute what is pending, with progress, and print what came of all of it."""
    from zeo.plugin.registry import installed_plugins
    from zeo.tools.progress import progress

    for failure in installed_plugins().failures:
        print_line(f"Warning: a plugin was left out: {failure}", err=True)
    if prepared.changed:
        changed = "; ".join(prepared.changed)
        print_line(f"Warning: software or reference changed since this run began: {changed}", err=True)
    run, interrupted = prepared.run, False
    INTERRUPTS.parting = lambda: f"Stopped. Continue with: zeo run --resume {run.path}"
    with progress("zeo run", run.pending) as advance:
        try:
            on_record = counting_survivors(advance, what)
            prepared.carry_out(on_record, what.jobs, minutes, what.executor, time_limit)
        except KeyboardInterrupt:
            interrupted = True
    tell(run, top, form, with_page and not interrupted)
    if interrupted:
        raise click.exceptions.Exit(130)
    if came_to_nothing(run):
        raise click.exceptions.Exit(1)


def came_to_nothing(run: Run) -> bool:
    """Whether all is done and nothing is left; of a shard the others decide."""
    return not run.pending and run.directory.shard is None and not len(run.summary.survivors)


def tell(run: Run, top: int, form: str | None, with_page: bool) -> None:
    """What came of a run, where it is and how to go on."""
    written = run.json() if form == "json" else run.csv() if form == "csv" else run.text(top) + "\n\n"
    print_text(written)
    say = partial(print_line, err=form is not None)
    say(f"Everything is in {run.path}/")
    say("  structures/*.cif   the survivors        summary.csv  all their properties")
    say("  records/           every candidate      log.txt      times and warnings")
    if with_page:
        say(f"  {run.report().name:17}  to look at: open it in a browser")
    if run.pending:
        say(how_to_go_on(run))
    elif run.summary.goal is not None and run.summary.found < run.summary.goal.until:
        say(how_to_find_more(run, run.summary.goal.until))
    elif form is None:
        for line in next_steps(run):
            say(line)


def how_to_go_on(run: Run) -> str:
    """Where a run was stopped, by its user or by the clock."""
    most = "at most " if run.summary.goal is not None else ""
    left = counted(run.pending, "sample")
    drawn = counted(run.drawn, "sample")
    return f"Stopped after {drawn} with {most}{left} to go. Continue with: zeo run --resume {run.path}"


def how_to_find_more(run: Run, wanted: int) -> str:
    """What to do where all samples are drawn, and they are not enough."""
    drawn = counted(run.n, "sample")
    found = f"Found {run.summary.found} of {counted(wanted, 'framework')} wanted in {drawn}."
    return f"{found} Draw more with: zeo run --resume {run.path} -n {2 * run.n}"


def counting_survivors(advance: Callable[[str], None], what: Engine) -> Callable[[Any], None]:
    """What moves the progress bar on at each record; it tells who works, too."""
    survivors = 0

    def on_record(record: Any) -> None:
        nonlocal survivors
        survivors += record.survived
        advance(", ".join(filter(None, (f"{survivors} survivors", what.state))))

    return on_record
