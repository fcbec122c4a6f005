"""The net of T atoms against the net that the oxygen make, and its quick key against all sequences."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zeo.crystal.fingerprint import fingerprint
from zeo.crystal.net import Net
from zeo.data.known.frameworks import open_frameworks
from zeo_cleanup.coordination import coordination_sequences
from zeo_cleanup.key import topology_of
from zeo_cleanup.rings import vertex_symbols
from zeo_search.orbits_of_net import orbit_representatives
from zeo_search.t_net import TNet

ORTHOGONAL = [
    each
    for each in open_frameworks("relaxed")
    if each.structure.is_orthogonal and each.structure.count("Si") <= 72
]


def t_net(framework) -> TNet:
    net = TNet.from_distances(framework.structure.lengths, framework.structure.coords_of("Si"))
    assert net is not None
    return net


def bridges(edges, shifts) -> set[tuple[int, ...]]:
    there = np.column_stack([edges, shifts])
    back = np.column_stack([edges[:, ::-1], -shifts])
    return set(map(tuple, np.concatenate([there, back]).tolist()))


def test_distances_give_the_bridges_that_the_oxygen_make() -> None:
    for framework in ORTHOGONAL:
        net, ours = Net.from_structure(framework.structure), t_net(framework).half_edges()
        expected = bridges(net.edges, net.shifts)
        assert bridges(np.column_stack([ours.source, ours.target]), ours.shift) == expected, framework.name


def test_one_t_atom_of_each_orbit_stands_for_all() -> None:
    fewer = 0
    for framework in ORTHOGONAL:
        net = t_net(framework)
        sequences = coordination_sequences(net.half_edges(), 10)
        assert fingerprint(sequences.tolist(), [1] * len(net), 10) == net.quick_key, framework.name
        sites, multiplicities = orbit_representatives(net.lengths, net.coords, net.neighbours, net.shifts)
        assert multiplicities.sum() == len(net)
        fewer += len(sites) < len(net)
    assert fewer > 0.95 * len(ORTHOGONAL)


def test_orbits_are_never_larger_than_those_of_the_net() -> None:
    for framework in ORTHOGONAL[::4]:
        net = t_net(framework)
        kinds = len(topology_of(Net.from_structure(framework.structure)).sites)
        sites, _ = orbit_representatives(net.lengths, net.coords, net.neighbours, net.shifts)
        assert len(sites) >= kinds, framework.name


@settings(max_examples=25, deadline=None)
@given(
    which=st.integers(0, len(ORTHOGONAL) - 1),
    seed=st.integers(0, 2**32 - 1),
    axes=st.permutations([0, 1, 2]),
    double=st.sampled_from([None, 0, 1, 2]),
)
def test_quick_key_depends_on_the_net_alone(which, seed, axes, double) -> None:
    stream = np.random.default_rng(seed)
    lengths, coords = ORTHOGONAL[which].structure.lengths, ORTHOGONAL[which].structure.coords_of("Si")
    expected = t_net(ORTHOGONAL[which]).quick_key
    lengths, coords = lengths[axes], coords[:, axes] + stream.random(3)
    coords = (coords + stream.uniform(-0.05, 0.05, coords.shape) / lengths)[stream.permutation(len(coords))]
    if double is not None:
        half = np.where(np.arange(3) == double, 0.5, 1.0)
        offset = np.where(np.arange(3) == double, 0.5, 0.0)
        lengths, coords = lengths / half, np.concatenate([coords * half, coords * half + offset])
    net = TNet.from_distances(lengths, coords % 1.0)
    assert net is not None
    assert net.cycle_lattice_index == 1
    assert net.quick_key == expected


def test_three_rings_are_those_of_the_vertex_symbols() -> None:
    with_some = 0
    for framework in ORTHOGONAL:
        net = t_net(framework)
        symbols = vertex_symbols(net.half_edges(), np.arange(len(net)))
        inside = [re.match(r"3\b", symbol) is not None for symbol in symbols]
        assert net.three_ring_share == pytest.approx(np.mean(inside)), framework.name
        with_some += any(inside)
    assert with_some > 5


@settings(max_examples=30, deadline=None)
@given(
    which=st.integers(0, len(ORTHOGONAL) - 1),
    entries=st.lists(st.integers(-2, 2), min_size=9, max_size=9),
)
def test_index_is_the_determinant_of_the_sublattice(which, entries) -> None:
    """Shifts taken to a sublattice make as many interpenetrating nets as the sublattice has cosets."""
    net = t_net(ORTHOGONAL[which])
    matrix = np.array(entries).reshape(3, 3)
    coarse = TNet(net.lengths, net.coords, net.neighbours, net.shifts @ matrix)
    assert coarse.cycle_lattice_index == abs(round(np.linalg.det(matrix)))


def test_two_nets_are_told() -> None:
    net = t_net(ORTHOGONAL[0])
    twice = [np.concatenate([part, part]) for part in (net.coords, net.shifts)]
    neighbours = np.concatenate([net.neighbours, net.neighbours + len(net)])
    assert TNet(net.lengths, twice[0], neighbours, twice[1]).cycle_lattice_index == -1


def test_a_layer_is_told() -> None:
    square = np.array([[0.0, 0.0, 0.0]])
    layer = TNet.from_distances(np.array([3.1, 3.1, 9.0]), square)
    assert layer is not None
    assert layer.cycle_lattice_index == 0


DIAMOND = (
    np.array([[0, 0, 0], [0, 2, 2], [2, 0, 2], [2, 2, 0], [1, 1, 1], [1, 3, 3], [3, 1, 3], [3, 3, 1]]) / 4
)
DIAMOND_EDGE = 3.08 * 4 / np.sqrt(3.0)


def test_diamond() -> None:
    """The net of cristobalite: all T atoms are alike, with shells of 4, 12, 24, 42, ..."""
    net = TNet.from_distances(np.full(3, DIAMOND_EDGE), DIAMOND)
    assert net is not None
    assert net.cycle_lattice_index == 1
    assert net.three_ring_share == 0.0
    shells = [4, 12, 24, 42, 64, 92, 124, 162, 204, 252]
    assert net.quick_key == fingerprint([shells], [1], 10)


@pytest.mark.parametrize("place", [(0.0, 0.0, 0.1), (0.5, 0.5, 0.5)])
def test_one_t_atom_too_many_is_no_net(place) -> None:
    assert TNet.from_distances(np.full(3, DIAMOND_EDGE), np.concatenate([DIAMOND, [place]])) is None
