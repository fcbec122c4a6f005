"""Pores and their dimensionality."""

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from zeo_probes.percolation import find_pores

COPIES = 7
"""Prime, and larger than any winding number of a 3 x 3 x 3 grid, so that counting copies gives the rank."""


def dimensionality_by_counting(is_open):
    """In a supercell of 7^3 cells the copies of a pore of dimensionality d form 7^(3 - d) separate pieces."""
    shape = np.array(is_open.shape) * COPIES
    tiled = np.tile(is_open, (COPIES,) * 3)
    graph = nx.Graph()
    nodes = list(map(tuple, np.argwhere(tiled)))
    graph.add_nodes_from(nodes)
    for node in nodes:
        for axis in range(3):
            neighbour = list(node)
            neighbour[axis] = (neighbour[axis] + 1) % shape[axis]
            if tiled[tuple(neighbour)]:
                graph.add_edge(node, tuple(neighbour))
    pieces = {}
    for piece in nx.connected_components(graph):
        home = frozenset(tuple(np.array(node) % is_open.shape) for node in piece)
        pieces[home] = pieces.get(home, 0) + 1
    return sorted(round(3 - np.log(count) / np.log(COPIES)) for count in pieces.values())


small_grids = st.lists(st.booleans(), min_size=27, max_size=27).map(lambda v: np.array(v).reshape(3, 3, 3))


@settings(max_examples=25, deadline=None)
@given(small_grids)
def test_dimensionality_equals_the_count_of_copies(is_open):
    assert sorted(find_pores(is_open).dimensionality.tolist()) == dimensionality_by_counting(is_open)


@settings(max_examples=50, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.floats(0.2, 0.6),
    st.tuples(*[st.integers(-9, 9)] * 3),
    st.permutations(range(3)),
)
def test_origin_and_axis_order_do_not_matter(seed, openness, steps, order):
    is_open = np.random.default_rng(seed).random((5, 6, 4)) < openness
    pores = find_pores(is_open)
    moved = find_pores(np.roll(is_open, steps, axis=(0, 1, 2)).transpose(order))
    assert sorted(moved.dimensionality) == sorted(pores.dimensionality)
    assert np.array_equal(moved.accessible, np.roll(pores.accessible, steps, axis=(0, 1, 2)).transpose(order))


def test_every_open_point_is_in_a_pore_and_no_closed_one():
    is_open = np.random.default_rng(0).random((8, 8, 8)) < 0.4
    pores = find_pores(is_open)
    assert np.array_equal(pores.labels >= 0, is_open)
    assert set(pores.labels[is_open]) == set(range(len(pores.dimensionality)))


def test_simple_pores():
    closed = np.zeros((4, 4, 4), dtype=bool)
    assert find_pores(closed).largest_dimensionality == 0
    assert len(find_pores(closed).dimensionality) == 0

    cage = closed.copy()
    cage[1:3, 1:3, 1:3] = True
    assert find_pores(cage).dimensionality.tolist() == [0]
    assert not find_pores(cage).accessible.any()

    channel = closed.copy()
    channel[0, 0, :] = True
    assert find_pores(channel).dimensionality.tolist() == [1]

    layer = closed.copy()
    layer[:, 2, :] = True
    assert find_pores(layer).dimensionality.tolist() == [2]
    assert np.array_equal(find_pores(layer).accessible, layer)

    assert find_pores(~closed).dimensionality.tolist() == [3]


def test_a_channel_along_a_diagonal_crosses_three_faces_and_is_one_dimensional():
    n = 4
    stairs = np.zeros((n, n, n), dtype=bool)
    for i in range(n):
        stairs[i, i, i] = stairs[(i + 1) % n, i, i] = stairs[(i + 1) % n, (i + 1) % n, i] = True
    assert find_pores(stairs).dimensionality.tolist() == [1]
