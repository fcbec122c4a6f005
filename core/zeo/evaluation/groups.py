"""The samples of a run as groups with columns, like those of a data set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from zeo.data.looking.group import Floats, Measured
from zeo.evaluation.outcome import Outcome
from zeo.evaluation.sampled import Sampled
from zeo.plugin.feasibility import FEASIBLE_BELOW, SLC

Row = Mapping[str, float | None]


def drawn(run: Sampled) -> Measured:
    """The samples that came as grids, as they were drawn; the T atoms are the decoded Si."""
    return _group(f"{run.name}, drawn", filter(is_drawn, run.outcomes), _drawn_row)


def frameworks(run: Sampled) -> Measured:
    """What came of a run: its feasible frameworks, or all survivors where it cannot tell which are."""
    return _group(f"{run.name}, {kind_of_frameworks(run)}", frameworks_of(run), _final_row)


def kind_of_frameworks(run: Sampled) -> str:
    """What :func:`frameworks` are."""
    return "feasible" if run.judged else "survivors"


def frameworks_of(run: Sampled) -> list[Outcome]:
    """See :func:`frameworks`."""
    if run.judged:
        return [outcome for outcome in run.outcomes if outcome.below(FEASIBLE_BELOW)]
    return [outcome for outcome in run.outcomes if outcome.survived]


def is_drawn(outcome: Outcome) -> bool:
    """Whether it came as a grid."""
    return bool(outcome.measured) or outcome.si is not None


def _drawn_row(outcome: Outcome) -> Row:
    return {"t_atoms": outcome.si, **outcome.drawn}


def _final_row(outcome: Outcome) -> Row:
    if outcome.cell is None:
        return outcome.final
    cell = dict(zip("abc", outcome.cell.lengths, strict=True))
    facts = {"t_atoms": outcome.t_atoms, "density": outcome.cell.framework_density}
    energy = outcome.energy if outcome.potential == SLC else None  # others have scales of their own
    return {**cell, **facts, "energy": energy, **outcome.final}


def _group(title: str, outcomes: Iterable[Outcome], row: Callable[[Outcome], Row]) -> Measured:
    rows = [row(outcome) for outcome in outcomes]

    def column(name: str) -> Floats:
        return np.array([one.get(name) for one in rows], dtype=float)  # None becomes NaN

    return Measured(title, len(rows), column)
