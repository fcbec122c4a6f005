"""Samples and runs without a pipeline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from zeo.evaluation.outcome import Outcome
from zeo.evaluation.sampled import Sampled
from zeo.plugin.columns import Column
from zeo.plugin.declare import QuantitySpec
from zeo.plugin.feasibility import SLC
from zeo.records.record import Cell
from zeo.running.plan import Plan

CELL = Cell(lengths=(10, 10, 10), angles=(90, 90, 90), volume=1000.0, framework_density=17.0)
UNITS = {"qst": "kJ/mol", "void_fraction": "1", "void_fraction_accessible": "1", "kh": "1"}
COLUMNS = [Column("methane", QuantitySpec(name, unit)) for name, unit in UNITS.items()]


@pytest.fixture(scope="session")
def outcome() -> Callable[..., Outcome]:
    """A feasible sample of 17 T atoms; what is given takes the place of what it has."""

    def make(**facts: Any) -> Outcome:
        usual: dict[str, Any] = {
            "si": 17,
            "o": 34,
            "connectivity": 1.0,
            "perfect_before": True,
            "perfect": True,
            "key": "17-a",
            "name": None,
            "unique_t": 3,
            "cell": CELL,
            "potential": SLC,
            "energy": 12.0,
            "net_kept": True,
            "survived": True,
            "measured": frozenset(column.name for column in COLUMNS),
            "drawn": {},
            "final": {},
        }
        return Outcome(**(usual | facts))

    return make


@pytest.fixture(scope="session")
def run_of(plan_with: Callable[..., Plan]) -> Callable[..., Sampled]:
    """A run with these outcomes; more is given to its plan."""

    def make(outcomes: Sequence[Outcome], name: str = "run", **plan: Any) -> Sampled:
        return Sampled(
            name=name,
            path=Path(name),
            plan=plan_with(COLUMNS, **plan),
            n=max(len(outcomes), 1),
            pending=0,
            outcomes=tuple(outcomes),
            seconds=None,
        )

    return make
