"""What the probes of adsorption at pressure share: options, tables, precision."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import evolve, frozen

from zeo.crystal.structure import Structure
from zeo.errors import GridError
from zeo.grids.grid import Grid
from zeo.plugin.interfaces import PropertyProbe
from zeo.plugin.options import option
from zeo.plugin.quantity import Quantity
from zeo_adsorption.host import Host, host_of
from zeo_adsorption.ladder import Estimate, Ladder, climb, up_to_pairs
from zeo_adsorption.molecule import Molecule
from zeo_probes.gas_probe import COLDEST, HOTTEST
from zeo_probes.orientations import LEBEDEV_ORDERS

BAR = 1e5
"""Pa."""

FIRST_MOVES, FEWEST_MOVES, MOST_MOVES = 50_000, 5_000, 5_000_000
"""On each rung: at first for a precision of :data:`USUAL`; at least for a coarser one; at most."""

USUAL = 0.02
"""Relative standard error that :data:`FIRST_MOVES` reach in most frameworks."""

SPARE = 1.2
"""Moves beyond what the first estimate of the error asks for, since that is itself uncertain."""

LONGEST = 30.0
"""Times that chains are made longer where molecules are packed; beyond that they stay packed."""


@frozen(kw_only=True)
class SimulationOptions:
    """What all simulations share."""

    temperature: float = option(298.0, "temperature of the gas", unit="K", at_least=COLDEST, at_most=HOTTEST)
    precision: float = option(0.02, "relative standard error wanted of the headline", above=0, at_most=1)
    screening: float = option(
        0.05,
        "the same where a run only chooses: before relaxation, and in the rounds of a search",
        above=0,
        at_most=1,
    )
    spacing: float | None = option(
        None,
        "largest distance between grid points; 0.2 for spheres, 0.25 for others (0.4 in large cells)",
        unit="A",
        above=0.05,
        at_most=1.0,
    )
    orientation_order: int = option(
        23, "order of the Lebedev rule over orientations", choices=[int(order) for order in LEBEDEV_ORDERS]
    )
    accessible: bool = option(True, "leave pores empty that no molecule can enter from outside")
    seed: int = option(0, "of all random numbers", at_least=0)
    force_field: Path | None = option(
        None, "TOML file with parameters; the packaged one when none", files=True
    )


class Simulation(PropertyProbe):
    """What the probes of adsorption at pressure share."""

    options: SimulationOptions

    @property
    @abstractmethod
    def name(self) -> str:
        """By which the user sets its options."""

    def estimates(self, source: Grid | Structure) -> Mapping[str, Quantity]:
        """All quantities, with the error that ``screening`` allows."""
        coarser = max(self.options.precision, self.options.screening)
        return type(self)(evolve(self.options, precision=coarser), self.plugins).properties(source)

    def host(
        self, structure: Structure, molecules: Sequence[Molecule], temperature: float | None = None
    ) -> Host:
        """The tables of a framework for some gases."""
        options = self.options
        return host_of(
            structure,
            molecules,
            temperature or options.temperature,
            options.spacing,
            options.orientation_order,
            options.accessible,
            self.name,
        )


def precise(
    host: Host, fugacities: Sequence[float], options: SimulationOptions, at: Sequence[float]
) -> Ladder:
    """A ladder with as many moves as the precision wanted of a loading, or of a difference of two, takes.

    Args:
        host: the framework.
        fugacities: of the rungs, Pa, rising.
        options: of the probe.
        at: fugacities of the loading or of the two, see :meth:`Ladder.loading_estimate`.
    """
    made = first_moves(options.precision)
    fugacities = up_to_pairs(host, fugacities)
    ladder = climb(host, fugacities, made, options.seed)
    moves = moves_for(ladder.scatter(*at), options.precision, made) or made
    longer = ladder.unpacking(*at)
    if 1 < longer <= LONGEST:
        moves = max(moves, int(made * SPARE * longer))
    return ladder if moves == made else climb(host, fugacities, moves, options.seed + 1)


def first_moves(precision: float) -> int:
    """On each rung, to begin with, for a relative precision."""
    return max(FEWEST_MOVES, min(FIRST_MOVES, int(FIRST_MOVES * (USUAL / precision) ** 2)))


def moves_for(estimate: Estimate, precision: float, made: int) -> int | None:
    """The moves that a relative precision takes, by an estimate from those that were made; None where it is
    reached, or cannot be, of a number that is zero or undefined."""
    wanted = precision * abs(estimate.value)
    if estimate.error <= wanted or not wanted > 0:
        return None
    return min(int(made * SPARE * (estimate.error / wanted) ** 2), MOST_MOVES)


def no_pore(gas: str) -> str:
    """Why what a gas does in a framework is undefined where it stays outside."""
    return f"{gas} finds no pore that it can enter"


def atoms_of(source: Grid | Structure) -> Structure:
    """The atoms that a probe is given.

    Raises:
        GridError: a grid, which does not hold what molecules do to each other.
    """
    if isinstance(source, Grid):
        raise GridError("adsorption at pressure needs the atoms of a framework, not a grid of energies")
    return source


def with_error(name: str, estimate: Estimate, unit: str) -> dict[str, Quantity]:
    """A quantity, and its standard error as another one."""
    return {
        name: Quantity.finite(estimate.value, unit, estimate.reason),
        f"{name}_error": Quantity.finite(estimate.error, unit, estimate.reason),
    }
