"""Gases as the simulation of adsorption needs them: force field, pair of molecules, equation of state."""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

from zeo_adsorption.equation_of_state import CriticalPoint
from zeo_probes.force_fields import Pair, SphereModel, load_fluid, load_sphere


@frozen
class Fluid:
    """A gas of single-site molecules.

    Args:
        name: in the force-field file.
        model: of a molecule with the framework.
        pair: of two molecules.
        critical: for the equation of state.
    """

    name: str
    model: SphereModel
    pair: Pair
    critical: CriticalPoint


def load_gas(name: str, force_field: Path | None = None) -> Fluid:
    """A gas of a force-field file; of the packaged one when None is given.

    Raises:
        ConfigError: a file that cannot be read, or a gas that is missing, malformed, or without parameters
            for its own molecules.
    """
    fluid = load_fluid(name, force_field)
    critical = CriticalPoint(fluid.critical_temperature, fluid.critical_pressure, fluid.acentric_factor)
    return Fluid(name, load_sphere(name, force_field), fluid.pair, critical)
