"""What the processes of a design do: propose frameworks, measure them before relaxation, and try them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from attrs import evolve

from zeo.crystal.orthogonal import smallest_cell
from zeo.crystal.structure import Structure
from zeo.data.making.measuring import IDENTIFIER, Measuring
from zeo.data.sets.entry import Entry
from zeo.data.sets.table import table_of
from zeo.designing.arms import DRAWN, Arm
from zeo.designing.goal import ENERGY, numbers
from zeo.designing.recipe import ENERGY_ESTIMATE, SURROGATE, Recipe, Resolved
from zeo.designing.shaking import Shaking
from zeo.designing.sources import Source
from zeo.designing.tasks import Proposal, Proposed, Proposing, Survey, Task, Trial, Tried
from zeo.plugin.candidate import Candidate, Energy, Identity
from zeo.plugin.feasibility import RELAXED_SCALE, SLC
from zeo.plugin.framework import IZA, NEW, crystal_system, framework_values
from zeo.plugin.quantity import Quantity
from zeo.plugin.registry import Plugins
from zeo.running.stages import postprocessing, probing
from zeo.tools.foreign import foreign_code
from zeo.tools.threads import one_thread
from zeo.wishes.expressions import values_of

UNSTABLE = "lost when shaken"
"""What is said of a hit that does not survive a shake."""


Probe = Callable[[Structure], Mapping[str, Quantity]]


def prepare(recipe: Recipe) -> Callable[[Task], Any]:
    """A worker; see :class:`zeo.tools.parallel.Workers`."""
    return Worker(Resolved(recipe))


class Worker:
    """What a process does.

    Args:
        resolved: what the design is to find.
    """

    def __init__(self, resolved: Resolved) -> None:
        self._resolved, self._plugins = resolved, resolved.plugins
        self._identify = postprocessing("identify", IDENTIFIER, self._plugins).apply
        self._measuring = Measuring(self._plugins, relax=True, probes=())
        self._shaking = Shaking(self._plugins)
        self._estimates = {name: probing(name, self._plugins, only_chooses=True) for name in resolved.probes}
        self._exact = {name: probing(name, self._plugins) for name in resolved.probes}
        self._told = probing(SURROGATE, self._plugins) if resolved.told else None
        self._energy = _energy_estimate(self._plugins)
        self._sources: dict[tuple[str, str | None], Source] = {}

    def __call__(self, task: Task) -> Any:
        if isinstance(task, Proposing):
            return self.proposed(task)
        if isinstance(task, Proposal):
            return self.foreseen(task)
        if isinstance(task, Trial):
            return self.tried(task)
        return self.surveyed(task)

    def proposed(self, task: Proposing) -> Proposed:
        """Frameworks that an arm proposes, with what their nets and their geometry say."""
        name = task.arm.generator
        if (name, task.weights) not in self._sources:
            self._sources = {key: source for key, source in self._sources.items() if key[0] != name}
            self._sources[name, task.weights] = Source.of(name, task.weights, self._resolved)
        source = self._sources[name, task.weights]
        with one_thread(), foreign_code(f"asking {name}"):
            given = list(source.draw(task.seed) if task.arm.way == DRAWN else source.explore(task))
        found: dict[str, Proposal] = {}
        lost: Counter[str] = Counter()
        for candidate in given:
            if candidate.rejection is None and candidate.identity is None:
                candidate = self._identify(candidate)
            if candidate.identity is None:
                lost[candidate.rejection.reason if candidate.rejection else "not identified"] += 1
            elif candidate.identity.key not in found:
                found[candidate.identity.key] = self._proposal(candidate, task.arm)
        return Proposed(tuple(found.values()), len(given), dict(lost))

    def _proposal(self, candidate: Candidate, arm: Arm) -> Proposal:
        structure, identity = candidate.structure, candidate.identity
        assert structure is not None
        assert identity is not None
        smaller = evolve(structure, lattice=RELAXED_SCALE * structure.lattice)
        known = {
            name: value
            for name, value in framework_values(smaller, identity, None, None).items()
            if value is not None
        }
        if self._energy is not None:
            known[ENERGY] = self._energy(structure)
        return Proposal(structure, identity, arm.name, known | _novelty(identity), candidate.source)

    def foreseen(self, proposal: Proposal) -> Mapping[str, float | None]:
        """What surrogates tell of a proposal or else probes estimate, as if relaxation changed its size
        alone."""
        structure = evolve(proposal.structure, lattice=RELAXED_SCALE * proposal.structure.lattice)
        told = self._told_of(structure)
        asked = set(self._resolved.goal.names) - told.keys()
        needed = {column.probe for column in self._resolved.measured if column.name in asked}
        probes = {name: probe for name, probe in self._estimates.items() if name in needed}
        return {**self._measured(structure, probes), **told}

    def _told_of(self, structure: Structure) -> dict[str, float]:
        """What surrogates tell by the names of what it stands for, as far as it is in their domains."""
        if self._told is None:
            return {}
        with foreign_code():
            values = {SURROGATE: self._told(structure)}
        found = {name: column.value(values) for name, column in self._resolved.told.items()}
        return {name: value for name, value in found.items() if value is not None}

    def surveyed(self, survey: Survey) -> Mapping[str, float | None]:
        """The same of a relaxed framework, and what its net says."""
        identity = self._identify(Candidate.of(survey.structure)).identity
        facts = framework_values(survey.structure, identity, None, None)
        return {**_of_numbers(facts), **self._measured(survey.structure, self._estimates)}

    def tried(self, trial: Trial) -> Tried:
        """Relax, measure by estimates, and where these hit confirm and measure exactly."""
        entry = self._measuring.relaxed(evolve(trial.entry, structure=smallest_cell(trial.entry.structure)))
        if entry.energy is None:
            return self._done(entry, {}, hit=False, met=False)
        entry, values, hits = self._judged(trial, entry, self._estimates)
        if not hits:
            return self._done(entry, values, hit=False, met=False)
        shaken = self._shaking.shaken(entry)
        if shaken is None:
            return self._done(evolve(entry, verdict=UNSTABLE), values, hit=False, met=True)
        if shaken is not entry:
            entry, values, hits = self._judged(trial, shaken, self._estimates)
        if hits:
            entry, values, hits = self._judged(trial, entry, self._exact)
        return self._done(entry, values, hit=hits, met=True)

    def _judged(
        self, trial: Trial, entry: Entry, probes: Mapping[str, Probe]
    ) -> tuple[Entry, dict[str, Any], bool]:
        """A relaxed framework with its space group, all that is measured of it, and whether it hits."""
        entry, group = _with_group(entry)
        measured = self._measured(entry.structure, probes)
        values = self._values(entry, trial.proposal.identity, group, measured)
        return entry, values, entry.feasible and self._hits(trial, values)

    def _hits(self, trial: Trial, values: Mapping[str, Any]) -> bool:
        goal = self._resolved.goal
        return trial.direction.is_better(goal.merits(values)) and goal.met_by(values)

    def _measured(self, structure: Structure, probes: Mapping[str, Probe]) -> dict[str, float | None]:
        with foreign_code():
            properties = {name: probe(structure) for name, probe in probes.items()}
        return {column.name: column.value(properties) for column in self._resolved.measured}

    def _values(
        self, entry: Entry, identity: Identity, group: Mapping[str, Any], measured: Mapping[str, float | None]
    ) -> dict[str, Any]:
        """All quantities of a relaxed framework by name; NaN where undefined."""
        assert entry.energy is not None
        facts = framework_values(entry.structure, identity, Energy(value=entry.energy, potential=SLC), None)
        facts |= {**_novelty(identity), **group}
        facts |= {"t_atoms": entry.t_atoms, "lid_violations": entry.lid_violations, **measured}
        return values_of(facts)

    def _done(self, entry: Entry, values: Mapping[str, Any], hit: bool, met: bool) -> Tried:
        measured = {column.name: _known(values.get(column.name)) for column in self._resolved.columns}
        row = table_of([evolve(entry, properties=measured)], self._resolved.columns)
        return Tried(row, numbers(_of_numbers(values)), hit, met)


def _known(value: Any) -> float | None:
    return None if value is None or value != value else float(value)


def _of_numbers(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without texts."""
    return {name: value for name, value in values.items() if not isinstance(value, str)}


def _novelty(identity: Identity) -> dict[str, str]:
    """What is said of a net that is in no data set that was given."""
    return {"novelty": NEW if identity.name is None else IZA}


def _with_group(entry: Entry) -> tuple[Entry, dict[str, Any]]:
    """The entry with its space group, and what that says."""
    from zeo.crystal.symmetry import crystal_of

    crystal = crystal_of(entry.structure)
    if crystal is None:
        return entry, {}
    facts = {"space_group": crystal.number, "crystal_system": crystal_system(crystal.number)}
    return evolve(entry, space_group=crystal.number), facts


def _energy_estimate(plugins: Plugins) -> Callable[[Structure], float] | None:
    """What tells the energy before relaxation; None where nothing does."""
    probe, quantity = ENERGY_ESTIMATE
    if probe not in {plugins.shown_name(entry) for entry in plugins.entries("probe")}:
        return None
    measure = probing(probe, plugins)

    def estimate(structure: Structure) -> float:
        value = measure(structure)[quantity].value
        return math.nan if value is None else value

    return estimate
