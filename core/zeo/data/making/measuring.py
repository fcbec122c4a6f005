"""What a data set knows of a framework: its net, its energy, its properties and the verdict on it.

The work is done by the stages of the pipeline - identify, relax, probe - and ends in an entry.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attrs import evolve

from zeo.crystal.structure import Structure
from zeo.crystal.symmetry import crystal_of
from zeo.data.known.nets import symbols_by_key
from zeo.data.sets.entry import FEASIBLE, Entry
from zeo.plugin.candidate import Candidate, Rejection
from zeo.plugin.facts import RelaxFacts
from zeo.plugin.feasibility import FEASIBLE_BELOW, is_feasible
from zeo.plugin.framework import rings_of
from zeo.plugin.registry import Plugins
from zeo.plugin.use import Used
from zeo.running.stages import measuring, postprocessing
from zeo.tools.foreign import foreign_code
from zeo.wishes.conditions import split_name
from zeo.wishes.full_name import FullName

IDENTIFIER, RELAXER = "identify", "relax"

HIGHEST_ENERGY = FEASIBLE_BELOW
"""kJ/mol Si above alpha-quartz: the limit of Deem's database of hypothetical zeolites."""

NET_CHANGED = "net changed in relaxation"
TOO_HIGH = f"energy above {HIGHEST_ENERGY:g} kJ/mol Si"


def stages_of(relax: bool, probes: Sequence[str]) -> list[Used]:
    """The plugins that measure the frameworks of a data set."""
    relaxing = [("postprocessor", RELAXER)] if relax else []
    return [("postprocessor", IDENTIFIER), *relaxing, *(("probe", split_name(name)[0]) for name in probes)]


class Measuring:
    """The stages that turn a structure into an entry.

    Args:
        plugins: with the user's options.
        relax: whether frameworks are relaxed; cells with right angles keep them.
        probes: what is measured.

    Raises:
        ZeoError: a plugin or an option that cannot work.
    """

    def __init__(self, plugins: Plugins, relax: bool, probes: Sequence[str]) -> None:
        self._identify = postprocessing("identify", IDENTIFIER, plugins).apply
        self._relax = _relaxing(plugins) if relax else None
        self._probes = [measuring(name, plugins) for name in probes]
        self._subjects = {name: plugins.find("probe", name).spec.subject for name in probes}

    def identified(self, name: str, structure: Structure, origin: str, **facts: Any) -> Entry | Rejection:
        """An entry with what the net says, and ``facts`` in its other fields; or why there is no net."""
        with foreign_code():
            found = self._identify(Candidate.of(structure))
        if found.identity is None:
            return found.rejection or Rejection("not identified")
        identity = found.identity
        net = {
            "key": identity.key,
            "code": symbols_by_key().get(identity.key),  # other names are the user's
            "unique_t": identity.unique_t,
            **rings_of(identity),
        }
        return Entry(name=name, structure=structure, origin=origin, **{**facts, **net})

    def measured(self, entry: Entry) -> Entry:
        """The entry with energy, relaxed atoms, space group and properties, and the verdict that they mean.

        What cannot be relaxed, or becomes another net, keeps its atoms and has neither energy nor properties.
        """
        if self._relax is not None:
            entry = self.relaxed(entry)
            if entry.energy is None:
                return entry
        candidate = Candidate.of(entry.structure)
        with foreign_code():
            for probe in self._probes:
                candidate = probe(candidate)
        properties = {
            str(FullName.measured_by(probe, name, self._subjects[probe])): quantity.value
            for probe, quantities in candidate.properties.items()
            for name, quantity in quantities.items()
        }
        crystal = crystal_of(entry.structure)
        return evolve(
            entry,
            space_group=crystal.number if crystal else None,
            properties={**entry.properties, **properties},
        )

    def relaxed(self, entry: Entry) -> Entry:
        """The entry with relaxed atoms, energy and verdict; as it was, but for the verdict, where it is
        lost."""
        assert self._relax is not None
        with foreign_code():
            found = self._relax(Candidate.of(entry.structure))
        if found.rejection is not None:
            return evolve(entry, verdict=found.rejection.reason, energy=None)
        facts = RelaxFacts.read(found.notes)
        if not facts.net_unchanged:
            return evolve(entry, verdict=NET_CHANGED, energy=None)
        assert found.structure is not None
        assert found.energy is not None
        feasible = is_feasible(found.energy, facts.net_unchanged, HIGHEST_ENERGY)
        return evolve(
            entry,
            structure=found.structure,
            energy=found.energy.value,
            verdict=FEASIBLE if feasible else TOO_HIGH,
            lid_violations=len(facts.lid_violations or ()),
        )


def _relaxing(plugins: Plugins) -> Callable[[Candidate], Candidate]:
    """The relax stage, with which right angles stay right; other cells are free."""
    straight, free = (
        postprocessing("relax", RELAXER, plugins.configured({RELAXER: {"cell": cell}})).apply
        for cell in ("orthorhombic", "full")
    )

    def relax(candidate: Candidate) -> Candidate:
        assert candidate.structure is not None
        return (straight if candidate.structure.is_orthogonal else free)(candidate)

    return relax
