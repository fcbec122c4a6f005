"""Runs in Python: ``zeo.run`` and what it returns."""

from __future__ import annotations

import html
import json
import shlex
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
from attrs import frozen

from zeo.api import arguments
from zeo.api.arguments import Options
from zeo.api.executors import engine
from zeo.data.sets.runs import labelled
from zeo.errors import ConfigError, InputError
from zeo.evaluation.outcome import Outcome, outcome_of
from zeo.evaluation.paper_chain import chain_table, histogram, histogram_csv
from zeo.plugin.registry import installed_plugins
from zeo.records.record import Record
from zeo.running import lifecycle
from zeo.running.advice import advice
from zeo.running.cifs import write_cifs
from zeo.running.config import RunConfig, make_config, merge_options, read_toml
from zeo.running.enough import Enough
from zeo.running.grid_size import grid_options
from zeo.running.interpolation_table import End, ends, table_csv, table_text
from zeo.running.plan import Plan
from zeo.running.report import (
    SUMMARY,
    TEXTS,
    funnel_table,
    new_nets,
    report_json,
    summary_csv,
    summary_lines,
    survivor_table,
    target_table,
)
from zeo.running.rundir import RunDirectory
from zeo.running.shard import Shard
from zeo.running.summary import Summary, name, summarise
from zeo.tools.spreadsheets import data_frame_in, objects_in
from zeo.tools.tables import filled

if TYPE_CHECKING:
    import pandas as pd

    from zeo.crystal.structure import Structure

OnRecord = Callable[[Record], None]

MORE = 4
"""Times as many samples are advised where none is as it was wanted."""

SEVERAL = ("probes", "targets", "maximise", "minimise", "filters")
"""Choices that are several names; one alone stands for itself."""


class Run:
    """A run on disk, finished or not: its plan, its records, its survivors.

    Args:
        directory: that holds it.
    """

    def __init__(self, directory: RunDirectory) -> None:
        self.directory = directory

    @classmethod
    def open(cls, path: str | Path) -> Run:
        """A run that was made before; nothing is written.

        Raises:
            RunDirectoryError: no run there.
        """
        return cls(RunDirectory.open(arguments.path(path, "path")))

    @property
    def path(self) -> Path:
        """The run directory."""
        return self.directory.path

    @property
    def plan(self) -> Plan:
        """All that decided what the samples became."""
        return self.directory.plan

    @property
    def n(self) -> int:
        """Samples wanted, of a shard its own; at most so many where a run ends with frameworks found."""
        return len(self.directory.indices)

    @property
    def drawn(self) -> int:
        """Samples with a record."""
        return len(self.directory.store.indices())

    @property
    def pending(self) -> int:
        """Samples without a record that are still to be drawn; at most so many, as for :attr:`n`."""
        return self.directory.pending

    def records(self) -> Iterator[Record]:
        """What became of each sample, whatever its fate, in order."""
        return self.directory.records()

    @cached_property
    def summary(self) -> Summary:
        """The funnel, and the survivors ranked: targets hit first, then distance to them, then energy."""
        enough = Enough(self.directory.goal, self.plan, self.directory.n)
        return summarise(self.directory.store, self.plan, enough)

    @cached_property
    def _outcomes(self) -> list[Outcome]:
        """What became of each sample, as an evaluation sees it."""
        return [outcome_of(record, self.plan.columns) for record in self.records()]

    @cached_property
    def _ends(self) -> tuple[End, End]:
        """The two frameworks of an interpolation, which take a relaxation each."""
        return ends(self.plan, installed_plugins())

    def structures(self) -> dict[str, Structure]:
        """The final atoms of the survivors by their ids, best first."""
        indices = self.summary.survivors.indices.tolist()
        found = dict(self.directory.structures_at(indices))
        return {f"{index:06d}": found[index] for index in indices}

    def structure(self, candidate_id: str) -> Structure:
        """The final atoms of a survivor, by its id in Python or in ``summary.csv``.

        Raises:
            InputError: there is no such survivor.
        """
        bare = candidate_id.removeprefix(labelled(""))
        found = list(self.directory.structures_at([int(bare)])) if bare.isdecimal() else []
        if not found:
            raise InputError(f"{self.path} has no candidate {candidate_id!r}")
        return found[0][1]

    def cif(self, candidate_id: str) -> Path:
        """Where the CIF of a survivor is, by its id in Python or in ``summary.csv``; of many, the best have
        one. :meth:`structure` has the atoms of all."""
        return self.directory.cif_path(candidate_id.removeprefix(labelled("")))

    def table(self) -> pd.DataFrame:
        """The survivors with every quantity, best first, as ``summary.csv`` has them; the ids are those of
        :meth:`structures`, texts."""
        table = data_frame_in(summary_csv(self.summary), TEXTS)
        for column in ("id", "duplicate_of"):
            table[column] = table[column].astype("string").str.removeprefix(labelled(""))
        return table

    def text(self, top: int = 30) -> str:
        """The funnel and the best survivors, as the command line shows them.

        Args:
            top: survivors to show.
        """
        summary = self.summary
        parts = [funnel_table(summary)]
        if summary.achieved:
            parts.append(target_table(summary))
        if self.plan.preset == "zeogan-2020":
            parts += [text for text in (chain_table(self._outcomes), histogram(self._outcomes)) if text]
        if self.plan.between:
            parts.append(table_text(self.plan, self.records(), self._ends))
            remark = (
                "In brackets: lost samples, measured on their grids; interpolation.csv has all quantities"
            )
            parts.append(filled(remark))
        elif len(summary.survivors):
            more = len(summary.survivors) - top
            left = f"\n... and {more} more in summary.csv" if more > 0 else ""
            parts.append(survivor_table(summary, top) + left)
        nameless = (
            any(record.identity and name(record) is None for record in self.records())
            if self.plan.between
            else bool((summary.survivors.has_net & (summary.survivors.names == None)).any())  # noqa: E711
        )
        if nameless:
            parts.append(new_nets(self.plan, self.directory.versions))
        if not self.pending and not self.plan.between and self.directory.shard is None:
            command = f"zeo run --resume {shlex.quote(str(self.path))} -n {MORE * self.n}"
            told = advice(summary, self.records(), self.plan, installed_plugins(), command)
            parts += [told] if told else []
        return "\n\n".join(parts)

    def csv(self) -> str:
        """All that the table has and more: ``summary.csv``, or ``interpolation.csv`` of an interpolation."""
        if self.plan.between:
            return table_csv(self.plan, self.records(), self._ends)
        return summary_csv(self.summary)

    def json(self) -> str:
        """The counts of ``report.json``, and the lines of :meth:`csv` as objects."""
        counts = json.loads(report_json(self.summary))
        table = objects_in(self.csv(), TEXTS)
        return json.dumps({"run": str(self.path), **counts, "table": table}, indent=1) + "\n"

    def write_report(self) -> None:
        """Write what the records amount to: CIFs, special tables, ``report.json`` and, at last,
        ``summary.csv``."""
        write_cifs(self.directory, self.summary.survivors.indices.tolist())
        files: dict[str, str | Iterable[str]] = {}
        if self.plan.preset == "zeogan-2020":
            files["unique_t.csv"] = histogram_csv(self._outcomes)
        if self.plan.between:
            files["interpolation.csv"] = table_csv(self.plan, self.records(), self._ends)
        files["report.json"] = report_json(self.summary)
        files[SUMMARY] = summary_lines(self.summary)
        for file, content in files.items():
            self.directory.write_file(file, content)

    def report(self, out: str | Path | None = None) -> Path:
        """Write the page on which the run is looked at; see :func:`zeo.report`.

        Args:
            out: the file, which is written over; ``report.html`` in the run directory when None, the same
                bytes whatever the directory is called.

        Returns:
            The file.
        """
        from zeo.api.reporting import own_report, report

        return own_report(self) if out is None else report(self, out=out, force=True)

    def __repr__(self) -> str:
        most = "" if self.directory.goal is None else "at most "
        part = "" if self.directory.shard is None else f"shard {self.directory.shard}: "
        return (
            f"Run({str(self.path)!r}: {part}{self.drawn} of {most}{self.n} samples of {self.plan.generator})"
        )

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.text(top=10))}</pre>"


@frozen(kw_only=True)
class Prepared:
    """A run that is on disk and can be carried out.

    Args:
        run: begun or resumed.
        changed: what software is another than that which began it; last digits may then differ.
    """

    run: Run
    changed: tuple[str, ...]
    _prepared: lifecycle.Prepared

    def carry_out(
        self,
        on_record: OnRecord,
        jobs: int,
        minutes: float | None = None,
        executor: Executor | None = None,
        time_limit: float | None = None,
    ) -> Run:
        """Compute what is pending, and write what it amounts to; Ctrl-C too leaves a report behind.

        Args:
            on_record: called with each record once it is on disk.
            jobs: processes, each on one thread.
            minutes: after which no further batch is begun.
            executor: that does the work instead.
            time_limit: see :func:`run`.

        Raises:
            ZeoError: a plan that cannot work, or a plugin that always fails.
        """
        plugins, report = installed_plugins(), self.run.write_report
        lifecycle.carry_out(self._prepared, plugins, report, on_record, jobs, minutes, executor, time_limit)
        return self.run

    @classmethod
    def of(cls, prepared: lifecycle.Prepared) -> Prepared:
        """With the run as an object."""
        return cls(run=Run(prepared.directory), changed=prepared.changed, prepared=prepared)


def run(
    generator: str | None = None,
    probes: str | Iterable[str] | None = None,
    n: int | None = None,
    *,
    targets: str | Iterable[str] | None = None,
    options: Options | None = None,
    config: str | Path | None = None,
    reference: str | Path | None = None,
    grid_size: int | None = None,
    out: str | Path | None = None,
    until: int | None = None,
    new: bool | None = None,
    minutes: float | None = None,
    time_limit: float | None = None,
    shard: str | None = None,
    jobs: int = 1,
    executor: str | Executor | None = None,
    on_record: OnRecord = lambda _: None,
    **choices: Any,
) -> Run:
    """Draw samples, make them perfect frameworks, name them and measure them: ``zeo run``.

        run = zeo.run("search", "methane", n=40, targets="qst=18..22 kJ/mol", seed=7, jobs=2)
        run.table().head()
        zeo.run("search", targets="methane.qst>=20 kJ/mol", until=10, new=True, minutes=60)

    What is not given is as in ``config``, or else as on the command line.

    Args:
        generator: where samples come from.
        probes: what is measured on the final atoms.
        n: samples to draw, not survivors; with ``until`` at most, 100 for each when None.
        targets: wishes, such as ``"qst>=18 kJ/mol"``; see :func:`zeo.wishes.wish.parse_wish`.
        options: of plugins, by plugin and option: ``{"dataset": {"noise": 0.1}}``.
        config: a TOML file with choices; those given here win.
        reference: a folder of structures, a data set or a run after which nets are named too.
        grid_size: grid points along each axis, of the representation and of the probes; theirs when None.
        out: run directory; the first free ``runs/GENERATOR-001`` when None.
        until: the run ends when it has so many frameworks of different nets that meet all wishes and, where
            that is known, are feasible.
        new: only nets count for ``until`` that are in no reference, that the generator has not learned from,
            and that are in no data set it starts from.
        minutes: after which no further batch is begun; :func:`resume_run` goes on.
        time_limit: seconds that a stage may take with one sample, or the generator with a batch; a process
            that takes longer is ended, and what did so three times is lost. None for ever.
        shard: ``"3/64"`` computes that part of the run alone; :func:`zeo.merge` makes one run of all of them.
        jobs: processes, each on one thread; records are the same for any number.
        executor: that does the work instead; see :func:`zeo.api.executors.engine`.
        on_record: called with each record once it is on disk.
        choices: whatever else a :class:`zeo.running.config.RunConfig` has, such as ``seed``.

    Raises:
        ZeoError: a choice that cannot work; nothing is left behind then.
    """
    minutes, time_limit = arguments.minutes(minutes), arguments.seconds(time_limit)
    arguments.function(on_record, "on_record")
    given = {"generator": generator, "probes": probes, "n": n, "targets": targets, "until": until, "new": new}
    choices |= {name: value for name, value in given.items() if value is not None}
    with engine(executor, jobs) as what:
        prepared = begun(choices, options, config, reference, grid_size, out, shard)
        return prepared.carry_out(on_record, what.jobs, minutes, what.executor, time_limit)


def begun(
    choices: dict[str, Any],
    options: Options | None = None,
    config: str | Path | None = None,
    reference: str | Path | None = None,
    grid_size: int | None = None,
    out: str | Path | None = None,
    shard: str | None = None,
) -> Prepared:
    """A new run, with its choices checked and its directory made; the arguments are those of :func:`run`.

    Raises:
        ZeoError: a choice that cannot work.
    """
    file = arguments.path_or_none(config, "config")
    made = make_config({**(read_toml(file) if file else {}), **_in_form(choices)})
    plugins = installed_plugins()
    named = _reference_options(made, arguments.path_or_none(reference, "reference"))
    points = arguments.grid_points(grid_size)
    sizes = grid_options(made, points, plugins) if points is not None else {}
    merged = merge_options(made.options, named, sizes, arguments.options_by_plugin(options))
    made = attrs.evolve(made, options=merged)
    part = None if shard is None else Shard.parse(arguments.text(shard, "shard"))
    return Prepared.of(lifecycle.begin(made, plugins, arguments.path_or_none(out, "out"), part))


def _in_form(choices: dict[str, Any]) -> dict[str, Any]:
    """Choices as a configuration has them: one name stands for several, a path is a text."""
    formed = choices | {name: arguments.texts(choices[name], name) for name in SEVERAL if name in choices}
    if choices.get("checkpoint") is not None:
        formed["checkpoint"] = str(arguments.path(choices["checkpoint"], "checkpoint"))
    return formed


def _reference_options(config: RunConfig, reference: Path | None) -> dict[str, dict[str, Any]]:
    if reference is None:
        return {}
    if config.identify is None:
        raise ConfigError(
            "a reference folder names nets, and this run identifies none: leave out the reference"
        )
    named = reference.resolve() if reference.exists() else reference  # a data set may have but a name
    return {config.identify: {"reference": str(named)}}


def interpolate(
    first: str | Path,
    second: str | Path,
    steps: int = 5,
    paths: int = 1,
    *,
    mix: str | None = None,
    generator: str = "zeodiff",
    probes: str | Iterable[str] = ("methane",),
    options: Options | None = None,
    out: str | Path | None = None,
    jobs: int = 1,
    on_record: OnRecord = lambda _: None,
    **choices: Any,
) -> Run:
    """Draw samples on the path from one framework to another: ``zeo interpolate``.

        zeo.interpolate("LTA", "SOD", steps=5).text()

    Args:
        first: an IZA code, a structure file, a name in the data set ``standard``, or ``DATASET/NAME``.
        second: likewise.
        steps: samples on a path, both ends included.
        paths: from the first to the second, each with noise of its own.
        mix: how noisy grids are mixed: ``"variance-preserving"`` or ``"linear"``; the generator's own when
            None.
        generator: that can interpolate.
        probes: what is measured on grids and final atoms.
        options: of plugins, by plugin and option.
        out: run directory; the first free ``runs/FIRST-SECOND-001`` when None.
        jobs: processes, each on one thread.
        on_record: called with each record once it is on disk.
        choices: as for :func:`run`.

    Raises:
        ZeoError: a choice that cannot work; nothing is left behind then.
    """
    arguments.function(on_record, "on_record")
    choices |= {"generator": generator, "probes": probes}
    jobs = arguments.processes(jobs)
    prepared = begun_between(first, second, steps, paths, mix, choices, options, out)
    return prepared.carry_out(on_record, jobs)


def begun_between(
    first: str | Path,
    second: str | Path,
    steps: int,
    paths: int,
    mix: str | None,
    choices: dict[str, Any],
    options: Options | None,
    out: str | Path | None,
) -> Prepared:
    """A new interpolation, as :func:`begun`; the arguments are those of :func:`interpolate`.

    Raises:
        ZeoError: a choice that cannot work.
    """
    ends = (arguments.source(first, "first"), arguments.source(second, "second"))
    steps = arguments.whole_number(steps, "steps", 2)
    n = steps * arguments.whole_number(paths, "paths", 1)
    mixed = {} if mix is None else {choices["generator"]: {"mix": arguments.text(mix, "mix")}}
    merged = merge_options(arguments.options_by_plugin(options), mixed)
    return begun({**choices, "between": ends, "steps": steps, "n": n}, merged, out=out)


def resume_run(
    path: Run | str | Path,
    *,
    n: int | None = None,
    checkpoint: str | Path | None = None,
    minutes: float | None = None,
    time_limit: float | None = None,
    jobs: int = 1,
    executor: str | Executor | None = None,
    on_record: OnRecord = lambda _: None,
) -> Run:
    """Go on with a run that was stopped, to the same bytes, or draw more samples: ``zeo run --resume``.

        zeo.resume_run("runs/search-001", n=100)  # what zeo.run(..., n=100) would have made

    Args:
        path: the run, or its directory.
        n: samples in all, those that are there included; as many as it already wants when None.
        checkpoint: where the weights that it began with are now, if they moved.
        minutes: after which no further batch is begun.
        time_limit: see :func:`run`.
        jobs: processes, each on one thread.
        executor: that does the work instead; see :func:`zeo.api.executors.engine`.
        on_record: called with each record once it is on disk.

    Raises:
        ZeoError: no run there, its weights changed, or it wants more samples already.
    """
    minutes, time_limit = arguments.minutes(minutes), arguments.seconds(time_limit)
    arguments.function(on_record, "on_record")
    with engine(executor, jobs) as what:
        return resumed(path, checkpoint, n).carry_out(
            on_record, what.jobs, minutes, what.executor, time_limit
        )


def resumed(path: Run | str | Path, checkpoint: str | Path | None = None, n: int | None = None) -> Prepared:
    """A run that is to go on, ready; the arguments are those of :func:`resume_run`.

    Raises:
        ZeoError: no run there, its weights changed, or it wants more samples already.
    """
    weights = arguments.path_or_none(checkpoint, "checkpoint")
    total = None if n is None else arguments.whole_number(n, "n", 1)
    return Prepared.of(lifecycle.resume(directory_of(path, "path"), installed_plugins(), weights, total))


def directory_of(run: Run | str | Path, argument: str) -> Path:
    """Of a run, which may be named by it.

    Raises:
        ConfigError: what is neither a run nor a path.
    """
    return run.path if isinstance(run, Run) else arguments.path(run, argument)
