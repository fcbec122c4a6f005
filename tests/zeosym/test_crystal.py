import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from zeo.crystal.structure import Structure
from zeo.data.known.relaxed import relaxed_frameworks, relaxed_structure
from zeo_zeosym.crystal import crystal_of
from zeo_zeosym.operations import primitive_operations
from zeo_zeosym.sites import site_of


def neighbour_distances(lattice, coords, count=10):
    """Of each T atom, sorted; the T atoms sorted by them."""
    home = coords % 1.0
    cells = np.array(np.meshgrid(*[np.arange(-3, 4)] * 3)).reshape(3, -1).T
    images = (home[:, None] + cells).reshape(-1, 3) @ lattice
    return cKDTree(images).query(home @ lattice, k=count + 1)[0][:, 1:]


def of_atoms(structure):
    return np.sort(neighbour_distances(structure.lattice, structure.coords_of("Si")).ravel())


def of_crystal(crystal, atoms):
    found = neighbour_distances(crystal.lattice, crystal.t_coords)
    return np.sort(np.repeat(found, atoms // len(found), axis=0).ravel())


def test_every_iza_type_comes_back_from_its_unique_t_atoms():
    for code, framework in relaxed_frameworks().items():
        crystal = crystal_of(framework.structure)
        assert crystal.group == framework.space_group, code
        assert len(crystal.sites) == sum(site[0] == "Si" for site in framework.sites), code
        assert crystal.density == pytest.approx(framework.structure.framework_density, rel=1e-4), code


@pytest.mark.parametrize("code", ["ABW", "CHA", "HEU", "LTA", "PTY", "RHO", "STI"])
def test_distances_come_back(code):
    structure = relaxed_structure(code)
    crystal = crystal_of(structure)
    np.testing.assert_allclose(of_crystal(crystal, structure.count("Si")), of_atoms(structure), atol=0.01)


def test_operations_map_a_crystal_exactly_onto_itself(crystals):
    for crystal in crystals:
        operations = primitive_operations(crystal.group)
        metric = crystal.lattice @ crystal.lattice.T
        turned = operations.rotations.transpose(0, 2, 1) @ metric @ operations.rotations
        np.testing.assert_allclose(turned, np.broadcast_to(metric, turned.shape), atol=1e-9)
        coords = crystal.t_coords
        for rotation, translation in zip(operations.rotations, operations.translations, strict=True):
            apart = (coords @ rotation.T + translation)[:, None] - coords
            assert np.abs(apart - np.round(apart)).max(axis=2).min(axis=1).max() < 1e-9


def test_sites_know_their_freedom_and_images(crystals):
    by_code = dict(zip(("SOD", "FAU", "CAN", "GIS", "ABW"), crystals, strict=False))
    for code, freedom, images in (("SOD", 0, 6), ("FAU", 3, 48), ("CAN", 2, 12), ("GIS", 1, 8)):
        (site,) = by_code[code].sites
        assert (site.freedom, len(site.images)) == (freedom, images), code
    for crystal in crystals:
        for site in crystal.sites:
            np.testing.assert_allclose(site.projection @ site.projection, site.projection, atol=1e-9)
            np.testing.assert_allclose(site.projection @ site.shift, 0, atol=1e-9)
            assert site.images[0] == 0


CODES = ("ABW", "CAN", "CHA", "GIS", "HEU", "SOD")


@given(
    code=st.sampled_from(CODES),
    shift=st.tuples(*[st.floats(0, 1, exclude_max=True)] * 3),
    repeat=st.permutations([1, 1, 2]),
    shear=st.integers(-1, 1),
    seed=st.integers(0, 99),
)
@settings(max_examples=25, deadline=None)
def test_the_same_crystal_in_other_words_has_the_same_unique_t_atoms(code, shift, repeat, shear, seed):
    given_one = relaxed_structure(code)
    other = described(given_one, shift, repeat, shear, seed)
    one, two = crystal_of(given_one), crystal_of(other)
    assert one.group == two.group
    assert sorted(one.multiplicities) == sorted(two.multiplicities)
    assert one.density == pytest.approx(two.density, rel=1e-6)
    atoms = given_one.count("Si")
    np.testing.assert_allclose(of_crystal(one, atoms), of_crystal(two, atoms), atol=1e-3)


def described(structure, shift, repeat, shear, seed):
    """In another cell, from another origin, in another order and another orientation."""
    stream = np.random.default_rng(seed)
    cells = np.array(
        [(i, j, k) for i in range(repeat[0]) for j in range(repeat[1]) for k in range(repeat[2])]
    )
    coords = ((structure.frac_coords[:, None] + cells) / repeat).reshape(-1, 3)
    species = np.repeat(structure.species, len(cells))
    basis = np.array([[1, shear, 0], [0, 1, 0], [0, 0, 1]])
    rotation = np.linalg.qr(stream.normal(size=(3, 3)))[0]
    rotation *= np.sign(np.linalg.det(rotation))
    lattice = basis @ (structure.lattice * np.array(repeat)[:, None]) @ rotation
    order = stream.permutation(len(coords))
    moved = (coords + shift) @ np.linalg.inv(basis) % 1.0
    return Structure(lattice, species[order].tolist(), moved[order])


@pytest.mark.parametrize("code", ["CAN", "HEU", "MEL"])
def test_any_image_may_stand_for_its_orbit(code):
    crystal = crystal_of(relaxed_structure(code))
    operations = primitive_operations(crystal.group)
    for point, site in zip(crystal.coords, crystal.sites, strict=True):
        for image in operations.images(point)[site.images]:
            other = site_of(image, crystal.lattice, crystal.group, 0.1)
            assert (other.freedom, len(other.images)) == (site.freedom, len(site.images))
            np.testing.assert_allclose(other.projection @ image + other.shift, image, atol=1e-9)


def test_a_framework_without_oxygen_symmetry_has_the_symmetry_that_its_atoms_leave():
    structure = relaxed_structure("SOD")
    coords = structure.frac_coords.copy()
    coords[0] += 0.01
    assert len(crystal_of(Structure(structure.lattice, structure.species, coords)).sites) > 1
