"""Grids on their way to the network and back."""

import numpy as np
import pytest

pytest.importorskip("torch")

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from zeo.data.known.relaxed import relaxed_structure
from zeo.errors import ConfigError
from zeo.plugin.registry import installed_plugins
from zeo_learning.channels import ENERGY_RANGE
from zeo_zeodiff.edm import SIGMA_DATA
from zeo_zeodiff.scaling import SignFlipped, Standardised, flattened, unflattened

CHANNELS = ("energy:methane", "si", "o", "boltzmann:methane")


@pytest.fixture(scope="module")
def grids():
    voxel = (
        installed_plugins()
        .configured({"voxel": {"n": 16, "channels": CHANNELS}})
        .create("representation", "voxel")
    )
    return [voxel.encode(relaxed_structure(code)).values for code in ("SOD", "LTA", "ABW")]


@pytest.mark.parametrize("kind", [Standardised, SignFlipped])
def test_way_back_inverts_the_way_there(kind, grids):
    scaling = kind.of(CHANNELS, grids)
    for grid in grids:
        back = scaling.to_physical(scaling.to_network(grid))
        np.testing.assert_allclose(back[0], grid[0].clip(*ENERGY_RANGE), atol=0.01)
        np.testing.assert_allclose(back[3], grid[3], rtol=1e-3, atol=1e-3)
        # the peaks of a coarse grid lie between its points, so that stretching them is an error of its own
        stretched = 0.3 if kind is SignFlipped else 1e-5
        np.testing.assert_allclose(back[1:3], grid[1:3], atol=stretched)


def test_standardised_channels_have_the_spread_that_edm_expects(grids):
    scaling = Standardised.of(CHANNELS, grids)
    values = np.stack([scaling.to_network(grid) for grid in grids]).swapaxes(0, 1).reshape(len(CHANNELS), -1)
    np.testing.assert_allclose(values.mean(axis=1), 0.0, atol=1e-4)
    np.testing.assert_allclose(values.std(axis=1), SIGMA_DATA, rtol=1e-4)


def test_sign_flipped_channels_span_the_range_and_atoms_do_in_every_grid(grids):
    scaling = SignFlipped.of(CHANNELS, grids)
    for grid in grids:
        scaled = scaling.to_network(grid)
        assert np.abs(scaled).max() <= 1.0 + 1e-6
        for channel, physical in zip(scaled[1:3], grid[1:3], strict=True):
            assert channel.flat[physical.argmax()] == pytest.approx(-1.0, abs=1e-6)
            assert channel.flat[physical.argmin()] == pytest.approx(1.0, abs=1e-6)
        assert scaled[0].flat[grid[0].argmax()] == pytest.approx(-1.0, abs=1e-6)


def test_decoded_peak_is_that_of_one_atom(grids):
    scaling = SignFlipped.of(CHANNELS, grids)
    drawn = np.ones((len(CHANNELS), 2, 2, 2), dtype=np.float32)
    drawn[:, 0, 0, 0] = -1.0
    assert scaling.to_physical(drawn)[1:3, 0, 0, 0].tolist() == [1.0, 1.0]
    assert scaling.to_physical(drawn)[1:3, 1, 1, 1].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("kind", [Standardised, SignFlipped])
def test_batches_are_mapped_like_their_grids(kind, grids):
    scaling = kind.of(CHANNELS, grids)
    drawn = np.stack([scaling.to_network(grid) for grid in grids])
    one_by_one = np.stack([scaling.to_physical(grid) for grid in drawn])
    np.testing.assert_array_equal(scaling.to_physical(drawn), one_by_one)


@settings(max_examples=25, deadline=None)
@given(arrays(np.float32, (2, 2, 2, 2), elements=st.floats(0.0, 1e5, width=32)))
def test_roots_of_boltzmann_factors_are_taken_and_undone(values):
    channels = ("boltzmann:methane", "si")
    back = unflattened(flattened(values, channels, 6), channels, 6)
    np.testing.assert_allclose(back, values, rtol=1e-4, atol=1e-30)


def test_negative_root_that_a_network_draws_is_no_boltzmann_factor():
    assert unflattened(np.full((1, 2, 2, 2), -0.5, dtype=np.float32), ("boltzmann:methane",), 6).max() == 0.0


def test_henry_coefficient_survives_noise_better_in_the_root_than_in_the_energy(grids):
    """What the channel is for: noise of a twentieth of the half range in both."""
    scaling, lta = SignFlipped.of(CHANNELS, grids), grids[1]
    noise = 0.05 * np.random.default_rng(0).standard_normal(lta.shape).astype(np.float32)
    back = scaling.to_physical(scaling.to_network(lta) + noise)
    henry = lta[3].mean()
    by_energy, by_root = np.exp(-back[0] / 298.0).mean(), back[3].mean()
    assert 2 * abs(by_root / henry - 1) < abs(by_energy / henry - 1)


@pytest.mark.parametrize("kind", [Standardised, SignFlipped])
def test_constant_channel_is_a_clear_error(kind):
    with pytest.raises(ConfigError, match="channel si is the same everywhere"):
        kind.of(("si",), [np.zeros((1, 4, 4, 4), dtype=np.float32)])
