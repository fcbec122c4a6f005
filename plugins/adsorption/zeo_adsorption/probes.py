"""The probes of adsorption at pressure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from attrs import evolve, frozen

from zeo.crystal.structure import Structure
from zeo.errors import ConfigError, GridError
from zeo.grids.grid import Grid
from zeo.plugin.interfaces import PropertyProbe
from zeo.plugin.isotherm import Isotherm, IsothermPoint
from zeo.plugin.options import option
from zeo.plugin.quantity import Quantity
from zeo_adsorption.equation_of_state import compressibility, fugacity
from zeo_adsorption.host import Host, host_of
from zeo_adsorption.ladder import Estimate, Ladder, climb, rungs_up_to
from zeo_adsorption.mixture import Gas, Uptake, ideal, simulated
from zeo_adsorption.molecule import Molecule, load_molecule
from zeo_probes.adsorption import GAS_CONSTANT
from zeo_probes.force_fields import inverse_mass
from zeo_probes.gases import QUANTUM

BAR = 1e5
"""Pa."""

MOLAR_VOLUME_STP = 22413.96954
"""cm3/mol of an ideal gas at 273.15 K and 101,325 Pa (CODATA 2018)."""

FEWEST_MOVES, MOST_MOVES = 50_000, 5_000_000
"""On each rung."""

SPARE = 1.2
"""Moves beyond what the first estimate of the error asks for, since that is itself uncertain."""

RUNGS = 12
"""Of the ladder of an isotherm, beside its own pressures."""

SPACING = {True: 0.2, False: 0.4}
"""Angstrom between grid points by default, for spheres and for linear molecules. At 0.3 A methane would find
closed windows open or open ones closed in 2 of 12 frameworks; linear molecules turn, which blurs the grid."""


@frozen(kw_only=True)
class SimulationOptions:
    """What all simulations share."""

    temperature: float = option(298.0, "temperature of the gas", unit="K", above=0, symbol="T")
    precision: float = option(0.02, "relative standard error wanted of the headline", above=0, at_most=1)
    spacing: float | None = option(
        None,
        "largest distance between grid points; 0.2 for spheres, 0.4 for others",
        unit="A",
        above=0.05,
        at_most=1.0,
    )
    orientation_order: int = option(17, "order of the Lebedev rule over orientations", at_least=3, at_most=41)
    accessible: bool = option(True, "leave pores empty that no molecule can enter from outside")
    seed: int = option(0, "of all random numbers", at_least=0)
    force_field: Path | None = option(
        None, "TOML file with parameters; the packaged one when none", files=True
    )


@frozen(kw_only=True)
class LoadingOptions(SimulationOptions):
    """Options of the loading of a pure gas."""

    pressure: float = option(65.0, "of loading and heat", unit="bar", above=0, at_most=1e4, symbol="p")
    low: float = option(5.8, "pressure after delivery", unit="bar", above=0, at_most=1e4)
    high: float = option(65.0, "pressure before delivery", unit="bar", above=0, at_most=1e4)
    hot: float | None = option(
        None, "temperature after delivery; that of the gas when none", unit="K", above=0
    )


@frozen(kw_only=True)
class QuantumLoadingOptions(LoadingOptions):
    """Options of the loading of a light gas."""

    quantum: bool = option(False, QUANTUM)


@frozen(kw_only=True)
class MixtureOptions(SimulationOptions):
    """Options of a mixture."""

    gases: tuple[str, ...] = option(("xenon", "krypton"), "two gases of the force field")
    fractions: tuple[float, ...] = option((0.2, 0.8), "their shares outside of the framework", above=0)
    pressure: float = option(1.0, "of the mixture", unit="bar", above=0, at_most=1e4, symbol="p")
    method: str = option(
        "gcmc", "simulation of both gases, or theory from each alone", choices=("gcmc", "iast")
    )


class Simulation(PropertyProbe):
    """What the probes of adsorption at pressure share."""

    options: SimulationOptions

    def host(
        self, structure: Structure, molecules: Sequence[Molecule], temperature: float | None = None
    ) -> Host:
        """The tables of a framework for some gases."""
        options = self.options
        spheres = all(molecule.is_sphere for molecule in molecules)
        return host_of(
            structure,
            molecules,
            temperature or options.temperature,
            options.spacing or SPACING[spheres],
            options.orientation_order,
            options.accessible,
        )


class Loading(Simulation):
    """The loading of a framework with a pure gas. Subclasses name the gas.

    A framework whose pores the gas cannot enter holds nothing: loadings and deliverable capacities are 0, the
    heat is undefined.
    """

    gas: ClassVar[str]
    Options = LoadingOptions
    options: LoadingOptions

    def properties(self, source: Grid | Structure) -> Mapping[str, Quantity]:
        """All quantities, on the atoms of a structure.

        Raises:
            GridError: a grid, which does not hold what molecules do to each other.
            InputError, ConfigError: a framework or a force field that cannot be used.
        """
        structure = _atoms(source)
        options = self.options
        if options.hot is not None and options.hot < options.temperature:
            raise ConfigError(
                f"{self.gas}-loading: it delivers at {options.hot:g} K, colder than it is filled"
                f" ({options.temperature:g} K): raise hot"
            )
        if not options.hot and not options.low < options.high:
            raise ConfigError(
                f"{self.gas}-loading: the low pressure ({options.low:g} bar) has to be below the high one"
                f" ({options.high:g} bar)"
            )
        molecule = self.molecule()
        host = self.host(structure, [molecule])
        empty = host if not options.hot else self.host(structure, [molecule], options.hot)
        if not len(host.guests[0].states):
            return _quantities(Estimate(0.0, 0.0), Estimate(0.0, 0.0), Estimate(math.nan, math.nan), host)
        at = partial(_fugacity_of, molecule, host.temperature)
        full = sorted(
            {at(options.pressure), at(options.high)} | ({at(options.low)} if empty is host else set())
        )
        low = _fugacity_of(molecule, empty.temperature, options.low)
        delivered, ladder = _delivered(host, empty, full, at(options.high), low, options)
        pressure = at(options.pressure)
        return _quantities(
            ladder.estimate(lambda each: each.loading(pressure)),
            delivered,
            ladder.estimate(lambda each: each.heat(pressure)),
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
        helium = self.host(structure, [load_molecule("helium", options.force_field)])
        pores = helium.guests[0].volume / (structure.volume * math.prod(host.repeats))
        return Isotherm(
            gas=self.gas,
            temperature=options.temperature,
            density=host.density,
            pore_volume=pores,
            method=f"grand-canonical Monte Carlo on a grid, force field {options.force_field or 'of zeo'}",
            points=tuple(_points(host, molecule, pressures, pores, options)),
        )


def _points(
    host: Host, molecule: Molecule, pressures: Sequence[float], pores: float, options: LoadingOptions
) -> list[IsothermPoint]:
    """The points of an isotherm."""
    fugacities = [fugacity(host.temperature, each, molecule.critical) for each in pressures]
    ladder = None
    if len(host.guests[0].states):
        low = [each for each in rungs_up_to(host, fugacities[-1], RUNGS) if each < fugacities[0]]
        ladder = _precise(host, [*low, *fugacities], options, lambda each: each.loading(fugacities[-1]))
    points = []
    for pressure, at in zip(pressures, fugacities, strict=True):
        loading, heat = Estimate(0.0, 0.0), Estimate(math.nan, math.nan)
        if ladder is not None:
            loading = ladder.estimate(partial(Ladder.loading, fugacity=at))
            heat = ladder.estimate(partial(Ladder.heat, fugacity=at))
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
        ladder = _precise(host, full, options, lambda each: each.loading(high) - each.loading(low))
        return ladder.estimate(lambda each: each.loading(high) - each.loading(low)), ladder
    ladder = _precise(host, full, options, lambda each: each.loading(high))
    left = _precise(empty, [low], evolve(options, seed=options.seed + 1), lambda each: each.loading(low))
    before = ladder.estimate(lambda each: each.loading(high))
    after = left.estimate(lambda each: each.loading(low))
    return Estimate(before.value - after.value, math.hypot(before.error, after.error)), ladder


def _precise(
    host: Host, fugacities: Sequence[float], options: SimulationOptions, function: Callable[[Ladder], float]
) -> Ladder:
    """A ladder with as many moves as the precision wanted of a number asks for."""
    ladder = climb(host, fugacities, FEWEST_MOVES, options.seed)
    estimate = ladder.estimate(function)
    wanted = options.precision * abs(estimate.value)
    if estimate.error <= wanted or wanted == 0:
        return ladder
    moves = int(FEWEST_MOVES * SPARE * (estimate.error / wanted) ** 2)
    return climb(host, fugacities, min(moves, MOST_MOVES), options.seed + 1)


class MixtureUptake(Simulation):
    """What a framework takes from a mixture of two gases.

    The selectivity is undefined where the framework takes none of the second gas.
    """

    Options = MixtureOptions
    options: MixtureOptions

    def properties(self, source: Grid | Structure) -> Mapping[str, Quantity]:
        """All quantities, on the atoms of a structure.

        Raises:
            GridError: a grid, which does not hold what molecules do to each other.
            InputError, ConfigError: a framework, gases or a force field that cannot be used.
        """
        structure = _atoms(source)
        options = self.options
        if len(options.gases) != 2 or len(options.fractions) != 2:
            raise ConfigError(
                f"mixture: give two gases and two fractions, not {len(options.gases)} and"
                f" {len(options.fractions)}"
            )
        total = sum(options.fractions)
        gas = Gas(tuple(each / total for each in options.fractions), options.pressure * BAR)
        host = self.host(structure, [load_molecule(name, options.force_field) for name in options.gases])
        uptake = self._uptake(host, gas)
        named = zip(("first_loading", "second_loading"), uptake.loadings, strict=True)
        return {
            **_named("selectivity", uptake.selectivity, "1"),
            **{key: value for name, each in named for key, value in _named(name, each, "mol/kg").items()},
        }

    def _uptake(self, host: Host, gas: Gas) -> Uptake:
        if any(not len(guest.states) for guest in host.guests):
            return _one_sided(host, gas, self.options)
        method = ideal if self.options.method == "iast" else simulated
        uptake = method(host, gas, 4 * FEWEST_MOVES, self.options.seed)
        wanted = self.options.precision * abs(uptake.selectivity.value)
        if uptake.selectivity.error <= wanted or not math.isfinite(wanted) or wanted == 0:
            return uptake
        moves = int(4 * FEWEST_MOVES * SPARE * (uptake.selectivity.error / wanted) ** 2)
        return method(host, gas, min(moves, MOST_MOVES), self.options.seed + 1)


def _one_sided(host: Host, gas: Gas, options: MixtureOptions) -> Uptake:
    """Where a gas finds no pore, the other one is alone: its selectivity is 0 or undefined."""
    nothing = Estimate(0.0, 0.0)
    loadings = [nothing, nothing]
    for kind, guest in enumerate(host.guests):
        if len(guest.states):
            pure, at = host.of(kind), float(gas.fugacities(host)[kind])
            loading = partial(Ladder.loading, fugacity=at)
            loadings[kind] = _precise(pure, [at], options, loading).estimate(loading)
    undefined = loadings[1].value == 0
    return Uptake(tuple(loadings), Estimate(math.nan, math.nan) if undefined else nothing)


def _atoms(source: Grid | Structure) -> Structure:
    if isinstance(source, Grid):
        raise GridError("adsorption at pressure needs the atoms of a framework, not a grid of energies")
    return source


def _fugacity_of(molecule: Molecule, temperature: float, bar: float) -> float:
    return fugacity(temperature, bar * BAR, molecule.critical)


def _named(name: str, estimate: Estimate, unit: str) -> dict[str, Quantity]:
    return {
        name: Quantity.finite(estimate.value, unit),
        f"{name}_error": Quantity.finite(estimate.error, unit),
    }


def _quantities(loading: Estimate, delivered: Estimate, heat: Estimate, host: Host) -> dict[str, Quantity]:
    volumetric = host.density * MOLAR_VOLUME_STP * 1e-6  # from mol/kg to cm3(STP)/cm3
    return {
        **_named("loading", loading, "mol/kg"),
        **_named("deliverable", delivered, "mol/kg"),
        **_named(
            "deliverable_volumetric",
            Estimate(delivered.value * volumetric, delivered.error * volumetric),
            "cm3(STP)/cm3",
        ),
        **_named("heat", heat, "kJ/mol"),
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
