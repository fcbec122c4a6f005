"""Fugacities of gases and their mixtures by the equation of state of Peng and Robinson.

D.-Y. Peng, D. B. Robinson, Ind. Eng. Chem. Fundam. 1976, 15, 59-64; van der Waals mixing rules without binary
interaction parameters.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo_probes.adsorption import GAS_CONSTANT

_SQRT2 = np.sqrt(2.0)


@frozen
class CriticalPoint:
    """What the equation of state needs of a gas.

    Args:
        temperature: critical temperature, K.
        pressure: critical pressure, Pa.
        acentric_factor: of Pitzer.
    """

    temperature: float
    pressure: float
    acentric_factor: float


def fugacity_coefficients(
    temperature: float, pressure: float, fractions: Sequence[float], gases: Sequence[CriticalPoint]
) -> NDArray[np.float64]:
    """Fugacity coefficient [k] of each gas of a mixture.

    Args:
        temperature: K.
        pressure: of the mixture, Pa.
        fractions: [k] mole fractions, of sum 1.
        gases: [k].
    """
    attraction, repulsion = _pure(temperature, gases)
    x = np.asarray(fractions, dtype=float)
    cross = np.sqrt(np.outer(attraction, attraction))
    mixed_attraction, mixed_repulsion = float(x @ cross @ x), float(x @ repulsion)
    thermal = GAS_CONSTANT * temperature
    a, b = mixed_attraction * pressure / thermal**2, mixed_repulsion * pressure / thermal
    share = repulsion / mixed_repulsion

    def log_coefficients(z: float) -> NDArray[np.float64]:
        pull = a / (2 * _SQRT2 * b) * (2 * (cross @ x) / mixed_attraction - share)
        far = np.log((z + (1 + _SQRT2) * b) / (z + (1 - _SQRT2) * b))
        result: NDArray[np.float64] = share * (z - 1) - np.log(z - b) - pull * far
        return result

    phases = [log_coefficients(z) for z in _roots(a, b)]
    stable = min(phases, key=lambda phase: float(x @ phase))  # the phase of lowest Gibbs energy
    return np.exp(stable)


def compressibility(temperature: float, pressure: float, gas: CriticalPoint) -> float:
    """p V/(R T) of the gas phase at a temperature (K) and a pressure (Pa)."""
    attraction, repulsion = _pure(temperature, [gas])
    thermal = GAS_CONSTANT * temperature
    a, b = float(attraction[0]) * pressure / thermal**2, float(repulsion[0]) * pressure / thermal
    return max(_roots(a, b))


def _roots(a: float, b: float) -> list[float]:
    """Compressibilities of the phases that the reduced parameters a and b allow."""
    roots = np.roots([1.0, b - 1.0, a - 3 * b**2 - 2 * b, b**3 + b**2 - a * b])
    return [float(root.real) for root in roots if abs(root.imag) < 1e-9 and root.real > b]


def fugacity(temperature: float, pressure: float, gas: CriticalPoint) -> float:
    """Of a pure gas at a temperature (K) and a pressure (Pa), in Pa."""
    return pressure * float(fugacity_coefficients(temperature, pressure, [1.0], [gas])[0])


def _pure(
    temperature: float, gases: Sequence[CriticalPoint]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The parameters a (Pa m6/mol2) and b (m3/mol) of each gas."""
    critical = np.array([gas.temperature for gas in gases])
    pressure = np.array([gas.pressure for gas in gases])
    acentric = np.array([gas.acentric_factor for gas in gases])
    kappa = 0.37464 + 1.54226 * acentric - 0.26992 * acentric**2
    slope = (1 + kappa * (1 - np.sqrt(temperature / critical))) ** 2
    return (
        0.45724 * (GAS_CONSTANT * critical) ** 2 / pressure * slope,
        0.07780 * GAS_CONSTANT * critical / pressure,
    )
