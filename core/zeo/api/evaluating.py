"""Runs side by side in Python: ``zeo.evaluate`` and what it returns."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from zeo.api import arguments
from zeo.api.runs import Run, directory_of
from zeo.errors import ConfigError
from zeo.evaluation.evaluate import Evaluation
from zeo.evaluation.evaluate import evaluate as evaluate_runs
from zeo.evaluation.export import csv_text, json_text
from zeo.evaluation.sampled import read_runs
from zeo.evaluation.text import evaluation_text
from zeo.plugin.registry import installed_plugins
from zeo.running.unlike import unlike
from zeo.tools.spreadsheets import data_frame_in

if TYPE_CHECKING:
    import pandas as pd


class Comparison:
    """Runs beside each other, a data set and the published systems.

    Args:
        evaluation: the figures.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation

    def table(self) -> pd.DataFrame:
        """A row for each figure of each run: a count, share and interval, or a value with its unit."""
        return data_frame_in(self.csv(), ["run"])  # 001 is a name

    def text(self) -> str:
        """As the command line shows it."""
        return evaluation_text(self.evaluation, installed_plugins())

    def csv(self) -> str:
        """The table as CSV."""
        return csv_text(self.evaluation)

    def json(self) -> str:
        """All figures and intervals, the published systems, and what was compared."""
        return json_text(self.evaluation)

    def picture(self, form: str = "png") -> bytes:
        """The distributions of the properties, drawn.

        Args:
            form: ``"png"``, ``"pdf"`` or ``"svg"``.

        Raises:
            ConfigError: another form.
        """
        arguments.choice(form, "form", arguments.PICTURES)
        from zeo.evaluation.picture import draw_evaluation

        return draw_evaluation(self.evaluation, form)

    @property
    def remarks(self) -> list[str]:
        """A line for each run that is not finished, and for what the runs did not do alike."""
        runs = [one.run for one in self.evaluation.runs]
        unfinished = [run for run in runs if run.pending]
        pending = [
            f"{run.path}: {run.pending:,} of {run.n:,} samples are pending; the figures are of the"
            f" others (zeo run --resume {run.path} draws the rest)"
            for run in unfinished
        ]
        return [*pending, *unlike([run.plan for run in runs])]

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.text())}</pre>"


def evaluate(
    *runs: Run | str | Path,
    data: str | Path | Iterable[str | Path] = "standard",
    targets: str | Iterable[str] = (),
    unblocked: bool = False,
    on_record: Callable[[str], None] = lambda _: None,
) -> Comparison:
    """How good generators are, beside the published ones: ``zeo evaluate``.

    Args:
        runs: or their directories; one at least, finished or not.
        data: one or several that they are compared with: directories, runs, URLs, ``"standard"`` or
            ``"open"``. What the generator of a run has learned from is never new, whichever these are.
        targets: wishes that are counted besides those of the runs, such as ``"qst=18..22 kJ/mol"``.
        unblocked: whether these count all pores, and not those alone that run through the crystal.
        on_record: called with the name of a run after each of its records was read.

    Raises:
        ZeoError: no run, no data set, or a target that no run has measured.
    """
    if not runs:
        raise ConfigError("name a run or more, as in zeo.evaluate(run, other)")
    paths = [directory_of(run, "runs") for run in runs]
    wanted = arguments.texts(targets, "targets")
    sources = arguments.sources(data, "data")
    counts_all = arguments.truth(unblocked, "unblocked")
    arguments.function(on_record, "on_record")
    return Comparison(evaluate_runs(read_runs(paths, on_record), sources, wanted, counts_all))
