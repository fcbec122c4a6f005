"""Probes for gases whose molecule is a rigid rod of charged Lennard-Jones sites: CO2 and N2.

A molecule centred on a grid point takes every orientation of a Lebedev rule (exact for spherical harmonics up
to the order of the rule). Order 17 gives the Henry coefficient of CO2 in MFI, LTA and CHA to 1 %, order 21 to
0.1 %; for N2 order 7 gives 0.3 %. Moving a site off the grid by a vector is the same as moving the framework
by its opposite, so each orientation costs one lattice sum for each site off the centre, and no interpolation.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray
from scipy.integrate import lebedev_rule

from zeo.crystal.structure import Structure
from zeo.plugin.options import option
from zeo.tools.compiled import njit
from zeo_probes.adsorption import EnergyField
from zeo_probes.electrostatics import FourierPotential, framework_potential
from zeo_probes.force_fields import RodSite, load_rod
from zeo_probes.gas_probe import GasOptions, GasProbe
from zeo_probes.gases import interacting_sites
from zeo_probes.lattice_sum import Sites, energies_at, upright_cell
from zeo_probes.symmetry import GridPoints
from zeo_probes.turning import no_turning, turning

LEBEDEV_ORDERS = ("5", "7", "9", "11", "15", "17", "19", "21", "23", "29", "35", "41")
"""Rules with positive weights only."""

HOPELESS = 60.0
"""Energy, k T, of part of a molecule from which nothing that the rest gains brings it back: the rest is not
computed there."""


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

    def field(self, structure: Structure, shape: tuple[int, int, int], symmetry: bool) -> EnergyField:
        model = load_rod(self.gas, self.options.force_field)
        self.check_elements(structure, model.elements)
        charges = np.array([model.framework_charges[element] for element in structure.species])
        potential = framework_potential(structure.lattice, structure.frac_coords, charges)
        directions, weights = half_sphere(int(self.options.orientation_order))
        directions = directions @ standing(structure.lattice)
        shared = turning(structure, shape, directions, weights) if symmetry else no_turning(shape, directions)
        unique, hopeless = shared.points.unique, HOPELESS * self.options.temperature
        rod = Rod(structure, model.sites, model.cutoff, potential, shape)
        middle = rod.middle
        centre = rod.repulsion(middle, np.zeros(3), unique) + rod.coulomb(middle, np.zeros(3)).ravel()[unique]
        possible = np.flatnonzero(centre < hopeless)
        average = OrientationAverage(len(possible), self.options.temperature)
        coulomb: dict[int, NDArray[np.float32]] = {}
        for direction, weight, image in zip(directions, weights, shared.images, strict=True):
            if image.direction not in coulomb:
                coulomb[image.direction] = rod.coulomb(rod.ends, directions[image.direction]).ravel()
            energy = centre[possible] + coulomb[image.direction][image.points[possible]]
            for end in rod.ends:
                left = np.flatnonzero(energy < hopeless)
                energy[left] += rod.repulsion([end], direction, unique[possible[left]])
            average.add(energy, weight)
        free, mean = centre.copy(), centre
        free[possible], mean[possible] = average.free_energy, average.mean_energy
        return EnergyField(shared.points, free, mean)

    def field_of_channel(self, energy: NDArray[np.float32]) -> EnergyField:
        return EnergyField(GridPoints.apart(energy.shape), energy.ravel(), None)


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


def standing(lattice: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rotation [3, 3] of row vectors from a frame with c along z and b in the yz plane to the cell's, so
    that a rule over directions lies alike in the same cell however it is turned.
    """
    rotation: NDArray[np.float64] = np.linalg.inv(upright_cell(lattice)) @ lattice
    return rotation


@frozen(eq=False)
class Rod:
    """A linear molecule in a framework.

    Args:
        structure: the framework.
        sites: of the molecule.
        cutoff: of its Lennard-Jones pairs, angstrom.
        potential: of the framework's charges.
        shape: grid points along a, b, c, on which the molecule is centred.
    """

    structure: Structure
    sites: Sequence[RodSite]
    cutoff: float
    potential: FourierPotential
    shape: tuple[int, int, int]

    @property
    def middle(self) -> list[RodSite]:
        """The sites that no turning moves."""
        return [site for site in self.sites if site.position == 0]

    @property
    def ends(self) -> list[RodSite]:
        """The others."""
        return [site for site in self.sites if site.position != 0]

    def repulsion(
        self, sites: Iterable[RodSite], direction: NDArray[np.float64], points: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Lennard-Jones energy [m] of sites, in kelvin.

        Args:
            sites: of the molecule.
            direction: [3], Cartesian unit vector along which it lies.
            points: [m], flat indices, rising.
        """
        total = np.zeros(len(points), dtype=np.float32)
        for site in sites:
            offset = self._offset(site, direction)
            moved = [
                Sites(atoms.frac_coords - offset, atoms.epsilon, atoms.sigma)
                for atoms in interacting_sites(self.structure, site.pairs)
            ]
            total += energies_at(self.structure.lattice, moved, self.cutoff, self.shape, points)
        return total

    def coulomb(self, sites: Sequence[RodSite], direction: NDArray[np.float64]) -> NDArray[np.float32]:
        """Coulomb energy [X, Y, Z] of sites, in kelvin."""
        offsets = np.array([self._offset(site, direction) for site in sites]).reshape(-1, 3)
        charges = np.array([site.charge for site in sites])
        return self.potential.felt_by(offsets, charges).on_grid(self.shape, np.zeros(3)).astype(np.float32)

    def energy(self, sites: Sequence[RodSite], direction: NDArray[np.float64]) -> NDArray[np.float32]:
        """Energy [X, Y, Z] of sites, in kelvin."""
        everywhere = np.arange(math.prod(self.shape))
        return self.coulomb(sites, direction) + self.repulsion(sites, direction, everywhere).reshape(
            self.shape
        )

    def _offset(self, site: RodSite, direction: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of a site from the centre, fractional."""
        offset: NDArray[np.float64] = site.position * direction @ np.linalg.inv(self.structure.lattice)
        return offset


class OrientationAverage:
    """Free and mean energy of a molecule that turns freely, from one orientation after another.

    Args:
        points: how many there are.
        temperature: kelvin.
    """

    def __init__(self, points: int, temperature: float) -> None:
        self._temperature = temperature
        # the lowest energy is taken out, so that the exponentials neither overflow nor all vanish
        self._lowest = np.full(points, np.inf, np.float32)
        self._partition, self._mean = np.zeros(points), np.zeros(points)

    def add(self, energies: NDArray[np.float32], weight: float) -> None:
        """Energies [m] in kelvin in an orientation; all weights sum to 1."""
        _add(self._lowest, self._partition, self._mean, energies, weight, self._temperature)

    @property
    def free_energy(self) -> NDArray[np.float32]:
        """-T ln <exp(-E/T)>, [m]."""
        free: NDArray[np.float64] = self._lowest - self._temperature * np.log(self._partition)
        return free.astype(np.float32)

    @property
    def mean_energy(self) -> NDArray[np.float32]:
        """<E>, each orientation weighted by exp(-E/T), [m]."""
        mean: NDArray[np.float64] = self._mean / self._partition
        return mean.astype(np.float32)


@njit()
def _add(lowest: Any, partition: Any, mean: Any, energies: Any, weight: Any, temperature: Any) -> None:
    for p in range(len(energies)):
        energy = energies[p]
        if energy < lowest[p]:
            shrunk = math.exp((np.float64(energy) - lowest[p]) / temperature)
            partition[p] = partition[p] * shrunk + weight
            mean[p] = mean[p] * shrunk + weight * energy
            lowest[p] = energy
        else:
            boltzmann = weight * math.exp((np.float64(lowest[p]) - energy) / temperature)
            partition[p] += boltzmann
            mean[p] += boltzmann * energy
