"""Points that nearly have a symmetry, and what they become."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("torch")

from zeo.crystal.cells import translated
from zeo.data.known.relaxed import relaxed_structure
from zeo_learning.orbits import NO_SYMMETRY, grid_symmetry
from zeo_zeovae.symmetric_sites import symmetrised_sites

N = 32


@settings(max_examples=12, deadline=None)
@given(code=st.sampled_from(["SOD", "LTA", "ABW", "GIS"]), seed=st.integers(0, 1000))
def test_noise_is_averaged_over_the_operations(code, seed) -> None:
    structure = relaxed_structure(code)
    origin, symmetry = grid_symmetry(structure, N)
    true = translated(structure, -origin).coords_of("Si")
    noise = np.random.default_rng(seed).normal(0.0, 0.004, true.shape)
    found = symmetrised_sites(true + noise, symmetry, N)
    apart = found - true
    apart -= np.round(apart)
    assert np.square(apart).mean() < 0.7 * np.square(noise).mean()
    for rotation, translation in zip(symmetry.rotations, symmetry.translations, strict=True):
        images = found @ rotation.T.astype(float) + translation / N
        between = images[:, None] - found
        between -= np.round(between)
        assert np.linalg.norm(between, axis=2).min(axis=1).max() < 1e-6


def test_without_symmetry_points_stay_where_they_are() -> None:
    coords = np.random.default_rng(0).random((7, 3))
    assert symmetrised_sites(coords, NO_SYMMETRY, N) == pytest.approx(coords)
    assert symmetrised_sites(np.zeros((0, 3)), NO_SYMMETRY, N).shape == (0, 3)
