from collections import Counter

import numpy as np
import pytest

from zeo_search.settings import setting
from zeo_search.sites import t_sites

# multiplicity (doubled in hexagonal groups) and freedom of the Wyckoff positions that a tetrahedron suits,
# counted in International Tables A
POSITIONS = {
    16: {(4, 3): 1, (2, 1): 12, (1, 0): 8},  # P222
    47: {(8, 3): 1, (4, 2): 6, (2, 1): 12},  # Pmmm
    139: {(32, 3): 1, (16, 2): 3, (16, 1): 1, (8, 1): 4, (4, 0): 1},  # I4/mmm
    155: {(36, 3): 1, (18, 1): 2, (12, 1): 1},  # R32, without its 32 sites
    191: {(48, 3): 1, (24, 2): 4, (12, 1): 5, (8, 1): 1},  # P6/mmm
    216: {(96, 3): 1, (48, 2): 1, (24, 1): 2, (16, 1): 1, (4, 0): 4},  # F-43m
    227: {(192, 3): 1, (96, 2): 1, (96, 1): 1, (48, 1): 1, (32, 1): 1, (8, 0): 2},  # Fd-3m
    229: {(96, 3): 1, (48, 2): 2, (48, 1): 1, (24, 1): 2, (16, 1): 1, (12, 0): 1},  # Im-3m
}


@pytest.mark.parametrize("number", POSITIONS)
def test_positions_are_those_of_the_tables(number: int) -> None:
    assert Counter((site.multiplicity, site.freedom) for site in t_sites(number)) == POSITIONS[number]


@pytest.mark.parametrize("number", [47, 122, 166, 194, 216, 227, 230])
def test_points_of_a_site_have_as_many_images_as_it_says(number: int) -> None:
    group = setting(number)
    stream = np.random.default_rng(0)
    for site in t_sites(number):
        point = site.projection @ stream.random(3) + site.shift
        assert np.allclose(site.projection @ point + site.shift, point)
        images = (group.rotations @ point + group.translations) % 1.0
        distinct = {tuple(np.round(image, 4) % 1.0) for image in images}
        assert len(distinct) == site.multiplicity
        assert {tuple(np.round(image, 4) % 1.0) for image in images[site.images]} == distinct
