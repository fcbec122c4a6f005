"""The probes of the loading of a framework with a pure gas."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import evolve, frozen

from zeo.crystal.structure import Structure
from zeo.errors import ConfigError
from zeo.grids.grid import Grid
from zeo.plugin.isotherm import Isotherm, IsothermPoint
from zeo.plugin.options import option
from zeo.plugin.quantity import Quantity
from zeo.wishes.units import MOLAR_VOLUME_STP
from zeo_adsorption.equation_of_state import compressibility, fugacity
from zeo_adsorption.host import Host
from zeo_adsorption.ladder import Estimate, Ladder, rungs_between, rungs_up_to
from zeo_adsorption.molecule import Molecule, load_molecule
from zeo_adsorption.simulation import (
    BAR,
    Simulation,
    SimulationOptions,
    atoms_of,
    no_pore,
    precise,
    with_error,
)
from zeo_probes.adsorption import GAS_CONSTANT
from zeo_probes.force_fields import inverse_mass
from zeo_probes.gas_probe import COLDEST, HOTTEST
from zeo_probes.gases import QUANTUM

if TYPE_CHECKING:
    from zeo.plugin.registry import Plugins

AMBIENT = 298.0
"""K, at which helium hardly adsorbs: what it fills is the volume of the pores."""

RUNGS = 12
"""Of the ladder of an isotherm, beside its own pressures."""


@frozen(kw_only=True)
class LoadingOptions(SimulationOptions):
    """Options of the loading of a pure gas."""

    pressure: float = option(65.0, "of loading and heat", unit="bar", above=0, at_most=1e4)
    low: float = option(5.8, "pressure after delivery", unit="bar", above=0, at_most=1e4)
    high: float = option(65.0, "pressure before delivery", unit="bar", above=0, at_most=1e4)
    hot: float | None = option(
        None,
        "temperature after delivery; that of the gas when none",
        unit="K",
        at_least=COLDEST,
        at_most=HOTTEST,
    )


@frozen(kw_only=True)
class QuantumLoadingOptions(LoadingOptions):
    """Options of the loading of a light gas."""

    quantum: bool = option(False, QUANTUM)


class Loading(Simulation):
    """The loading of a framework with a pure gas. Subclasses name the gas.

    A framework whose pores the gas cannot enter holds nothing: loadings and deliverable capacities are 0, the
    heat is undefined.
    """

    gas: ClassVar[str]
    Options = LoadingOptions
    options: LoadingOptions

    def __init__(self, options: Any = None, plugins: Plugins | None = None) -> None:
        """Raises:
        ConfigError: a delivery that takes up gas, or a force field that does not describe it.
        """
        super().__init__(options, plugins)
        own = self.options
        if own.hot is not None and own.hot < own.temperature:
            raise ConfigError(
                f"it delivers at {own.hot:g} K, colder than it is filled ({own.temperature:g} K):"
                f" raise {self.name}.hot"
            )
        if not own.hot and not own.low < own.high:
            raise ConfigError(
                f"the low pressure ({self.name}.low={own.low:g} bar) has to be below the high one"
                f" ({self.name}.high={own.high:g} bar)"
            )
        self.molecule()

    @property
    def name(self) -> str:
        return f"{self.gas}-loading"

    def properties(self, source: Grid | Structure) -> Mapping[str, Quantity]:
        """All quantities, on the atoms of a structure.

        Raises:
            GridError: a grid, which does not hold what molecules do to each other.
            InputError, ConfigError: a framework or a force field that cannot be used.
        """
        structure = atoms_of(source)
        options = self.options
        molecule = self.molecule()
        host = self.host(structure, [molecule])
        empty = host if not options.hot else self.host(structure, [molecule], options.hot)
        if not len(host.guests[0].states):
            nothing = Estimate(0.0, 0.0)
            return _quantities(nothing, nothing, Estimate.undefined(no_pore(self.gas)), host)
        at = partial(_fugacity_of, molecule, host.temperature)
        full = sorted(
            {at(options.pressure), at(options.high)} | ({at(options.low)} if empty is host else set())
        )
        low = _fugacity_of(molecule, empty.temperature, options.low)
        delivered, ladder = _delivered(host, empty, full, at(options.high), low, options)
        pressure = at(options.pressure)
        return _quantities(
            ladder.loading_estimate(pressure),
            delivered,
            ladder.heat_estimate(pressure),
            host,
        )

    def molecule(self) -> Molecule:
        """The gas.

        Raises:
            ConfigError: a force field that cannot be used.
        """
        return load_molecule(self.gas, self.options.force_field)

    def isotherm(self, structure: Structure, pressures: Sequence[float]) -> Isotherm:
        """At some pressures (Pa, rising), by one ladder that holds them all."""
        options = self.options
        molecule = self.molecule()
        host = self.host(structure, [molecule])
        pores = 0.0
        if len(host.guests[0].states):
            helium = self.host(structure, [load_molecule("helium", options.force_field)], AMBIENT)
            pores = helium.guests[0].volume / (structure.volume * math.prod(helium.repeats))
        return Isotherm(
            gas=self.gas,
            temperature=options.temperature,
            density=host.density,
            pore_volume=pores,
            method="grand-canonical Monte Carlo on a grid",
            force_field=molecule.force_field,
            points=tuple(_points(host, molecule, pressures, pores, options)),
        )


def _points(
    host: Host, molecule: Molecule, pressures: Sequence[float], pores: float, options: LoadingOptions
) -> list[IsothermPoint]:
    """The points of an isotherm."""
    fugacities = [fugacity(host.temperature, each, molecule.critical) for each in pressures]
    ladder = None
    if len(host.guests[0].states):
        between = rungs_between(rungs_up_to(host, fugacities[-1], RUNGS), fugacities)
        ladder = precise(host, sorted([*between, *fugacities]), options, fugacities[-1:])
    points = []
    for pressure, at in zip(pressures, fugacities, strict=True):
        loading, heat = Estimate(0.0, 0.0), Estimate.undefined(no_pore(molecule.name))
        if ladder is not None:
            loading, heat = ladder.loading_estimate(at), ladder.heat_estimate(at)
        z = compressibility(host.temperature, pressure, molecule.critical)
        gas = pressure / (z * GAS_CONSTANT * host.temperature)  # mol/m3
        points.append(
            IsothermPoint(
                pressure=pressure,
                fugacity=at,
                loading=loading.value,
                loading_error=loading.error,
                excess=loading.value - gas * pores / host.density,
                heat=heat.value if math.isfinite(heat.value) else None,
                heat_error=heat.error if math.isfinite(heat.error) else None,
            )
        )
    return points


def _delivered(
    host: Host, empty: Host, full: Sequence[float], high: float, low: float, options: LoadingOptions
) -> tuple[Estimate, Ladder]:
    """Deliverable capacity (mol/kg), and the ladder of the full framework.

    Args:
        host: at the temperature of the gas.
        empty: the same framework after delivery: the same host, or another at another temperature.
        full: fugacities of the ladder, Pa, rising.
        high: fugacity before delivery, Pa.
        low: fugacity after delivery, Pa.
        options: of the probe.
    """
    if empty is host:
        ladder = precise(host, full, options, [high, low])
        return ladder.loading_estimate(high, low), ladder
    ladder = precise(host, full, options, [high])
    left = precise(empty, [low], evolve(options, seed=options.seed + 1), [low])
    before, after = ladder.loading_estimate(high), left.loading_estimate(low)
    return Estimate(before.value - after.value, math.hypot(before.error, after.error)), ladder


def _fugacity_of(molecule: Molecule, temperature: float, bar: float) -> float:
    return fugacity(temperature, bar * BAR, molecule.critical)


def _quantities(loading: Estimate, delivered: Estimate, heat: Estimate, host: Host) -> dict[str, Quantity]:
    volumetric = host.density * MOLAR_VOLUME_STP * 1e-6  # from mol/kg to cm3(STP)/cm3
    return {
        **with_error("loading", loading, "mol/kg"),
        **with_error("deliverable", delivered, "mol/kg"),
        **with_error(
            "deliverable_volumetric",
            Estimate(delivered.value * volumetric, delivered.error * volumetric),
            "cm3(STP)/cm3",
        ),
        **with_error("heat", heat, "kJ/mol"),
    }


class MethaneLoading(Loading):
    gas = "methane"


class ArgonLoading(Loading):
    gas = "argon"


class KryptonLoading(Loading):
    gas = "krypton"


class XenonLoading(Loading):
    gas = "xenon"


class HeliumLoading(Loading):
    gas = "helium"


class H2Loading(Loading):
    """Hydrogen, which at low temperature moves by quantum mechanics; see :mod:`zeo_probes.quantum`."""

    gas = "h2"
    Options = QuantumLoadingOptions
    options: QuantumLoadingOptions

    def molecule(self) -> Molecule:
        molecule = super().molecule()
        if not self.options.quantum:
            return molecule
        return evolve(molecule, inverse_mass=inverse_mass(self.gas, self.options.force_field))


class Co2Loading(Loading):
    gas = "co2"


class N2Loading(Loading):
    gas = "n2"
