"""A framework as gases see it: tables from which every energy of a simulation is looked up.

A molecule is centred on a point of the energy grid and lies along a direction of a Lebedev rule; its energy
with the framework is tabulated for every point and direction. Spheres have one direction. Molecules meet
through their sites: a table for each pair of kinds of sites holds their Lennard-Jones and Coulomb energy by
displacement over the simulated supercell, made by the same kernels from a framework whose one atom is the
other site. It holds all periodic images within the cutoff, so that cells may be oblique and thinner than
twice the cutoff. Between its points it is interpolated linearly; spheres always meet on them. A molecule does
not meet its own images, so that the limit of low pressure is exact.

Energies are in units of k T. Points outside of pores that run through the crystal cannot be reached.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from zeo.crystal.neighbours import cell_heights
from zeo.crystal.structure import Structure
from zeo.errors import InputError
from zeo_adsorption.alias import AliasTable
from zeo_adsorption.molecule import Molecule
from zeo_adsorption.orientations import energies_of_all
from zeo_probes.adsorption import AVOGADRO, OPEN_BELOW
from zeo_probes.electrostatics import framework_potential, potential_of
from zeo_probes.force_fields import Pair, RodSite
from zeo_probes.gas_probe import mass_density, require_elements
from zeo_probes.gases import field_of_sphere
from zeo_probes.lattice_sum import Sites, energy_grid
from zeo_probes.orientations import half_sphere, standing
from zeo_probes.percolation import find_pores
from zeo_probes.quantum import quantum_spread
from zeo_probes.rods import HOPELESS, Rod
from zeo_probes.symmetry import fitting_shape, grid_shape

SPACING = {True: 0.2, False: 0.25}
"""Angstrom, of the grid for spheres and for others. At 0.3 methane would find closed windows open or open
ones closed in 2 of 12 frameworks. At 0.4 the Henry coefficient of CO2 in MON depends by 28 % on the origin of
the grid, in RHO by 17 %; at 0.25 by 0.1 and 0.5 %."""

COARSEST_USUAL = 0.4
"""Angstrom: so far apart are they in large cells, of which finer tables would not fit into memory."""

THINNEST = 10.0
"""Angstrom: the simulated cell is at least this thick. One cell against 24 A changes the loading of methane
by 0.1 % in LTA, 0.3 % in CHA, 0.5 % in MFI."""

FLATNESS = 0.5
"""Insertions are proposed in a state with a probability proportional to its weight to this power."""

FINE = 0.25
"""Angstrom, at most, between the points of the tables of pairs of sites."""

NEGLIGIBLE = 1e-10
"""Share of the largest weight below which a point and direction is never proposed."""

MOST_NUMBERS = 150_000_000
"""In the tables of a host: about 3 GB while they are made."""

COARSEST = 2.0
"""Angstrom between grid points, beyond which no framework is a framework."""

STRONGEST = (-60.0, 3000.0)
"""Bounds of the energy of two sites, k T: opposite charges on top of each other stay finite."""


@frozen(eq=False)
class Guest:
    """A gas in a framework; a state is a point of the unit cell and a direction.

    Args:
        molecule: the gas.
        energy: float32 [directions, X * Y * Z], E/T minus ln of the weight of the direction; infinite where
            the gas cannot go.
        states: int64 [s], the states that are proposed, flat indices into ``energy``.
        proposal: from which of these insertions are drawn.
        log_proposal: ln of the sum of the weights to the power FLATNESS over the sum of the weights.
        volume: mean of exp(-E/T) over points and directions times the volume of the supercell, A3.
        log_weights: [directions], ln of the weight of each.
        offsets: float32 [directions, sites, 3], of the sites from the centre, in steps of the fine table.
        site_kinds: int64 [sites], rows of the tables of pairs.
    """

    molecule: Molecule
    energy: NDArray[np.float32]
    states: NDArray[np.int64]
    proposal: AliasTable
    log_proposal: float
    volume: float
    log_weights: NDArray[np.float64]
    offsets: NDArray[np.float32]
    site_kinds: NDArray[np.int64]


@frozen(eq=False)
class Host:
    """A framework ready for the simulation of molecules.

    Args:
        guests: the gases in it.
        tables: float32 [kinds, kinds, nx, ny, nz], energy of two sites by displacement, k T.
        shape: grid points of the unit cell along a, b, c.
        repeats: unit cells in the supercell along a, b, c.
        temperature: K.
        mass: of the supercell, g/mol.
        density: of the framework, kg/m3.
        reach: grid points that a displacement spans at most, along each axis.
    """

    guests: tuple[Guest, ...]
    tables: NDArray[np.float32]
    shape: tuple[int, int, int]
    repeats: tuple[int, int, int]
    temperature: float
    mass: float
    density: float
    reach: int

    @property
    def molar(self) -> float:
        """mol/kg for each molecule in the supercell."""
        return 1e3 / self.mass

    def of(self, kind: int) -> Host:
        """The same framework for one of the gases alone."""
        return evolve(self, guests=self.guests[kind : kind + 1])


@frozen
class SiteKind:
    """What decides how a site meets others: its pair (None without Lennard-Jones part), charge (elementary
    charges), cutoff (angstrom), and the inverse mass of its molecule (mol/g, 0 for classical motion).
    """

    own: Pair | None
    charge: float
    cutoff: float
    inverse_mass: float


def host_of(
    structure: Structure,
    molecules: Sequence[Molecule],
    temperature: float,
    spacing: float | None = None,
    order: int = 23,
    accessible: bool = True,
    probe: str = "probe",
) -> Host:
    """The tables of a framework.

    Args:
        structure: all its atoms, in any cell.
        molecules: the gases.
        temperature: K.
        spacing: largest distance between grid points along each axis, angstrom; see :data:`SPACING` for None.
        order: of the Lebedev rule over directions.
        accessible: whether closed pores are left empty.
        probe: whose options the user is told to change.

    Raises:
        InputError: an element that a force field does not know, charges that do not cancel, or a cell that is
            too thin or too large.
    """
    spheres = all(molecule.is_sphere for molecule in molecules)
    building = _Building(
        structure, molecules, temperature, spacing or SPACING[spheres], order, accessible, probe
    )
    return (building if spacing else building.fitting()).host()


def repeats_of(lattice: NDArray[np.float64], thinnest: float = THINNEST) -> tuple[int, int, int]:
    """Unit cells along a, b, c of a supercell whose opposite faces are so far apart (angstrom)."""
    a, b, c = (max(1, math.ceil(thinnest / height - 1e-9)) for height in cell_heights(lattice))
    return a, b, c


@frozen(eq=False, slots=False)
class _Building:
    structure: Structure
    molecules: Sequence[Molecule]
    temperature: float
    spacing: float
    order: int
    accessible: bool
    probe: str

    def host(self) -> Host:
        density = mass_density(self.structure)
        self._check_size()
        return Host(
            guests=tuple(self._guest(molecule) for molecule in self.molecules),
            tables=self._tables(),
            shape=self.shape,
            repeats=self.repeats,
            temperature=self.temperature,
            mass=density * self.volume * 1e-30 * AVOGADRO * 1e3,
            density=density,
            reach=max(1, round(0.5 / self.spacing)),
        )

    def fitting(self) -> _Building:
        """With points as much farther apart as memory asks for, within what is usual."""
        fitting = self._coarsened()
        return fitting if fitting is not None and fitting.spacing <= COARSEST_USUAL else self

    def _coarsened(self) -> _Building | None:
        """With points as much farther apart as memory asks for; None where that is no grid any more."""
        for spacing in np.arange(self.spacing, COARSEST, 0.01):
            coarser = evolve(self, spacing=round(float(spacing), 2))
            if coarser._numbers <= MOST_NUMBERS:
                return coarser
        return None

    def _check_size(self) -> None:
        """Refuse what would not fit into memory."""
        if self._numbers <= MOST_NUMBERS:
            return
        coarser = self._coarsened()
        if coarser is not None:
            raise InputError(
                f"the cell is too large for a grid of {self.spacing:g} A (3 GB of tables is the limit);"
                f" set {self.probe}.spacing={coarser.spacing:.2f}"
            )
        raise InputError(
            f"the cell of {self.volume:,.0f} A3 is too large for the tables that"
            f" {' and '.join(each.name for each in self.molecules)} would need (3 GB is the limit):"
            " measure its primitive cell, or a smaller one"
        )

    @property
    def _numbers(self) -> int:
        """In all tables."""
        directions = max(
            len(_directions(each, self.order, self.structure.lattice)[0]) for each in self.molecules
        )
        states = math.prod(self.shape) * directions * len(self.molecules)
        return states + math.prod(self.fine_shape) * len(self.site_kinds) ** 2

    @cached_property
    def shape(self) -> tuple[int, int, int]:
        return fitting_shape(self.structure, grid_shape(self.structure.lattice, self.spacing))

    @cached_property
    def repeats(self) -> tuple[int, int, int]:
        return repeats_of(self.structure.lattice)

    @cached_property
    def supercell(self) -> NDArray[np.float64]:
        cell: NDArray[np.float64] = self.structure.lattice * np.array(self.repeats)[:, None]
        return cell

    @cached_property
    def volume(self) -> float:
        return self.structure.volume * math.prod(self.repeats)

    @cached_property
    def fine_shape(self) -> tuple[int, int, int]:
        """Points of the tables of pairs along a, b, c; spheres meet on those of the grid alone."""
        spheres = all(each.is_sphere for each in self.molecules)
        finer = 1 if spheres else math.ceil(self.spacing / FINE - 1e-9)
        a, b, c = (points * cells * finer for points, cells in zip(self.shape, self.repeats, strict=True))
        return a, b, c

    @cached_property
    def site_kinds(self) -> list[SiteKind]:
        """Each once."""
        return list(dict.fromkeys(_kind(site, each) for each in self.molecules for site in each.sites))

    def _guest(self, molecule: Molecule) -> Guest:
        require_elements(self.structure, molecule.elements, molecule.name, self.probe)
        directions, weights = _directions(molecule, self.order, self.structure.lattice)
        energies = self._energies(molecule, directions) / np.float32(self.temperature)
        energies -= np.log(weights).astype(np.float32)[:, None, None, None]
        lowest = energies.min(axis=0)
        shares = lowest - energies
        is_open = lowest - np.log(np.exp(shares, out=shares).sum(axis=0)) <= OPEN_BELOW
        del shares
        reached = find_pores(is_open).accessible if self.accessible else is_open
        energies[:, ~reached] = np.inf
        flat = energies.reshape(len(directions), -1)
        deepest = float(lowest[reached].min()) if reached.any() else 0.0
        relative = deepest - flat.ravel()  # of the largest weight, which alone could overflow in float32
        boltzmann = np.exp(relative, out=relative)
        scale = math.exp(-deepest)
        total = scale * float(boltzmann.sum(dtype=np.float64))
        states = np.flatnonzero(boltzmann > NEGLIGIBLE)
        proposed = (scale * boltzmann[states].astype(np.float64)) ** FLATNESS
        steps = np.linalg.inv(self.supercell) * np.array(self.fine_shape)
        along = np.array([site.position for site in molecule.sites])
        return Guest(
            molecule=molecule,
            energy=flat,
            states=states,
            proposal=AliasTable.of(proposed),
            log_proposal=math.log(proposed.sum() / total) if len(states) else 0.0,
            volume=total / flat.shape[1] * self.volume,
            log_weights=np.log(weights),
            offsets=(along[None, :, None] * (directions @ steps)[:, None, :]).astype(np.float32),
            site_kinds=np.array([self.site_kinds.index(_kind(site, molecule)) for site in molecule.sites]),
        )

    def _energies(self, molecule: Molecule, directions: NDArray[np.float64]) -> NDArray[np.float32]:
        """[directions, X, Y, Z], kelvin."""
        if molecule.is_sphere:
            spread = quantum_spread(molecule.inverse_mass, self.temperature)
            pairs = molecule.sites[0].pairs
            field = field_of_sphere(self.structure, pairs, molecule.cutoff, spread, self.shape)
            return field.points.spread(field.free_energy)[None]
        rod = self._rod(molecule)
        centre = rod.energy(rod.middle, np.zeros(3))
        possible = centre < HOPELESS * self.temperature

        def energy_of_ends(direction: NDArray[np.float64], points: NDArray[np.int64]) -> NDArray[np.float32]:
            energy = rod.coulomb(rod.ends, direction).ravel()[points]
            near = np.flatnonzero(possible.ravel()[points])
            energy[near] += rod.repulsion(rod.ends, direction, points[near])
            return energy

        turned = energies_of_all(self.structure, self.shape, directions, energy_of_ends)
        turned += centre
        turned[:, ~possible] = HOPELESS * self.temperature
        return turned

    def _rod(self, molecule: Molecule) -> Rod:
        charges = np.array([molecule.framework_charges[element] for element in self.structure.species])
        potential = framework_potential(self.structure.lattice, self.structure.frac_coords, charges)
        return Rod(self.structure, molecule.sites, molecule.cutoff, potential, self.shape)

    def _tables(self) -> NDArray[np.float32]:
        kinds = self.site_kinds
        tables = np.zeros((len(kinds), len(kinds), *self.fine_shape), np.float32)
        charged = any(kind.charge for kind in kinds)
        unit = potential_of(self.supercell, np.zeros((1, 3)), np.ones(1)) if charged else None
        coulomb = unit.on_grid(self.fine_shape, np.zeros(3)) if unit else np.zeros(self.fine_shape)
        for first, one in enumerate(kinds):
            for second, other in enumerate(kinds[: first + 1]):
                energy = one.charge * other.charge * coulomb
                if one.own is not None and other.own is not None:
                    pair = one.own.mixed_with(other.own)
                    spread = quantum_spread(one.inverse_mass + other.inverse_mass, self.temperature)
                    site = Sites(np.zeros((1, 3)), pair.epsilon, pair.sigma, spread)
                    reach = max(one.cutoff, other.cutoff)
                    energy = energy + energy_grid(self.supercell, [site], reach, self.fine_shape)
                reduced = np.clip(energy / self.temperature, *STRONGEST).astype(np.float32)
                tables[first, second] = tables[second, first] = reduced
        return tables


def _kind(site: RodSite, molecule: Molecule) -> SiteKind:
    return SiteKind(site.own, site.charge, molecule.cutoff, molecule.inverse_mass)


def _directions(
    molecule: Molecule, order: int, lattice: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """[d, 3], which turn with the cell, and their weights [d]."""
    if molecule.is_sphere:
        return np.array([[0.0, 0.0, 1.0]]), np.ones(1)
    directions, weights = half_sphere(order)
    return directions @ standing(lattice), weights
