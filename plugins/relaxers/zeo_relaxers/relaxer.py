"""What relaxers share: distance least squares first, then a minimum, then quartz with the same potential."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from typing import Any

import numpy as np
from attrs import evolve, frozen

from zeo.crystal.net import NotFourConnectedError
from zeo.crystal.structure import Structure
from zeo.crystal.symmetry import crystal_of
from zeo.errors import ConfigError, ZeoError
from zeo.plugin.candidate import Candidate, Energy
from zeo.plugin.interfaces import Postprocessor
from zeo.tools.foreign import describe
from zeo_cleanup.bonds import Bonds
from zeo_cleanup.dls import regularise
from zeo_cleanup.relax.framework import nearest_bonds
from zeo_cleanup.relax.parameters import sanders_leslie_catlow
from zeo_cleanup.relax.relaxation import CANNOT_BE_BUILT, COLLAPSED, EV, NOT_CONVERGED, bond_fault

CELLS = ("full", "isotropic", "fixed")


@frozen(eq=False, kw_only=True)
class Minimum:
    """Where a minimisation ended.

    Args:
        structure: at the end; atoms in the order in which they were given, not wrapped into the cell.
        energy: of the cell, eV; of no meaning unless force and stress are small.
        force: largest length of the force on an atom, eV/A.
        stress: largest component that the cell may follow, bar.
        pressure: hydrostatic, bar.
        iterations: of the minimiser.
        collapsed: what shows that atoms fell into each other; empty otherwise.
    """

    structure: Structure
    energy: float
    force: float
    stress: float
    pressure: float
    iterations: int
    collapsed: str = ""


class Relaxer(Postprocessor):
    """Minimises the energy of atoms and cell at zero pressure.

    A candidate that does not converge, collapses, or is not four-connected before or after is rejected and
    gets no energy. One whose net changed is identified again. Energies are relative to alpha-quartz, relaxed
    with the same potential once for each instance.
    """

    @property
    @abstractmethod
    def potential(self) -> str:
        """What the energies are labelled with."""

    @property
    @abstractmethod
    def force_limit(self) -> float:
        """Of :attr:`Minimum.force`, above which a minimisation has not converged, eV/A."""

    @property
    @abstractmethod
    def stress_limit(self) -> float:
        """Likewise of :attr:`Minimum.stress`, bar."""

    @abstractmethod
    def minimise(self, structure: Structure, cell: str) -> Minimum:
        """From a regular framework to the nearest minimum.

        Args:
            structure: of silicon and oxygen in any order.
            cell: what the cell may do, one of :data:`CELLS`.
        """

    def apply(self, candidate: Candidate) -> Candidate:
        """Replace the atoms by relaxed ones and set the energy, or reject the candidate."""
        start = candidate.structure
        if start is None:
            return candidate.reject("no structure")
        candidate = candidate.note(potential=self.potential, cell=self.options.cell)
        try:
            bonds = nearest_bonds(start)
        except NotFourConnectedError as error:
            return candidate.reject(error.reason, error.detail)
        regular = regularise(start, bonds).structure
        if fault := bond_fault(regular, bonds):
            return candidate.reject(CANNOT_BE_BUILT, fault)
        quartz = self.quartz_energy  # a potential that knows no silica is found out before the long work
        end = self.minimise(regular, self.options.cell)
        candidate = candidate.note(**_facts(end, start))
        reason, detail = self._failure(end, bonds)
        if reason:
            return candidate.reject(reason, detail)
        above_quartz = (end.energy / end.structure.count("Si") - quartz) * EV
        energy = Energy(value=above_quartz, potential=self.potential)
        crystal = crystal_of(end.structure)
        if crystal is not None:
            candidate = candidate.note(space_group=crystal.symbol, symmetry_unique_t=crystal.unique_t)
        relaxed = evolve(candidate, structure=end.structure, energy=energy)
        return self._with_net(relaxed, bonds)

    @cached_property
    def quartz_energy(self) -> float:
        """Of relaxed alpha-quartz, eV per silicon.

        Raises:
            ConfigError: the potential has no minimum there.
        """
        quartz = sanders_leslie_catlow().quartz  # the measured structure
        try:
            end = self.minimise(quartz, "full")
        except ZeoError:
            raise
        except Exception as error:  # anything may happen in a calculator that does not know silica
            raise ConfigError(f"{self.potential} fails on alpha-quartz: {describe(error)}") from error
        bonds = nearest_bonds(quartz)
        reason, detail = self._failure(end, bonds)
        if reason:
            raise ConfigError(f"{self.potential} has no alpha-quartz to compare with: {reason}, {detail}")
        return end.energy / quartz.count("Si")

    def _failure(self, end: Minimum, bonds: Bonds) -> tuple[str, str]:
        """Why the end of a minimisation is no relaxed framework; empty when it is one."""
        if fault := end.collapsed or bond_fault(end.structure, bonds):
            return COLLAPSED, fault
        if end.force <= self.force_limit and end.stress <= self.stress_limit:
            return "", ""
        return NOT_CONVERGED, (
            f"after {end.iterations} iterations the largest force is {end.force:.2g} eV/A"
            f" (limit {self.force_limit:g}) and the largest stress {end.stress:.3g} bar"
            f" (limit {self.stress_limit:g})"
        )

    def _with_net(self, relaxed: Candidate, bonds: Bonds) -> Candidate:
        """Whether the net is as it was; identified again when it is not, rejected when it is none."""
        assert relaxed.structure is not None
        try:
            unchanged = nearest_bonds(relaxed.structure).as_set() == bonds.as_set()
        except NotFourConnectedError as error:
            lost = evolve(relaxed, energy=None)
            return lost.reject(error.reason, f"after relaxation, {error.detail}")
        relaxed = relaxed.note(net_unchanged=unchanged)
        if unchanged:
            return relaxed
        return self.plugins.create("postprocessor", "identify").apply(relaxed)


def _facts(end: Minimum, start: Structure) -> dict[str, Any]:
    """What goes into the record; numbers that are not finite do not."""
    facts = {
        "volume_change": round(end.structure.volume / start.volume - 1.0, 6),
        "largest_force": round(end.force, 5),
        "largest_stress": round(end.stress, 1),
        "pressure": round(end.pressure, 1),
        "iterations": end.iterations,
    }
    return {name: value for name, value in facts.items() if np.isfinite(value)}
