"""The effective potential of Feynman and Hibbs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from zeo.data.known.iza import iza_structure
from zeo.errors import ConfigError
from zeo_probes.force_fields import PACKAGED
from zeo_probes.gases import Hydrogen
from zeo_probes.lattice_sum import Sites, energy_grid
from zeo_probes.quantum import quantum_spread

SPREAD = quantum_spread(1 / 2.01588, 77.0)


def test_the_spread_of_hydrogen_at_77_kelvin() -> None:
    assert quantum_spread(1 / 2.01588, 77.0) == pytest.approx(
        1.054571817e-34**2 / (24 * 2.01588 * 1.66053907e-27 * 1.380649e-23 * 77) * 1e20
    )
    assert quantum_spread(0.0, 77.0) == 0.0


def test_against_a_direct_sum_with_derivatives_by_differences() -> None:
    """U'' + 2 U'/r of each pair from finite differences of U itself."""
    epsilon, sigma, cutoff = 44.0, 3.13, 9.0
    lattice = np.array([[7.0, 0.0, 0.0], [1.0, 8.0, 0.0], [-2.0, 1.5, 9.0]])
    atoms = np.array([[0.1, 0.2, 0.3], [0.6, 0.7, 0.9]])
    shape = (3, 4, 5)
    found = energy_grid(lattice, [Sites(atoms, epsilon, sigma, SPREAD)], cutoff, shape)

    def pair(r: np.ndarray) -> np.ndarray:
        return 4 * epsilon * ((sigma / r) ** 12 - (sigma / r) ** 6)

    images = np.array(np.meshgrid(*[np.arange(-4, 5)] * 3, indexing="ij")).reshape(3, -1).T
    step = 1e-3
    checked = 0
    for index in np.ndindex(shape):
        point = np.array(index) / np.array(shape)
        apart = (atoms[:, None] + images - point).reshape(-1, 3) @ lattice
        r = np.linalg.norm(apart, axis=1)
        r = r[r < cutoff]
        slope = (pair(r + step) - pair(r - step)) / (2 * step)
        curvature = (pair(r + step) - 2 * pair(r) + pair(r - step)) / step**2
        expected = (pair(r) + SPREAD * (curvature + 2 * slope / r)).sum()
        if expected < 5000:
            checked += 1
            assert found[index] == pytest.approx(expected, rel=1e-3, abs=0.05)
    assert checked > 20


def hydrogen(temperature: float, quantum: bool) -> float:
    probe = Hydrogen(Hydrogen.Options(temperature=temperature, quantum=quantum, n=16))
    value = probe.properties(iza_structure("CHA"))["kh"].value
    assert value is not None
    return value


def test_quantum_motion_binds_less_and_vanishes_when_it_is_hot() -> None:
    cold, warm, hot = (hydrogen(t, True) / hydrogen(t, False) for t in (77.0, 298.0, 2000.0))
    assert 0.3 < cold < 0.9
    assert cold < warm < hot
    assert hot == pytest.approx(1.0, abs=5e-3)


def test_a_force_field_without_its_mass_is_refused(tmp_path: Path) -> None:
    massless = tmp_path / "massless.toml"
    massless.write_text(PACKAGED.read_text().replace("mass = 2.01588\n", ""))
    probe = Hydrogen(Hydrogen.Options(force_field=massless, quantum=True))
    with pytest.raises(ConfigError, match="mass"):
        probe.properties(iza_structure("CHA"))
