"""The papers' table, counted on samples made up for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zeo.evaluation.evaluate import mean_atoms
from zeo.evaluation.figures import LINES, figures
from zeo.evaluation.nets import KnownNets
from zeo.evaluation.outcome import Outcome
from zeo.evaluation.published import SYSTEMS
from zeo.evaluation.sampled import Sampled
from zeo.records.record import Cell

Make = Callable[..., Outcome]
MakeRun = Callable[..., Sampled]

KNOWN = KnownNets(
    {"train": frozenset("ab"), "validation": frozenset("c"), "test": frozenset("d"), "": frozenset("e")},
    types=frozenset("a"),
    codes=frozenset({"ABW", "ATN", "SOD"}),
)

LADDER = (
    "drawn",
    "perfect",
    "converged",
    "net_kept",
    "up_to_105.6",
    "feasible",
    "up_to_20.5",
    "up_to_16",
)
"""Each of these is part of the one before."""


def counts(run: Sampled) -> dict[str, tuple[int, int] | None]:
    found = figures(run, KNOWN)
    assert list(found) == [line.name for line in LINES]
    return {name: share and (share.count, share.of) for name, share in found.items()}


@pytest.mark.parametrize(
    ("facts", "in_window", "connected"),
    [
        ({"si": 9, "o": 20, "connectivity": 0.74}, False, False),  # 0.45 itself is outside, as in the papers
        ({"si": 10, "o": 20, "connectivity": 0.75}, True, True),
        ({"si": 11, "o": 20, "connectivity": 0.8}, False, True),
        ({"si": 0, "o": 0, "connectivity": 0.0}, False, False),
    ],
)
def test_the_gates_of_the_papers(
    outcome: Make, run_of: MakeRun, facts: dict[str, Any], in_window: bool, connected: bool
) -> None:
    found = counts(run_of([outcome(**facts)]))
    assert found["si_o_window"] == (int(in_window), 1)
    assert found["connectivity_75"] == (int(connected), 1)
    assert found["both_gates"] == (int(in_window and connected), 1)


def test_what_is_lost_at_each_step_is_not_counted_after_it(outcome: Make, run_of: MakeRun) -> None:
    lost = {"perfect": False, "key": None, "potential": None, "energy": None, "net_kept": False}
    samples = [
        outcome(perfect_before=False, **lost),
        outcome(key=None, unique_t=None, potential=None, energy=None, net_kept=False),  # not one net
        outcome(unique_t=11, potential=None, energy=None, net_kept=False),  # does not converge
        outcome(energy=5.0, net_kept=False),
        outcome(energy=106.0),
        outcome(energy=105.6),
        outcome(energy=30.0),
        outcome(energy=20.5),
        outcome(energy=16.0),
    ]
    found = counts(run_of(samples))
    assert {name: found[name] for name in LADDER} == {
        name: (count, 9) for name, count in zip(LADDER, (9, 8, 6, 5, 4, 3, 2, 1), strict=True)
    }
    assert (found["perfect_before_repair"], found["identified"]) == ((8, 9), (7, 9))
    assert found["perfect_10_unique_t"] == (6, 9)


def test_each_net_counts_once_and_is_looked_for_everywhere(outcome: Make, run_of: MakeRun) -> None:
    nets = [("a", None), ("a", None), ("d", "SOD"), ("e", None), ("x", "ABW/ATN"), ("y", "mine"), ("z", None)]
    samples = [outcome(key=key, name=name) for key, name in nets]
    found = counts(run_of([*samples, outcome(key="b", energy=40.0), outcome(perfect=False, key=None)]))
    assert found["nets_of_feasible"] == (6, 7)
    places = {"train": 1, "validation": 0, "test": 1, "iza": 3, "new": 2}
    assert {place: found[f"nets_of_feasible_{place}"] for place in places} == {
        place: (count, 6) for place, count in places.items()
    }
    assert found["nets_of_perfect"] == (7, 8)
    assert found["nets_of_perfect_train"] == (2, 7)


def test_what_the_generator_has_seen_is_not_new(outcome: Make, run_of: MakeRun) -> None:
    said = {"u": "training", "v": "known", "w": "new", "b": "training", "x": None}
    found = counts(run_of([outcome(key=key, novelty=novelty) for key, novelty in said.items()]))
    places = {"train": 1, "learned": 2, "known": 1, "new": 2}
    assert {place: found[f"nets_of_feasible_{place}"] for place in places} == {
        place: (count, 5) for place, count in places.items()
    }


def test_what_a_run_cannot_tell_is_not_zero(outcome: Make, run_of: MakeRun) -> None:
    structures = counts(run_of([outcome(si=None, o=None)]))
    assert (structures["si_o_window"], structures["both_gates"]) == (None, None)
    assert structures["connectivity_75"] == (1, 1)
    unrelaxed = counts(run_of([outcome(potential=None, energy=None)], without=("relax",)))
    assert (unrelaxed["converged"], unrelaxed["nets_of_feasible"]) == (None, None)
    assert unrelaxed["nets_of_perfect"] == (1, 1)
    other = counts(run_of([outcome(potential="SevenNet"), outcome(potential=None, energy=None)]))
    assert (other["feasible"], other["perfect"]) == (None, (2, 2))
    unnamed = counts(run_of([outcome(key=None, unique_t=None)], without=("identify",)))
    assert (unnamed["identified"], unnamed["nets_of_perfect"], unnamed["feasible"]) == (None, None, (1, 1))


def test_a_run_without_samples_has_counts_of_zero(run_of: MakeRun) -> None:
    found = counts(run_of([]))
    assert (found["drawn"], found["perfect"], found["nets_of_feasible"]) == ((0, 0), (0, 0), (0, 0))
    assert mean_atoms(run_of([])) is None


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_the_table_narrows_downwards(outcome: Make, run_of: MakeRun, data: st.DataObject) -> None:
    facts = st.fixed_dictionaries(
        {
            "si": st.integers(0, 40),
            "connectivity": st.floats(0, 1),
            "perfect": st.booleans(),
            "key": st.sampled_from([None, *"abcdexyz"]),
            "energy": st.floats(0, 120),
            "net_kept": st.booleans(),
            "potential": st.sampled_from(["SLC", None]),
        }
    )
    found = counts(run_of([outcome(**one) for one in data.draw(st.lists(facts, max_size=12))]))
    values = [(found[name] or (0, 0))[0] for name in LADDER]
    assert values == sorted(values, reverse=True)
    for those in ("perfect", "feasible"):
        nets, whole = found[f"nets_of_{those}"] or (0, 0)
        assert nets <= whole == (found[those] or (0, 0))[0]
        new = (found[f"nets_of_{those}_new"] or (0, 0))[0]
        assert new <= nets


def test_atoms_are_those_of_the_perfect_cells(outcome: Make, run_of: MakeRun) -> None:
    large = Cell(lengths=(10, 10, 20), angles=(90, 90, 90), volume=2000.0, framework_density=16.5)
    samples = [outcome(), outcome(cell=large), outcome(perfect=False), outcome(cell=None)]
    assert mean_atoms(run_of(samples)) == 3 * (17 + 33) / 2


def test_published_figures_are_in_lines_of_the_table() -> None:
    names = {line.name for line in LINES}
    for system in SYSTEMS:
        assert set(system.figures) <= names
        for figure in system.figures.values():
            if figure.count is not None and figure.of is not None:
                assert figure.share == pytest.approx(figure.count / figure.of)
