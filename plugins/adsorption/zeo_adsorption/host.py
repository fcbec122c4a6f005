"""A framework as gases see it: tables from which every energy of a simulation is looked up.

Molecules are spheres that sit on the points of the energy grid. Two tables hold all energies:

* of a molecule with the framework, at the points of the unit cell;
* of two molecules, by the displacement between their points, at the points of the simulated supercell: the
  energy grid of a framework whose one atom is the other molecule. It holds all periodic images within the
  cutoff, so that cells may be oblique and thinner than twice the cutoff. A molecule does not meet its own
  images, so that the limit of low pressure is exact.

Energies are in units of k T. Points outside of pores that run through the crystal cannot be reached.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from zeo.crystal.neighbours import cell_heights
from zeo.crystal.structure import Structure
from zeo_adsorption.alias import AliasTable
from zeo_adsorption.fluids import Fluid
from zeo_probes.adsorption import AVOGADRO, OPEN_BELOW
from zeo_probes.gas_probe import mass_density
from zeo_probes.gases import interacting_sites
from zeo_probes.lattice_sum import Sites, energy_grid
from zeo_probes.percolation import find_pores
from zeo_probes.symmetry import equivalent_points

THINNEST = 10.0
"""Angstrom: the simulated cell is at least this thick. One cell against 24 A changes the loading of methane
by 0.3 % in MFI, 0.5 % in LTA, 0.8 % in CHA."""

FLATNESS = 0.5
"""Insertions are proposed at a point with a probability proportional to exp(-E/T) to this power."""

HIGHEST = 1e6
"""Of a pair of molecules, in k T: they never overlap."""


@frozen(eq=False)
class Guest:
    """A gas in a framework.

    Args:
        fluid: the gas.
        energy: float32 [X * Y * Z], with the framework at the points of the unit cell, k T; infinite where
            the gas cannot go.
        points: int64 [k], the points of the unit cell where it can be, flat.
        proposal: from which of these points insertions are drawn.
        log_proposal: ln of the mean of exp(-E/T)^FLATNESS over that of exp(-E/T), both over the points.
        volume: mean of exp(-E/T) over the supercell times its volume, cubic angstrom.
    """

    fluid: Fluid
    energy: NDArray[np.float32]
    points: NDArray[np.int64]
    proposal: AliasTable
    log_proposal: float
    volume: float


@frozen(eq=False)
class Host:
    """A framework ready for simulation.

    Args:
        guests: the gases in it.
        pairs: float32 [k, k, points of the supercell], energy of two molecules by displacement, k T.
        shape: grid points of the unit cell along a, b, c.
        repeats: unit cells in the supercell along a, b, c.
        temperature: K.
        mass: of the supercell, g/mol.
        density: of the framework, kg/m3.
        reach: grid points that a displacement move spans at most, along each axis.
    """

    guests: tuple[Guest, ...]
    pairs: NDArray[np.float32]
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
        return evolve(
            self, guests=self.guests[kind : kind + 1], pairs=self.pairs[kind : kind + 1, kind : kind + 1]
        )


def host_of(
    structure: Structure,
    fluids: Sequence[Fluid],
    temperature: float,
    spacing: float,
    accessible: bool = True,
) -> Host:
    """The tables of a framework.

    Args:
        structure: all its atoms, in any cell.
        fluids: the gases.
        temperature: K.
        spacing: largest distance between grid points along each axis, angstrom.
        accessible: whether closed pores are left empty.

    Raises:
        InputError: an element that a force field does not know, or a cell that is too thin.
    """
    shape = grid_shape(structure.lattice, spacing)
    repeats = repeats_of(structure.lattice)
    supercell = structure.lattice * np.array(repeats)[:, None]
    cells = math.prod(repeats)
    volume = structure.volume * cells
    density = mass_density(structure)
    return Host(
        guests=tuple(_guest(structure, fluid, temperature, shape, volume, accessible) for fluid in fluids),
        pairs=_pair_tables(fluids, supercell, _product(shape, repeats), temperature),
        shape=shape,
        repeats=repeats,
        temperature=temperature,
        mass=density * volume * 1e-30 * AVOGADRO * 1e3,
        density=density,
        reach=max(1, round(0.5 / spacing)),
    )


def grid_shape(lattice: NDArray[np.float64], spacing: float) -> tuple[int, int, int]:
    """Points along a, b, c, no further apart than the spacing (angstrom)."""
    a, b, c = (max(1, math.ceil(length / spacing - 1e-9)) for length in np.linalg.norm(lattice, axis=1))
    return a, b, c


def repeats_of(lattice: NDArray[np.float64], thinnest: float = THINNEST) -> tuple[int, int, int]:
    """Unit cells along a, b, c of a supercell whose opposite faces are so far apart (angstrom)."""
    a, b, c = (max(1, math.ceil(thinnest / height - 1e-9)) for height in cell_heights(lattice))
    return a, b, c


def _guest(
    structure: Structure,
    fluid: Fluid,
    temperature: float,
    shape: tuple[int, int, int],
    volume: float,
    accessible: bool,
) -> Guest:
    energy = energy_grid(
        structure.lattice,
        interacting_sites(structure, fluid.model.pairs),
        fluid.model.cutoff,
        shape,
        equivalent_points(structure, shape),
    )
    is_open = energy <= OPEN_BELOW * temperature
    reached = find_pores(is_open).accessible if accessible else is_open
    reduced = np.where(reached, energy / np.float32(temperature), np.float32(np.inf)).ravel()
    points = np.flatnonzero(np.isfinite(reduced))
    boltzmann = np.exp(-reduced[points].astype(np.float64))
    proposed = boltzmann**FLATNESS
    return Guest(
        fluid=fluid,
        energy=reduced,
        points=points,
        proposal=AliasTable.of(proposed),
        log_proposal=math.log(proposed.sum() / boltzmann.sum()) if len(points) else 0.0,
        volume=float(boltzmann.sum()) / reduced.size * volume,
    )


def _pair_tables(
    fluids: Sequence[Fluid],
    supercell: NDArray[np.float64],
    shape: tuple[int, int, int],
    temperature: float,
) -> NDArray[np.float32]:
    tables = np.empty((len(fluids), len(fluids), math.prod(shape)), np.float32)
    for first, fluid in enumerate(fluids):
        for second, other in enumerate(fluids[: first + 1]):
            pair = fluid.pair.mixed_with(other.pair)
            molecule = Sites(np.zeros((1, 3)), pair.epsilon, pair.sigma)
            cutoff = max(fluid.model.cutoff, other.model.cutoff)
            energy = energy_grid(supercell, [molecule], cutoff, shape).ravel() / np.float32(temperature)
            tables[first, second] = tables[second, first] = np.minimum(energy, np.float32(HIGHEST))
    return tables


def _product(shape: tuple[int, int, int], repeats: tuple[int, int, int]) -> tuple[int, int, int]:
    a, b, c = (points * cells for points, cells in zip(shape, repeats, strict=True))
    return a, b, c
