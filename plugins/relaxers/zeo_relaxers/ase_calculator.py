"""Relaxation by any calculator of the Atomic Simulation Environment (ASE)."""

from __future__ import annotations

import importlib
import json
import os
import warnings
from abc import abstractmethod
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from zeo.crystal.structure import Structure
from zeo.errors import ConfigError
from zeo.plugin.options import option
from zeo.tools.foreign import describe
from zeo.tools.typed_json import parsed
from zeo_cleanup.relax.minimise import BAR
from zeo_cleanup.relax.relaxation import Minimum
from zeo_relaxers.relaxer import CELLS, Relaxer

if TYPE_CHECKING:
    from zeo.plugin.registry import Plugins

LONGEST_STEP = 0.1
"""Of an atom, A; longer ones leave the range in which the model of the second derivatives holds."""


VOLUME_RANGE = (0.5, 2.0)
"""Relative to the start; beyond, atoms fall into each other or fly apart, with neighbours without end."""


class CalculatorRelaxer(Relaxer):
    """Minimises what an ASE calculator computes, by L-BFGS over atoms and the logarithm of the strain.

    The cell's degrees of freedom are those of ``ase.filters.FrechetCellFilter``.
    """

    @frozen(kw_only=True)
    class Options:
        cell: str = option("full", "what the cell may do", choices=CELLS)
        force_limit: float = option(0.01, "largest force on an atom at the end", unit="eV/A", above=0.0)
        stress_limit: float = option(
            200.0, "largest stress at the end that the cell may follow", unit="bar", above=0.0
        )
        max_iterations: int = option(1000, "steps of the minimiser", at_least=1)

    options: Options

    @property
    @abstractmethod
    def calculator(self) -> Any:
        """The ASE calculator; the same object each time."""

    @property
    def force_limit(self) -> float:
        return self.options.force_limit

    @property
    def stress_limit(self) -> float:
        return self.options.stress_limit

    def end_of(self, structure: Structure, cell: str) -> Minimum:
        from ase.filters import FrechetCellFilter
        from ase.optimize import LBFGS

        atoms = structure.to_ase()
        atoms.calc = self.calculator
        moving: Any = atoms
        if cell != "fixed":
            moving = FrechetCellFilter(atoms, hydrostatic_strain=cell == "isotropic")  # type: ignore[no-untyped-call]
        optimiser: Any = LBFGS(moving, maxstep=LONGEST_STEP, logfile=os.devnull)
        end = _state(atoms, structure.volume, cell, 0)
        # fmax=0: the filter mixes stress into the forces; here each has a limit of its own
        with warnings.catch_warnings():
            # the logarithm of a symmetric strain to 2e-13 is good enough
            warnings.filterwarnings("ignore", message="logm result may be inaccurate")
            for _ in optimiser.irun(fmax=0.0, steps=self.options.max_iterations):
                end = _state(atoms, structure.volume, cell, optimiser.nsteps)
                small = end.force <= self.force_limit and end.stress <= self.stress_limit
                if small or end.collapsed:
                    break
        return end


class AseCalculator(CalculatorRelaxer):
    """The calculator that the user names."""

    @frozen(kw_only=True)
    class Options(CalculatorRelaxer.Options):
        calculator: str = option("", "package.module:Class (or :function), or a name that ASE knows")
        arguments: str = option("{}", "the calculator's keyword arguments, as a JSON object")
        name: str = option("", "what energies are labelled with; calculator and arguments when empty")

    options: Options

    def __init__(self, options: Any = None, plugins: Plugins | None = None) -> None:
        super().__init__(options, plugins)
        self._arguments = _json_object(self.options.arguments)

    @property
    def potential(self) -> str:
        if self.options.name:
            return self.options.name
        arguments = json.dumps(self._arguments, sort_keys=True) if self._arguments else ""
        return self.options.calculator + arguments

    @cached_property
    def calculator(self) -> Any:
        """The ASE calculator.

        Raises:
            ConfigError: none is named, it cannot be imported, or it refuses its arguments.
        """
        name = self.options.calculator
        if not name:
            raise ConfigError("ase-calculator.calculator names no ASE calculator: write package.module:Class")
        try:
            return _calculator_class(name)(**self._arguments)
        except Exception as error:  # the code of others
            raise ConfigError(f"ase-calculator.calculator: {name}: {describe(error)}") from error


def _json_object(text: str) -> dict[str, Any]:
    try:
        arguments = parsed(text)
    except ValueError as error:
        raise ConfigError(f"ase-calculator.arguments: {text!r} is no JSON ({error})") from error
    if not isinstance(arguments, dict):
        raise ConfigError(f'ase-calculator.arguments: {text} is no JSON object such as {{"cutoff": 5}}')
    return arguments


def _calculator_class(name: str) -> Any:
    """A class, or a function or class method that makes a calculator."""
    module, colon, attribute = name.partition(":")
    if colon:
        return attrgetter(attribute)(importlib.import_module(module))
    from ase.calculators.calculator import get_calculator_class

    return get_calculator_class(name)  # type: ignore[no-untyped-call]


def _state(atoms: Any, volume_before: float, cell: str, iterations: int) -> Minimum:
    """Energy, forces and stress of the atoms as they are now."""
    structure = Structure.from_ase(atoms)
    energy = float(atoms.get_potential_energy())
    forces = np.asarray(atoms.get_forces())
    stress = np.zeros((3, 3)) if cell == "fixed" else atoms.get_stress(voigt=False) * BAR
    pressure = -float(np.trace(stress)) / 3.0
    ratio = atoms.get_volume() / volume_before
    collapsed = ""
    if not (np.isfinite(energy) and np.isfinite(forces).all() and np.isfinite(stress).all()):
        collapsed = "energy, forces or stress are not finite"
    elif not VOLUME_RANGE[0] < ratio < VOLUME_RANGE[1]:
        collapsed = f"the volume is {ratio:.2f} of what it was"
    return Minimum(
        structure=structure,
        energy=energy / structure.count("Si"),
        force=float(np.linalg.norm(forces, axis=1).max()),
        stress=abs(pressure) if cell == "isotropic" else float(np.abs(stress).max()),
        pressure=pressure,
        iterations=iterations,
        collapsed=collapsed,
    )
