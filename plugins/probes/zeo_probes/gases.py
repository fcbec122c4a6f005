"""Probes for gases whose molecule is one Lennard-Jones sphere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import gemmi
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.errors import ConfigError, GridError, InputError
from zeo.grid import Grid
from zeo.interfaces import PropertyProbe
from zeo.options import option
from zeo.quantity import Quantity
from zeo.structure import Structure
from zeo_probes.adsorption import AVOGADRO, measure, molar_henry
from zeo_probes.force_fields import GasModel, load_gas
from zeo_probes.lattice_sum import Sites, energy_grid
from zeo_probes.symmetry import equivalent_points


@frozen(kw_only=True)
class GasOptions:
    """Options of every gas."""

    n: int = option(32, "grid points along each axis of a structure's cell", at_least=1, at_most=1024)
    temperature: float = option(298.0, "temperature of the gas", unit="K", above=0)
    force_field: Path | None = option(None, "TOML file with parameters; the packaged one when none")
    symmetry: bool = option(
        False,
        "compute equivalent points once; pays for several gases or n >= 64 in cells of up to 1000 atoms",
    )


class LennardJonesGas(PropertyProbe):
    """Adsorption of a single-site gas at infinite dilution in a rigid framework.

    Subclasses name the gas. Channels: ``energy:GAS`` in kelvin and ``boltzmann:GAS``, exp(-E/T). The
    quantities are defined in :mod:`zeo_probes.adsorption`; those named ``_accessible`` leave out every point
    that is not in a pore running through the crystal, so that Henry coefficients are 0 and heats undefined
    when there is none. ``kh_mol`` needs the mass of the framework and is undefined for a grid.
    """

    gas: ClassVar[str]
    Options = GasOptions
    options: GasOptions

    def channel(self, name: str, structure: Structure, shape: tuple[int, int, int]) -> NDArray[np.float32]:
        """The channel ``energy:GAS`` or ``boltzmann:GAS``.

        Raises:
            InputError: a framework with elements that the force field does not know.
            ConfigError: a force field that cannot be used, or a temperature at which exp(-E/T) overflows.
            GridError: another channel.
        """
        if name not in (f"energy:{self.gas}", f"boltzmann:{self.gas}"):
            raise GridError(f"{self.gas} has no channel {name!r}")
        energy = self._energy(structure, shape)
        if name.startswith("energy"):
            return energy
        with np.errstate(over="ignore"):
            boltzmann: NDArray[np.float32] = np.exp(-energy / np.float32(self.options.temperature))
        if not np.isfinite(boltzmann).all():
            raise ConfigError(
                f"{self.gas}.temperature: exp(-E/T) overflows at {self.options.temperature:g} K; raise it"
            )
        return boltzmann

    def properties(self, source: Grid | Structure) -> Mapping[str, Quantity]:
        """All quantities, from the channel ``energy:GAS`` of a grid or from the atoms of a structure.

        Raises:
            GridError: a grid without that channel.
            InputError, ConfigError: as for :meth:`channel`.
        """
        density = None
        if isinstance(source, Grid):
            energy = source.channel(f"energy:{self.gas}")
        else:
            energy = self._energy(source, (self.options.n,) * 3)
            density = mass_density(source)
        temperature = self.options.temperature
        measured = measure(energy, temperature)
        quantities = {}
        for suffix, region in (("", measured.everywhere), ("_accessible", measured.accessible)):
            quantities[f"kh{suffix}"] = Quantity.finite(region.henry, "1")
            quantities[f"kh_mol{suffix}"] = (
                Quantity(None, "mol/kg/Pa")
                if density is None
                else Quantity.finite(molar_henry(region.henry, temperature, density), "mol/kg/Pa")
            )
            quantities[f"qst{suffix}"] = Quantity.finite(region.heat, "kJ/mol")
            quantities[f"void_fraction{suffix}"] = Quantity.finite(region.void_fraction, "1")
        quantities["channel_dimensionality"] = Quantity(float(measured.channel_dimensionality), "1")
        return quantities

    def _energy(self, structure: Structure, shape: tuple[int, int, int]) -> NDArray[np.float32]:
        model = load_gas(self.gas, self.options.force_field)
        return energy_grid(
            structure.lattice,
            self._sites(structure, model),
            model.cutoff,
            shape,
            equivalent_points(structure, shape) if self.options.symmetry else None,
        )

    def _sites(self, structure: Structure, model: GasModel) -> list[Sites]:
        elements = sorted(set(structure.species))
        unknown = [element for element in elements if element not in model.pairs]
        if unknown:
            raise InputError(
                f"no parameters for {', '.join(unknown)} in the force field of {self.gas} (only for"
                f" {', '.join(sorted(model.pairs))}); add them to a copy and set {self.gas}.force_field"
            )
        interacting = [(element, model.pairs[element]) for element in elements]
        return [
            Sites(structure.coords_of(element), pair.epsilon, pair.sigma)
            for element, pair in interacting
            if pair is not None
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
    gas = "h2"


def mass_density(structure: Structure) -> float:
    """In kg/m3."""
    counts = Counter(structure.species)
    grams_per_mole = sum(gemmi.Element(symbol).weight * count for symbol, count in counts.items())
    return grams_per_mole / 1000.0 / AVOGADRO / (structure.volume * 1e-30)
