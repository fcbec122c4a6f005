"""The parts of the loop, one by one."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from zeo.crystal.orthogonal import smallest_cell
from zeo.crystal.structure import Structure
from zeo.data.known.frameworks import FrameworkSet
from zeo.data.known.relaxed import relaxed_structure
from zeo.data.sets.description import Description
from zeo.data.sets.entry import Column
from zeo.data.sets.store import DataSet
from zeo.data.sets.writer import DataSetWriter
from zeo.designing.arms import ANEW, DRAWN, FOUND, KNOWN, Arm, Bandit, arms_of
from zeo.designing.foresight import Foresight
from zeo.designing.goal import Aim, Goal, spread
from zeo.designing.improvement import Direction, direction_for
from zeo.designing.known import Known
from zeo.designing.lineages import SCARCE_AFTER, Lineages, Room, most_of_lineage
from zeo.designing.pool import Pool
from zeo.designing.recipe import Recipe, Resolved
from zeo.designing.rounds import Considered
from zeo.designing.selecting import Case, gainful, promising
from zeo.designing.state import State
from zeo.designing.tasks import Proposal, Proposing, Trial, entry_of
from zeo.designing.work import Worker
from zeo.plugin.candidate import Candidate
from zeo.plugin.catalogue import Catalogue
from zeo.plugin.registry import installed_plugins
from zeo.running.ranking import times_beaten
from zeo.running.stages import postprocessing
from zeo.running.wanted import Objective, wanted_of
from zeo.tools.threads import THREAD_LIMITS
from zeo.wishes.expressions import formula
from zeo_cleanup.relax.postprocessor import relax

CATALOGUE = Catalogue(())


def aim(text: str, low: float, high: float, scale: float = 1.0) -> Aim:
    return Aim(formula(text, CATALOGUE), low, high, scale)


def goal(*wishes: str, maximise: str = "") -> Goal:
    objectives = [Objective("maximise", maximise)] if maximise else []
    return Goal.of(wanted_of(wishes, CATALOGUE), objectives, CATALOGUE)


def identified(structure: Structure) -> Candidate:
    return postprocessing("identify", "identify", installed_plugins()).apply(Candidate.of(structure))


def test_a_hit_is_feasible_whatever_is_wished() -> None:
    assert [each.name for each in goal("density<17").aims] == ["density", "energy"]
    energy = goal("energy<18").aims
    assert [(each.name, each.high) for each in energy] == [("energy", 18.0)]


def test_a_framework_of_two_sets_is_known_once() -> None:
    standard = DataSet.open("standard")
    feasible = standard.feasible
    some, more = (feasible.where(np.arange(len(feasible)) < count) for count in (40, 60))
    known = Known((some, more), goal("energy<18"))
    assert known.looked_at == 60
    keys = known.column("key")[known.hits()].tolist()
    assert sorted(keys) == sorted(more.column("key")[more.column("energy") < 18].tolist())


@pytest.mark.parametrize(
    ("target", "options", "missing"),
    [
        ("kh>20", {}, ()),
        ("kh>20", {"methane": {"temperature": 298.0}}, ()),
        ("kh>20", {"methane": {"temperature": 400.0}}, ("methane.kh_accessible",)),
        ("kh>20", {"pores": {"oxygen_radius": 1.4}}, ()),
        ("pores.free_sphere>5", {"pores": {"oxygen_radius": 1.4}}, ("pores.free_sphere",)),
        ("kh[T=400 K]>20", {}, ("methane.kh_accessible[T=400 K]",)),
    ],
)
def test_what_was_measured_with_other_options_is_not_known(
    target: str, options: dict[str, dict[str, float]], missing: tuple[str, ...]
) -> None:
    design = Resolved(Recipe(targets=(target,), options=options))
    known = Known.to(design, [DataSet.open("standard")])
    assert known.missing == missing
    assert bool(len(known.hits())) == (not missing)


def test_a_set_that_does_not_say_how_it_measured_is_measured_anew() -> None:
    standard = DataSet.open("standard")
    silent = attrs.evolve(standard.description, made_by={"command": "zeo data build"})
    design = Resolved(Recipe(targets=("kh>20",)))
    assert not design.measured_otherwise_in(standard)
    assert "methane.kh" in design.measured_otherwise_in(DataSet(standard.storage, silent))


@pytest.mark.parametrize("name", ["methane.kh_mol", "methane.kh[T=350 K]", "methane.kh[T=298.15 K]"])
def test_guesses_are_made_from_decades_of_henry_coefficients(few: Path, tmp_path: Path, name: str) -> None:
    """Which condition they were measured under makes no difference."""
    plain, other = (
        guesses_from(DataSet.open(few), called, tmp_path / str(number))
        for number, called in enumerate(("methane.kh", name))
    )
    assert plain.tolist() == other.tolist()


def guesses_from(data: DataSet, called: str, out: Path) -> np.ndarray:
    """Topological densities, known of every third framework, guessed by Henry coefficients of some name."""
    entries = [attrs.evolve(each, properties={called: each.properties["methane.kh"]}) for each in data]
    description = Description(name="one", made_by={}, properties=(Column(called, "float", "1", ""),))
    DataSetWriter(out, description).append(entries)
    measured = {position: {"td10": entries[position].density} for position in range(0, len(entries), 3)}
    known = Known((DataSet.open(out),), goal("td10<100"), measured)
    (guessed,) = known.numbers([aim("td10", 0.0, 100.0)]).values()
    return guessed


def test_what_is_drawn_is_drawn_on_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in processes of its own: sums depend on how many threads share them."""
    import torch

    for name in THREAD_LIMITS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    threads: list[int] = []
    monkeypatch.setattr(torch, "set_num_threads", threads.append)
    found = Worker(Resolved(Recipe(targets=("energy<30",), generators=("zeosym",)))).proposed(
        Proposing(Arm("zeosym", DRAWN, 0.5), 3, FrameworkSet((), {}.__getitem__))
    )
    assert found.asked
    assert threads == [1, 2]


def test_a_miss_is_measured_in_scales_and_infinite_where_undefined() -> None:
    within = aim("density", 14.0, 16.0, scale=2.0)
    assert within.miss([15.0, 18.0, 13.0, math.nan]).tolist() == [0.0, 1.0, 0.5, math.inf]


def test_a_net_rules_wishes_out_before_relaxation() -> None:
    wanted = goal("largest_ring=12", "density<17")
    assert wanted.may_meet({"largest_ring": 12})
    assert not wanted.may_meet({"largest_ring": 10, "density": 15.0})
    assert not wanted.may_meet({"density": 15.0})  # an unknown ring is none of twelve


def test_the_front_has_what_nothing_beats() -> None:
    merits = np.array([[1.0, 3.0], [2.0, 2.0], [1.0, 2.0], [3.0, 1.0]])
    assert times_beaten(merits).tolist() == [0, 0, 2, 0]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=8))
def test_who_beats_another_is_beaten_less_often(merits: list[tuple[int, int]]) -> None:
    """Ties are common: rings are whole numbers."""
    beaten = times_beaten(np.array(merits, dtype=float))
    for a, b in itertools.product(range(len(merits)), repeat=2):
        if merits[a] != merits[b] and all(x >= y for x, y in zip(merits[a], merits[b], strict=True)):
            assert beaten[a] < beaten[b]


def test_the_spread_of_normal_numbers_is_their_deviation() -> None:
    numbers = np.random.default_rng(1).normal(5.0, 2.0, 20_000)
    assert spread(numbers) == pytest.approx(2.0, rel=0.05)
    assert spread(np.array([math.nan])) == 1.0


class TestForesight:
    def test_learns_what_relaxation_takes_away(self) -> None:
        energy = aim("energy", -math.inf, 20.0)
        foresight = Foresight((energy,))
        before = foresight.chance((energy,), {"energy": 20.5})
        for _ in range(50):
            foresight.learn({"energy": 20.5}, {"energy": 19.0})
        assert before < 0.1
        assert foresight.chance((energy,), {"energy": 20.5}) > 0.95

    def test_errors_far_away_teach_little(self) -> None:
        energy = aim("energy", -math.inf, 20.0)
        foresight = Foresight((energy,))
        for _ in range(50):
            foresight.learn({"energy": 10.0}, {"energy": 8.0})
        bias, _ = foresight.error(energy, 20.5)
        assert abs(bias) < 1e-3

    def test_a_spread_makes_sure_things_unsure(self) -> None:
        energy = aim("energy", -math.inf, 20.0)
        foresight = Foresight((energy,))
        for error in (-2.0, 2.0) * 40:
            foresight.learn({"energy": 19.0}, {"energy": 19.0 + error})
        assert 0.55 < foresight.chance((energy,), {"energy": 19.0}) < 0.85

    def test_what_is_unknown_is_met_as_often_as_before_and_what_is_undefined_rules_out(self) -> None:
        energy = aim("energy", -math.inf, 20.0)
        foresight = Foresight((energy,))
        assert foresight.chance((energy,), {"energy": None}) == 1.0
        for found in (19.0, 25.0, 26.0):
            foresight.learn({"energy": None}, {"energy": found})
        assert foresight.chance((energy,), {"energy": None}) == 0.5
        assert foresight.chance((energy,), {"energy": math.nan}) == 0.0

    def test_what_the_net_decides_is_sure(self) -> None:
        ring = aim("largest_ring", 12.0, 12.0)
        foresight = Foresight((ring,))
        assert foresight.chance((ring,), {"largest_ring": 12.0}) == 1.0
        assert foresight.chance((ring,), {"largest_ring": 10.0}) == 0.0


class TestPool:
    @pytest.fixture
    def pool(self) -> Pool:
        pool = Pool(100, Lineages())
        pool.add([0.0] * 5 + [3.0] * 200, [50] * 204 + [500], [f"l{k}" for k in range(205)])
        return pool

    def drawn(self, pool: Pool) -> np.ndarray:
        stream = np.random.default_rng(2)
        drawn = [position for _ in range(400) for position in pool.draw(stream, 3, 0, len(pool))]
        return np.bincount(drawn, minlength=205)

    def test_the_near_ones_are_drawn_and_far_ones_give_variety(self, pool: Pool) -> None:
        times = self.drawn(pool)
        assert times[:5].min() > 10 * times[5:].mean()
        assert (times[5:] > 0).sum() > 30

    def test_a_framework_too_large_is_never_drawn(self, pool: Pool) -> None:
        assert self.drawn(pool)[204] == 0

    def test_use_and_hits_of_the_lineage_give_others_their_turn(self, pool: Pool) -> None:
        pool.use([0, 0, 0])
        for _ in range(6):
            pool.lineages.hit("l1")
        times = self.drawn(pool)
        assert times[0] < times[2] / 5
        assert times[1] < times[2] / 5

    def test_saddle_points_run_in_families(self, pool: Pool) -> None:
        firmness = pool.lineages.firmness
        assert firmness("l1") == 1.0
        for _ in range(6):
            pool.lineages.fell("l0")
            pool.lineages.hit("l1")
        assert firmness("l0") < 0.5 < 1.0 == firmness("l2") < firmness("l1")
        times = self.drawn(pool)
        assert times[0] < times[2] / 2

    def test_one_ancestor_may_have_more_hits_where_they_are_scarce(self) -> None:
        assert [most_of_lineage(20, rounds) for rounds in (0, SCARCE_AFTER - 1, SCARCE_AFTER)] == [4, 4, 8]
        assert most_of_lineage(1, 0) == most_of_lineage(1, 99) == 4

    def test_hits_that_are_to_be_expected_take_room(self) -> None:
        lineages = Lineages()
        lineages.hit("l0")
        room = Room(lineages, most=2)
        room.take("l0", chance=0.3)
        assert room.is_left("l0")
        room.take("l0", chance=0.8)
        assert not room.is_left("l0")
        assert room.is_left("l1")

    def test_frameworks_that_were_all_used_very_often_are_drawn_on(self, pool: Pool) -> None:
        for position in range(205):
            pool.use([position] * 400)
        times = self.drawn(pool)
        assert times[:5].min() > 10 * times[5:].mean() > 0

    def test_none_where_there_is_none(self) -> None:
        pool = Pool(100, Lineages())
        pool.add([math.inf], [10], ["l"])
        assert pool.draw(np.random.default_rng(0), 3, 0, 1) == []


class TestTrials:
    @pytest.fixture
    def worker(self) -> Worker:
        return Worker(Resolved(Recipe(targets=("energy<16",), generators=("search",))))

    def trial(self, code: str) -> Trial:
        found = identified(relaxed_structure(code))
        assert found.structure is not None
        assert found.identity is not None
        proposal = Proposal(found.structure, found.identity, "search from known", {})
        return Trial(proposal, entry_of(proposal, code), direction_for(0, 0, [], [], [], 20))

    def test_what_falls_when_its_primitive_cell_is_shaken_keeps_its_own(self, worker: Worker) -> None:
        """Cubic sodalite is at a saddle point: its cages twist."""
        tried = worker.tried(self.trial("SOD"))
        assert tried.met
        assert tried.hit
        (row,) = tried.row.to_pylist()
        assert row["t_atoms"] == 12
        assert row["energy"] == pytest.approx(11.78, abs=0.02)

    def test_what_is_at_a_minimum_stays_as_relaxation_left_it(self, worker: Worker) -> None:
        trial = self.trial("GIS")
        tried = worker.tried(trial)
        assert tried.hit
        (row,) = tried.row.to_pylist()
        relaxed = relax(smallest_cell(trial.entry.structure), cell="orthorhombic")
        assert row["energy"] == pytest.approx(relaxed.energy, abs=1e-5)


@pytest.mark.parametrize("maximise", ["", "density"])
def test_families_that_fall_when_shaken_come_last(maximise: str) -> None:
    wishes = Recipe(targets=("energy<16",), maximise=(maximise,) * bool(maximise), generators=("search",))
    resolved = Resolved(wishes)
    state = State(resolved, Known((DataSet.open("standard"),), resolved.goal))
    found = identified(relaxed_structure("GIS"))
    assert found.structure is not None
    assert found.identity is not None
    proposal = Proposal(found.structure, found.identity, "search from known", {})
    cases = [
        Case(
            0,
            proposal,
            entry_of(proposal, name),
            Considered(key=name, arm="", lineage=name, chance=0.6, gain=1, before={}),
        )
        for name in ("loose", "firm")
    ]
    for _ in range(20):
        state.lineages.fell("loose")
        state.lineages.hit("other")
    chosen = gainful(state, cases, 1.0) if maximise else promising(state, cases, 1.0)
    assert [case.entry.name for case in chosen] == ["firm"]


class TestArms:
    def test_what_explores_has_three_ways(self) -> None:
        arms = arms_of(["search", "zeosym"], installed_plugins())
        assert [arm.way for arm in arms] == [KNOWN, FOUND, ANEW, DRAWN]

    def test_a_sample_costs_what_its_generator_declares(self) -> None:
        zeosym, zeodiff = arms_of(["zeosym", "zeodiff"], installed_plugins())
        assert (zeosym.seconds, zeodiff.seconds) == (0.6, 6.0)

    def test_the_bandit_turns_to_what_yields(self) -> None:
        good, bad = Arm("search", KNOWN, 0.02), Arm("search", FOUND, 0.02)
        bandit = Bandit((good, bad))
        for _ in range(10):
            bandit.reward(good.name, 4, 2.0)
            bandit.reward(bad.name, 0, 2.0)
        stream = np.random.default_rng(3)
        chosen = [bandit.choose(stream, (bad, good)) for _ in range(200)]
        assert chosen.count(good) > 190

    def test_the_bandit_forgets_what_has_dried_up(self) -> None:
        first, other = Arm("search", KNOWN, 0.02), Arm("search", FOUND, 0.02)
        bandit = Bandit((first, other))
        for hits in [4] * 10 + [0] * 60:
            bandit.reward(first.name, hits, 2.0)
        stream = np.random.default_rng(3)
        chosen = [bandit.choose(stream, (first, other)) for _ in range(200)]
        assert chosen.count(other) > 150


class TestDirection:
    ONE = Direction((0.0,), (1.0,), (1.0,), bar=1.0)

    @pytest.mark.parametrize(("mean", "spread"), [(0.0, 1.0), (1.5, 0.3), (-2.0, 2.0), (1.0, 0.5)])
    def test_one_objective_has_the_closed_form(self, mean: float, spread: float) -> None:
        z = (mean - 1.0) / spread
        known = (mean - 1.0) * norm.cdf(z) + spread * norm.pdf(z)
        assert self.ONE.expected_improvement([mean], [spread]) == pytest.approx(known, rel=0.02, abs=1e-4)

    def test_several_objectives_have_the_mean_gain_of_samples(self) -> None:
        direction = Direction((0.0, 1.0), (2.0, 0.5), (0.6, 0.8), bar=0.7)
        means, spreads = [1.0, 1.2], [0.8, 0.3]
        drawn = np.random.default_rng(0).normal(means, spreads, (40_000, 2))
        gains = [max(direction.along(merits) - 0.7, 0.0) for merits in drawn]
        found = direction.expected_improvement(means, spreads)
        assert found == pytest.approx(float(np.mean(gains)), rel=0.05)

    def test_what_is_undefined_gains_nothing(self) -> None:
        assert self.ONE.expected_improvement([math.nan], [1.0]) == 0.0
        assert not self.ONE.is_better([-math.inf])

    def test_the_last_of_the_best_is_the_bar(self) -> None:
        few = direction_for(0, 1, [0.0], [2.0], [[1.0], [5.0]], best=3)
        enough = direction_for(0, 1, [0.0], [2.0], [[1.0], [5.0], [3.0]], best=2)
        assert few.bar == -math.inf
        assert few.is_better([-7.0])
        assert enough.bar == 1.5
        assert not enough.is_better([3.0])

    def test_directions_differ_from_round_to_round_and_point_up(self) -> None:
        drawn = [direction_for(number, 1, [0, 0], [1, 1], [], best=3).weights for number in range(8)]
        assert len(set(drawn)) == 8
        assert all(min(weights) > 0 for weights in drawn)
        assert direction_for(3, 1, [0, 0], [1, 1], [], best=3).weights == drawn[3]

    def test_without_objectives_everything_is_alike(self) -> None:
        assert direction_for(0, 1, [], [], [], best=3).is_better([])
