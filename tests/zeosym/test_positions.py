import numpy as np
import pytest

pytest.importorskip("torch")

from zeo_zeosym.operations import primitive_operations
from zeo_zeosym.positions import key_of, position_of, positions
from zeo_zeosym.sites import Site

SOME = (1, 2, 47, 62, 123, 139, 166, 194, 216, 225, 227, 229, 230)


@pytest.mark.slow
def test_there_are_as_many_wyckoff_positions_as_international_tables_list():
    assert sum(len(positions(group)) for group in range(1, 231)) == 1731


@pytest.mark.parametrize(
    ("group", "letters"),
    [(1, 1), (2, 9), (47, 27), (62, 4), (123, 21), (139, 15), (194, 12), (225, 12), (227, 9), (230, 8)],
)
def test_positions_of_a_group(group, letters):
    """International Tables for Crystallography, volume A."""
    assert len(positions(group)) == letters
    assert positions(group)[-1].freedom == 3
    assert len(positions(group)[-1].images) == len(primitive_operations(group))


def test_multiplicities_in_the_diamond_group():
    """8a 8b 16c 16d 32e 48f 96g 96h 192i in the conventional cell, which holds four primitive ones."""
    assert sorted(4 * len(site.images) for site in positions(227)) == [8, 8, 16, 16, 32, 48, 96, 96, 192]


@pytest.mark.parametrize("group", SOME)
def test_images_of_a_site_are_of_its_position(group):
    stream = np.random.default_rng(group)
    operations = primitive_operations(group)
    for number, site in enumerate(positions(group)):
        k = int(stream.integers(len(operations)))
        rotation, cell = operations.rotations[k], stream.integers(-2, 3, size=3)
        image = Site(
            group,
            rotation @ site.projection @ np.linalg.inv(rotation),
            rotation @ site.shift + operations.translations[k] + cell,
        )
        assert key_of(image) == key_of(site)
        assert position_of(image) == number


@pytest.mark.parametrize("group", SOME)
def test_points_of_different_positions_are_no_images_of_each_other(group):
    keys = [key_of(site) for site in positions(group)]
    assert len(set(keys)) == len(keys)
