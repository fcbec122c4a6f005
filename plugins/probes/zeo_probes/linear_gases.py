"""Probes for gases whose molecule is a rigid rod of charged Lennard-Jones sites: CO2 and N2.

A molecule centred on a grid point takes every orientation of a Lebedev rule (exact for spherical harmonics up
to the order of the rule). Order 17 gives the Henry coefficient of CO2 in MFI, LTA and CHA to 1 %, order 21 to
0.1 %; for N2 order 7 gives 0.3 %. Moving a site off the grid by a vector is the same as moving the framework
by its opposite, so each orientation costs one lattice sum for each site off the centre, and no interpolation.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from attrs import frozen
from numpy.typing import NDArray
from scipy.integrate import lebedev_rule

from zeo.crystal.structure import Structure
from zeo.plugin.options import option
from zeo_probes.adsorption import EnergyField
from zeo_probes.electrostatics import FourierPotential, framework_potential
from zeo_probes.force_fields import RodSite, load_rod
from zeo_probes.gas_probe import GasOptions, GasProbe
from zeo_probes.gases import interacting_sites
from zeo_probes.lattice_sum import Sites, energy_grid

LEBEDEV_ORDERS = ("5", "7", "9", "11", "15", "17", "19", "21", "23", "29", "35", "41")
"""Rules with positive weights only."""


@frozen(kw_only=True)
class RodOptions(GasOptions):
    """Options of a gas of rods."""

    orientation_order: str = option(
        "17", "order of the Lebedev rule over orientations", choices=LEBEDEV_ORDERS
    )


class LinearGas(GasProbe):
    """A gas of rigid linear molecules with point charges. Subclasses name the gas.

    The channel ``energy:GAS`` is the free energy over orientations at the temperature of the options,
    -T ln <exp(-E/T)>, so that its Boltzmann factor is the orientation average and the Henry coefficient is
    exact. The heat of adsorption needs the mean energy as well, which that channel does not hold: it is
    undefined for a grid.
    """

    Options = RodOptions

    def field(self, structure: Structure, shape: tuple[int, int, int]) -> EnergyField:
        model = load_rod(self.gas, self.options.force_field)
        self.check_elements(structure, model.elements)
        charges = np.array([model.framework_charges[element] for element in structure.species])
        potential = framework_potential(structure.lattice, structure.frac_coords, charges)
        directions, weights = half_sphere(int(self.options.orientation_order))

        def energy(sites: Iterable[RodSite], direction: NDArray[np.float64]) -> NDArray[np.float32]:
            return rod_sites_energy(structure, sites, potential, direction, model.cutoff, shape)

        centre = energy([site for site in model.sites if site.position == 0], np.zeros(3))
        ends = [site for site in model.sites if site.position != 0]
        energies = np.stack([centre + energy(ends, direction) for direction in directions])
        return average_over_orientations(energies, weights, self.options.temperature)

    def field_of_channel(self, energy: NDArray[np.float32]) -> EnergyField:
        return EnergyField(free_energy=energy, mean_energy=None)


class CarbonDioxide(LinearGas):
    gas = "co2"


class Nitrogen(LinearGas):
    gas = "n2"


def half_sphere(order: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Directions [k, 3] of a Lebedev rule, one of each opposite pair, and their weights [k], of sum 1."""
    points, weights = lebedev_rule(order)
    x, y, z = np.round(points, 12)
    upper = (z > 0) | ((z == 0) & ((y > 0) | ((y == 0) & (x > 0))))
    return points[:, upper].T, weights[upper] / weights[upper].sum()


def rod_sites_energy(
    structure: Structure,
    sites: Iterable[RodSite],
    potential: FourierPotential,
    direction: NDArray[np.float64],
    cutoff: float,
    shape: tuple[int, int, int],
    where: NDArray[np.bool_] | None = None,
) -> NDArray[np.float32]:
    """Energy [X, Y, Z] in kelvin of sites of a rod that is centred on each grid point.

    Args:
        structure: the framework.
        sites: of the rod.
        potential: of the framework's charges.
        direction: [3], Cartesian unit vector along which the rod lies.
        cutoff: of the Lennard-Jones pairs, angstrom.
        shape: points along a, b, c.
        where: [X, Y, Z], the points that matter; elsewhere the Lennard-Jones part is left out.
    """
    total = np.zeros(shape, dtype=np.float32)
    for site in sites:
        shift = site.position * direction @ np.linalg.inv(structure.lattice)
        moved = [
            Sites(atoms.frac_coords - shift, atoms.epsilon, atoms.sigma)
            for atoms in interacting_sites(structure, site.pairs)
        ]
        total += energy_grid(structure.lattice, moved, cutoff, shape, where=where)
        total += (site.charge * potential.on_grid(shape, shift)).astype(np.float32)
    return total


def average_over_orientations(
    energies: NDArray[np.float32], weights: NDArray[np.float64], temperature: float
) -> EnergyField:
    """Free and mean energy of a molecule that turns freely.

    Args:
        energies: [k, X, Y, Z] in kelvin, one grid for each orientation.
        weights: [k], of the orientations, summing to 1.
        temperature: kelvin.
    """
    lowest = energies.min(axis=0)  # taken out, so that the exponentials neither overflow nor all vanish
    partition = np.zeros(lowest.shape)
    mean = np.zeros(lowest.shape)
    for energy, weight in zip(energies, weights, strict=True):
        boltzmann = weight * np.exp((lowest - energy) / np.float64(temperature))
        partition += boltzmann
        mean += boltzmann * energy
    free = lowest - temperature * np.log(partition)
    return EnergyField(free.astype(np.float32), (mean / partition).astype(np.float32))
