"""Adsorption at pressure against what is known exactly."""

from __future__ import annotations

import math

import numpy as np
import pytest

from zeo.crystal.structure import Structure
from zeo.data.known.iza import iza_structure
from zeo_adsorption.alias import AliasTable
from zeo_adsorption.chain import BOLTZMANN, Chain, log_activity
from zeo_adsorption.equation_of_state import CriticalPoint, fugacity, fugacity_coefficients
from zeo_adsorption.host import FLATNESS, Guest, Host, host_of
from zeo_adsorption.ladder import climb, rungs_up_to
from zeo_adsorption.mixture import Gas, ideal, simulated
from zeo_adsorption.molecule import load_molecule
from zeo_probes.adsorption import GAS_CONSTANT
from zeo_probes.gases import Methane

METHANE = load_molecule("methane")
TEMPERATURE = 298.0


@pytest.fixture(scope="module")
def chabazite() -> Structure:
    return iza_structure("CHA")


@pytest.mark.parametrize(
    ("bar", "coefficient"), [(1, 0.99778), (5.8, 0.98724), (65, 0.87297), (100, 0.81908)]
)
def test_fugacity_of_methane(bar: float, coefficient: float) -> None:
    assert fugacity(TEMPERATURE, bar * 1e5, METHANE.critical) / (bar * 1e5) == pytest.approx(
        coefficient, abs=1e-5
    )


def test_a_gas_at_low_pressure_is_ideal() -> None:
    gases = [METHANE.critical, load_molecule("xenon").critical]
    assert fugacity_coefficients(TEMPERATURE, 1.0, [0.3, 0.7], gases) == pytest.approx([1.0, 1.0], abs=1e-6)


def test_a_mixture_of_one_gas_with_itself_is_that_gas() -> None:
    pure = fugacity_coefficients(TEMPERATURE, 65e5, [1.0], [METHANE.critical])
    mixed = fugacity_coefficients(TEMPERATURE, 65e5, [0.3, 0.7], [METHANE.critical, METHANE.critical])
    assert mixed == pytest.approx([pure[0], pure[0]])


def test_below_its_critical_point_the_stable_phase_is_taken() -> None:
    water = CriticalPoint(647.096, 22.064e6, 0.3443)
    saturation = 101325.0
    assert fugacity(373.15, 0.5 * saturation, water) == pytest.approx(0.5 * saturation, rel=0.02)
    assert fugacity(373.15, 20 * saturation, water) < 2 * saturation  # liquid


def test_draws_follow_the_weights() -> None:
    weights = np.array([0.0, 1.0, 2.0, 5.0])
    table = AliasTable.of(weights)
    share = np.zeros(4)
    for item, chance in enumerate(table.chance):
        share[item] += chance / 4
        share[table.alias[item]] += (1 - chance) / 4
    assert share == pytest.approx(weights / weights.sum(), abs=1e-6)


def two_points(first: float, second: float, pair: float) -> Host:
    """A supercell of two points with given energies (k T), and one of two molecules on both."""
    energy = np.array([[first, second]], dtype=np.float32)
    boltzmann = np.exp(-energy.ravel().astype(float))
    proposed = boltzmann**FLATNESS
    guest = Guest(
        molecule=METHANE,
        energy=energy,
        states=np.arange(2),
        proposal=AliasTable.of(proposed),
        log_proposal=math.log(proposed.sum() / boltzmann.sum()),
        volume=float(boltzmann.mean()) * 1000.0,
        log_weights=np.zeros(1),
        offsets=np.zeros((1, 1, 3), np.float32),
        site_kinds=np.zeros(1, np.int64),
    )
    tables = np.array([1e6, pair], dtype=np.float32).reshape(1, 1, 2, 1, 1)
    return Host((guest,), tables, (2, 1, 1), (1, 1, 1), TEMPERATURE, 1000.0, 1000.0, 1)


@pytest.mark.parametrize(("first", "second", "pair"), [(-1.0, 0.5, 0.7), (-3.0, -2.0, -1.0), (0.0, 0.0, 0.0)])
def test_two_points_solved_by_hand(first: float, second: float, pair: float) -> None:
    """Detailed balance: states are empty, one molecule on either point, and one on both."""
    host = two_points(first, second, pair)
    pressure = 1e6
    activity = pressure / (BOLTZMANN * TEMPERATURE) * 1e-30 * 500.0  # of a point of 500 A3
    one = activity * (math.exp(-first) + math.exp(-second))
    both = activity**2 * math.exp(-first - second - pair)
    expected = (one + 2 * both) / (1 + one + both)
    ladder = climb(host, [pressure], 400_000, seed=1)
    loading = ladder.estimate(lambda each: each.loading(pressure))
    assert loading.error < 0.01
    assert loading.value == pytest.approx(expected, abs=4 * loading.error + 1e-4)
    assert math.exp(log_activity(host, 0, pressure)) == pytest.approx(one, rel=1e-6)


def test_at_low_pressure_the_loading_is_that_of_the_henry_coefficient() -> None:
    framework = iza_structure("LTA")  # a cubic cell: the probe's grid has as many points along each axis
    henry = Methane(Methane.Options(n=32)).properties(framework)["kh_mol_accessible"].value
    host = host_of(framework, [METHANE], TEMPERATURE, framework.lengths[0] / 32 + 1e-9)
    assert henry is not None
    assert host.shape == (32, 32, 32)
    ladder = climb(host, rungs_up_to(host, 1e5, 4), 20_000, seed=0)
    assert ladder.loading(1.0) == pytest.approx(henry, rel=1e-3)


def test_at_low_pressure_the_heat_is_that_of_one_molecule(chabazite: Structure) -> None:
    """Where no chain ever holds a molecule, too."""
    host = host_of(chabazite, [METHANE], TEMPERATURE, 0.4)
    energy = host.guests[0].energy[0].astype(float)
    possible = energy[np.isfinite(energy)]
    mean = float(np.average(possible, weights=np.exp(-possible)))
    ladder = climb(host, [1e-3], 20_000, seed=0)
    expected = GAS_CONSTANT * TEMPERATURE / 1000.0 * (1.0 - mean)
    assert ladder.heat(1e-3) == pytest.approx(expected, rel=1e-5)


def test_two_molecules_against_the_double_sum(chabazite: Structure) -> None:
    """ln(Q2/Q1^2) of the ladder against the sum over all pairs of points."""
    host = host_of(chabazite, [METHANE], TEMPERATURE, 0.6)
    assert host.repeats == (1, 1, 1)
    energy = host.guests[0].energy[0]
    points = np.flatnonzero(np.isfinite(energy))
    weights = np.exp(-energy[points].astype(float))
    places = np.array(np.unravel_index(points, host.shape))
    finer = np.array(host.tables.shape[2:]) // np.array(host.shape)
    total = 0.0
    for weight, place in zip(weights, places.T, strict=True):
        apart = (place[:, None] - places) % np.array(host.shape)[:, None] * finer[:, None]
        pair = host.tables[0, 0][tuple(apart)].astype(float)
        total += weight * (weights * np.exp(-pair)).sum()
    exact = math.log(total / 2 / weights.sum() ** 2)
    ladder = climb(host, rungs_up_to(host, 2e5, 4), 100_000, seed=0)
    ratio = ladder.estimate(lambda each: each.log_ratio(2))
    assert ratio.error < 0.01
    assert ratio.value == pytest.approx(exact, abs=3 * ratio.error)


def test_a_gas_mixed_with_itself_is_not_selected(chabazite: Structure) -> None:
    krypton = load_molecule("krypton")
    host = host_of(chabazite, [krypton, krypton], TEMPERATURE, 0.4)
    gas = Gas((0.3, 0.7), 5e5)
    by_simulation, by_theory = simulated(host, gas, 400_000, seed=0), ideal(host, gas, 100_000, seed=0)
    for uptake in (by_simulation, by_theory):
        assert uptake.selectivity.error < 0.03
        assert uptake.selectivity.value == pytest.approx(1.0, abs=4 * uptake.selectivity.error)
    totals = [sum(each.value for each in uptake.loadings) for uptake in (by_simulation, by_theory)]
    assert totals[0] == pytest.approx(totals[1], rel=0.03)


def test_the_seed_decides_everything(chabazite: Structure) -> None:
    host = host_of(chabazite, [METHANE], TEMPERATURE, 0.6)
    first, again, other = (climb(host, [1e5], 5000, seed=seed).loading(1e5) for seed in (1, 1, 2))
    assert first == again != other


def test_a_supercell_changes_little(chabazite: Structure) -> None:
    doubled = Structure.from_ase(chabazite.to_ase().repeat((1, 1, 2)))
    hosts = [host_of(each, [METHANE], TEMPERATURE, 0.5) for each in (chabazite, doubled)]
    loadings = [
        climb(host, [5e5], 100_000, seed=0).estimate(lambda each: each.loading(5e5)) for host in hosts
    ]
    assert loadings[0].value == pytest.approx(loadings[1].value, rel=0.03)


def test_a_closed_framework_stays_empty() -> None:
    host = host_of(iza_structure("SOD"), [METHANE], TEMPERATURE, 0.5)
    assert not len(host.guests[0].states)
    collected, numbers = Chain(host, seed=0).walk(np.array([1e5]), 100)
    assert numbers.tolist() == [0.0]
    assert collected[1:].sum() == 0


def test_a_trace_of_another_gas_leaves_a_gas_as_it_is(chabazite: Structure) -> None:
    """Though then its own spreading pressure is that of the mixture to all digits."""
    host = host_of(chabazite, [load_molecule("h2"), METHANE], TEMPERATURE, 0.4)
    gas = Gas((1e-16, 1.0), 5e5)
    mixed = ideal(host, gas, 60_000, seed=0)
    pure = host.of(1)
    alone = climb(pure, rungs_up_to(pure, 15e5, 12), 5_000, seed=1)
    assert mixed.loadings[1].value == pytest.approx(alone.loading(gas.fugacities(host)[1]), rel=1e-6)


def test_the_selectivity_for_a_gas_that_was_never_met_is_undefined(chabazite: Structure) -> None:
    host = host_of(chabazite, [load_molecule("xenon"), METHANE], TEMPERATURE, 0.4)
    uptake = simulated(host, Gas((1e-12, 1.0), 1e5), 20_000, seed=0)
    assert uptake.loadings[0].value == 0
    assert math.isnan(uptake.selectivity.value)
