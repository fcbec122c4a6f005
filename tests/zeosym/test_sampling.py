import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zeo_zeosym.collection import Crystals
from zeo_zeosym.crystal import Crystal
from zeo_zeosym.noise import STRAIN
from zeo_zeosym.operations import primitive_operations
from zeo_zeosym.sampling import FIRST, LAST, Noise, State, begun, levels, moved, sampled
from zeo_zeosym.sites import site_of

SPREAD = 0.3
"""Angstrom, of the T atoms of a made-up distribution around the origin of a wide cell."""


@pytest.fixture(scope="module")
def wide():
    """600 T atoms that know nothing of each other, in a cell so wide that nothing wraps around."""
    lattice = 1000.0 * np.eye(3)
    anywhere = site_of(np.array([0.1, 0.2, 0.3]), lattice, 1, 0.1)
    return Crystals.of([Crystal(1, lattice, [anywhere] * 600, np.zeros((600, 3)))])


def normal(crystals, state, sigma):
    """The noise that T atoms have when clean ones are spread normally around the origin."""
    away = state.coords @ crystals.lattice[0]
    return Noise(away * sigma / (SPREAD**2 + sigma**2), np.zeros((1, 6)))


def unit(crystals, stream):
    atoms = stream.normal(size=(len(crystals.multiplicity), 3, 1))
    strain = stream.normal(size=(len(crystals), 6, 1))
    return Noise((crystals.projection @ atoms)[:, :, 0], (crystals.allowed @ strain)[:, :, 0])


def drawn(crystals, count, share, seed=0):
    stream = np.random.default_rng(seed)

    def fresh():
        return Noise(stream.normal(size=(600, 3)), np.zeros((1, 6)))

    start = begun(crystals, FIRST, fresh())
    end = sampled(
        crystals,
        start,
        lambda state, sigma: normal(crystals, state, sigma),
        fresh,
        levels(count),
        share,
    )
    return start.coords @ crystals.lattice[0], end.coords @ crystals.lattice[0]


def test_levels_fall_from_the_first_to_the_last_and_to_zero():
    sigmas = levels(7)
    assert sigmas[0] == pytest.approx(FIRST)
    assert sigmas[-2] == pytest.approx(LAST)
    assert sigmas[-1] == 0.0
    assert (np.diff(sigmas) < 0).all()
    assert len(sigmas) == 8


def test_every_level_costs_one_evaluation(wide):
    seen = []

    def predict(state, sigma):
        seen.append(sigma)
        return normal(wide, state, sigma)

    sampled(wide, State(wide.coords, wide.lattice), predict, lambda: None, levels(9), 0.0)
    assert seen == levels(9)[:-1]


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_what_is_drawn_is_spread_like_what_was_learned(wide, share):
    _, end = drawn(wide, 40, share)
    # the last estimate is nearer to the middle than a sample by the noise that it was made from
    wanted = SPREAD**2 / np.hypot(SPREAD, LAST)
    assert end.std() == pytest.approx(wanted, rel=0.06)
    assert abs(end.mean()) < 0.03


def test_without_fresh_noise_the_path_is_the_exact_one_to_second_order(wide):
    def error(count):
        start, end = drawn(wide, count, 0.0)
        # dx = -sigma score dsigma, solved for a normal distribution
        exact = start * SPREAD**2 / (np.hypot(SPREAD, LAST) * np.hypot(SPREAD, FIRST))
        return np.abs(end - exact).max()

    assert error(80) < 0.35 * error(40)
    assert error(160) < 0.02


@given(seed=st.integers(0, 1000), share=st.sampled_from([0.0, 1.0]))
@settings(max_examples=10, deadline=None)
def test_a_state_keeps_the_space_group_and_its_sites_on_the_way(crystals, seed, share):
    stream = np.random.default_rng(seed)
    collected = Crystals.of(crystals)
    start = begun(collected, 2.0, unit(collected, stream))
    end = sampled(
        collected,
        start,
        lambda _state, _sigma: unit(collected, stream) * 0.3,
        lambda: unit(collected, stream),
        [2.0, 1.0, 0.3, 0.0],
        share,
    )
    ends = collected.first_unique[1:-1]
    for crystal, lattice, coords in zip(crystals, end.lattice, np.split(end.coords, ends), strict=True):
        rotations = primitive_operations(crystal.group).rotations
        metric = lattice @ lattice.T
        turned = rotations.transpose(0, 2, 1) @ metric @ rotations
        np.testing.assert_allclose(turned, np.broadcast_to(metric, turned.shape), rtol=1e-7, atol=1e-6)
        for site, point in zip(crystal.sites, coords, strict=True):
            np.testing.assert_allclose(site.projection @ point + site.shift, point, atol=1e-7)


def test_removing_the_noise_that_was_added_leads_back(crystals, stream):
    # cubic, hexagonal, tetragonal and orthorhombic strains commute
    collected = Crystals.of([crystals[k] for k in (0, 1, 2, 3, 4)])
    noise = unit(collected, stream)
    noisy = begun(collected, 1.5, noise)
    back = moved(collected, noisy, 1.5, noise, 0.0, noise)
    np.testing.assert_allclose(back.lattice, collected.lattice, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(back.coords, collected.coords, atol=1e-9)
    wider = np.log(np.linalg.det(noisy.lattice) / np.linalg.det(collected.lattice))
    np.testing.assert_allclose(wider, STRAIN * 1.5 * noise.strain[:, :3].sum(axis=1), atol=1e-9)
