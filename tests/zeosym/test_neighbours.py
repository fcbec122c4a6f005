import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zeo_zeosym.collection import Crystals
from zeo_zeosym.neighbours import LATTICE_VECTORS, NEIGHBOURS, REACH, inverse, reduced, surroundings
from zeo_zeosym.strain import stretched


def brute_force(crystals, coords, lattice):
    """Sorted distances from each unique T atom, by many images of all T atoms."""
    cells = np.array(np.meshgrid(*[np.arange(-6, 7)] * 3)).reshape(3, -1).T
    atoms = crystals.atoms_at(coords)
    found = []
    for u, b in enumerate(crystals.crystal_of_unique):
        own = atoms[crystals.first_atom[b] : crystals.first_atom[b + 1]]
        apart = ((own - coords[u])[:, None] + cells) @ lattice[b]
        distances = np.sort(np.linalg.norm(apart, axis=2).ravel())[1:]
        found.append(np.minimum(distances[: NEIGHBOURS + 1], REACH))
    return np.array(found)


@given(seed=st.integers(0, 50), strain=st.sampled_from([0.0, 0.1, 0.4]))
@settings(max_examples=8, deadline=None)
def test_nearest_images_are_those_of_brute_force(crystals, seed, strain):
    stream = np.random.default_rng(seed)
    some = Crystals.of([crystals[k] for k in (0, 2, 4, 7)])
    free = (some.allowed @ stream.normal(size=(len(some), 6, 1)))[:, :, 0]
    lattice = stretched(some.lattice, strain * free)
    coords = some.coords + 0.02 * stream.normal(size=some.coords.shape)
    seen = surroundings(some, coords, lattice)
    wanted = brute_force(some, coords, lattice)
    distances = np.linalg.norm(seen.vector, axis=2)
    np.testing.assert_allclose(distances, wanted[:, :NEIGHBOURS], atol=1e-9)
    np.testing.assert_allclose(seen.cutoff, wanted[:, NEIGHBOURS], atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(seen.vector_there, axis=2), distances, atol=1e-9)


def test_every_t_atom_of_a_framework_has_four_neighbours(crystals):
    collected = Crystals.of(crystals)
    seen = surroundings(collected, collected.coords, collected.lattice)
    distances = np.linalg.norm(seen.vector, axis=2)
    assert distances[:, 3].max() < 3.45
    assert distances[:, 4].min() > 3.45


def test_a_neighbour_sees_the_same_line_from_its_own_frame(crystals):
    # reversed, the line leads from the unique T atom there to an image of the first one
    collected = Crystals.of(crystals)
    seen = surroundings(collected, collected.coords, collected.lattice)
    for u in range(0, len(collected.coords), 5):
        for k in range(4):
            back = seen.vector[seen.neighbour[u, k]] + seen.vector_there[u, k]
            assert np.linalg.norm(back, axis=1).min() < 1e-6


@given(
    base=st.lists(st.floats(3, 30), min_size=3, max_size=3),
    shear=st.lists(st.integers(-3, 3), min_size=3, max_size=3),
)
@settings(deadline=None)
def test_shortest_lattice_vectors_do_not_depend_on_the_basis(crystals, base, shear):
    one = Crystals.of(crystals[:1])
    skew = np.array([[1, shear[0], shear[1]], [0, 1, shear[2]], [0, 0, 1]])
    plain, skewed = np.diag(base), skew @ np.diag(base)
    seen = [surroundings(one, one.coords, lattice[None]) for lattice in (plain, skewed)]
    lengths = [np.linalg.norm(each.lattice_vector[0], axis=1) for each in seen]
    assert lengths[0].shape == (LATTICE_VECTORS,)
    np.testing.assert_allclose(*lengths, atol=1e-9)
    assert seen[0].lattice_cutoff[0] == pytest.approx(seen[1].lattice_cutoff[0])
    assert lengths[0][0] == pytest.approx(min(base))


def test_reduced_bases_span_the_same_lattice(stream):
    for _ in range(20):
        lattice = stream.normal(size=(3, 3)) * 10
        steps = reduced(lattice) @ inverse(lattice)
        np.testing.assert_allclose(steps, np.round(steps), atol=1e-6)
        assert abs(np.linalg.det(steps)) == pytest.approx(1)
        np.testing.assert_allclose(inverse(lattice), np.linalg.inv(lattice))


@given(seed=st.integers(0, 50), flat=st.integers(1, 3), height=st.floats(-12, -1))
@settings(max_examples=8, deadline=None)
def test_cells_that_have_collapsed_have_neighbours_too(crystals, seed, flat, height):
    """Along one axis they are the nearest ones, which lie along it."""
    some = Crystals.of([crystals[k] for k in (0, 2, 4, 7)])
    coords = some.coords + np.random.default_rng(seed).random(some.coords.shape)
    lattice = some.lattice.copy()
    lattice[:, :flat] *= 10.0**height
    found = surroundings(some, coords, lattice)
    lengths = np.linalg.norm(found.vector, axis=2)
    assert (lengths <= REACH).all()
    assert (np.diff(lengths, axis=1) >= -1e-12).all()
    if flat == 1:
        assert lengths.max() < 10.0**height * 14 * np.linalg.norm(some.lattice, axis=2).max()
