"""The core-shell energy: derivatives, invariances, Ewald's sum."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from zeo.crystal.structure import Structure
from zeo.data.known.iza import iza_structure
from zeo_cleanup.relax.framework import tetrahedra_of
from zeo_cleanup.relax.kernels import add_springs
from zeo_cleanup.relax.pair_tables import STEP, buckingham, nodes, screened_coulomb
from zeo_cleanup.relax.parameters import sanders_leslie_catlow
from zeo_cleanup.relax.potential import CoreShellPotential, Tetrahedra
from zeo_cleanup.relax.relaxation import core_shells, in_order
from zeo_cleanup.relax.symmetrise import symmetrised

Array = NDArray[np.float64]

SHEAR = np.array([[1.0, 0.06, -0.03], [0.0, 1.02, 0.05], [0.0, 0.0, 0.97]])


def displaced(structure: Structure, seed: int = 0) -> tuple[Array, Tetrahedra, Array]:
    """Lattice, bonds and sites of a sheared structure whose sites are off their equilibrium."""
    rng = np.random.default_rng(seed)
    lattice = structure.lattice @ SHEAR
    silicon, oxygen = structure.coords_of("Si") @ lattice, structure.coords_of("O") @ lattice
    sites = np.concatenate([silicon, oxygen, oxygen + rng.normal(0.0, 0.05, oxygen.shape)])
    return lattice, tetrahedra_of(structure), sites + rng.normal(0.0, 0.03, sites.shape)


def slope(energy: object, step: float) -> float:
    """Derivative at 0 by five-point differences."""
    f = energy
    return float((8 * (f(step) - f(-step)) - f(2 * step) + f(-2 * step)) / (12 * step))  # type: ignore[operator]


@pytest.mark.parametrize("code", ["SOD", "CHA"])
def test_forces_are_the_derivatives_of_the_energy(code: str) -> None:
    lattice, tetrahedra, sites = displaced(iza_structure(code))
    potential = CoreShellPotential(lattice, tetrahedra)
    found = potential.evaluate(lattice, sites)
    rng = np.random.default_rng(1)
    for _ in range(3):
        direction = rng.normal(size=sites.shape)
        expected = slope(lambda h, d=direction: potential.evaluate(lattice, sites + h * d).energy, 1e-4)
        assert float((found.gradient * direction).sum()) == pytest.approx(expected, rel=1e-6)
    for site, axis in ((0, 0), (len(sites) // 4, 1), (len(sites) - 1, 2)):
        one = np.zeros_like(sites)
        one[site, axis] = 1.0
        expected = slope(lambda h, d=one: potential.evaluate(lattice, sites + h * d).energy, 1e-3)
        assert found.gradient[site, axis] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("code", ["SOD", "CHA"])
def test_the_virial_is_the_derivative_by_strain(code: str) -> None:
    lattice, tetrahedra, sites = displaced(iza_structure(code))
    potential = CoreShellPotential(lattice, tetrahedra)
    virial = potential.evaluate(lattice, sites).virial
    assert virial == pytest.approx(virial.T, abs=1e-9)
    for a, b in ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)):
        strain = np.zeros((3, 3))
        strain[a, b] = 1.0

        def energy(h: float, strain: Array = strain) -> float:
            deformed = np.eye(3) + h * strain
            return potential.evaluate(lattice @ deformed, sites @ deformed).energy

        assert virial[a, b] == pytest.approx(slope(energy, 2e-5), rel=1e-6, abs=1e-5)


def test_the_net_force_is_zero_and_the_energy_ignores_a_translation() -> None:
    lattice, tetrahedra, sites = displaced(iza_structure("SOD"))
    potential = CoreShellPotential(lattice, tetrahedra)
    here = potential.evaluate(lattice, sites)
    assert here.gradient.sum(axis=0) == pytest.approx(np.zeros(3), abs=1e-9)
    there = potential.evaluate(lattice, sites + np.array([1.3, -7.9, 4.1]))
    assert there.energy == pytest.approx(here.energy, abs=1e-9)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 1000))
def test_the_energy_ignores_a_rotation(seed: int) -> None:
    lattice, tetrahedra, sites = displaced(iza_structure("SOD"))
    turn, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    here = CoreShellPotential(lattice, tetrahedra).evaluate(lattice, sites)
    there = CoreShellPotential(lattice @ turn, tetrahedra).evaluate(lattice @ turn, sites @ turn)
    assert there.energy == pytest.approx(here.energy, abs=1e-8)
    assert there.gradient == pytest.approx(here.gradient @ turn, abs=1e-8)
    assert there.virial == pytest.approx(turn.T @ here.virial @ turn, abs=1e-7)


def energy_per_silicon(structure: Structure, accuracy: float = 1e-9) -> float:
    """Of a structure with the shells on their cores."""
    silicon = structure.coords_of("Si") @ structure.lattice
    oxygen = structure.coords_of("O") @ structure.lattice
    potential = CoreShellPotential(structure.lattice, tetrahedra_of(structure), accuracy=accuracy)
    sites = np.concatenate([silicon, oxygen, oxygen])
    return potential.evaluate(structure.lattice, sites).energy / len(silicon)


def test_the_energy_does_not_depend_on_the_choice_of_cell() -> None:
    sodalite = iza_structure("SOD")
    expected = energy_per_silicon(sodalite)
    for basis in (
        [[1, 0, 0], [0, 1, 0], [0, 0, 2]],
        [[1, 0, 0], [1, 1, 0], [0, 2, 1]],
        [[1, 1, 0], [-1, 1, 0], [0, 0, 1]],
    ):
        assert energy_per_silicon(in_basis(sodalite, np.array(basis))) == pytest.approx(expected, abs=1e-6)


def in_basis(structure: Structure, basis: NDArray[np.int64]) -> Structure:
    """The same crystal in the cell of lattice vectors ``basis`` (rows, in units of the old ones)."""
    steps = np.stack(np.meshgrid(*[np.arange(-4, 5)] * 3, indexing="ij"), -1).reshape(-1, 3)
    coords, species = [], []
    for element, position in zip(structure.species, structure.frac_coords, strict=True):
        images = (position + steps) @ np.linalg.inv(basis)
        inside = images[((images > -1e-9) & (images < 1 - 1e-9)).all(axis=1)]
        coords.append(inside)
        species += [element] * len(inside)
    return Structure(basis @ structure.lattice, species, np.concatenate(coords))


def test_the_order_of_the_atoms_does_not_matter() -> None:
    sodalite = iza_structure("SOD")
    order = np.random.default_rng(3).permutation(len(sodalite))
    shuffled = Structure(
        sodalite.lattice, [sodalite.species[k] for k in order], sodalite.frac_coords[order] + [0.0, 1.0, -2.0]
    )
    assert energy_per_silicon(shuffled) == pytest.approx(energy_per_silicon(sodalite), abs=1e-7)


@pytest.mark.parametrize("code", ["SOD", "AFI"])
def test_the_default_accuracy_suffices(code: str) -> None:
    structure = iza_structure(code)
    exact = energy_per_silicon(structure, accuracy=1e-13)
    assert energy_per_silicon(structure, accuracy=1e-7) == pytest.approx(exact, rel=1e-6 / 30)


def test_pair_lists_renew_themselves() -> None:
    lattice, tetrahedra, sites = displaced(iza_structure("SOD"))
    potential = CoreShellPotential(lattice, tetrahedra)
    potential.evaluate(lattice, sites)
    moved = sites + np.random.default_rng(2).normal(0.0, 0.15, sites.shape)
    fresh = CoreShellPotential(lattice, tetrahedra).evaluate(lattice, moved)
    assert potential.evaluate(lattice, moved).energy == pytest.approx(fresh.energy, abs=1e-9)


def test_tables_follow_the_functions() -> None:
    term = sanders_leslie_catlow().silicon_shell
    r = np.linspace(1.3, 8.9, 997)
    exact = term.A * np.exp(-r / term.rho) - term.C / r**6
    assert read(buckingham(term, 1.0), r) == pytest.approx(exact, rel=1e-9, abs=1e-11)
    exact = np.array([math.erfc(0.6 * x) / x for x in r[r < 6.0]])
    assert read(screened_coulomb(0.6, 6.5, 0.5), r[r < 6.0]) == pytest.approx(exact, rel=1e-8, abs=1e-12)


def read(table: Array, r: Array) -> Array:
    place = r**2 / STEP
    interval = place.astype(int)
    return np.array(
        [
            np.polynomial.polynomial.polyval(t, c)
            for t, c in zip(place - interval, table[interval], strict=True)
        ]
    )


def test_a_cut_off_term_ends_smoothly() -> None:
    term = sanders_leslie_catlow().shell_shell
    last = buckingham(term, 1.0)[-1]
    assert last.sum() == pytest.approx(0.0, abs=1e-18)
    assert nodes(len(buckingham(term, 1.0)))[-1] == pytest.approx(term.cutoff)


def test_the_screening_of_a_core_and_its_shell_joins_smoothly() -> None:
    energies, pushes, one = [], [], (np.zeros(1, np.int64), np.ones(1))
    for distance in (0.3 / 0.5 * (1 - 1e-9), 0.3 / 0.5 * (1 + 1e-9)):
        sites = np.array([[0.0, 0.0, 0.0], [distance, 0.0, 0.0]])
        gradient, virial = np.zeros((2, 3)), np.zeros((3, 3))
        energies.append(add_springs(sites, 0, 1, *one, 70.0, -36.0, 0.5, gradient, virial))
        pushes.append(gradient[1, 0])
    assert energies[1] == pytest.approx(energies[0], abs=1e-6)
    assert pushes[1] == pytest.approx(pushes[0], abs=1e-6)


@pytest.mark.parametrize("code", ["SOD", "CHA", "AFI", "FER", "MON", "RHO", "BEA"])
def test_one_of_every_orbit_stands_for_all(code: str) -> None:
    """Cubic, hexagonal and centred cells, with atoms in special positions, strained and bent."""
    structure, symmetry = symmetrised(in_order(iza_structure(code))[0])
    assert symmetry is not None
    assert len(symmetry.first) < len(structure)
    start, tetrahedra = core_shells(structure), tetrahedra_of(structure)
    rng = np.random.default_rng(5)
    silicon, atoms = structure.count("Si"), len(structure)
    strain = np.eye(3) + symmetry.tensor(rng.normal(0.0, 0.01, (3, 3)))
    cores = (start.cores + symmetry.vectors(rng.normal(0.0, 0.05, (atoms, 3)))) @ strain
    arms = symmetry.vectors(rng.normal(0.0, 0.05, (atoms - silicon, 3)), slice(silicon, atoms))
    lattice, sites = start.lattice @ strain, np.concatenate([cores, cores[silicon:] + arms])
    whole = CoreShellPotential(start.lattice, tetrahedra).evaluate(lattice, sites)
    short = CoreShellPotential(start.lattice, tetrahedra, symmetry=symmetry).evaluate(lattice, sites)
    assert short.energy == pytest.approx(whole.energy, rel=1e-13)
    assert short.gradient == pytest.approx(whole.gradient, abs=1e-11)
    assert short.virial == pytest.approx(whole.virial, abs=1e-9)
