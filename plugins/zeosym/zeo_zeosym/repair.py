"""The repair of zeosym's nets: first within their space group, then as any other."""

from __future__ import annotations

from zeo.crystal.structure import Structure
from zeo.plugin.candidate import Candidate
from zeo_cleanup.bonds import Bonds, bonds_within, is_perfect
from zeo_cleanup.repair import ExactRepair
from zeo_zeosym.crystal import crystal_of
from zeo_zeosym.mending import mended
from zeo_zeosym.pairs import in_short_cell
from zeo_zeosym.regular import largest_shift, regularised


class SymmetricRepair(ExactRepair):
    """The exact repair (:class:`zeo_cleanup.repair.ExactRepair`), which tries nets first that keep the space
    group of the T atoms: unique bridges are chosen (:mod:`zeo_zeosym.mending`), and distance least squares
    move unique atoms and lattice. Options and limits are the same."""

    def find_net(self, candidate: Candidate, decoded: Structure) -> Candidate:
        """What becomes of atoms that are not four-connected."""
        symmetric = self._symmetric(decoded)
        candidate = candidate.note(symmetric=symmetric is not None)
        if symmetric is None:
            return super().find_net(candidate, decoded)
        return self.regularised(candidate, *symmetric)

    def _symmetric(self, decoded: Structure) -> tuple[Structure, Bonds] | None:
        """A four-connected framework in the space group of the T atoms, and its bonds; None where there is
        none nearby."""
        net = crystal_of(Structure.from_si_o(decoded.lattice, decoded.coords_of("Si"), []))
        silica = None if net is None else mended(net, self.options.max_edge)
        if net is None or silica is None:
            return None
        regular = regularised(silica)
        if largest_shift(net, regular.atoms) > self.options.max_shift:
            return None
        framework = in_short_cell(regular.structure)
        bonds = bonds_within(framework)
        return (framework, bonds) if is_perfect(framework, bonds) else None
