"""Adsorption at infinite dilution from the energy of one molecule at the points of a grid.

Averages over grid points stand for integrals over the cell (Widom insertion on a grid). Energies are in
kelvin, E over Boltzmann's constant.
"""

from __future__ import annotations

import math

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo_probes.percolation import find_pores
from zeo_probes.symmetry import GridPoints

GAS_CONSTANT = 8.314462618
"""J/(mol K), CODATA 2018."""

AVOGADRO = 6.02214076e23
"""1/mol, exact."""

OPEN_BELOW = 15.0
"""Points with E <= 15 T are open to the molecule, as in both reference systems; beyond, exp(-E/T) < 3e-7."""


@frozen(eq=False)
class EnergyField:
    """Energy of a molecule at the unique points [m] of a grid, in kelvin.

    Args:
        points: of the grid.
        free_energy: [m], -T ln <exp(-E/T)> over the orientations of the molecule; its energy if it is a
            sphere.
        mean_energy: [m], <E> over the orientations, each weighted by exp(-E/T); None when unknown.
    """

    points: GridPoints
    free_energy: NDArray[np.float32]
    mean_energy: NDArray[np.float32] | None

    @classmethod
    def of_sphere(cls, energy: NDArray[np.float32]) -> EnergyField:
        """That of a sphere, from a grid [X, Y, Z]."""
        return cls(GridPoints.apart(energy.shape), energy.ravel(), energy.ravel())


@frozen
class Adsorption:
    """Adsorption in a region of the cell; numbers that are not finite are undefined.

    Args:
        henry: Henry coefficient without unit, the mean of exp(-E/T) over the whole cell, where exp(-E/T)
            counts as zero outside the region.
        heat: isosteric heat of adsorption in kJ/mol, R [T - <E>], positive when adsorption releases heat.
        void_fraction: open points of the region over all points of the cell.
    """

    henry: float
    heat: float
    void_fraction: float


@frozen
class PoreAdsorption:
    """Adsorption in all of the cell, and in the pores that a molecule can enter.

    Args:
        everywhere: closed cages count like any other pore, as in both reference systems.
        accessible: points outside percolating pores are left out entirely.
        channel_dimensionality: directions in which the widest-reaching pore runs through the crystal, 0 to 3.
    """

    everywhere: Adsorption
    accessible: Adsorption
    channel_dimensionality: int


def sharpened(
    energy: NDArray[np.float32], boltzmann: NDArray[np.float32], temperature: float
) -> NDArray[np.float32]:
    """The energy where a grid holds it twice, as itself and as exp(-E/T), both of them perhaps drawn.

    The Boltzmann factor is taken where the gas is attracted, since errors of the energy by a few T, which
    hardly change its own channel, multiply exp(-E/T); the energy is taken where the gas is repelled.

    Args:
        energy: [X, Y, Z] in kelvin.
        boltzmann: [X, Y, Z], without unit.
        temperature: in kelvin.
    """
    attracted = boltzmann > 1.0
    deep = -np.float32(temperature) * np.log(np.maximum(boltzmann, np.float32(1.0)))
    return np.where(attracted, deep, np.maximum(energy, np.float32(0.0)))


def measure(field: EnergyField, temperature: float) -> PoreAdsorption:
    """Adsorption from the energy at the points of a grid, at a temperature in kelvin."""
    is_open = field.free_energy <= OPEN_BELOW * temperature
    pores = find_pores(field.points.spread(is_open))
    # symmetry takes channels to channels and cages to cages, so that the first of a set speaks for all
    accessible = pores.accessible.ravel()[field.points.unique]
    with np.errstate(over="ignore"):
        boltzmann = np.exp(-field.free_energy.astype(np.float64) / temperature)
    weight: NDArray[np.float64] = boltzmann * field.points.counts
    return PoreAdsorption(
        everywhere=_adsorption(field, weight, is_open, temperature),
        accessible=_adsorption(field, weight * accessible, accessible, temperature),
        channel_dimensionality=pores.largest_dimensionality,
    )


def _adsorption(
    field: EnergyField, weight: NDArray[np.float64], is_open: NDArray[np.bool_], temperature: float
) -> Adsorption:
    total, size, energy = weight.sum(), math.prod(field.points.shape), field.mean_energy
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_energy = np.nan if energy is None else (energy * weight).sum() / total
    return Adsorption(
        henry=float(total / size),
        heat=float(GAS_CONSTANT / 1000.0 * (temperature - mean_energy)),
        void_fraction=float(field.points.counts[is_open].sum() / size),
    )


def molar_henry(henry: float, temperature: float, density: float) -> float:
    """Henry coefficient in mol/(kg Pa), K / (R T rho), of the one without unit.

    Args:
        henry: without unit.
        temperature: kelvin.
        density: of the framework, kg/m3.
    """
    return henry / (GAS_CONSTANT * temperature * density)
