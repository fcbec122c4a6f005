"""Henry coefficient, heat of adsorption and void fraction."""

import math

import numpy as np
import pytest

from zeo.data.known.iza import iza_structure
from zeo_probes.adsorption import GAS_CONSTANT, EnergyField, measure, molar_henry, sharpened
from zeo_probes.gases import Methane

T = 298.0


def field_of(code, n=32):
    return Methane(plugins=object()).field(iza_structure(code), (n, n, n), symmetry=False)


def uniform(energy):
    grid = np.full((4, 4, 4), energy, np.float32)
    return EnergyField.of_sphere(grid)


def test_golden_values_of_lta():
    field = field_of("LTA")
    found = measure(field, T).everywhere
    assert field.free_energy.min() == pytest.approx(-2884.6, abs=0.05)
    assert found.void_fraction == pytest.approx(0.2103, abs=5e-5)
    assert found.henry == pytest.approx(54.32, abs=5e-3)
    assert found.heat == pytest.approx(22.57, abs=5e-3)


def test_energy_that_a_grid_holds_twice_is_the_same_energy():
    energy = field_of("LTA").free_energy
    np.testing.assert_allclose(sharpened(energy, np.exp(-energy / T), T), energy, atol=1e-3)


def test_boltzmann_factors_mend_an_energy_that_is_off_by_a_few_t():
    field = field_of("LTA")
    noisy = field.free_energy + np.random.default_rng(0).normal(0.0, 2 * T, field.free_energy.shape)
    exact, mended = (
        measure(EnergyField.of_sphere(energy.reshape(32, 32, 32)), T).everywhere
        for energy in (field.free_energy, sharpened(noisy, np.exp(-field.free_energy / T), T))
    )
    assert measure(EnergyField.of_sphere(noisy.reshape(32, 32, 32)), T).everywhere.henry > 3 * exact.henry
    assert mended.henry == pytest.approx(exact.henry, rel=1e-2)
    assert mended.heat == pytest.approx(exact.heat, rel=1e-2)


def test_an_empty_box_adsorbs_nothing():
    found = measure(uniform(0.0), T)
    assert found.everywhere == found.accessible
    assert found.everywhere.henry == 1.0
    assert found.everywhere.void_fraction == 1.0
    assert found.everywhere.heat == pytest.approx(GAS_CONSTANT * T / 1000)  # RT remains
    assert found.channel_dimensionality == 3


def test_a_uniform_well():
    found = measure(uniform(-1000.0), T).everywhere
    assert found.henry == pytest.approx(math.exp(1000 / T))
    assert found.heat == pytest.approx(GAS_CONSTANT * (T + 1000) / 1000)


def test_a_closed_cage_is_not_accessible():
    energy = np.full((5, 5, 5), 1e6, np.float32)
    energy[2, 2, 2] = -1000.0
    found = measure(EnergyField.of_sphere(energy), T)
    assert found.everywhere.henry == pytest.approx(math.exp(1000 / T) / 125)
    assert found.accessible.henry == 0.0
    assert found.accessible.void_fraction == 0.0
    assert math.isnan(found.accessible.heat)
    assert found.channel_dimensionality == 0


def test_solid_matter_has_no_heat_of_adsorption():
    found = measure(uniform(1e21), T).everywhere
    assert found.henry == 0.0
    assert math.isnan(found.heat)


def test_molar_henry_is_k_over_rt_rho():
    assert molar_henry(54.32, T, 1000.0) == pytest.approx(54.32 / (8.314462618 * 298.0 * 1000.0))


def test_the_heat_is_the_slope_of_the_henry_coefficient():
    """Van 't Hoff: T^2 d ln(K / T) / dT = <E> - T, so Qst follows from K at two temperatures."""
    field, d = field_of("CHA", 16), 0.01

    def log_uptake(temperature):
        return math.log(measure(field, temperature).everywhere.henry / temperature)

    slope = (log_uptake(T + d) - log_uptake(T - d)) / (2 * d)
    assert measure(field, T).everywhere.heat == pytest.approx(-GAS_CONSTANT * T**2 * slope / 1000, rel=1e-5)
