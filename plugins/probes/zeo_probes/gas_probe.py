"""What all gas probes share: their options, channels and quantities."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import gemmi
import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from zeo.crystal.structure import Structure
from zeo.errors import ConfigError, GridError, InputError
from zeo.grids.grid import Grid
from zeo.plugin.interfaces import PropertyProbe
from zeo.plugin.options import option
from zeo.plugin.quantity import Quantity
from zeo_probes.adsorption import AVOGADRO, EnergyField, measure, molar_henry, sharpened
from zeo_probes.force_fields import T_ATOMS
from zeo_probes.symmetry import fitting_shape, grid_shape

COLDEST, HOTTEST = 50.0, 2000.0
"""K. Below, classical gases in frameworks at rest are none any more; above, silica has melted."""

MULTIPLE = 4
"""Of which the numbers of points along each axis are multiples, so that a quarter of an edge, by which many
symmetries translate, is a whole number of steps."""

COARSER = 2.0
"""Times the spacing are points of the grids of estimates. Against 0.2 A, 0.4 A costs a fifth; of nine
frameworks in ten the Henry coefficient of methane is within 2 %, the heat within 0.11 kJ/mol, the void
fraction within 0.0013."""

MOST_POINTS = 100_000_000
"""In a grid that the spacing asks for: about 2 GB while it is measured."""


@frozen(kw_only=True)
class GasOptions:
    """Options of every gas."""

    n: int | None = option(
        None,
        "grid points along each axis of a structure's cell; as the spacing asks when none",
        at_least=4,
        at_most=1024,
    )
    spacing: float = option(
        0.2, "largest distance between grid points along each axis", unit="A", at_least=0.02, at_most=1.0
    )
    symmetry: bool = option(True, "equivalent points are computed once")
    temperature: float = option(298.0, "temperature of the gas", unit="K", at_least=COLDEST, at_most=HOTTEST)
    force_field: Path | None = option(
        None, "TOML file with parameters; the packaged one when none", files=True
    )


class GasProbe(PropertyProbe):
    """Adsorption of a gas at infinite dilution in a rigid framework.

    Subclasses name the gas and compute its energy. Channels: ``energy:GAS`` in kelvin and ``boltzmann:GAS``,
    exp(-E/T). The quantities are defined in :mod:`zeo_probes.adsorption`; those named ``_accessible`` leave
    out every point that is not in a pore running through the crystal, so that Henry coefficients are 0 and
    heats undefined when there is none. ``kh_mol`` needs the framework's mass and is undefined for a grid.
    """

    gas: ClassVar[str]
    Options = GasOptions
    options: Any

    @abstractmethod
    def field(self, structure: Structure, shape: tuple[int, int, int], symmetry: bool) -> EnergyField:
        """Energy of a molecule at the points of the cell.

        Args:
            structure: any cell.
            shape: points along a, b, c.
            symmetry: whether equivalent points are computed once.

        Raises:
            InputError: a framework that the force field does not describe.
            ConfigError: a force field that cannot be used.
        """

    @abstractmethod
    def field_of_channel(self, energy: NDArray[np.float32]) -> EnergyField:
        """The same from the channel ``energy:GAS`` [X, Y, Z], as far as that tells."""

    def channel(self, name: str, structure: Structure, shape: tuple[int, int, int]) -> NDArray[np.float32]:
        """The channel ``energy:GAS`` or ``boltzmann:GAS``.

        Raises:
            InputError: a framework that the force field does not describe.
            ConfigError: a force field that cannot be used, or a temperature at which exp(-E/T) overflows.
            GridError: another channel.
        """
        if name not in (f"energy:{self.gas}", f"boltzmann:{self.gas}"):
            raise GridError(f"{self.gas} has no channel {name!r}")
        energy = self.field(structure, shape, symmetry=False).free_energy.reshape(shape)
        if name.startswith("energy"):
            return energy.copy()  # the field is shared
        with np.errstate(over="ignore"):
            boltzmann: NDArray[np.float32] = np.exp(-energy / np.float32(self.options.temperature))
        if not np.isfinite(boltzmann).all():
            raise ConfigError(
                f"{self.gas}.temperature: exp(-E/T) overflows at {self.options.temperature:g} K; raise it"
            )
        return boltzmann

    def properties(self, source: Grid | Structure) -> Mapping[str, Quantity]:
        """All quantities, from the energy of the gas in a grid or from the atoms of a structure.

        A grid has the channel ``energy:GAS``; where it has ``boltzmann:GAS`` too, both count, see
        :func:`zeo_probes.adsorption.sharpened`.

        Raises:
            GridError: a grid without that channel.
            InputError, ConfigError: as for :meth:`channel`.
        """
        density = None
        if isinstance(source, Grid):
            field = self.field_of_channel(self._energy_of(source))
        else:
            field = self.field(source, self.shape(source), self.options.symmetry)
            density = mass_density(source)
        temperature = self.options.temperature
        measured = measure(field, temperature)
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

    def estimates(self, source: Grid | Structure) -> Mapping[str, Quantity]:
        """The same on :data:`COARSER` grids, where the spacing decides."""
        spacing = min(COARSER * self.options.spacing, 1.0)
        return type(self)(evolve(self.options, spacing=spacing), self.plugins).properties(source)

    def shape(self, structure: Structure) -> tuple[int, int, int]:
        """Grid points along a, b, c of a structure's cell.

        Raises:
            InputError: more than :data:`MOST_POINTS` by the spacing.
        """
        n, spacing = self.options.n, self.options.spacing
        if n is not None:
            return n, n, n
        shape = fitting_shape(structure, grid_shape(structure.lattice, spacing), MULTIPLE)
        points = math.prod(shape)
        if points > MOST_POINTS:
            enough = math.ceil(100 * spacing * (points / MOST_POINTS) ** (1 / 3)) / 100 + 0.01
            raise InputError(
                f"a grid of {spacing:g} A has {points:,} points in this cell ({MOST_POINTS:,} is the limit);"
                f" set {self.gas}.spacing={enough:.2f}"
            )
        return shape

    def _energy_of(self, grid: Grid) -> NDArray[np.float32]:
        energy, boltzmann = grid.channel(f"energy:{self.gas}"), f"boltzmann:{self.gas}"
        if boltzmann not in grid.channels:
            return energy
        return sharpened(energy, grid.channel(boltzmann), self.options.temperature)

    def check_elements(self, structure: Structure, known: Iterable[str]) -> None:
        """An element that the force field does not know is no silent zero.

        Args:
            structure: of any elements.
            known: elements, and :data:`T_ATOMS` where no T atom interacts. A cation in a pore is no T atom.

        Raises:
            InputError: there is one.
        """
        require_elements(structure, known, self.gas, self.gas)


def require_elements(structure: Structure, known: Iterable[str], gas: str, probe: str) -> None:
    """Refuse a framework that holds elements without parameters.

    Args:
        structure: of any elements.
        known: elements, and :data:`T_ATOMS` where no T atom interacts. A cation in a pore is no T atom.
        gas: whose parameters they are.
        probe: whose option names the force field.

    Raises:
        InputError: there is one, or no oxygen, which is most of what a gas meets.
    """
    known = set(known)
    species = np.array(structure.species)
    if "O" not in species:
        raise InputError("there is no oxygen: a framework without it has no pores to measure")
    if T_ATOMS in known:
        species = np.delete(species, structure.framework.t)
    unknown = sorted(set(species.tolist()) - known)
    if unknown:
        words = sorted(known - {T_ATOMS}) + ["T atoms"] * (T_ATOMS in known)
        raise InputError(
            f"no parameters for {', '.join(unknown)} in the force field of {gas} (only for"
            f" {', '.join(words)}); add them to a copy and set {probe}.force_field"
        )


def mass_density(structure: Structure) -> float:
    """In kg/m3."""
    counts = Counter(structure.species)
    grams_per_mole = sum(gemmi.Element(symbol).weight * count for symbol, count in counts.items())
    return grams_per_mole / 1000.0 / AVOGADRO / (structure.volume * 1e-30)
