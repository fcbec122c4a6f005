"""The default repair: the four-connected net as an exact optimisation, then distance least squares."""

from __future__ import annotations

import networkx as nx
import numpy as np
from attrs import evolve, frozen

from zeo.crystal.structure import Structure
from zeo.plugin.candidate import Candidate
from zeo.plugin.facts import RepairFacts
from zeo.plugin.interfaces import Postprocessor
from zeo.plugin.options import option
from zeo_cleanup.assembly import framework_of
from zeo_cleanup.bonds import Bonds, bonds_within, connectivity, is_perfect
from zeo_cleanup.candidate_net import candidate_net, clashes
from zeo_cleanup.dls import geometry_fault, regularise
from zeo_cleanup.four_connected import choose_net
from zeo_cleanup.sites import Sites, oxygen_sites, silicon_sites

HIGHEST_DENSITY = 35.0
"""T atoms per nm3. The densest four-connected silica, coesite, has 29."""


class ExactRepair(Postprocessor):
    """Choose the four-connected net, place its oxygens and let distance least squares find the geometry.

    The net is the optimum of an integer programme over all bridges up to ``max_edge``
    (:mod:`zeo_cleanup.four_connected`), weighed by the distances, the decoded oxygens and the density that
    the decoded atoms leave unexplained (:mod:`zeo_cleanup.candidate_net`). The options limit how far it may
    depart from what was decoded, since an unlimited repair finds a net in pure noise. Atoms that are perfect
    already keep their bonds and are only regularised.
    """

    @frozen(kw_only=True)
    class Options:
        max_edge: float = option(
            3.9, "longest Si-Si distance across a bridge, as decoded", unit="A", above=2.4
        )
        max_changed_fraction: float = option(
            0.1,
            "share of the decoded T atoms that may be removed or added, together",
            at_least=0.0,
            at_most=1.0,
        )
        max_shift: float = option(0.7, "farthest that regularisation may move a T atom", unit="A", above=0.0)

    options: Options

    def apply(self, candidate: Candidate) -> Candidate:
        """Replace the atoms by a regular four-connected framework, or reject the candidate."""
        decoded = candidate.structure
        if decoded is None or decoded.count("Si") == 0:
            return candidate.reject("no silicon", "no Si atom was decoded")
        bonds = bonds_within(decoded)
        perfect = is_perfect(decoded, bonds)
        share = round(connectivity(decoded, bonds), 6)
        candidate = candidate.state(RepairFacts(perfect_before=perfect, connectivity_before=share))
        if foreign := sorted(set(decoded.species) - {"Si", "O"}):
            return candidate.reject("other elements", f"{', '.join(foreign)}; Si and O alone are repaired")
        if perfect:
            return self.regularised(candidate, decoded, bonds)
        return self.find_net(candidate, decoded)

    def find_net(self, candidate: Candidate, decoded: Structure) -> Candidate:
        """What becomes of atoms that are not four-connected."""
        silicon, oxygen = silicon_sites(decoded, candidate.grid), oxygen_sites(decoded, candidate.grid)
        t_atoms = int(silicon.decoded.sum())
        budget = int(self.options.max_changed_fraction * t_atoms)
        candidate = candidate.note(t_merged=decoded.count("Si") - t_atoms)
        density = 1000 * (t_atoms - budget) / decoded.volume
        if density > HIGHEST_DENSITY:
            return candidate.reject(
                "too many silicon atoms",
                f"{t_atoms} Si less {budget} are {density:.1f} per nm3 (at most {HIGHEST_DENSITY})",
            )
        graph = candidate_net(decoded.lattice, silicon, oxygen, self.options.max_edge)
        candidate = candidate.note(bridges=graph.number_of_edges())
        lonely = _lonely(graph, silicon)
        if lonely > budget:
            return candidate.reject(
                "too few neighbours",
                f"{lonely} of {t_atoms} Si have fewer than four others within {self.options.max_edge} A",
            )
        choice = choose_net(graph, clashes(decoded.lattice, silicon), budget)
        if choice is None:
            return candidate.reject(
                "no four-connected net",
                f"{t_atoms} Si, edges up to {self.options.max_edge} A, at most {budget} Si removed or added",
            )
        candidate = candidate.note(
            t_removed=choice.removed,
            t_added=choice.added,
            o_used=sum(data["oxygen"] is not None for *_, data in choice.net.edges(data=True)),
            objective=round(choice.objective, 6),
            gap=round(choice.gap, 6),
        )
        framework, bonds = framework_of(decoded.lattice, choice.net, silicon, oxygen)
        return self.regularised(candidate, framework, bonds)

    def regularised(self, candidate: Candidate, framework: Structure, bonds: Bonds) -> Candidate:
        """What becomes of a framework whose bonds are known."""
        regular = regularise(framework, bonds)
        candidate = evolve(candidate, structure=regular.structure).note(
            t_shift=round(regular.largest_t_shift, 6), rms_si_o=round(regular.rms_si_o, 6)
        )
        if regular.largest_t_shift > self.options.max_shift:
            return candidate.reject(
                "correction budget exceeded",
                f"a Si moves {regular.largest_t_shift:.2f} A (at most {self.options.max_shift:g})",
            )
        fault = geometry_fault(regular, bonds)
        return candidate.reject("geometry cannot be regularised", fault) if fault else candidate


def _lonely(graph: nx.MultiGraph[int], silicon: Sites) -> int:
    """Decoded T atoms with fewer than four others to build a bridge to."""
    degree = np.zeros(len(silicon), dtype=np.int64)
    for a, b, _ in {(a, b, data["shift"]) for a, b, data in graph.edges(data=True)}:
        degree[a] += 1
        degree[b] += 1
    return int((silicon.decoded & (degree < 4)).sum())
