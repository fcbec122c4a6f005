from __future__ import annotations

from collections.abc import Callable

import pytest

from zeo.errors import ConfigError
from zeo.evaluation.groups import _final_row
from zeo.evaluation.hits import Hits, aim, all_wishes
from zeo.evaluation.outcome import Outcome
from zeo.evaluation.sampled import Sampled
from zeo.plugin.feasibility import SLC
from zeo.plugin.targets import parse_target

Make = Callable[..., Outcome]
MakeRun = Callable[..., Sampled]


def qst(*values: float) -> list[dict[str, float]]:
    return [{"methane.qst": value} for value in values]


@pytest.fixture
def steered(outcome: Make, run_of: MakeRun) -> Sampled:
    """Three grids, one of them without a heat of adsorption; two feasible frameworks."""
    drawn, final = [*qst(19.0, 23.5), {}], qst(18.0, 30.0, 20.0)
    samples = [outcome(drawn=d, final=f) for d, f in zip(drawn, final, strict=True)]
    samples[2] = outcome(drawn=drawn[2], final=final[2], energy=31.0)
    return run_of(samples, name="steered", takes_targets=True, targets=("qst=18..22 kJ/mol",))


@pytest.fixture
def free(outcome: Make, run_of: MakeRun) -> Sampled:
    """A run of structures, without grids and targets."""
    return run_of(
        [outcome(si=None, o=None, measured=frozenset(), final=f) for f in qst(10.0, 20.0)], name="free"
    )


def counts(hits: Hits | None) -> tuple[int, int]:
    assert hits is not None
    return hits.hit.count, hits.hit.of


def test_each_run_is_held_against_the_targets_of_all(steered: Sampled, free: Sampled) -> None:
    runs = [steered, free]
    (wish,) = all_wishes(runs, ["qst=18..22 kJ/mol"])
    own, other = (aim(run, wish) for run in runs)
    assert (own.aimed, other.aimed) == (True, False)
    assert own.drawn is not None
    assert counts(own.drawn) == (1, 3), "an undefined value misses"
    assert (own.drawn.mean, own.drawn.miss, own.drawn.above) == (21.25, 0.75, None)
    assert counts(own.frameworks) == (1, 2), "feasible frameworks only"
    assert other.drawn is None
    assert counts(other.frameworks) == (1, 2)


def test_what_is_undefined_on_all_grids_was_measured_and_misses(outcome: Make, run_of: MakeRun) -> None:
    """As the heat is where all pores are closed."""
    run = run_of([outcome(drawn={}), outcome(drawn={})], targets=("qst=18..22 kJ/mol",))
    (wish,) = all_wishes([run], [])
    assert counts(aim(run, wish).drawn) == (0, 2)
    unmeasured = run_of([outcome(drawn={}, measured=frozenset())] * 2, targets=("qst=18..22 kJ/mol",))
    assert aim(unmeasured, wish).drawn is None


@pytest.mark.parametrize(
    ("target", "within"),
    [
        ("void_fraction=0.2", 0.02),
        ("methane.qst=20 kJ/mol", 1.0),
        ("qst_accessible=20", 1.0),
        ("kh=40", 4.0),
        ("kh=-40", 4.0),
        ("qst=18..22", 0.0),
    ],
)
def test_single_values_have_a_tolerance(target: str, within: float) -> None:
    assert parse_target(target).tolerance == pytest.approx(within)


def test_energies_of_another_potential_are_not_compared(outcome: Make, run_of: MakeRun) -> None:
    """Their scale is another one."""
    run = run_of([outcome(potential=potential, energy=-5.0) for potential in (SLC, "MACE-MP-0")])
    energies = [_final_row(each)["energy"] for each in run.outcomes]
    assert energies == [-5.0, None]


def test_a_single_value_counts_what_is_near_and_what_is_above(steered: Sampled) -> None:
    *_, wish = all_wishes([steered], ["methane.qst=19"])
    found = aim(steered, wish)
    assert found.drawn is not None
    assert found.drawn.above is not None
    assert counts(found.drawn) == (1, 3)
    assert (found.drawn.above.count, found.drawn.above.of) == (1, 3)
    assert not found.aimed


def test_targets_that_only_rank_do_not_steer(outcome: Make, run_of: MakeRun) -> None:
    ranked = run_of([outcome(drawn=qst(20.0)[0])], targets=("qst=20",))
    found = aim(ranked, *all_wishes([ranked], []))
    assert not found.aimed
    assert counts(found.drawn) == (1, 1)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("crystal_system=kubic", "crystal_system is never 'kubic': did you mean 'cubic'"),
        ("qts=20", "nothing measures 'qts': did you mean 'qst'"),
        ("argon.qst=20", "nothing measures"),
        ("qst=20 bar", "bar is no unit of methane.qst: methane.qst is in kJ/mol"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(steered: Sampled, target: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        all_wishes([steered], [target])


@pytest.mark.parametrize(
    ("wish", "found"),
    [
        ("energy<13 kJ/mol", 2),
        ("largest_ring>=12", 1),
        ("code=MFI", 1),
        ("methane.qst/energy>2 mol/mol", 1),
        ("td10=3..5", 0),
    ],
)
def test_wishes_of_any_kind_are_counted(outcome: Make, run_of: MakeRun, wish: str, found: int) -> None:
    facts = {"energy": 12.0, "largest_ring": 8, "code": "LTA"}
    samples = [
        outcome(final=qst(20.0)[0], facts=facts),
        outcome(final=qst(30.0)[0], facts=facts | {"largest_ring": 12, "code": "MFI"}),
        outcome(final=qst(30.0)[0], survived=False, energy=None, facts={}),
    ]
    run = run_of(samples)
    (asked,) = all_wishes([run], [wish])
    assert counts(aim(run, asked).frameworks) == (found, 2)
    assert aim(run, asked).drawn is None


def test_accessible_values_count_unless_all_pores_are_asked_for(outcome: Make, run_of: MakeRun) -> None:
    values = {"methane.void_fraction": 0.2, "methane.void_fraction_accessible": 0.0}
    run = run_of([outcome(final=values)], unblocked=False)
    for unblocked, hit in ((False, 0), (True, 1)):
        (wish,) = all_wishes([run], ["void_fraction>0.1"], unblocked)
        assert counts(aim(run, wish).frameworks) == (hit, 1)
