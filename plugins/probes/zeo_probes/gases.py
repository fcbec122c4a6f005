"""Probes for gases whose molecule is one Lennard-Jones sphere."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.structure import Structure
from zeo.plugin.options import option
from zeo.tools.progress import doing
from zeo_probes.adsorption import EnergyField
from zeo_probes.force_fields import Pair, Pairs, inverse_mass, load_sphere
from zeo_probes.gas_probe import GasOptions, GasProbe
from zeo_probes.lattice_sum import Sites, energies_at
from zeo_probes.quantum import quantum_spread
from zeo_probes.symmetry import GridPoints, unique_points

AT_ONCE = 2_000_000
"""Points of the grid between two reports of progress."""

QUANTUM = "motion by quantum mechanics to second order (Feynman and Hibbs), for low temperatures"


@frozen(kw_only=True)
class QuantumOptions(GasOptions):
    """Options of a light gas of spheres."""

    quantum: bool = option(False, QUANTUM)


class LennardJonesGas(GasProbe):
    """A gas of single-site molecules. Subclasses name the gas."""

    def field(self, structure: Structure, shape: tuple[int, int, int], symmetry: bool) -> EnergyField:
        model = load_sphere(self.gas, self.options.force_field)
        self.check_elements(structure, model.pairs)
        return field_of_sphere(structure, model.pairs, model.cutoff, self.spread(), shape, symmetry)

    def field_of_channel(self, energy: NDArray[np.float32]) -> EnergyField:
        return EnergyField.of_sphere(energy)

    def spread(self) -> float:
        """By quantum mechanics, see :mod:`zeo_probes.quantum`; 0 for gases that are heavy enough."""
        return 0.0


def field_of_sphere(
    structure: Structure,
    pairs: Pairs,
    cutoff: float,
    spread: float,
    shape: tuple[int, int, int],
    symmetry: bool = True,
) -> EnergyField:
    """The energy of a molecule that is a sphere, which no temperature changes but by its spread.

    The last few are remembered, so that what is measured of a framework under several conditions shares one;
    none of them can be written to.

    Args:
        structure: any cell.
        pairs: of the molecule with each element.
        cutoff: angstrom.
        spread: by quantum mechanics, see :mod:`zeo_probes.quantum`.
        shape: points along a, b, c.
        symmetry: whether equivalent points are computed once.
    """
    return _field_of_sphere(structure, tuple(sorted(pairs.items())), cutoff, spread, shape, symmetry)


@lru_cache(maxsize=4)
def _field_of_sphere(
    structure: Structure,
    pairs: tuple[tuple[str, Pair | None], ...],
    cutoff: float,
    spread: float,
    shape: tuple[int, int, int],
    symmetry: bool,
) -> EnergyField:
    points = unique_points(structure, shape) if symmetry else GridPoints.apart(shape)
    sites = interacting_sites(structure, dict(pairs), spread)
    energy = np.empty(len(points.unique), np.float32)
    for start in range(0, len(energy), AT_ONCE):
        doing(f"energies of a molecule, {100 * start // len(energy)} %")
        some = points.unique[start : start + AT_ONCE]
        energy[start : start + AT_ONCE] = energies_at(structure.lattice, sites, cutoff, shape, some)
    energy.flags.writeable = False
    return EnergyField(points, energy, energy)


def interacting_sites(structure: Structure, pairs: Pairs, spread: float = 0.0) -> list[Sites]:
    """The atoms of each element that a molecule's site interacts with."""
    return [
        Sites(structure.coords_of(element), pair.epsilon, pair.sigma, spread)
        for element, pair in sorted(pairs.items())
        if pair is not None and element in structure.species
    ]


class Methane(LennardJonesGas):
    gas = "methane"


class Argon(LennardJonesGas):
    gas = "argon"


class Krypton(LennardJonesGas):
    gas = "krypton"


class Xenon(LennardJonesGas):
    gas = "xenon"


class Helium(LennardJonesGas):
    gas = "helium"


class Hydrogen(LennardJonesGas):
    """Hydrogen, whose motion at low temperature is a quantum one.

    The effective potential of Feynman and Hibbs depends on the temperature; the heat of adsorption leaves
    that out.
    """

    gas = "h2"
    Options = QuantumOptions

    def spread(self) -> float:
        options = self.options
        if not options.quantum:
            return 0.0
        return quantum_spread(inverse_mass(self.gas, options.force_field), options.temperature)
