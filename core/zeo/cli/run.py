"""``zeo run``: the main job."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zeo.cli.words import counted

if TYPE_CHECKING:
    from zeo.plugin.registry import Plugins
    from zeo.running.config import Options, RunConfig
    from zeo.running.record import Record
    from zeo.running.rundir import RunDirectory
    from zeo.running.summary import Column, Summary

EXAMPLES = """
\b
Examples:
  zeo run --generator dataset --probe methane -n 20
  zeo run --generator dataset --probe methane --set dataset.noise=0.2 --set dataset.shift=true
  zeo run --generator dataset --probe methane --target "qst=18..22 kJ/mol" --target void_fraction=0.15..1
  zeo run --generator zeodiff --probe methane --target void_fraction=0.20 -n 100
  zeo run --generator zeodiff --probe methane --target kh=40 --conditioner guide --screen
  zeo run --generator zeosym --checkpoint sym --probe methane --set zeosym.space_group=225,229 -n 100
  zeo run --generator zeosym --checkpoint sym --probe methane --target "qst=18..22" --set zeosym.energy=10,20
  zeo run --generator zeogan --probe methane --preset zeogan-2020 -n 10000
  zeo run --config run.toml --out runs/monday
  zeo run --resume runs/monday

\b
zeo plugins list shows what can be named; zeo plugins show NAME shows the options of --set.
"""


@click.command(epilog=EXAMPLES)
@click.option("--generator", metavar="NAME", help="Where samples come from.")
@click.option("--probe", "probes", metavar="NAME", multiple=True, help="What to measure on the final atoms.")
@click.option("-n", "n", type=click.IntRange(min=1), help="Samples to draw (not survivors).  [default: 20]")
@click.option("--target", "targets", metavar="TARGET", multiple=True, help="What is wanted, with its unit.")
@click.option(
    "--conditioner",
    metavar="NAME",
    help="How targets steer the generator; none only ranks by them.  [default: the generator's own way]",
)
@click.option(
    "--screen", is_flag=True, default=None, help="Relax only what meets the targets before relaxation."
)
@click.option("--seed", type=click.IntRange(min=0), help="Sample i has seed SEED + i.  [default: 0]")
@click.option("--out", type=click.Path(path_type=Path), help="Run directory.  [default: runs/GENERATOR-001]")
@click.option(
    "--resume", metavar="DIR", type=click.Path(path_type=Path), help="Continue a run that was stopped."
)
@click.option(
    "--config", "config_file", type=click.Path(path_type=Path), help="Read choices from a TOML file."
)
@click.option(
    "--set", "settings", metavar="PLUGIN.OPTION=VALUE", multiple=True, help="Set a plugin's option."
)
@click.option("--preset", metavar="NAME", help="Clean up as a paper did: zeogan-2020.")
@click.option("--repair", metavar="NAME", help="How nets are repaired.  [default: the generator's own way]")
@click.option("--relax", metavar="NAME", help="How they are relaxed; none skips it.  [default: relax]")
@click.option("--reference", metavar="DIR", type=click.Path(), help="Also name nets after the CIFs in DIR.")
@click.option("--grid-size", type=click.IntRange(min=4), help="Grid points along each axis.  [default: 32]")
@click.option("--checkpoint", metavar="PATH", type=click.Path(), help="Weights of the generator.")
@click.option("--device", metavar="DEVICE", help="Where the generator computes.  [default: cpu]")
@click.option("--batch-size", type=click.IntRange(min=1), help="Samples drawn together.  [default: 16]")
@click.option("--top", type=click.IntRange(min=0), default=30, show_default=True, help="Survivors to print.")
def run(
    out: Path | None,
    resume: Path | None,
    config_file: Path | None,
    settings: tuple[str, ...],
    reference: str | None,
    grid_size: int | None,
    top: int,
    **choices: Any,
) -> None:
    """Draw samples, make them perfect frameworks, name them and measure them."""
    from zeo.plugin.registry import installed_plugins
    from zeo.running.config import make_config, parse_settings, read_toml
    from zeo.running.rundir import RunDirectory

    if not all(text.strip() for text in choices["targets"]):
        raise click.UsageError('--target is empty; write it as "qst=18..22 kJ/mol"')
    given = {key: value for key, value in choices.items() if value not in (None, ())}
    if resume is not None:
        if given or settings or out or config_file or reference or grid_size:
            raise click.UsageError("--resume uses the run's own configuration: give nothing else")
        directory = RunDirectory.resume(resume)
        plugins = installed_plugins().configured(directory.config.options)
        warn_of_other_versions(directory, plugins)
    else:
        values = read_toml(config_file) if config_file else {}
        config = make_config({**values, **given})
        config = with_options(config, parse_settings(settings), reference, grid_size)
        plugins = installed_plugins().configured(config.options)
        directory = start(config, plugins, out)
    carry_out(directory, plugins, top, is_new=resume is None)


def with_options(
    config: RunConfig, settings: Options, reference: str | None, grid_size: int | None
) -> RunConfig:
    """Add the options of ``--set``, and those that ``--reference`` and ``--grid-size`` stand for."""
    import attrs

    from zeo.cli.probe import on_grids
    from zeo.plugin.registry import installed_plugins
    from zeo.running.config import merge_options

    options: Options = {}
    if reference is not None and config.identify is not None:
        options[config.identify] = {"reference": str(Path(reference).resolve())}
    if grid_size is not None:
        for name in ("voxel", *on_grids(config.probes, installed_plugins())):
            options[name] = {"n": grid_size}
    return attrs.evolve(config, options=merge_options(config.options, settings, options))


def start(config: RunConfig, plugins: Plugins, out: Path | None) -> RunDirectory:
    """Check the whole configuration, then create the run directory."""
    import attrs

    from zeo.running.provenance import versions
    from zeo.running.rundir import RunDirectory, default_path
    from zeo.running.stages import repair_of

    plugins.create("generator", config.generator)
    config = attrs.evolve(config, repair=repair_of(config, plugins))
    summarise_run(config, plugins, [])
    found = versions(config, plugins)
    return RunDirectory.create(out or default_path(config.generator), config, found)


def warn_of_other_versions(directory: RunDirectory, plugins: Plugins) -> None:
    """Say so when a resumed run may not be byte-identical to an uninterrupted one."""
    from zeo.running.config import differences
    from zeo.running.provenance import versions

    changed = differences(directory.versions, versions(directory.config, plugins))
    if changed:
        click.echo(f"Warning: the software changed since this run began: {'; '.join(changed)}", err=True)


def summarise_run(config: RunConfig, plugins: Plugins, records: Iterable[Record]) -> Summary:
    """Count and rank the records of a run.

    Raises:
        ZeoError: a plugin, an option or a target of the configuration that cannot work.
    """
    from zeo.plugin.targets import parse_target
    from zeo.running.stages import build_stages
    from zeo.running.summary import summarise

    stages = dict.fromkeys(["generate", *(stage.name for stage in build_stages(config, plugins))])
    probes = [plugins.find("probe", name).spec for name in config.probes]
    return summarise(records, list(stages), probes, [parse_target(text) for text in config.targets])


def carry_out(directory: RunDirectory, plugins: Plugins, top: int, is_new: bool) -> None:
    """Execute a run; one that could not even begin leaves nothing behind."""
    from zeo.errors import BusyError, RunDirectoryError, ZeoError

    for failure in plugins.failures:
        click.echo(f"Warning: a plugin was left out: {failure}", err=True)
    try:
        execute(directory, plugins, top)
    except (BusyError, RunDirectoryError):
        raise  # what stands in the way is another process or the disk: the run can be resumed after that
    except ZeoError:
        if is_new:
            directory.remove_if_nothing_done()
        raise


def execute(directory: RunDirectory, plugins: Plugins, top: int) -> None:
    """Compute what is pending, then report on all of it."""
    from zeo.running import pipeline
    from zeo.tools.progress import progress

    pending = directory.pending()
    survivors = 0
    interrupted = False
    with directory.session(), progress("zeo run", len(pending)) as advance:

        def on_record(record: Record) -> None:
            nonlocal survivors
            survivors += record.survived
            advance(f"{survivors} survivors")

        try:
            pipeline.run(directory, plugins, on_record)
        except KeyboardInterrupt:
            interrupted = True
    report(directory, plugins, top)
    if interrupted:
        left = counted(len(directory.pending()), "sample")
        click.echo(f"Stopped with {left} to go. Continue with: zeo run --resume {directory.path}")
        raise click.exceptions.Exit(130)


def report(directory: RunDirectory, plugins: Plugins, top: int) -> None:
    """Write the summary files and print the funnel and the best survivors."""
    from zeo.running.report import funnel_table, report_json, summary_csv, survivor_table, target_table

    summary = summarise_run(directory.config, plugins, directory.records())
    directory.write_file("report.json", report_json(summary))
    directory.write_file("summary.csv", summary_csv(summary))
    click.echo(funnel_table(summary) + "\n")
    if summary.achieved:
        click.echo(target_table(summary) + "\n")
    if directory.config.preset == "zeogan-2020":
        report_paper_chain(directory)
    if directory.config.between:
        report_interpolation(directory, plugins, summary.columns)
    elif summary.rows:
        click.echo(survivor_table(summary, top))
        if len(summary.rows) > top:
            click.echo(f"... and {len(summary.rows) - top} more in summary.csv")
        click.echo("")
    click.echo(f"Everything is in {directory.path}/")
    click.echo("  structures/*.cif   the survivors        summary.csv  all their properties")
    click.echo("  candidates/*.json  every candidate      log.txt      times and warnings")


def report_paper_chain(directory: RunDirectory) -> None:
    """Write and print the counts of the run as the paper of ZeoGAN gives its own."""
    from zeo.evaluation.outcome import outcome_of
    from zeo.evaluation.paper_chain import chain_table, histogram, histogram_csv

    outcomes = [outcome_of(record) for record in directory.records()]
    directory.write_file("unique_t.csv", histogram_csv(outcomes))
    for text in (chain_table(outcomes), histogram(outcomes)):
        if text:
            click.echo(text + "\n")


def report_interpolation(directory: RunDirectory, plugins: Plugins, columns: Sequence[Column]) -> None:
    """Write and print the samples of an interpolation in the order of the path."""
    from zeo.running.interpolation_table import ends, table_csv, table_text

    both = ends(directory.config, plugins)
    records = list(directory.records())
    directory.write_file("interpolation.csv", table_csv(directory.config, records, both, columns))
    click.echo(table_text(directory.config, records, both, columns))
    click.echo(
        "\nIn brackets: lost samples, measured on their grids. interpolation.csv has all quantities.\n"
    )
