"""The chain of the paper of ZeoGAN, counted on samples made up for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from zeo.evaluation.outcome import Outcome
from zeo.evaluation.paper_chain import chain_table, histogram, histogram_csv

Make = Callable[..., Outcome]

LOST = {"perfect": False, "potential": None, "energy": None, "unique_t": None, "name": None}


@pytest.fixture
def outcomes(outcome: Make) -> list[Outcome]:
    kinds: list[dict[str, Any]] = [
        LOST | {"si": 10, "o": 30, "connectivity": 0.9},
        LOST | {"si": 10, "o": 20, "connectivity": 0.5},
        LOST | {"si": 10, "o": 20, "connectivity": 0.8},
        {"unique_t": 3, "energy": 12.0, "name": "LTA"},
        {"unique_t": 10, "energy": 30.0},
        {"unique_t": 61, "energy": 80.0},
        {"unique_t": 61, "energy": 200.0},
    ]
    return [outcome(**kind) for kind in kinds]


def test_counts_stand_beside_those_of_the_paper(outcomes: list[Outcome]) -> None:
    ours_and_theirs = [
        ("7", "1,000,000"),
        ("6", "65"),
        ("5", "901"),
        ("4", "674"),
        ("2", "8"),
        ("3", "1,138"),
        ("2", "121"),
        ("1", "7"),
    ]
    lines = chain_table(outcomes).splitlines()[3:]
    assert len(lines) == len(ours_and_theirs)
    for line, (ours, theirs) in zip(lines, ours_and_theirs, strict=True):
        _, *numbers = re.split(r"\s{2,}", line.strip())
        assert numbers[0] == ours, line
        assert theirs in numbers[1:], line


def test_histogram_counts_both_bands(outcomes: list[Outcome]) -> None:
    assert histogram_csv(outcomes).splitlines()[1:] == ["3,1,1", "10,1,1", "61,0,1"]
    bars = [line.split() for line in histogram(outcomes).splitlines()[2:]]
    assert bars == [["1", "to", "4", "1", "#"], ["9", "to", "12", "1", "#"], ["61", "to", "64", "1", "-"]]


def test_a_run_that_found_nothing_has_no_bars(outcome: Make) -> None:
    assert histogram([outcome(**LOST)]) == ""
    assert histogram_csv([]).count("\n") == 1
    assert "shapes drawn" in chain_table([])
