"""Carbon dioxide and nitrogen: electrostatics, orientation averages, properties."""

import itertools
import math

import numpy as np
import pytest

from zeo.crystal.structure import Structure, cell_vectors
from zeo.data.known.iza import iza_structure
from zeo.errors import ConfigError, InputError
from zeo.grids.grid import Grid
from zeo.plugin.options import make_options
from zeo_probes.electrostatics import COULOMB, SCREENING, framework_potential
from zeo_probes.force_fields import PACKAGED, load_rod
from zeo_probes.linear_gases import (
    LEBEDEV_ORDERS,
    CarbonDioxide,
    Nitrogen,
    RodOptions,
)
from zeo_probes.orientations import OrientationAverage, half_sphere
from zeo_probes.rods import Rod, Screen

T = 298.0


def gas(cls, **options):
    return cls(
        make_options(RodOptions, {"n": 12, "orientation_order": "9", **options}, cls.gas), plugins=object()
    )


def test_the_madelung_constant_of_rock_salt():
    distance = 2.8
    sodium = np.array([[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])
    sites, charges = np.concatenate([sodium, sodium + np.array([0.5, 0, 0])]), np.repeat([1.0, -1.0], 4)
    potential = framework_potential(np.eye(3) * 2 * distance, sites, charges)
    own = COULOMB * 2 * SCREENING / math.sqrt(math.pi)
    at_sodium = potential.on_grid((1, 1, 1), np.zeros(3))[0, 0, 0] - own
    assert at_sodium * distance / COULOMB == pytest.approx(-1.7475646, abs=1e-5)


def test_the_potential_of_a_quadrupole_lattice_in_a_sheared_cell():
    """Neutral rods without a dipole interact weakly, so that a direct sum over images converges."""
    lattice = cell_vectors((9.0, 10.0, 11.0), (80.0, 95.0, 105.0))
    rod = np.array([[0.0, 0, 0], [0, 0, 1.2], [0, 0, -1.2]]) @ np.linalg.inv(lattice) + [0.2, 0.3, 0.4]
    charges = np.array([0.8, -0.4, -0.4])
    point = np.array([0.7, 0.8, 0.9])
    shifts = np.array(list(itertools.product(range(-25, 26), repeat=3)))
    distances = np.linalg.norm((point - rod[:, None] + shifts) @ lattice, axis=2)
    direct = COULOMB * (charges[:, None] / distances).sum()
    found = framework_potential(lattice, rod, charges).on_grid((1, 1, 1), point)[0, 0, 0]
    apart = np.array([[0.45, 0.1, 0.2]])
    other = np.linalg.norm((apart - rod[:, None] + shifts) @ lattice, axis=2)
    direct_difference = direct - COULOMB * (charges[:, None] / other).sum()
    found -= framework_potential(lattice, rod, charges).on_grid((1, 1, 1), apart[0])[0, 0, 0]
    assert found == pytest.approx(
        direct_difference, rel=2e-3
    )  # the constant depends on the summation's shape


def test_a_grid_is_sampled_where_it_says():
    structure = iza_structure("CHA")
    charges = np.where(np.array(structure.species) == "O", -1.025, 2.05)
    potential = framework_potential(structure.lattice, structure.frac_coords, charges)
    grid = potential.on_grid((4, 5, 6), np.array([0.01, 0.02, 0.03]))
    point = np.array([1 / 4 + 0.01, 2 / 5 + 0.02, 5 / 6 + 0.03])
    assert grid[1, 2, 5] == pytest.approx(potential.on_grid((1, 1, 1), point)[0, 0, 0], rel=1e-9)


def test_a_charged_framework_is_refused():
    with pytest.raises(InputError, match=r"not neutral: its charges sum to \+1\.025"):
        gas(CarbonDioxide).properties(Structure(np.eye(3) * 8, ["Si", "O"], [[0, 0, 0], [0.2, 0, 0]]))


@pytest.mark.parametrize("order", LEBEDEV_ORDERS)
def test_orientations_cover_the_half_sphere_evenly(order):
    directions, weights = half_sphere(int(order))
    assert np.allclose(np.linalg.norm(directions, axis=1), 1.0)
    assert weights.min() > 0
    assert weights.sum() == pytest.approx(1.0)
    assert np.allclose(np.einsum("k,ki,kj", weights, directions, directions), np.eye(3) / 3)
    opposite = (directions @ directions.T).min()
    assert opposite > -1 + 1e-9


def test_the_energy_of_a_rod_is_the_sum_over_its_sites():
    """Site by site against a direct evaluation at one point of a framework."""
    structure = iza_structure("CHA")
    model = load_rod("co2")
    charges = np.array([model.framework_charges[element] for element in structure.species])
    potential = framework_potential(structure.lattice, structure.frac_coords, charges)
    direction = np.array([0.6, 0.0, 0.8])
    rod = Rod(structure, model.sites, model.cutoff, potential, (2, 2, 2))
    found = rod.energy(model.sites, direction)[1, 0, 1]
    expected = 0.0
    shifts = np.array(list(itertools.product(range(-2, 3), repeat=3)))
    for site in model.sites:
        point = np.array([0.5, 0.0, 0.5]) + site.position * direction @ np.linalg.inv(structure.lattice)
        offsets = point - structure.coords_of("O")
        offsets -= np.round(offsets)
        r = np.linalg.norm((offsets[:, None] + shifts) @ structure.lattice, axis=-1)
        pair = site.pairs["O"]
        x6 = (pair.sigma / r[r < model.cutoff]) ** 6
        expected += np.sum(4 * pair.epsilon * (x6**2 - x6))
        expected += site.charge * potential.on_grid((1, 1, 1), point)[0, 0, 0]
    assert found == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_averages_over_two_orientations(order):
    energies, weights = np.array([-600.0, 300.0], np.float32), np.array([0.25, 0.75])
    average = OrientationAverage(1, T)
    for number in order:
        average.add(energies[number : number + 1], weights[number])
    b = weights * np.exp(-energies / T)
    assert average.free_energy[0] == pytest.approx(-T * math.log(b.sum()), rel=1e-6)
    assert average.mean_energy[0] == pytest.approx((b @ energies) / b.sum(), rel=1e-6)


def test_averages_of_an_overlap_stay_finite():
    average = OrientationAverage(2, T)
    for _ in range(3):
        average.add(np.full(2, 1e21, np.float32), 1 / 3)
    assert np.isfinite(average.free_energy).all()
    assert np.isfinite(average.mean_energy).all()


@pytest.mark.parametrize("code", ["CHA", "ABW", "LTL"])
@pytest.mark.parametrize("cls", [CarbonDioxide, Nitrogen])
def test_symmetry_changes_no_property(cls, code):
    """Rhombohedral, orthorhombic and hexagonal, in the cell and in one that lies askew."""
    structure = iza_structure(code)
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    askew = Structure(structure.lattice @ turn, structure.species, structure.frac_coords)
    plain = gas(cls, n=None, spacing=0.6, symmetry=False).properties(structure)
    for other in (structure, askew):
        reduced = gas(cls, n=None, spacing=0.6).properties(other)
        for name, quantity in plain.items():
            assert reduced[name].value == pytest.approx(quantity.value, rel=1e-4)


@pytest.mark.parametrize("cls", [CarbonDioxide, Nitrogen])
def test_what_is_not_computed_was_hopeless(cls, monkeypatch):
    structure = iza_structure("CHA")
    screened = gas(cls, n=40, orientation_order="5").field(structure, (40, 40, 40), symmetry=True)
    monkeypatch.setattr(Screen, "_limit", lambda *_: math.inf)
    exact = gas(cls, n=40, orientation_order="5").field(structure, (40, 40, 40), symmetry=True)
    matters = exact.free_energy < 20 * T
    assert 0.05 < matters.mean() < 0.6
    assert np.abs(screened.free_energy - exact.free_energy)[matters].max() < 0.1
    assert screened.free_energy[~matters].min() > 19 * T


def test_the_heat_is_the_slope_of_the_henry_coefficient():
    structure, d = iza_structure("CHA"), 0.1
    low, middle, high = (
        gas(CarbonDioxide, temperature=T + step).properties(structure) for step in (-d, 0.0, d)
    )
    slope = (math.log(high["kh"].value / (T + d)) - math.log(low["kh"].value / (T - d))) / (2 * d)
    assert middle["qst"].value == pytest.approx(-8.314462618e-3 * T**2 * slope, rel=1e-4)


def test_silicalite_holds_carbon_dioxide_more_strongly_than_nitrogen():
    """Measured heats in silicalite lie near 27 kJ/mol for CO2 and near 15 kJ/mol for N2."""
    structure = iza_structure("MFI")
    co2, n2 = (
        gas(cls, n=24, orientation_order="7").properties(structure)["qst"].value
        for cls in (CarbonDioxide, Nitrogen)
    )
    assert 24.0 < co2 < 30.0
    assert 12.0 < n2 < 18.0


def test_a_grid_tells_the_henry_coefficient_but_not_the_heat():
    structure = iza_structure("CHA")
    probe = gas(Nitrogen)
    grid = Grid.stack({"energy:n2": probe.channel("energy:n2", structure, (12, 12, 12))}, structure.lattice)
    of_grid, of_structure = probe.properties(grid), probe.properties(structure)
    assert of_grid["kh"].value == pytest.approx(of_structure["kh"].value)
    assert of_grid["qst"].value is None
    assert of_structure["qst"].value is not None


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("position = -1.149", "position = -1.2", "not symmetric"),
        ("charge = 0.6512", "charge = nan", "charge is a number"),
        ("framework_charges = { Si = 2.05, O = -1.025 }", "", "'framework_charges' is missing"),
        ("[[gases.co2.sites]]", "[[gases.co2.places]]", "written as"),
    ],
)
def test_mistakes_in_the_force_field(tmp_path, old, new, complaint):
    path = tmp_path / "mine.toml"
    path.write_text(PACKAGED.read_text().replace(old, new))
    with pytest.raises(ConfigError, match=complaint):
        load_rod("co2", path)


def test_a_sphere_is_no_rod():
    with pytest.raises(ConfigError, match="'framework_charges' is missing"):
        load_rod("methane")
