"""What the relaxers of this package share: limits on force and stress."""

from __future__ import annotations

from abc import abstractmethod

from attrs import evolve

import zeo_cleanup.relax.relaxer
from zeo.crystal.structure import Structure
from zeo_cleanup.relax.relaxation import Minimum, Prepared

CELLS = ("full", "isotropic", "fixed")


class Relaxer(zeo_cleanup.relax.relaxer.Relaxer):
    """A relaxer that has converged when force and stress are within its limits."""

    @property
    @abstractmethod
    def force_limit(self) -> float:
        """Of the largest force on an atom, as the minimiser of the potential measures it, eV/A."""

    @property
    @abstractmethod
    def stress_limit(self) -> float:
        """Of the components that the cell may follow, bar."""

    @abstractmethod
    def end_of(self, structure: Structure, cell: str) -> Minimum:
        """Where the minimisation of a regular framework ends, converged or not.

        Args:
            structure: silicon first.
            cell: what the cell may do, one of :data:`CELLS`.
        """

    def minimise(self, start: Prepared, cell: str, seed: int) -> Minimum:  # noqa: ARG002
        end = self.end_of(start.regular, cell)
        if end.force <= self.force_limit and end.stress <= self.stress_limit:
            return end
        beyond = (
            f"after {end.iterations} iterations the largest force is {end.force:.2g} eV/A"
            f" (limit {self.force_limit:g}) and the largest stress {end.stress:.3g} bar"
            f" (limit {self.stress_limit:g})"
        )
        return evolve(end, unconverged=beyond)
