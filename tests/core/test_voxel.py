"""Densities against the defining sum, and atoms there and back."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zeo.builtin.voxel import Voxel
from zeo.crystal.cells import permuted, translated
from zeo.crystal.neighbours import close_pairs
from zeo.crystal.orthogonal import smallest_orthogonal_cell
from zeo.crystal.structure import Structure, cell_vectors
from zeo.data.known.frameworks import is_silica, open_frameworks
from zeo.data.known.iza import iza_structure
from zeo.errors import GridError, InputError
from zeo.grids.flood_fill import find_atoms as volumes_to_atoms
from zeo.grids.gaussians import gaussian_density
from zeo.grids.grid import Grid
from zeo.grids.peaks import find_atoms, separated

CELLS = [
    cell_vectors((5, 8, 11)),
    cell_vectors((5, 8, 11), (75, 100, 120)),
    np.array([[6.0, 0, 0], [11, 6, 0], [-7, 9, 6]]),
]


def voxel(**options) -> Voxel:
    return Voxel(Voxel.Options(**{"channels": ("si", "o")} | options), plugins=NoPlugins())


class NoPlugins:
    """Stands in for the plugins of a run: the atom channels need none."""


class FlatProbe:
    """Computes any channel as a constant."""

    def channel(self, name, structure, shape):
        return np.full(shape, 7.0, dtype=np.float32)


class OnlyFlatProbe:
    def probe_of_channel(self, name):
        return FlatProbe()


def exact_density(lattice, frac, shape):
    points = np.stack(np.meshgrid(*(np.arange(n) / n for n in shape), indexing="ij"), axis=-1)
    images = np.array(list(itertools.product(range(-4, 5), repeat=3)))
    density = np.zeros(shape)
    for place in (frac[:, None, :] + images).reshape(-1, 3):
        density += np.exp(-(((points - place) @ lattice) ** 2).sum(axis=-1))
    return density


def errors(found: Structure, true: Structure, element: str):
    """Distance of each found atom from the nearest true one, in angstrom."""
    offsets = found.coords_of(element)[:, None] - true.coords_of(element)
    offsets -= np.round(offsets)
    return np.linalg.norm(offsets @ true.lattice, axis=-1).min(axis=1)


def assert_same_atoms(found: Structure, true: Structure, within: float):
    for element in ("Si", "O"):
        assert found.count(element) == true.count(element)
        assert errors(found, true, element).max() < within
        assert errors(true, found, element).max() < within


@pytest.mark.parametrize("lattice", CELLS)
@pytest.mark.parametrize("shape", [(8, 8, 8), (5, 12, 9)])
def test_density_is_the_sum_over_all_images(lattice, shape):
    frac = np.random.default_rng(2).uniform(-1, 2, (7, 3))
    density = gaussian_density(lattice, frac, shape)
    assert density.dtype == np.float32
    np.testing.assert_allclose(density, exact_density(lattice, frac, shape), atol=2e-6)


def test_amplitudes_scale_atoms():
    frac = np.array([[0.0, 0.0, 0.0], [0.5, 0.5, 0.5]])
    density = gaussian_density(np.eye(3) * 12, frac, (4, 4, 4), [1.0, 0.25])
    assert density[0, 0, 0] == pytest.approx(1.0)
    assert density[2, 2, 2] == pytest.approx(0.25)


@settings(deadline=None, max_examples=20)
@given(st.tuples(*[st.integers(-20, 20)] * 3), st.permutations(range(3)))
def test_whole_steps_and_permutations_commute_with_encoding(steps, order):
    representation = voxel(n=16)
    structure = iza_structure("ABW")
    grid = representation.encode(structure)
    moved = representation.encode(translated(structure, np.array(steps) / 16))
    np.testing.assert_allclose(moved.values, grid.rolled(steps).values, atol=1e-5)
    turned = representation.encode(permuted(structure, order))
    np.testing.assert_allclose(turned.values, grid.permuted(order).values, atol=1e-5)
    np.testing.assert_allclose(turned.lattice, grid.permuted(order).lattice)


def test_a_supercell_repeats_the_density():
    structure = iza_structure("ABW")
    doubled = Structure(
        structure.lattice * [[2], [1], [1]],
        structure.species * 2,
        np.concatenate([structure.frac_coords, structure.frac_coords + np.eye(3)[0]]) / [2, 1, 1],
    )
    once = gaussian_density(structure.lattice, structure.coords_of("O"), (12, 12, 12))
    twice = gaussian_density(doubled.lattice, doubled.coords_of("O"), (24, 12, 12))
    np.testing.assert_allclose(twice, np.concatenate([once, once]), atol=1e-5)


def test_channels_come_in_the_order_asked_for_and_others_from_their_probe():
    options = Voxel.Options(n=8, channels=("o", "energy:anything", "si"))
    grid = Voxel(options, plugins=OnlyFlatProbe()).encode(iza_structure("ABW"))
    assert grid.channels == ("o", "energy:anything", "si")
    assert grid.shape == (8, 8, 8)
    assert (grid.channel("energy:anything") == 7.0).all()


def test_other_elements_are_refused():
    with pytest.raises(InputError, match="Si and O only, not Al"):
        voxel().encode(Structure(np.eye(3) * 5, ["Al"], [[0, 0, 0]]))


def test_atoms_need_both_atom_channels():
    with pytest.raises(GridError, match="si and o; the grid has only si"):
        voxel().decode(Grid(np.zeros((1, 4, 4, 4)), ("si",), np.eye(3)))


@pytest.mark.parametrize("code", ["ACO", "LTA", "MFI", "FAU", "CHA", "MON", "ETV"])
def test_atoms_come_back_to_a_thousandth_of_an_angstrom(code):
    structure = iza_structure(code)
    representation = voxel()
    assert_same_atoms(representation.decode(representation.encode(structure)), structure, within=1e-3)


@settings(deadline=None, max_examples=15)
@given(st.tuples(*[st.floats(0, 1)] * 3), st.permutations(range(3)))
def test_origin_and_axes_do_not_matter(shift, order):
    structure = permuted(translated(iza_structure("SOD"), shift), order)
    representation = voxel(n=20)
    assert_same_atoms(representation.decode(representation.encode(structure)), structure, within=1e-3)


def test_any_shape_of_grid_can_be_decoded():
    structure = smallest_orthogonal_cell(iza_structure("CAN"))
    assert structure is not None
    shape = (14, 25, 40)
    arrays = {
        name: gaussian_density(structure.lattice, structure.coords_of(element), shape)
        for name, element in (("o", "O"), ("si", "Si"))
    }
    found = voxel().decode(Grid.stack(arrays, structure.lattice))
    assert_same_atoms(found, structure, within=1e-3)


def test_noise_of_a_fifth_of_an_atom_costs_no_atom():
    structure = iza_structure("LTA")
    representation = voxel()
    grid = representation.encode(structure)
    noise = np.random.default_rng(0).normal(0.0, 0.2, grid.values.shape)
    assert_same_atoms(representation.decode(grid.with_values(grid.values + noise)), structure, within=0.25)


def test_an_atom_between_two_equal_points_is_one_atom():
    lattice = np.eye(3) * 8.0
    for place in ([0.5 / 16, 0, 0], [0.5 / 16] * 3, [15.5 / 16, 0.5, 0]):
        density = gaussian_density(lattice, [place], (16, 16, 16))
        found = find_atoms(density, lattice, 0.5, 1.6)
        offset = found - place
        assert len(found) == 1
        np.testing.assert_allclose(offset, np.round(offset), atol=1e-5)


@pytest.mark.parametrize("decoder", ["peaks", "flood-fill"])
@pytest.mark.parametrize(
    "values",
    [
        np.zeros((2, 6, 6, 6)),
        np.ones((2, 6, 6, 6)),
        np.full((2, 6, 6, 6), -1e30),
        np.full((2, 1, 1, 1), 0.9),
        np.random.default_rng(0).normal(0, 1, (2, 9, 5, 7)),
        1e20 * np.random.default_rng(0).normal(0, 1, (2, 6, 6, 6)),
    ],
    ids=["zero", "one", "deep", "point", "noise", "huge"],
)
def test_rubbish_decodes_to_something_finite(decoder, values):
    found = voxel(decoder=decoder).decode(Grid(values, ("si", "o"), np.eye(3) * 6))
    assert np.isfinite(found.frac_coords).all()
    assert ((found.frac_coords >= 0) & (found.frac_coords < 1)).all()


def test_no_two_decoded_atoms_are_closer_than_physics_allows():
    values = np.random.default_rng(3).random((2, 16, 16, 16))
    found = voxel().decode(Grid(values, ("si", "o"), np.eye(3) * 9))
    assert found.count("Si") > 0
    assert len(close_pairs(found.lattice, found.coords_of("Si"), 2.0)[0]) == 0
    assert len(close_pairs(found.lattice, found.coords_of("O"), 1.6)[0]) == 0


def test_the_stronger_of_a_close_pair_stays():
    frac = np.array([[0.0, 0, 0], [0.15, 0, 0], [0.3, 0, 0]])
    np.testing.assert_array_equal(separated(np.eye(3) * 10, frac, 2.0), frac[[0, 2]])


class TestFloodFill:
    """The rule of the reference papers, on densities drawn by hand."""

    def atoms(self, density):
        return volumes_to_atoms(np.asarray(density, dtype=np.float32))

    def test_a_volume_is_an_atom_at_its_weighted_mean(self):
        density = np.zeros((8, 8, 8))
        density[2, 3, 4], density[3, 3, 4] = 0.9, 0.65
        expected = (2 * 0.9 + 3 * 0.65) / 1.55 / 8
        np.testing.assert_allclose(self.atoms(density), [[expected, 3 / 8, 0.5]], rtol=1e-6)

    def test_a_volume_without_a_core_is_one_atom(self):
        density = np.zeros((8, 8, 8))
        density[2:5, 3, 4] = 0.65
        np.testing.assert_allclose(self.atoms(density), [[3 / 8, 3 / 8, 0.5]])

    def test_nothing_at_or_below_the_limit_is_an_atom(self):
        assert len(self.atoms(np.full((8, 8, 8), np.float32(0.6)))) == 0

    def test_two_cores_split_a_volume(self):
        density = np.zeros((8, 8, 8))
        density[1:6, 0, 0] = 0.8, 0.65, 0.65, 0.8, 0.8
        np.testing.assert_allclose(self.atoms(density), [[1 / 8, 0, 0], [4.5 / 8, 0, 0]])

    def test_volumes_reach_across_the_faces_of_the_cell(self):
        density = np.zeros((8, 8, 8))
        density[7, 0, 0] = density[0, 0, 0] = 0.8
        np.testing.assert_allclose(self.atoms(density), [[7.5 / 8, 0, 0]])

    @pytest.mark.parametrize("code", ["ACO", "LTA", "CHA"])
    def test_real_frameworks_come_back_to_a_tenth_of_an_angstrom(self, code):
        structure = iza_structure(code)
        representation = voxel(decoder="flood-fill")
        assert_same_atoms(representation.decode(representation.encode(structure)), structure, within=0.1)


TOO_COARSE = {"IMF", "MWF", "SFV"}
"""At 32 points the spacing is 1.4 to 3.4 angstrom along one axis of these."""


@pytest.mark.slow
def test_all_orthogonal_frameworks_but_the_largest_come_back_at_32_points():
    representation = voxel()
    frameworks = open_frameworks("iza").where(lambda s: s.is_orthogonal and is_silica(s))
    assert len(frameworks) == 140
    for framework in frameworks:
        if framework.name not in TOO_COARSE:
            grid = representation.encode(framework.structure)
            assert_same_atoms(representation.decode(grid), framework.structure, within=0.02)


def test_a_cell_too_large_to_search_is_refused():
    grid = Grid(np.zeros((2, 8, 8, 8), dtype=np.float32), ("si", "o"), np.diag([2572.0, 2765.0, 461.0]))
    with pytest.raises(GridError, match="3278"):
        Voxel().decode(grid)
