"""From structures to nets."""

from __future__ import annotations

import numpy as np
import pytest

from zeo.crystal.lattice import shortening
from zeo.crystal.net import Net, NetError, NotFourConnectedError
from zeo.crystal.structure import Structure, cell_vectors
from zeo.data.known.iza import iza_structure
from zeo_cleanup.key import topology_of
from zeo_cleanup.spanning import DisconnectedError, require_one_net


def without(structure: Structure, *atoms: int) -> Structure:
    kept = [i for i in range(len(structure)) if i not in atoms]
    return Structure(structure.lattice, [structure.species[i] for i in kept], structure.frac_coords[kept])


def bond_lengths(structure: Structure, net: Net) -> np.ndarray:
    si = structure.coords_of("Si")
    bridges = si[net.edges[:, 1]] + net.shifts - si[net.edges[:, 0]]
    return np.linalg.norm(bridges @ structure.lattice, axis=1)


@pytest.mark.parametrize("code", ["ABW", "SOD", "FAU", "RWY"])
def test_every_t_atom_has_four_bridges_of_the_right_length(code: str) -> None:
    structure = iza_structure(code)
    net = Net.from_structure(structure)
    assert net.n == structure.count("Si")
    assert (net.degrees == 4).all()
    assert bond_lengths(structure, net).min() > 2.7
    assert bond_lengths(structure, net).max() < 3.4


def test_shifts_hold_for_coordinates_as_written() -> None:
    structure = iza_structure("ABW")
    moved = structure.frac_coords + np.random.default_rng(1).integers(-2, 3, structure.frac_coords.shape)
    written = Structure(structure.lattice, structure.species, moved)
    np.testing.assert_allclose(
        bond_lengths(written, Net.from_structure(written)),
        bond_lengths(structure, Net.from_structure(structure)),
    )


def test_a_cell_smaller_than_a_bond_and_badly_skewed() -> None:
    # ideal beta-cristobalite in its primitive cell, whose two Si each meet four images of the other
    lattice = 7.16 / 2 * np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]])
    oxygen = [[1 / 8, 1 / 8, 1 / 8], [5 / 8, 1 / 8, 1 / 8], [1 / 8, 5 / 8, 1 / 8], [1 / 8, 1 / 8, 5 / 8]]
    primitive = Structure.from_si_o(lattice, [[0, 0, 0], [1 / 4, 1 / 4, 1 / 4]], oxygen)
    skew = np.array([[1, 7, -3], [0, 1, 5], [0, 0, 1]])
    skewed = Structure(skew @ lattice, primitive.species, primitive.frac_coords @ np.linalg.inv(skew))
    for structure in (primitive, skewed):
        net = Net.from_structure(structure)
        assert sorted(map(tuple, np.sort(net.edges))) == [(0, 1)] * 4
        np.testing.assert_allclose(bond_lengths(structure, net), 7.16 * np.sqrt(3) / 4)


@pytest.mark.parametrize("code", ["MFI", "LTA", "DDR", "BEA", "RWY"])
def test_noise_of_a_fifth_of_an_angstrom(code: str) -> None:
    structure = iza_structure(code)
    noise = np.random.default_rng(0).normal(0, 0.2, structure.frac_coords.shape)
    coords = structure.frac_coords + noise @ np.linalg.inv(structure.lattice)
    noisy = Net.from_structure(Structure(structure.lattice, structure.species, coords))
    clean = Net.from_structure(structure)
    np.testing.assert_array_equal(np.sort(noisy.edges), np.sort(clean.edges))


def test_half_edges_show_each_bridge_from_both_ends() -> None:
    net = Net.from_structure(iza_structure("SOD"))
    half = net.half_edges()
    rows = {
        (int(v), int(w), *map(int, s)) for v, w, s in zip(half.source, half.target, half.shift, strict=True)
    }
    assert len(rows) == 2 * len(net.edges) == 4 * net.n
    assert all((w, v, -a, -b, -c) in rows for v, w, a, b, c in rows)


@pytest.mark.parametrize(
    ("species", "message"),
    [
        (["Na"] * 12 + ["O"] * 24, "it contains no T atom"),
        (["O"] * 36, "it contains no T atom"),
        (["Si"] * 36, "it contains no oxygen"),
    ],
)
def test_wrong_species(species: list[str], message: str) -> None:
    structure = iza_structure("SOD")
    with pytest.raises(NotFourConnectedError, match=message):
        Net.from_structure(Structure(structure.lattice, species, structure.frac_coords))


def test_no_atoms() -> None:
    with pytest.raises(NotFourConnectedError, match="it contains no T atom"):
        Net.from_structure(Structure(np.eye(3), (), np.zeros((0, 3))))


def test_a_missing_oxygen_names_its_silicon() -> None:
    structure = iza_structure("SOD")
    with pytest.raises(
        NotFourConnectedError, match=r"Si \d+ has 3 bridging oxygen \(2 Si are wrong\)"
    ) as caught:
        Net.from_structure(without(structure, structure.species.index("O")))
    assert caught.value.reason == "not four-connected"


def test_a_missing_silicon_names_its_oxygen() -> None:
    structure = iza_structure("SOD")
    with pytest.raises(NotFourConnectedError, match=r"O \d+ has only one Si within 3 A \(4 O are wrong\)"):
        Net.from_structure(without(structure, structure.species.index("Si")))


def test_lone_atoms_are_no_framework() -> None:
    with pytest.raises(NotFourConnectedError, match=r"O 1 has no Si within 3 A"):
        Net.from_structure(Structure.from_si_o(20 * np.eye(3), [[0, 0, 0]], [[0.5, 0.5, 0.5]]))


def test_stishovite_is_not_four_connected() -> None:
    # octahedra: every O has three Si, yet its two nearest would give each Si four O
    x = 0.3062
    lattice = cell_vectors((4.1773, 4.1773, 2.6655))
    oxygen = [[x, x, 0], [1 - x, 1 - x, 0], [0.5 + x, 0.5 - x, 0.5], [0.5 - x, 0.5 + x, 0.5]]
    with pytest.raises(NotFourConnectedError, match=r"O 1 has three Si within 2 A"):
        Net.from_structure(Structure.from_si_o(lattice, [[0, 0, 0], [0.5, 0.5, 0.5]], oxygen))


def test_edge_sharing_tetrahedra() -> None:
    # the chains of SiS2, here in oxide: neighbours share two oxygen
    chain = Structure.from_si_o(
        cell_vectors((8.0, 8.0, 4.8)),
        [[0, 0, 0], [0, 0, 0.5]],
        [[0.13, 0, 0.25], [-0.13, 0, 0.25], [0, 0.13, 0.75], [0, -0.13, 0.75]],
    )
    with pytest.raises(NotFourConnectedError, match="Si 1 and Si 2 share two oxygen"):
        Net.from_structure(chain)


def test_interrupted_frameworks_keep_their_bridges() -> None:
    structure = iza_structure("CLO")
    with pytest.raises(NotFourConnectedError):
        Net.from_structure(structure)
    assert sorted(set(Net.of_bridges(structure).degrees.tolist())) == [3, 4]


def test_shortening_finds_the_cube_again() -> None:
    skew = np.array([[1, 9, -4], [0, 1, 6], [0, 0, 1]]) @ np.array([[1, 0, 0], [-5, 1, 0], [3, 2, 1]])
    matrix = shortening(skew @ skew.T)
    assert round(abs(np.linalg.det(matrix))) == 1
    assert sorted(np.abs(matrix @ skew).sum(axis=1)) == [1, 1, 1]


def test_a_net_without_atoms_has_no_spanning_tree() -> None:
    empty = Net(0, np.empty((0, 2)), np.empty((0, 3)))
    with pytest.raises(DisconnectedError, match="there are no T atoms"):
        require_one_net(empty.half_edges())
    with pytest.raises(NetError):
        topology_of(empty)
