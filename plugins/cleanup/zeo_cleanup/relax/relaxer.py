"""What relaxers share: distance least squares first, then a minimum, then quartz with the same potential."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property

from attrs import evolve

from zeo.crystal.structure import Structure
from zeo.crystal.symmetry import crystal_of
from zeo.errors import ConfigError, ZeoError
from zeo.plugin.candidate import Candidate, Energy, Rejection
from zeo.plugin.facts import RelaxFacts
from zeo.plugin.interfaces import Postprocessor
from zeo.tools.foreign import describe
from zeo_cleanup.relax.parameters import sanders_leslie_catlow
from zeo_cleanup.relax.relaxation import (
    Minimum,
    Prepared,
    Relaxation,
    as_given,
    failure,
    outcome,
    prepare,
)


class Relaxer(Postprocessor):
    """Minimises the energy of atoms and cell at zero pressure.

    A candidate that does not converge, collapses, or is not four-connected before or after is rejected and
    gets no energy. Whether the net is as it was is stated; to identify it again is up to the caller. Energies
    are relative to alpha-quartz by the same potential.

    Its options have the field ``cell``: what the cell may do.
    """

    @property
    def keeps_symmetry(self) -> bool:
        """Whether frameworks stay in the space group that they have."""
        return False

    @property
    def regularises(self) -> bool:
        """Whether distance least squares come first."""
        return True

    @property
    @abstractmethod
    def potential(self) -> str:
        """What the energies are labelled with."""

    @abstractmethod
    def minimise(self, start: Prepared, cell: str, seed: int) -> Minimum:
        """From a regular framework to the nearest minimum.

        Args:
            start: whose ``regular`` atoms are silicon first.
            cell: what the cell may do.
            seed: of what is random.
        """

    def refusal(self, structure: Structure) -> Rejection | None:  # noqa: ARG002
        """Why a structure is not even tried; None as a rule."""
        return None

    def apply(self, candidate: Candidate) -> Candidate:
        """Replace the atoms by relaxed ones and set the energy, or reject the candidate."""
        structure = candidate.structure
        if structure is None:
            return candidate.reject("no structure")
        if refusal := self.refusal(structure):
            return candidate.reject(refusal.reason, refusal.detail)
        return self.told(candidate, self.relaxed(structure, candidate.seed))

    def relaxed(self, structure: Structure, seed: int = 0) -> Relaxation:
        """Distance least squares at fixed cell and net, unless left out, then the minimum.

        Args:
            structure: of SiO2 in any order, with bonds that the distances show.
            seed: of what is random.

        Raises:
            ConfigError: see :attr:`quartz_energy`.
        """
        prepared = prepare(structure, self.keeps_symmetry, self.regularises)
        if isinstance(prepared, Relaxation):
            return prepared
        quartz = self.quartz_energy  # a potential that knows no silica is found out before the long work
        return outcome(prepared, self.minimise(prepared, self.options.cell, seed), quartz)

    def told(self, candidate: Candidate, found: Relaxation) -> Candidate:
        """The candidate after its relaxation, with the facts of it."""
        candidate = candidate.state(self.facts(found))
        if found.energy is None:
            return candidate.reject(found.reason, found.detail)
        energy = Energy(value=found.energy, potential=self.potential)
        return evolve(candidate, structure=found.structure, energy=energy)

    def facts(self, found: Relaxation) -> RelaxFacts:
        """What is stated of a relaxation; nothing of what was never computed."""
        crystal = None if found.energy is None else crystal_of(found.structure)
        return RelaxFacts(
            potential=self.potential,
            cell=self.options.cell,
            net_unchanged=found.net_unchanged,
            space_group=crystal.symbol if crystal else None,
            symmetry_unique_t=crystal.unique_t if crystal else None,
            volume_change=_rounded(found.volume_change, 6),
            largest_force=_rounded(found.force, 5),
            largest_stress=_rounded(found.stress, 1),
            pressure=_rounded(found.pressure, 1),
            iterations=found.iterations,
        )

    @cached_property
    def quartz_energy(self) -> float:
        """Of relaxed alpha-quartz, eV per silicon; computed once for each instance.

        Raises:
            ConfigError: the potential has no minimum there.
        """
        quartz = as_given(sanders_leslie_catlow().quartz)  # the measured structure
        try:
            end = self.minimise(quartz, "full", 0)
        except ZeoError:
            raise
        except Exception as error:  # anything may happen in a calculator that does not know silica
            raise ConfigError(f"{self.potential} fails on alpha-quartz: {describe(error)}") from error
        reason, detail = failure(end, quartz.bonds)
        if reason:
            raise ConfigError(f"{self.potential} has no alpha-quartz to compare with: {reason}, {detail}")
        return end.energy


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
