"""Distance least squares: invariances, and real frameworks recovered from displaced atoms."""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zeo.crystal.structure import Structure
from zeo.data.known.iza import iza_structure
from zeo_cleanup.bonds import Bonds, bonds_within, is_perfect
from zeo_cleanup.dls import CONTACT_O_O, geometry_fault, regularise

framework = cache(iza_structure)


def displaced(structure, sigma, seed):
    """Gaussian noise of ``sigma`` angstrom on every coordinate."""
    noise = np.random.default_rng(seed).normal(0.0, sigma, (len(structure), 3))
    frac = structure.frac_coords + noise @ np.linalg.inv(structure.lattice)
    return Structure(structure.lattice, structure.species, frac)


def supercell(structure, times):
    images = np.array(list(itertools.product(*map(range, times))))
    frac = (structure.frac_coords[None] + images[:, None]).reshape(-1, 3) / times
    return Structure(np.diag(times) @ structure.lattice, structure.species * len(images), frac)


def rms(regular):
    return np.array([regular.rms_si_o, regular.rms_o_o, regular.rms_si_si])


@pytest.mark.parametrize(
    ("code", "si_o", "o_o", "si_si"),
    [("SOD", 0.003, 0.006, 0.09), ("LTA", 0.001, 0.002, 0.04), ("MFI", 0.002, 0.004, 0.06)],
)
def test_displaced_atoms_come_back_to_regular_tetrahedra(code, si_o, o_o, si_si):
    true = framework(code)
    bonds = bonds_within(true)
    for seed in range(3):
        regular = regularise(displaced(true, 0.2, seed), bonds)
        assert regular.converged
        assert (rms(regular) < (si_o, o_o, si_si)).all()
        assert geometry_fault(regular, bonds) == ""
        assert bonds_within(regular.structure).as_set() == bonds.as_set()


@pytest.mark.parametrize("code", ["SOD", "LTA", "CHA", "RWY", "FAU"])
def test_an_ideal_framework_stays_where_it_is(code):
    true = framework(code)
    regular = regularise(true, bonds_within(true))
    assert regular.largest_t_shift < 0.05
    assert regular.largest_shift < 0.1


def test_a_skewed_cell_of_the_same_crystal_gives_the_same_distances():
    true = displaced(framework("SOD"), 0.1, 0)
    skew = np.array([[1, 0, 0], [1, 1, 0], [-1, 2, 1]])
    skewed = Structure(skew @ true.lattice, true.species, true.frac_coords @ np.linalg.inv(skew))
    one, other = (regularise(s, bonds_within(s)) for s in (true, skewed))
    np.testing.assert_allclose(rms(one), rms(other), atol=1e-6)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_origin_order_and_wrapping_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    start = displaced(framework("CHA"), 0.1, 1)
    order = rng.permutation(len(start))
    moved = Structure(
        start.lattice,
        [start.species[k] for k in order],
        (start.frac_coords + rng.random(3) + rng.integers(-2, 3, (len(start), 3)))[order],
    )
    one, other = regularise(start, bonds_within(start)), regularise(moved, bonds_within(moved))
    np.testing.assert_allclose(rms(one), rms(other), atol=1e-4)
    assert other.largest_shift == pytest.approx(one.largest_shift, abs=0.02)


def test_a_supercell_behaves_like_its_cell():
    start = displaced(framework("SOD"), 0.1, 2)
    double = supercell(start, (2, 1, 1))
    one, other = regularise(start, bonds_within(start)), regularise(double, bonds_within(double))
    np.testing.assert_allclose(rms(one), rms(other), atol=1e-3)


def test_nothing_drifts():
    start = displaced(framework("LTA"), 0.2, 3)
    end = regularise(start, bonds_within(framework("LTA"))).structure
    drift = (end.cart_coords - start.cart_coords).mean(axis=0)
    assert np.abs(drift).max() < 0.05


def test_atoms_that_are_not_bonded_are_pushed_apart():
    start = displaced(framework("MFI"), 0.4, 0)
    bonds = bonds_within(framework("MFI"))
    end = regularise(start, bonds).structure
    o = end.coords_of("O")
    difference = o[:, None] - o
    difference -= np.round(difference)
    distances = np.linalg.norm(difference @ end.lattice, axis=-1)[np.triu_indices(len(o), 1)]
    assert distances.min() > CONTACT_O_O - 0.1


def test_too_few_iterations_are_reported():
    start = displaced(framework("LTA"), 0.3, 0)
    assert not regularise(start, bonds_within(framework("LTA")), max_iterations=1).converged


def test_a_cell_that_is_too_wide_is_a_fault():
    true = framework("SOD")  # too narrow a cell would only fold the net
    wide = Structure(1.2 * true.lattice, true.species, true.frac_coords)
    bonds = bonds_within(true)
    assert "Si-O distances" in geometry_fault(regularise(wide, bonds), bonds)


def test_missing_bonds_are_refused():
    true = framework("SOD")
    bonds = bonds_within(true)
    with pytest.raises(ValueError, match="four bonds at every Si"):
        regularise(true, Bonds(bonds.si[1:], bonds.o[1:], bonds.shifts[1:]))


def test_perfection_is_read_from_bonds():
    true = framework("LTA")
    bonds = bonds_within(true)
    assert is_perfect(true, bonds)
    assert len(bonds) == 4 * true.count("Si")
    one_less = Structure(true.lattice, true.species[:-1], true.frac_coords[:-1])
    assert not is_perfect(one_less, bonds_within(one_less))
