import numpy as np
import pytest

from zeo_search.orbits import fractional, orbits_of
from zeo_search.settings import setting
from zeo_search.sites import t_sites


@pytest.mark.parametrize("number", [47, 122, 166, 194, 229])
def test_all_operations_map_the_t_atoms_onto_each_other(number: int) -> None:
    group, sites = setting(number), t_sites(number)
    orbits = orbits_of(group, sites)
    anywhere = np.random.default_rng(1).random((len(sites), 3))
    coords = fractional(orbits, np.einsum("nij,nj->ni", orbits.projection, anywhere) + orbits.shift)
    assert len(coords) == sum(site.multiplicity for site in sites)
    for rotation, translation in zip(group.rotations, group.translations, strict=True):
        offsets = (coords @ rotation.T + translation)[:, None] - coords[None]
        offsets -= np.round(offsets)
        assert np.abs(offsets).max(axis=2).min(axis=1).max() < 1e-6
    offsets = coords[:, None] - coords[None] + np.eye(len(coords))[:, :, None] / 2
    assert np.abs(offsets - np.round(offsets)).max(axis=2).min() > 1e-4


def test_rotations_and_projections_are_orthogonal_in_hexagonal_groups() -> None:
    orbits = orbits_of(setting(191), t_sites(191))
    assert np.allclose(orbits.rotation @ orbits.rotation.transpose(0, 2, 1), np.eye(3))
    assert np.allclose(orbits.projection, orbits.projection.transpose(0, 2, 1))
