"""Pore sizes against published ones, against brute force, and in other cells of the same crystal."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from zeo.crystal.structure import Structure, cell_vectors
from zeo.data.known.iza import iza_structure
from zeo.data.known.relaxed import relaxed_structure
from zeo.errors import GridError, InputError, ZeoError
from zeo.grids.grid import Grid
from zeo_probes.percolation import find_pores
from zeo_probes.pore_network import pore_network
from zeo_probes.pores import PoreOptions, Pores

PUBLISHED = {
    "ANA": (4.21, 2.43),
    "CHA": (7.37, 3.72),
    "ERI": (7.04, 3.42),
    "FAU": (11.24, 7.35),
    "FER": (6.31, 4.69),
    "GIS": (4.97, 3.32),
    "KFI": (10.67, 4.04),
    "LTA": (11.05, 4.21),
    "LTL": (10.01, 7.50),
    "MEL": (7.72, 5.19),
    "MFI": (6.36, 4.70),
    "MOR": (6.70, 6.45),
    "RHO": (10.43, 4.06),
    "SOD": (6.32, 2.53),
    "TON": (5.71, 5.11),
}
"""Largest included and largest free sphere (A) in the Database of Zeolite Structures."""


def diameters(structure, radius=1.35):
    measured = Pores(PoreOptions(oxygen_radius=radius)).properties(structure)
    return measured["included_sphere"].value, measured["free_sphere"].value


@pytest.mark.parametrize("code", PUBLISHED)
def test_published_diameters(code):
    try:
        structure = iza_structure(code)
    except ZeoError:
        pytest.skip("zeose is not installed")
    assert diameters(structure, 1.32) == pytest.approx(PUBLISHED[code], abs=0.01)


def test_a_larger_atom_leaves_smaller_spheres():
    sodalite = relaxed_structure("SOD")
    small, large = diameters(sodalite, 1.0), diameters(sodalite, 1.5)
    assert np.subtract(small, large) == pytest.approx([1.0, 1.0])
    assert diameters(sodalite, 9.0) == (0.0, 0.0)


@st.composite
def crystals(draw):
    """Cells of any shape with a few oxygen, from dense to sparse."""
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    lengths = rng.uniform(3.0, 9.0, 3)
    lattice = cell_vectors(lengths, rng.uniform(65.0, 115.0, 3))
    count = draw(st.integers(1, 12))
    return Structure(lattice, ("O",) * count, rng.uniform(-1.0, 2.0, (count, 3)))


@st.composite
def symmetric_crystals(draw):
    """Simple, face-centred and body-centred lattices: many atoms on one sphere."""
    centred = [[0, 0, 0], [0.5, 0.5, 0.5]]
    face_centred = [[0, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]]
    centring = draw(st.sampled_from([centred[:1], centred, face_centred]))
    edge = draw(st.floats(3.0, 8.0))
    return Structure(np.eye(3) * edge, ("O",) * len(centring), centring)


def in_cell(structure, matrix):
    """The same crystal in the cell with rows ``matrix @ lattice``."""
    cells = np.array(list(itertools.product(range(-8, 9), repeat=3)))
    points = (structure.frac_coords[:, None] % 1.0 + cells).reshape(-1, 3) @ np.linalg.inv(matrix)
    points = points[((points > -1e-9) & (points < 1 - 1e-9)).all(axis=1)]
    return Structure(matrix @ structure.lattice, ("O",) * len(points), points)


@settings(max_examples=60, deadline=None)
@given(st.one_of(crystals(), symmetric_crystals()), st.integers(0, 2**32 - 1))
def test_the_origin_does_not_matter(crystal, seed):
    shift = np.random.default_rng(seed).uniform(-1.0, 1.0, 3)
    moved = Structure(crystal.lattice, crystal.species, crystal.frac_coords + shift)
    assert diameters(moved, 0.5) == pytest.approx(diameters(crystal, 0.5), abs=1e-4)


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(crystals(), symmetric_crystals()),
    st.sampled_from(
        [
            np.diag([2, 1, 1]),
            np.diag([1, 2, 3]),
            np.array([[1, 1, 0], [0, 1, -2], [0, 0, 1]]),
            np.array([[1, 1, 0], [-1, 1, 0], [0, 0, 2]]),
        ]
    ),
)
def test_the_cell_does_not_matter(crystal, matrix):
    other = in_cell(crystal, matrix)
    assert len(other) == round(abs(np.linalg.det(matrix))) * len(crystal)
    assert diameters(other, 0.5) == pytest.approx(diameters(crystal, 0.5), abs=1e-4)


@settings(max_examples=15, deadline=None)
@given(crystals())
def test_brute_force_on_a_grid(crystal):
    network = pore_network(crystal.lattice, crystal.frac_coords)
    spacing = 0.25
    shape = np.ceil(crystal.lengths / spacing).astype(int)
    points = np.stack(np.meshgrid(*[np.arange(n) / n for n in shape], indexing="ij"), axis=-1)
    images = np.array(list(itertools.product(range(-4, 5), repeat=3)))
    atoms = (crystal.frac_coords[:, None] % 1.0 + images).reshape(-1, 3)
    distance = cKDTree(atoms @ crystal.lattice).query(points @ crystal.lattice)[0]
    low, high = 0.0, distance.max()
    while high - low > 1e-3:
        middle = (low + high) / 2
        percolates = find_pores(distance >= middle).largest_dimensionality > 0
        low, high = (middle, high) if percolates else (low, middle)
    # the grid misses the summits, never by more than the diagonal of its voxels
    assert -1e-5 < network.largest() - distance.max() < 0.5 * 3 * spacing
    assert -2e-3 < network.largest_free() - low < 3 * spacing


def test_a_straight_channel_through_a_square_lattice():
    """Atoms on a square lattice of edge 5 in columns of atoms 1 apart: spheres move along the columns."""
    crystal = Structure(np.diag([5.0, 5.0, 1.0]), ("O",), np.zeros((1, 3)))
    across = 2 * np.sqrt(12.5)
    included = 2 * np.sqrt(12.5 + 0.25)
    assert diameters(crystal, 0.0) == pytest.approx((included, across), abs=1e-4)


def test_a_void_wider_than_any_pore():
    layers = Structure(np.diag([4.0, 4.0, 80.0]), ("O",), np.zeros((1, 3)))
    free = 2 * np.hypot(40.0, 2.0)
    assert diameters(layers, 0.0) == pytest.approx((2 * np.hypot(40.0, np.sqrt(8.0)), free), abs=1e-3)


def test_what_cannot_be_measured():
    with pytest.raises(InputError, match="no oxygen"):
        Pores().properties(Structure(np.eye(3) * 5, ("Si",), np.zeros((1, 3))))
    with pytest.raises(GridError):
        Pores().properties(Grid.stack({"si": np.zeros((4, 4, 4))}, np.eye(3)))


def with_cations(code, element, *places):
    host = relaxed_structure(code)
    coords = np.concatenate([host.frac_coords, np.reshape(places, (-1, 3))])
    return Structure(host.lattice, (*host.species, *[element] * len(places)), coords)


@pytest.mark.parametrize("element", ["Na", "K", "Mg", "Zn", "H", "C"])
def test_what_is_in_the_way_is_refused_by_name_or_counted(element):
    """At the centre of the cage of SOD, from which all atoms are far."""
    filled = with_cations("SOD", element, [0.5, 0.5, 0.5], [0.0, 0.0, 0.0])
    with pytest.raises(InputError, match=rf"no radius for {element}, .*pores.obstacles=true"):
        Pores(PoreOptions()).properties(filled)
    measured = Pores(PoreOptions(obstacles=True)).properties(filled)
    included, free = diameters(relaxed_structure("SOD"))
    assert measured["included_sphere"].value < 0.6 * included
    assert measured["free_sphere"].value < free


@pytest.mark.parametrize("elements", [("Al", "P"), ("Zn", "P"), ("Ge", "Ge"), ("Al", "Si")])
def test_t_atoms_of_any_element_are_no_obstacle(elements):
    silica = relaxed_structure("CHA")
    t = iter(itertools.cycle(elements))
    species = [next(t) if element == "Si" else element for element in silica.species]
    assert diameters(Structure(silica.lattice, species, silica.frac_coords)) == diameters(silica)
