"""A run as an evaluation reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from attrs import evolve, frozen

from zeo.evaluation.outcome import Outcome, outcome_of
from zeo.plugin.feasibility import SLC
from zeo.running.plan import Plan
from zeo.running.rundir import RunDirectory
from zeo.running.runlog import seconds_of
from zeo.running.timing import Seconds


@frozen(eq=False, kw_only=True)
class Sampled:
    """The outcomes of a run.

    Args:
        name: of the directory; its path where two have the same name.
        path: of the directory.
        plan: of the run.
        n: samples wanted.
        pending: samples without a record.
        outcomes: of the others.
        seconds: mean for each sample that the log tells of; None when it tells of none.
    """

    name: str
    path: Path
    plan: Plan
    n: int
    pending: int
    outcomes: tuple[Outcome, ...]
    seconds: Seconds | None

    @property
    def judged(self) -> bool:
        """Whether its energies are on the scale on which feasibility is judged."""
        potentials = {outcome.potential for outcome in self.outcomes} - {None}
        return self.plan.plugin_of("relax") is not None and potentials <= {SLC}


def read_runs(paths: Sequence[Path], on_record: Callable[[str], None] = lambda _: None) -> list[Sampled]:
    """Some runs, each with a name of its own.

    Args:
        paths: of their directories; one that occurs twice counts once.
        on_record: called with the name of a run after each of its records.

    Raises:
        RunDirectoryError: no run directory, or a damaged record.
    """
    paths = list({path.resolve(): path for path in paths}.values())
    runs = [read_run(path, on_record) for path in paths]
    names = [run.name for run in runs]
    return [evolve(run, name=str(run.path)) if names.count(run.name) > 1 else run for run in runs]


def read_run(path: Path, on_record: Callable[[str], None] = lambda _: None) -> Sampled:
    """The outcomes of a run, finished or not.

    Raises:
        RunDirectoryError: no run directory, or a damaged record.
    """
    directory = RunDirectory.open(path)
    name = path.resolve().name
    outcomes = []
    for record in directory.records():
        outcomes.append(outcome_of(record, directory.plan.columns))
        on_record(name)
    pending = directory.pending
    return Sampled(
        name=name,
        path=path,
        plan=directory.plan,
        n=len(outcomes) + pending,
        pending=pending,
        outcomes=tuple(outcomes),
        seconds=_mean(seconds_of(directory.path).values()),
    )


def _mean(seconds: Iterable[Seconds]) -> Seconds | None:
    seconds = list(seconds)
    if not seconds:
        return None
    drawing, clean_up = (
        sum(times) / len(seconds) for times in zip(*((s.drawing, s.clean_up) for s in seconds), strict=True)
    )
    return Seconds(drawing, clean_up)
