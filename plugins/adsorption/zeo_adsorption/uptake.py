"""The probe of what a framework takes from a mixture of two gases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import frozen

from zeo.crystal.structure import Structure
from zeo.errors import ConfigError
from zeo.grids.grid import Grid
from zeo.plugin.options import option
from zeo.plugin.quantity import Quantity
from zeo_adsorption.host import Host
from zeo_adsorption.ladder import Estimate
from zeo_adsorption.mixture import Gas, Uptake, ideal, simulated
from zeo_adsorption.molecule import Molecule, load_molecule
from zeo_adsorption.simulation import (
    BAR,
    Simulation,
    SimulationOptions,
    atoms_of,
    first_moves,
    moves_for,
    no_pore,
    precise,
    with_error,
)

if TYPE_CHECKING:
    from zeo.plugin.registry import Plugins


@frozen(kw_only=True)
class MixtureOptions(SimulationOptions):
    """Options of a mixture."""

    gases: tuple[str, ...] = option(("xenon", "krypton"), "two gases of the force field")
    fractions: tuple[float, ...] = option((0.2, 0.8), "their shares outside of the framework", above=0)
    pressure: float = option(1.0, "of the mixture", unit="bar", above=0, at_most=1e4)
    method: str = option(
        "gcmc", "simulation of both gases, or theory from each alone", choices=("gcmc", "iast")
    )


class MixtureUptake(Simulation):
    """What a framework takes from a mixture of two gases.

    The selectivity is undefined where the framework takes none of the second gas.
    """

    Options = MixtureOptions
    options: MixtureOptions

    def __init__(self, options: Any = None, plugins: Plugins | None = None) -> None:
        """Raises:
        ConfigError: not two gases and two fractions, or gases that the force field does not describe.
        """
        super().__init__(options, plugins)
        gases, fractions = self.options.gases, self.options.fractions
        if len(gases) != 2 or len(fractions) != 2:
            raise ConfigError(
                f"give two gases (mixture.gases) and two fractions (mixture.fractions), not {len(gases)} and"
                f" {len(fractions)}"
            )
        if gases[0] == gases[1]:
            raise ConfigError(f"mixture.gases={gases[0]},{gases[1]}: give two different gases")
        self.molecules()

    def molecules(self) -> list[Molecule]:
        """The two gases.

        Raises:
            ConfigError: a force field that cannot be used.
        """
        return [load_molecule(name, self.options.force_field) for name in self.options.gases]

    @property
    def name(self) -> str:
        return "mixture"

    def properties(self, source: Grid | Structure) -> Mapping[str, Quantity]:
        """All quantities, on the atoms of a structure.

        Raises:
            GridError: a grid, which does not hold what molecules do to each other.
            InputError, ConfigError: a framework or a force field that cannot be used.
        """
        structure = atoms_of(source)
        options = self.options
        total = sum(options.fractions)
        gas = Gas(tuple(each / total for each in options.fractions), options.pressure * BAR)
        host = self.host(structure, self.molecules())
        uptake = self._uptake(host, gas)
        named = zip(("first_loading", "second_loading"), uptake.loadings, strict=True)
        return {
            **with_error("selectivity", uptake.selectivity, "1"),
            **{key: value for name, each in named for key, value in with_error(name, each, "mol/kg").items()},
        }

    def _uptake(self, host: Host, gas: Gas) -> Uptake:
        if any(not len(guest.states) for guest in host.guests):
            return _one_sided(host, gas, self.options)
        method = ideal if self.options.method == "iast" else simulated
        made = 4 * first_moves(self.options.precision)
        uptake = method(host, gas, made, self.options.seed)
        moves = moves_for(uptake.selectivity, self.options.precision, made)
        return uptake if moves is None else method(host, gas, moves, self.options.seed + 1)


def _one_sided(host: Host, gas: Gas, options: MixtureOptions) -> Uptake:
    """Where a gas finds no pore, the other one is alone: its selectivity is 0 or undefined."""
    nothing = Estimate(0.0, 0.0)
    loadings = [nothing, nothing]
    for kind, guest in enumerate(host.guests):
        if len(guest.states):
            pure, at = host.of(kind), float(gas.fugacities(host)[kind])
            loadings[kind] = precise(pure, [at], options, [at]).loading_estimate(at)
    undefined = Estimate.undefined(no_pore(host.guests[1].molecule.name))
    return Uptake(tuple(loadings), undefined if loadings[1].value == 0 else nothing)
