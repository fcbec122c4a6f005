"""Exact keys: equal for one net in all its guises, different for different nets."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zeo.crystal.net import Net, NetError
from zeo.crystal.structure import Structure
from zeo.data.known.iza import iza_structure
from zeo.data.known.nets import reference_nets
from zeo_cleanup.key import digest, topology_of
from zeo_cleanup.placement import UnstableNetError
from zeo_cleanup.spanning import DisconnectedError, NotThreePeriodicError

DIAMOND = Net(2, [[0, 1]] * 4, [[0, 0, 0], [-1, 0, 0], [0, -1, 0], [0, 0, -1]])
SRS = Net(
    4,
    [[0, 1], [0, 2], [0, 3], [1, 2], [2, 3], [3, 1]],
    [[0, 0, 0], [0, 0, 0], [0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]],
)
"""Three-connected: every star is planar."""

cached_structure = cache(iza_structure)


@st.composite
def unimodular(draw: st.DrawFn) -> np.ndarray:
    matrix = np.eye(3, dtype=int)
    for _ in range(draw(st.integers(0, 5))):
        i, j = draw(st.permutations(range(3)))[:2]
        matrix[i] += draw(st.integers(-2, 2)) * matrix[j]
    return matrix[draw(st.permutations(range(3)))] * draw(st.sampled_from([1, -1]))


def supercell(net: Net, repeats: tuple[int, int, int]) -> Net:
    """The same net over a cell that is ``repeats`` times as large."""
    cells = np.array(list(np.ndindex(*repeats)))
    index = {tuple(cell): i for i, cell in enumerate(cells.tolist())}
    edges, shifts = [], []
    for (i, j), shift in zip(net.edges.tolist(), net.shifts.tolist(), strict=True):
        for home, cell in enumerate(cells):
            over, into = np.divmod(cell + shift, repeats)
            edges.append((home * net.n + i, index[tuple(into.tolist())] * net.n + j))
            shifts.append(over)
    return Net(net.n * len(cells), edges, shifts)


@st.composite
def disguised(draw: st.DrawFn, net: Net) -> Net:
    """Another quotient graph of the same net."""
    larger = supercell(net, draw(st.sampled_from([(1, 1, 1), (2, 1, 1), (1, 3, 1), (2, 1, 2), (1, 2, 3)])))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    number = random.permutation(larger.n)
    gauge = random.integers(-2, 3, (larger.n, 3))
    edges, basis = larger.edges, draw(unimodular())
    shifts = (larger.shifts + gauge[edges[:, 1]] - gauge[edges[:, 0]]) @ basis
    flip = random.random(len(edges)) < 0.5
    edges = np.where(flip[:, None], edges[:, ::-1], edges)
    order = random.permutation(len(edges))
    return Net(larger.n, number[edges][order], np.where(flip[:, None], -shifts, shifts)[order])


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_one_net_has_one_key(data: st.DataObject) -> None:
    nets = {"dia": DIAMOND, "srs": SRS}
    nets |= {code: reference_nets()[code].net for code in ("ABW", "ATN", "LTA", "RHO", "ITR", "GIU", "RON")}
    net = nets[data.draw(st.sampled_from(sorted(nets)))]
    disguise = topology_of(data.draw(disguised(net)))
    original = topology_of(net)
    assert disguise.key == original.key
    assert disguise.symmetries == original.symmetries
    assert sorted(disguise.sequences.tolist()) == sorted(original.sequences.tolist())


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_cell_origin_order_and_noise_do_not_matter(data: st.DataObject) -> None:
    code = data.draw(st.sampled_from(["SOD", "ABW", "CHA", "DDR", "MTW", "SZR", "ITR", "FER", "UOZ"]))
    framework = cached_structure(code)
    repeats = np.diag(data.draw(st.sampled_from([(1, 1, 1), (2, 1, 1), (1, 2, 1), (1, 1, 2)])))
    cell = data.draw(unimodular()) @ repeats
    random = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    images = np.array(list(np.ndindex(*np.diag(repeats))))
    coords = (framework.frac_coords[None] + images[:, None]).reshape(-1, 3) @ np.linalg.inv(cell)
    coords = coords + random.random(3)
    lattice = cell @ framework.lattice
    coords = coords + random.normal(0, 0.05, coords.shape) @ np.linalg.inv(lattice)
    species = np.tile(framework.species, len(images))
    order = random.permutation(len(species))
    topology = topology_of(Net.from_structure(Structure(lattice, species[order], coords[order])))
    reference = reference_nets()[code]
    assert topology.key == reference.key
    expected = np.sort(reference.multiplicities) * len(images)
    assert np.sort(topology.multiplicities).tolist() == expected.tolist()


@st.composite
def random_net(draw: st.DrawFn) -> Net:
    n, degree = draw(st.sampled_from([(1, 4), (2, 3), (2, 4), (3, 4), (4, 3), (5, 4), (6, 3), (7, 4)]))
    ends = draw(st.permutations([v for v in range(n) for _ in range(degree)]))
    edges = np.reshape(ends, (-1, 2))
    shift = st.lists(st.integers(-1, 1), min_size=3, max_size=3)
    return Net(n, edges, draw(st.lists(shift, min_size=len(edges), max_size=len(edges))))


def key_or_none(net: Net) -> tuple[str | None, int | None]:
    try:
        topology = topology_of(net)
    except NetError:
        return None, None
    return topology.key, topology.symmetries


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_any_net_has_one_key_or_never_one(data: st.DataObject) -> None:
    net = data.draw(random_net())
    key, symmetries = key_or_none(net)
    assert key_or_none(data.draw(disguised(net))) == (key, symmetries)
    assert symmetries in (None, 1, 2, 3, 4, 6, 8, 12, 16, 24, 48)  # the orders of the point groups


def test_known_symmetries() -> None:
    """Orders of the point groups m-3m, m-3m and 432."""
    assert topology_of(DIAMOND).symmetries == 48
    assert topology_of(reference_nets()["SOD"].net).symmetries == 48
    assert topology_of(SRS).symmetries == 24


def test_the_canonical_form_is_a_net_of_its_own() -> None:
    form = topology_of(reference_nets()["MFI"].net).canonical
    assert digest(form) == reference_nets()["MFI"].key
    np.testing.assert_array_equal(topology_of(form).canonical.shifts, form.shifts)


def test_interpenetrating_nets() -> None:
    doubled = Net(2, DIAMOND.edges, DIAMOND.shifts @ np.diag([2, 1, 1]))
    with pytest.raises(DisconnectedError, match="2 interpenetrating nets"):
        topology_of(doubled)


def test_separate_nets() -> None:
    twice = Net(4, [*DIAMOND.edges, *(DIAMOND.edges + 2)], [*DIAMOND.shifts, *DIAMOND.shifts])
    with pytest.raises(DisconnectedError, match="only 2 of 4 T atoms are joined"):
        topology_of(twice)


@pytest.mark.parametrize(
    ("net", "message"),
    [
        (Net(1, [[0, 0]] * 2, [[1, 0, 0], [0, 1, 0]]), "a layer, periodic in 2"),
        (Net(2, [[0, 1]] * 2 + [[0, 0], [1, 1]], [[0, 0, 0], [0, 0, 1], [0, 0, 1], [0, 0, 1]]), "a chain"),
        (Net(1, np.zeros((0, 2)), np.zeros((0, 3))), "a finite cluster"),
        (Net(5, [[i, j] for i in range(5) for j in range(i)], np.zeros((10, 3))), "a finite cluster"),
    ],
)
def test_nets_that_are_not_three_periodic(net: Net, message: str) -> None:
    with pytest.raises(NotThreePeriodicError, match=message):
        topology_of(net)


def test_coinciding_bonds() -> None:
    # T atoms 0 and 1 have the same two neighbours, so both sit midway between them
    edges = [[0, 2], [0, 3], [1, 2], [1, 3], [2, 3], [2, 2], [3, 3]]
    net = Net(4, edges, [[0, 0, 0]] * 4 + [[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    with pytest.raises(UnstableNetError, match="two bonds of one T atom coincide"):
        topology_of(net)


def test_coinciding_t_atoms() -> None:
    """A double cover of a net that winds around its rings twice: all T atoms lie in pairs."""
    net = reference_nets()["SOD"].net
    sheet = np.random.default_rng(3).integers(0, 2, len(net.edges))
    edges = [
        (i + net.n * s, j + net.n * (s ^ x))
        for (i, j), x in zip(net.edges, sheet, strict=True)
        for s in (0, 1)
    ]
    with pytest.raises(UnstableNetError, match="coincide"):
        topology_of(Net(2 * net.n, edges, np.repeat(net.shifts, 2, axis=0)))
