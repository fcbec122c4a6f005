"""Runs in Python: ``zeo.run`` and what it returns."""

from __future__ import annotations

import html
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zeo.crystal.io import read_structure
from zeo.errors import ConfigError
from zeo.evaluation.outcome import Outcome, outcome_of
from zeo.evaluation.paper_chain import chain_table, histogram, histogram_csv
from zeo.plugin.registry import installed_plugins
from zeo.running.config import make_config
from zeo.running.interpolation_table import End, ends, table_csv, table_text
from zeo.running.lifecycle import begin, carry_out, resume
from zeo.running.plan import Plan
from zeo.running.record import Record
from zeo.running.report import (
    funnel_table,
    new_nets,
    report_json,
    summary_csv,
    survivor_table,
    target_table,
)
from zeo.running.rundir import RunDirectory
from zeo.running.summary import Summary, name, summarise

if TYPE_CHECKING:
    import pandas as pd

    from zeo.crystal.structure import Structure

OnRecord = Callable[[Record], None]


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
        return cls(RunDirectory.open(Path(path)))

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
        """Samples wanted."""
        return self.directory.n

    @property
    def pending(self) -> int:
        """Samples without a record."""
        return self.directory.pending

    def records(self) -> Iterator[Record]:
        """What became of each sample, whatever its fate, in order."""
        return self.directory.records()

    @cached_property
    def summary(self) -> Summary:
        """The funnel, and the survivors ranked: targets hit first, then distance to them, then energy."""
        return summarise(self.records(), self.plan)

    @cached_property
    def _outcomes(self) -> list[Outcome]:
        """What became of each sample, as an evaluation sees it."""
        return [outcome_of(record) for record in self.records()]

    @cached_property
    def _ends(self) -> tuple[End, End]:
        """The two frameworks of an interpolation, which take a relaxation each."""
        return ends(self.plan, installed_plugins())

    def structures(self) -> dict[str, Structure]:
        """The final atoms of the survivors by their ids, best first."""
        return {row.record.id: read_structure(self.cif(row.record.id)) for row in self.summary.rows}

    def cif(self, candidate_id: str) -> Path:
        """The CIF of a survivor."""
        return self.directory.cif_path(candidate_id)

    def table(self) -> pd.DataFrame:
        """The survivors with every quantity, best first, as ``summary.csv`` has them."""
        import io

        import pandas as pd

        return pd.read_csv(io.StringIO(summary_csv(self.summary)), dtype={"id": str, "duplicate_of": str})

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
            parts.append(
                "In brackets: lost samples, measured on their grids. interpolation.csv has all quantities."
            )
        elif summary.rows:
            more = len(summary.rows) - top
            left = f"\n... and {more} more in summary.csv" if more > 0 else ""
            parts.append(survivor_table(summary, top) + left)
        shown = self.records() if self.plan.between else (row.record for row in summary.rows)
        if any(record.identity and name(record) is None for record in shown):
            parts.append(new_nets(self.plan, self.directory.versions))
        return "\n\n".join(parts)

    def write_report(self) -> None:
        """Write what the records amount to: ``summary.csv``, ``report.json``, tables of special runs."""
        files = {"report.json": report_json(self.summary), "summary.csv": summary_csv(self.summary)}
        if self.plan.preset == "zeogan-2020":
            files["unique_t.csv"] = histogram_csv(self._outcomes)
        if self.plan.between:
            files["interpolation.csv"] = table_csv(self.plan, self.records(), self._ends)
        for file, content in files.items():
            self.directory.write_file(file, content)

    def __repr__(self) -> str:
        done = self.n - self.pending
        return f"Run({str(self.path)!r}: {done} of {self.n} samples of {self.plan.generator})"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.text(top=10))}</pre>"


def run(
    generator: str = "dataset",
    probes: str | Iterable[str] = ("methane",),
    n: int = 20,
    *,
    targets: str | Iterable[str] = (),
    options: Mapping[str, Mapping[str, Any]] | None = None,
    out: str | Path | None = None,
    jobs: int = 1,
    on_record: OnRecord = lambda _: None,
    **choices: Any,
) -> Run:
    """Draw samples, make them perfect frameworks, name them and measure them: ``zeo run``.

        run = zeo.run("search", n=40, targets="qst=18..22 kJ/mol", seed=7, jobs=2)
        run.table().head()

    Args:
        generator: where samples come from.
        probes: what is measured on the final atoms.
        n: samples to draw, not survivors.
        targets: what is wanted, with units.
        options: of plugins, by plugin and option: ``{"dataset": {"noise": 0.1}}``.
        out: run directory; the first free ``runs/GENERATOR-001`` when None.
        jobs: processes, each on one thread; records are the same for any number.
        on_record: called with each record once it is on disk.
        choices: whatever else a :class:`zeo.running.config.RunConfig` has, such as ``seed``.

    Raises:
        ZeoError: a choice that cannot work; nothing is left behind then.
    """
    _require_jobs(jobs)
    if "checkpoint" in choices and choices["checkpoint"] is not None:
        choices["checkpoint"] = os.fspath(choices["checkpoint"])
    config = make_config(
        {
            "generator": generator,
            "probes": _several(probes),
            "n": n,
            "targets": _several(targets),
            "options": options or {},
            **choices,
        }
    )
    plugins = installed_plugins()
    prepared = begin(config, plugins, Path(out) if out is not None else None)
    carry_out(prepared, plugins, on_record, jobs)
    return _reported(prepared.directory)


def resume_run(
    path: str | Path,
    *,
    checkpoint: str | Path | None = None,
    jobs: int = 1,
    on_record: OnRecord = lambda _: None,
) -> Run:
    """Go on with a run that was stopped, to the same bytes: ``zeo run --resume``.

    Args:
        path: run directory.
        checkpoint: where the weights that it began with are now, if they moved.
        jobs: processes, each on one thread.
        on_record: called with each record once it is on disk.

    Raises:
        ZeoError: no run there, or its weights changed.
    """
    _require_jobs(jobs)
    plugins = installed_plugins()
    prepared = resume(Path(path), plugins, Path(checkpoint) if checkpoint is not None else None)
    carry_out(prepared, plugins, on_record, jobs)
    return _reported(prepared.directory)


def _reported(directory: RunDirectory) -> Run:
    run = Run(directory)
    run.write_report()
    return run


def _require_jobs(jobs: int) -> None:
    if not isinstance(jobs, int) or jobs < 1:
        raise ConfigError(f"jobs is a number of processes, 1 or more, not {jobs!r}")


def _several(names: str | Iterable[str]) -> Sequence[str]:
    return (names,) if isinstance(names, str) else tuple(names)
