"""The reference papers' repair: a random search over insertions and removals of atoms."""

from __future__ import annotations

import numpy as np
from attrs import evolve, frozen

from zeo.crystal.structure import Structure
from zeo.plugin.candidate import Candidate
from zeo.plugin.facts import RepairFacts
from zeo.plugin.gates import HIGHEST_RATIO, LOWEST_CONNECTIVITY, LOWEST_RATIO, in_window
from zeo.plugin.interfaces import Postprocessor
from zeo.plugin.options import option
from zeo_cleanup.bonds import BOND_CUTOFF, bonds_within, connectivity, has_double_bridge, is_perfect
from zeo_cleanup.dls import geometry_fault, regularise
from zeo_cleanup.random_moves import EMPTY, OXYGEN, SILICON, search

ROOM = 100
"""Atoms that may be inserted beyond the number decoded."""


class RandomSearch(Postprocessor):
    """Algorithm 1 of Kim, Lee & Kim, Sci. Adv. 2020, 6, eaax9324, supplement, section S1-4, with its gates.

    Where the text leaves room, this is how it is read:

    - "A randomly selected move": an atom with a wrong bond count is drawn, all alike, then one of the moves
      that Fig. S3 shows for it. Half of the draws remove the atom (B, D, G). The other half insert an oxygen
      midway between an unsaturated silicon and another one drawn at random (A), remove an oxygen drawn from
      those of an overfull silicon (C), or insert a silicon at the centre of an unsaturated oxygen and its
      (at most three) nearest unsaturated neighbours (E). An overfull oxygen can only be removed.
    - "Between another": closer than two bonds of 2.5 angstrom.
    - "Duplicated Si-O-Si connections are rejected" (F): an insertion that makes one is refused and counts
      as a draw that changes nothing. Duplicates that were decoded stay; a result that has one is rejected.
    - S of a cycle starts as the best structure so far; what the last move of a cycle made is not looked at.

    The relaxation with the Universal Force Field at fixed cell that follows in the paper is replaced by
    distance least squares.
    """

    @frozen(kw_only=True)
    class Options:
        n_cycle: int = option(10000, "cycles at most", at_least=1)
        f_update: int = option(100, "moves in a cycle", at_least=1)
        theta_random: float = option(0.3, "probability of accepting any move", at_least=0.0, at_most=1.0)
        w_max: int = option(10, "cycles without improvement before giving up", at_least=0)

    options: Options

    def apply(self, candidate: Candidate) -> Candidate:
        """Replace the atoms by a regular four-connected framework, or reject the candidate."""
        decoded = candidate.structure
        if decoded is None or decoded.count("Si") == 0:
            return candidate.reject("no silicon", "no Si atom was decoded")
        bonds = bonds_within(decoded)
        before = connectivity(decoded, bonds)
        candidate = candidate.state(
            RepairFacts(perfect_before=is_perfect(decoded, bonds), connectivity_before=round(before, 6))
        )
        si, o = decoded.count("Si"), decoded.count("O")
        if not in_window(si, o):
            return candidate.reject(
                "Si:O out of range", f"{si} Si to {o} O (between {LOWEST_RATIO} and {HIGHEST_RATIO})"
            )
        if before < LOWEST_CONNECTIVITY:
            return candidate.reject(
                "connectivity too low", f"{before:.3f} of the atoms (at least {LOWEST_CONNECTIVITY})"
            )
        return self._search(candidate, decoded)

    def _search(self, candidate: Candidate, decoded: Structure) -> Candidate:
        kind = np.array([{"Si": SILICON, "O": OXYGEN}[element] for element in decoded.species])
        frac, kind, share, moves = search(
            np.random.default_rng(candidate.seed),
            decoded.lattice.copy(),
            np.concatenate([decoded.frac_coords, np.zeros((ROOM, 3))]),
            np.concatenate([kind, np.full(ROOM, EMPTY)]),
            BOND_CUTOFF,
            self.options.n_cycle,
            self.options.f_update,
            self.options.theta_random,
            self.options.w_max,
        )
        framework = Structure.from_si_o(decoded.lattice, frac[kind == SILICON], frac[kind == OXYGEN])
        candidate = evolve(candidate, structure=framework).note(
            moves=moves,
            connectivity_after=round(share, 6),
            t_change=framework.count("Si") - decoded.count("Si"),
            o_change=framework.count("O") - decoded.count("O"),
        )
        if share < 1.0:
            return candidate.reject("no four-connected net", f"connectivity {share:.3f} after {moves} moves")
        bonds = bonds_within(framework)
        if has_double_bridge(bonds):
            return candidate.reject("no four-connected net", "two oxygens bridge the same two silicons")
        regular = regularise(framework, bonds)
        fault = geometry_fault(regular, bonds)
        candidate = evolve(candidate, structure=regular.structure).note(
            t_shift=round(regular.largest_t_shift, 6), rms_si_o=round(regular.rms_si_o, 6)
        )
        return candidate.reject("geometry cannot be regularised", fault) if fault else candidate
