import numpy as np
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from zeo.crystal.net import Net
from zeo.data.known.relaxed import relaxed_structure
from zeo.plugin.registry import installed_plugins
from zeo.plugin.seen import digests_of
from zeo_cleanup.bonds import bonds_within
from zeo_cleanup.key import topology_of
from zeo_learning.off_target import SEEN, distance_from
from zeo_zeosym.crystal import Crystal, crystal_of
from zeo_zeosym.operations import primitive_operations
from zeo_zeosym.silica import is_four_connected, is_framework, silica_of
from zeo_zeosym.sites import site_of

CODES = ("ABW", "CAN", "CHA", "GIS", "HEU", "PTY", "SOD")


def without_symmetry(crystal):
    """The same net in P1."""
    coords = crystal.t_coords
    sites = [site_of(point, crystal.lattice, 1, 0.05) for point in coords]
    return Crystal(1, crystal.lattice, sites, coords)


def other_representatives(crystal, stream):
    """The same net, every orbit stood for by another of its T atoms."""
    operations = primitive_operations(crystal.group)
    coords = [
        operations.images(point)[stream.choice(site.images)] + stream.integers(-2, 3, 3)
        for point, site in zip(crystal.coords, crystal.sites, strict=True)
    ]
    sites = [site_of(point, crystal.lattice, crystal.group, 0.05) for point in coords]
    return Crystal(crystal.group, crystal.lattice, sites, np.array(coords))


@pytest.mark.parametrize("code", CODES)
def test_bridges_get_their_oxygen_and_the_net_is_that_of_the_framework(code):
    structure = relaxed_structure(code)
    crystal = crystal_of(structure)
    silica = silica_of(crystal)
    made = silica.structure
    assert made.count("O") == 2 * made.count("Si") == 2 * len(crystal.image)
    assert topology_of(Net.from_structure(made)).key == topology_of(Net.from_structure(structure)).key
    bonds = bonds_within(made)
    assert (bonds.counts(len(made)) == np.where(np.array(made.species) == "Si", 4, 2)).all()


@pytest.mark.parametrize("code", CODES)
def test_named_oxygen_is_at_the_middle_of_a_bridge(code):
    silica = silica_of(crystal_of(relaxed_structure(code)))
    lattice, coords = silica.atoms.lattice, silica.atoms.t_coords
    n = len(silica.oxygen)
    bonds = coords[n + silica.oxygen] + silica.shift - coords[:n, None]
    lengths = np.linalg.norm(bonds @ lattice, axis=2)
    assert 1.4 < lengths.min() <= lengths.max() < 1.7  # half of a bridge
    assert (np.bincount(silica.oxygen.ravel()) == 2).all()


@given(code=st.sampled_from(CODES), seed=st.integers(0, 999))
@settings(max_examples=15, deadline=None)
def test_oxygen_does_not_depend_on_which_t_atom_stands_for_its_orbit(code, seed):
    crystal = crystal_of(relaxed_structure(code))
    one = silica_of(crystal)
    other = silica_of(other_representatives(crystal, np.random.default_rng(seed)))
    assert one.t_sites == other.t_sites
    assert sorted(one.atoms.multiplicities) == sorted(other.atoms.multiplicities)
    assert same_places(one.structure, other.structure)


@pytest.mark.parametrize("code", ["ABW", "CAN", "GIS", "SOD"])
def test_oxygen_is_the_same_without_symmetry(code):
    crystal = crystal_of(relaxed_structure(code))
    assert same_places(silica_of(crystal).structure, silica_of(without_symmetry(crystal)).structure)


def same_places(one, other):
    apart = one.frac_coords[:, None] - other.frac_coords
    distances = np.linalg.norm((apart - np.round(apart)) @ one.lattice, axis=2)
    return (
        len(one) == len(other)
        and distances.min(axis=1).max() < 1e-6
        and sorted(one.species) == sorted(other.species)
    )


def test_a_net_that_is_not_four_connected_is_none(crystals):
    sodalite = crystals[0]
    assert silica_of(evolve(sodalite, lattice=1.2 * sodalite.lattice)) is None  # too far apart
    assert silica_of(evolve(sodalite, lattice=0.75 * sodalite.lattice)) is None  # too near
    assert silica_of(evolve(sodalite, lattice=0.62 * sodalite.lattice)) is None  # more than four
    apart = without_symmetry(sodalite)
    assert silica_of(evolve(apart, sites=apart.sites[1:], coords=apart.coords[1:])) is None


def bilayer():
    """Two sheets of six-rings, one upon the other, as silica grows on ruthenium: four-connected and flat."""
    edge, group = 3.1 * 3**0.5, 191
    lattice = np.array([[edge, 0, 0], [-edge / 2, edge * 3**0.5 / 2, 0], [0, 0, 12.0]])
    site = site_of(np.array([1 / 3, 2 / 3, 1.55 / 12]), lattice, group, 0.1)
    return Crystal(group, lattice, [site], [site.of_site(np.array([1 / 3, 2 / 3, 1.55 / 12]))])


def test_a_sheet_is_four_connected_and_no_framework():
    assert is_four_connected(bilayer())
    assert not is_framework(bilayer())
    sheet = silica_of(bilayer()).structure  # its net has no key: nobody can tell that it was not seen
    assert distance_from((), installed_plugins(), digests_of(["4-of-sodalite"]))(sheet) == SEEN


def test_known_nets_are_frameworks(crystals):
    assert all(map(is_framework, crystals))
