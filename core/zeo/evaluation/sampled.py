"""A run as an evaluation reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from attrs import evolve, frozen

from zeo.errors import PluginError
from zeo.evaluation.outcome import SLC, Outcome, outcome_of
from zeo.plugin.conditioning import conditioner_of
from zeo.plugin.registry import Plugins
from zeo.running.config import DEFAULT, RunConfig
from zeo.running.record import Record
from zeo.running.rundir import RunDirectory
from zeo.running.timing import Seconds


@frozen(eq=False, kw_only=True)
class Sampled:
    """The outcomes of a run.

    Args:
        name: of the directory; its path where two have the same name.
        path: of the directory.
        config: of the run.
        pending: samples without a record.
        outcomes: of the others.
        steered: whether its targets steered the generator, and did not only rank what it drew.
        units: of what was measured, by probe and quantity.
        seconds: mean for each sample that the log tells of; None when it tells of none.
    """

    name: str
    path: Path
    config: RunConfig
    pending: int
    outcomes: tuple[Outcome, ...]
    steered: bool
    units: Mapping[str, str]
    seconds: Seconds | None

    @property
    def judged(self) -> bool:
        """Whether its energies are on the scale on which feasibility is judged."""
        potentials = {outcome.potential for outcome in self.outcomes} - {None}
        return self.config.relax is not None and potentials <= {SLC}


def read_runs(
    paths: Sequence[Path], plugins: Plugins, on_record: Callable[[str], None] = lambda _: None
) -> list[Sampled]:
    """Some runs, each with a name of its own.

    Args:
        paths: of their directories; one that occurs twice counts once.
        plugins: the installed ones, which say whether a generator is steered by targets.
        on_record: called with the name of a run after each of its records.

    Raises:
        RunDirectoryError: no run directory, or a damaged record.
    """
    paths = list({path.resolve(): path for path in paths}.values())
    runs = [read_run(path, plugins, on_record) for path in paths]
    names = [run.name for run in runs]
    return [evolve(run, name=str(run.path)) if names.count(run.name) > 1 else run for run in runs]


def read_run(path: Path, plugins: Plugins, on_record: Callable[[str], None] = lambda _: None) -> Sampled:
    """The outcomes of a run, finished or not.

    Raises:
        RunDirectoryError: no run directory, or a damaged record.
    """
    directory = RunDirectory.open(path)
    name = path.resolve().name
    outcomes = []
    units: dict[str, str] = {}
    for record in directory.records():
        outcomes.append(outcome_of(record))
        units |= _units(record)
        on_record(name)
    return Sampled(
        name=name,
        path=path,
        config=directory.config,
        pending=len(directory.pending()),
        outcomes=tuple(outcomes),
        steered=is_steered(directory.config, plugins),
        units=units,
        seconds=_mean(directory.seconds().values()),
    )


def is_steered(config: RunConfig, plugins: Plugins) -> bool:
    """Whether the targets of a run steer its generator, as far as what is installed tells."""
    if not config.targets or config.conditioner is None:
        return False
    try:
        takes_targets = plugins.find("generator", config.generator).spec.takes_targets
        return takes_targets or conditioner_of(config, plugins) is not None
    except PluginError:
        return config.conditioner != DEFAULT


def _units(record: Record) -> dict[str, str]:
    return {
        f"{probe}.{name}": quantity.unit
        for properties in (record.grid_properties, record.properties)
        for probe, quantities in properties.items()
        for name, quantity in quantities.items()
    }


def _mean(seconds: Iterable[Seconds]) -> Seconds | None:
    seconds = list(seconds)
    if not seconds:
        return None
    drawing, clean_up = (
        sum(times) / len(seconds) for times in zip(*((s.drawing, s.clean_up) for s in seconds), strict=True)
    )
    return Seconds(drawing, clean_up)
