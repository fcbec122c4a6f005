"""Energies against a plain float64 lattice sum, and the invariances of a crystal."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from zeo.crystal.neighbours import cell_heights
from zeo.crystal.structure import Structure, cell_vectors
from zeo.data.known.iza import iza_structure
from zeo.errors import InputError
from zeo_probes.lattice_sum import CLOSEST, THINNEST_CELL, Sites, energies_at, energy_grid
from zeo_probes.symmetry import unique_points

EPSILON, SIGMA, CUTOFF = 115.0, 3.47, 12.0
TOLERANCE = 0.1
"""Kelvin, after clipping to the range that generators train on."""


def clipped(energy):
    return np.clip(energy, -4000.0, 5000.0)


def methane_grid(lattice, oxygen, shape):
    return energy_grid(lattice, [Sites(oxygen, EPSILON, SIGMA)], CUTOFF, shape)


def exact_grid(lattice, oxygen, shape, cutoff=CUTOFF):
    """Every image of every atom that could be within the cutoff, in float64, without a thought for speed."""
    volume = abs(np.linalg.det(lattice))
    heights = [volume / np.linalg.norm(np.cross(lattice[i - 2], lattice[i - 1])) for i in range(3)]
    reach = [math.ceil(cutoff / height) for height in heights]
    shifts = np.array(list(itertools.product(*(range(-r, r + 1) for r in reach))))
    energy = np.zeros(shape)
    for index in np.ndindex(*shape):
        offsets = np.array(index) / shape - oxygen
        offsets -= np.round(offsets)
        r2 = (((offsets[:, None] + shifts) @ lattice) ** 2).sum(axis=-1)
        r2 = np.maximum(r2[r2 < cutoff**2], CLOSEST**2)
        energy[index] = np.sum(4 * EPSILON * ((SIGMA**2 / r2) ** 6 - (SIGMA**2 / r2) ** 3))
    return energy


@st.composite
def crystals(draw):
    """A lattice, possibly sheared, with a few atoms, and a number of grid points for each axis."""
    lengths = [draw(st.floats(4.0, 16.0)) for _ in range(3)]
    sheared = draw(st.booleans())
    angles = [draw(st.floats(65.0, 115.0)) if sheared else 90.0 for _ in range(3)]
    oxygen = [[draw(st.floats(-1.0, 2.0)) for _ in range(3)] for _ in range(draw(st.integers(1, 4)))]
    shape = tuple(draw(st.sampled_from([1, 2, 3, 5, 8, 9])) for _ in range(3))
    return cell_vectors(lengths, angles), np.array(oxygen), shape


@settings(max_examples=40, deadline=None)
@given(crystals())
def test_equals_the_exact_sum_in_any_cell(crystal):
    lattice, oxygen, shape = crystal
    # a pair at the cutoff itself may count in one sum and not in the other: 0.27 K
    exact, inner, outer = (exact_grid(lattice, oxygen, shape, CUTOFF + d) for d in (0.0, -1e-5, 1e-5))
    decided = inner == outer
    found = methane_grid(lattice, oxygen, shape)
    assert np.abs(clipped(found) - clipped(exact))[decided].max(initial=0.0) < TOLERANCE


@pytest.mark.parametrize("code", ["LTA", "CHA", "ABW", "ACO"])
def test_equals_the_exact_sum_in_frameworks(code):
    structure = iza_structure(code)
    oxygen = structure.coords_of("O")
    shape = (6, 5, 7)
    exact = exact_grid(structure.lattice, oxygen, shape)
    assert np.abs(clipped(methane_grid(structure.lattice, oxygen, shape)) - clipped(exact)).max() < TOLERANCE


def test_a_rotated_or_mirrored_lattice_changes_nothing():
    lattice = cell_vectors((9.0, 11.0, 8.0), (75.0, 100.0, 110.0))
    oxygen = np.array([[0.1, 0.2, 0.3], [0.7, 0.5, 0.9]])
    turn, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))
    expected = clipped(methane_grid(lattice, oxygen, (8, 8, 8)))
    for motion in (turn, -turn):
        found = clipped(methane_grid(lattice @ motion, oxygen, (8, 8, 8)))
        assert np.abs(found - expected).max() < TOLERANCE


@settings(max_examples=15, deadline=None)
@given(crystals(), st.tuples(*[st.integers(-20, 20)] * 3))
def test_moving_the_atoms_by_grid_steps_rolls_the_grid(crystal, steps):
    lattice, oxygen, shape = crystal
    moved = methane_grid(lattice, oxygen + np.array(steps) / shape, shape)
    rolled = np.roll(methane_grid(lattice, oxygen, shape), steps, axis=(0, 1, 2))
    assert mostly_equal(moved, rolled)


@settings(max_examples=15, deadline=None)
@given(crystals(), st.permutations(range(3)))
def test_permuting_the_axes_permutes_the_grid(crystal, order):
    lattice, oxygen, shape = crystal
    permuted = methane_grid(lattice[order], oxygen[:, order], tuple(shape[k] for k in order))
    assert mostly_equal(permuted, methane_grid(lattice, oxygen, shape).transpose(order))


@settings(max_examples=15, deadline=None)
@given(crystals(), st.tuples(*[st.integers(1, 2)] * 3))
def test_a_supercell_repeats_the_grid(crystal, times):
    lattice, oxygen, shape = crystal
    copies = [(oxygen + shift) / times for shift in itertools.product(*map(range, times))]
    grown = methane_grid(
        lattice * np.array(times)[:, None],
        np.concatenate(copies),
        tuple(n * t for n, t in zip(shape, times, strict=True)),
    )
    assert mostly_equal(grown, np.tile(methane_grid(lattice, oxygen, shape), times))


@settings(max_examples=15, deadline=None)
@given(crystals(), st.integers(-2, 2), st.permutations(range(3)))
def test_another_choice_of_lattice_vectors_moves_points_only(crystal, times, axes):
    lattice, oxygen, _ = crystal
    first, second, _ = axes
    change = np.eye(3, dtype=int)
    change[first, second] = times  # the new vector `first` is the old one plus `times` the vector `second`
    assume(cell_heights(change @ lattice).min() >= THINNEST_CELL)
    n = 6
    resheared = methane_grid(change @ lattice, oxygen @ np.linalg.inv(change), (n, n, n))
    points = np.indices((n, n, n)).reshape(3, -1).T @ change % n
    original = methane_grid(lattice, oxygen, (n, n, n))
    assert mostly_equal(resheared.ravel(), original[tuple(points.T)])


def mostly_equal(left, right):
    """Equal within the tolerance; a pair at the cutoff may count on one side only, which is worth 0.27 K."""
    difference = np.abs(clipped(left) - clipped(right))
    return (difference < TOLERANCE).mean() > 0.98 and difference.max() < 4 * 0.28


@pytest.mark.parametrize("code", ["LTA", "FAU", "CHA", "MFI", "ABW"])
def test_one_point_per_orbit_gives_the_same_grid(code):
    structure = iza_structure(code)
    oxygen = structure.coords_of("O")
    for shape in ((12, 12, 12), (8, 12, 10)):
        points = unique_points(structure, shape)
        assert np.array_equal(points.spread(points.unique).ravel()[points.unique], points.unique)
        assert np.array_equal(points.counts, np.unique(points.spread(points.unique), return_counts=True)[1])
        whole = methane_grid(structure.lattice, oxygen, shape)
        some = energies_at(structure.lattice, [Sites(oxygen, EPSILON, SIGMA)], CUTOFF, shape, points.unique)
        assert np.abs(clipped(points.spread(some)) - clipped(whole)).max() < TOLERANCE


def test_orbits_of_lta():
    assert len(unique_points(iza_structure("LTA"), (32, 32, 32)).unique) == 969  # 17*18*19/6: m-3m


def test_no_symmetry_no_orbits():
    rng = np.random.default_rng(1)
    structure = Structure(np.diag([9.0, 10.0, 11.0]), ["O"] * 5, rng.random((5, 3)))
    assert np.array_equal(unique_points(structure, (8, 8, 8)).unique, np.arange(512))


def test_kinds_of_sites_add_up():
    lattice = np.diag([10.0, 11.0, 12.0])
    oxygen, silicon = np.random.default_rng(2).random((2, 3, 3))
    sites = [Sites(oxygen, 53.0, 3.3), Sites(silicon, 22.0, 2.3)]
    both = energy_grid(lattice, sites, 9.0, (8, 8, 8))
    one_by_one = sum(energy_grid(lattice, [site], 9.0, (8, 8, 8)) for site in sites)
    assert np.allclose(both, one_by_one, rtol=1e-6)


def test_on_top_of_an_atom_the_energy_is_finite_and_huge():
    energy = methane_grid(np.diag([9.0, 9.0, 9.0]), np.zeros((1, 3)), (9, 9, 9))
    assert np.isfinite(energy).all()
    assert energy[0, 0, 0] > 1e15


def test_no_atoms_no_energy():
    assert not methane_grid(np.diag([9.0, 9.0, 9.0]), np.zeros((0, 3)), (4, 4, 4)).any()


def test_a_sheet_is_no_cell():
    with pytest.raises(InputError, match="thin"):
        methane_grid(np.diag([100.0, 100.0, 0.1]), np.zeros((1, 3)), (4, 4, 4))
