import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from zeo.errors import ConfigError  # noqa: E402
from zeo_zeosym.blueprint import Blueprints  # noqa: E402
from zeo_zeosym.prior import NEAR, SIMPLICITY, Limits, Prior  # noqa: E402

# SOD, FAU, CAN, GIS, ABW, CHA, MEL, HEU, AEN, PTY
QST = (24.0, 12.0, 20.0, 19.0, 18.0, 16.0, 21.0, None, 23.0, 22.0)
KH = (1e-5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 1000.0)


@pytest.fixture(scope="module")
def blueprints(crystals):
    known = [{"methane.qst": qst, "methane.kh": kh} for qst, kh in zip(QST, KH, strict=True)]
    return Blueprints.of(crystals, known, ("methane.qst", "methane.kh"))


def test_without_limits_any_blueprint_may_come_and_simple_ones_come_more_often(blueprints):
    prior = Prior(blueprints)
    wanted = blueprints.unique**-SIMPLICITY / (blueprints.unique**-SIMPLICITY).sum()
    np.testing.assert_allclose(prior.chances({}), wanted)
    stream = np.random.default_rng(0)
    unique = [len(prior.draw(stream, {}).sites) for _ in range(2000)]
    found = np.array([unique.count(number) for number in sorted(set(unique))]) / 2000
    by_number = [wanted[blueprints.unique == number].sum() for number in sorted(set(blueprints.unique))]
    np.testing.assert_allclose(found, by_number, atol=0.03)


@given(
    unique=st.tuples(st.integers(1, 6), st.integers(1, 6)).map(sorted),
    t_atoms=st.tuples(st.integers(4, 60), st.integers(4, 60)).map(sorted),
    density=st.tuples(st.floats(12, 20), st.floats(12, 20)).map(sorted),
    seed=st.integers(0, 99),
)
def test_what_is_drawn_is_within_the_limits(blueprints, unique, t_atoms, density, seed):
    limits = Limits(unique_t=tuple(unique), t_atoms=tuple(t_atoms), density=tuple(density))
    inside = (
        (blueprints.unique >= unique[0])
        & (blueprints.unique <= unique[1])
        & (blueprints.t_atoms >= t_atoms[0])
        & (blueprints.t_atoms <= t_atoms[1])
    )
    if density[0] < density[1]:
        inside &= (blueprints.density >= density[0]) & (blueprints.density <= density[1])
    else:
        inside &= np.abs(blueprints.density / density[0] - 1) <= NEAR
    if not inside.any():
        with pytest.raises(ConfigError, match="no framework that zeosym learned from"):
            Prior(blueprints, limits)
        return
    made = Prior(blueprints, limits).draw(np.random.default_rng(seed), {})
    assert unique[0] <= len(made.sites) <= unique[1]
    assert t_atoms[0] <= made.t_atoms <= t_atoms[1]
    assert density[0] - 1e-4 <= made.density <= density[1] + 1e-4


def test_space_groups_may_be_named_and_one_density_is_taken_as_it_is(blueprints, crystals):
    stream = np.random.default_rng(0)
    prior = Prior(blueprints, Limits(space_groups=(229, 63)))
    assert {prior.draw(stream, {}).group for _ in range(100)} <= {229, 63}
    wanted = round(1.01 * crystals[5].density, 2)
    assert Prior(blueprints, Limits(density=(wanted,))).draw(stream, {}).density == wanted


@pytest.mark.parametrize("name", ["unique_t", "t_atoms", "density"])
def test_limits_are_a_number_or_a_range(name):
    with pytest.raises(ConfigError, match=rf"zeosym\.{name} is one number or LEAST,MOST, not 5,3"):
        Limits(**{name: (5, 3)})
    with pytest.raises(ConfigError, match="not 1,2,3"):
        Limits(**{name: (1, 2, 3)})


def test_blueprints_near_an_aim_are_drawn_more_often_and_unknown_ones_never(blueprints):
    chances = Prior(blueprints).chances({"methane.qst": 24.0})
    assert chances.sum() == pytest.approx(1.0)
    assert np.argmax(chances) == 0
    known = [k for k, qst in enumerate(QST) if qst is not None]
    assert chances[QST.index(None)] == 0.0
    order = sorted(known, key=lambda k: abs(QST[k] - 24.0))
    assert (np.diff(chances[order]) < 0).all()


def test_aims_count_together_and_henry_coefficients_by_their_logarithms(blueprints):
    prior = Prior(blueprints)
    assert np.argmax(prior.chances({"methane.qst": 20.0, "methane.kh": 3.0})) == 2
    # on a linear scale, 1000 would be as far from all others
    chances = prior.chances({"methane.kh": 2.0})
    assert chances[1] > 1.02 * chances[8] > 0


def test_a_quantity_that_nothing_is_known_of_changes_no_chance(blueprints):
    prior = Prior(blueprints)
    np.testing.assert_array_equal(prior.chances({"helium.qst": 3.0}), prior.chances({}))


def test_low_energies_are_those_of_frameworks_that_are_like_the_aim(crystals):
    energies = np.concatenate([np.linspace(10.0, 20.0, 100), np.linspace(20.0, 30.0, 100)])
    voids = np.repeat([0.05, 0.25], 100)
    known = [{"energy": e, "methane.void_fraction": v} for e, v in zip(energies, voids, strict=True)]
    many = [crystals[k % len(crystals)] for k in range(200)]
    prior = Prior(Blueprints.of(many, known, ("energy", "methane.void_fraction")))
    np.testing.assert_allclose(prior.lowest_energies({}), (10.4, 15.0), atol=0.2)
    np.testing.assert_allclose(prior.lowest_energies({"methane.void_fraction": 0.25}), (20.2, 22.5), atol=0.2)
    assert Prior(Blueprints.of(many[:5], [{}] * 5, ("energy",))).lowest_energies({}) is None


def test_frameworks_that_are_all_alike_are_as_likely(crystals):
    alike = Blueprints.of(crystals[:3], [{"energy": 12.0}] * 3, ("energy",))
    prior = Prior(alike)
    np.testing.assert_allclose(prior.chances({"energy": 15.0}), prior.chances({}))
