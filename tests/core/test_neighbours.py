"""Close pairs and connected regions under periodic boundaries, against brute force."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zeo.crystal.neighbours import cell_heights, close_pairs
from zeo.crystal.structure import cell_vectors
from zeo.grids.components import periodic_components

CELLS = [cell_vectors((4, 5, 6)), cell_vectors((4, 5, 6), (70, 110, 120)), [[3, 0, 0], [7, 3, 0], [-8, 5, 3]]]


def brute_force(lattice, frac, cutoff):
    images = np.array(list(itertools.product(range(-6, 7), repeat=3))) @ np.asarray(lattice, float)
    pairs = {}
    for i, j in itertools.combinations(range(len(frac)), 2):
        distance = np.linalg.norm((frac[j] - frac[i]) @ np.asarray(lattice) + images, axis=1).min()
        if distance < cutoff:
            pairs[i, j] = distance
    return pairs


@pytest.mark.parametrize("lattice", CELLS)
@pytest.mark.parametrize("cutoff", [0.8, 2.5])
def test_close_pairs_are_those_of_brute_force(lattice, cutoff):
    frac = np.random.default_rng(1).uniform(-1, 2, (25, 3))
    expected = brute_force(lattice, frac % 1, cutoff)
    pairs, distances = close_pairs(lattice, frac, cutoff)
    assert [tuple(pair) for pair in pairs.tolist()] == sorted(expected)
    np.testing.assert_allclose(distances, [expected[pair] for pair in sorted(expected)], atol=1e-12)


def test_no_points_have_no_pairs():
    pairs, distances = close_pairs(np.eye(3), np.empty((0, 3)), 1.0)
    assert pairs.shape == (0, 2)
    assert distances.shape == (0,)


def test_heights_of_a_sheared_cell():
    np.testing.assert_allclose(cell_heights([[2, 0, 0], [9, 3, 0], [5, 5, 4]])[2], 4.0)


def flood_fill(mask):
    """The regions of a periodic grid, point by point, as sets."""
    left = {tuple(point) for point in np.argwhere(mask).tolist()}
    regions = []
    while left:
        stack = [left.pop()]
        region = set(stack)
        while stack:
            point = stack.pop()
            for axis, step in itertools.product(range(3), (-1, 1)):
                near = list(point)
                near[axis] = (near[axis] + step) % mask.shape[axis]
                if tuple(near) in left:
                    left.remove(tuple(near))
                    region.add(tuple(near))
                    stack.append(tuple(near))
        regions.append(frozenset(region))
    return set(regions)


@settings(deadline=None)
@given(st.integers(0, 2**32), st.floats(0.05, 0.9), st.tuples(*[st.integers(1, 6)] * 3))
def test_regions_are_those_of_a_flood_fill(seed, filling, shape):
    mask = np.random.default_rng(seed).random(shape) < filling
    labels, count = periodic_components(mask, neighbours=6)
    assert np.array_equal(labels > 0, mask)
    assert labels.max() == count
    found = {frozenset(map(tuple, np.argwhere(labels == k).tolist())) for k in range(1, count + 1)}
    assert found == flood_fill(mask)


def test_corners_join_only_when_asked():
    mask = np.zeros((5, 5, 5), dtype=bool)
    mask[0, 0, 0] = mask[4, 4, 4] = True
    assert periodic_components(mask, neighbours=6)[1] == 2
    assert periodic_components(mask, neighbours=26)[1] == 1
