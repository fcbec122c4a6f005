"""What the processes of a design do: propose frameworks, measure them before relaxation, and try them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from attrs import evolve, field, frozen

from zeo.crystal.cells import repeated
from zeo.crystal.orthogonal import primitive_cell, smallest_cell
from zeo.crystal.structure import Structure
from zeo.data.known.frameworks import FrameworkSet
from zeo.data.making.measuring import IDENTIFIER, RELAXER, TOO_HIGH, Measuring
from zeo.data.sets.entry import FEASIBLE, Entry, how_made
from zeo.data.sets.table import table_of
from zeo.designing.arms import DRAWN, Arm
from zeo.designing.goal import ENERGY, numbers
from zeo.designing.improvement import Direction
from zeo.designing.recipe import ENERGY_ESTIMATE, SURROGATE, Recipe, Resolved
from zeo.plugin.candidate import Candidate, Energy, Identity
from zeo.plugin.feasibility import FEASIBLE_BELOW, SLC
from zeo.plugin.framework import IZA, NEW, crystal_system, framework_values
from zeo.plugin.interfaces import Generator
from zeo.plugin.quantity import Quantity
from zeo.plugin.registry import Plugins
from zeo.running.drawing import draw, from_sample, prepare_condition
from zeo.running.passing import process
from zeo.running.plan import Plan
from zeo.running.stages import Stage, build_stages, postprocessing, probing
from zeo.tools.foreign import foreign_code
from zeo.tools.threads import one_thread
from zeo.wishes.expressions import values_of

FINDS = 24
"""Frameworks taken from one exploration."""

SAMPLES = 6
"""Drawn in one task."""

RELAXED_SCALE = 0.99
"""Edges after relaxation over those of distance least squares."""

RATTLE = 0.05
"""Angstrom, of the shake that a minimum survives and a saddle point does not."""

SADDLE = 0.02
"""kJ/mol Si. Atoms that fall by more when they are shaken were at no minimum."""

ORIGIN = "design"

UNSTABLE = "lost when shaken"
"""What is said of a hit that does not survive a shake."""


@frozen
class Proposing:
    """Ask an arm.

    Args:
        arm: the source.
        seed: of what it does.
        parents: frameworks to change.
        weights: folder of those that draw; the generator's own when None.
    """

    arm: Arm
    seed: int
    parents: FrameworkSet
    weights: str | None = None

    @property
    def name(self) -> str:
        return f"{self.arm.name}, seed {self.seed}"


@frozen(eq=False)
class Proposal:
    """A framework before relaxation.

    Args:
        structure: all atoms.
        identity: of its net.
        arm: where it comes from, by name.
        values: what is known of it by name; NaN where undefined.
        source: how it came about, as the generator says.
    """

    structure: Structure = field(repr=False)
    identity: Identity = field(repr=False)
    arm: str
    values: Mapping[str, Any]
    source: Mapping[str, Any] = field(factory=dict)

    @property
    def name(self) -> str:
        return f"{self.arm}, net {self.key}"

    @property
    def key(self) -> str:
        return self.identity.key

    @property
    def t_atoms(self) -> int:
        return self.structure.count("Si")


@frozen(eq=False)
class Proposed:
    """What came of asking an arm: frameworks, each net once, how many were asked for, and losses by
    reason."""

    proposals: tuple[Proposal, ...]
    asked: int
    lost: Mapping[str, int]


@frozen(eq=False)
class Trial:
    """Relax a proposal, measure it, and confirm it if it hits.

    Args:
        proposal: which.
        entry: what the data set will say of it.
        direction: in which the objectives have to get beyond what was found.
    """

    proposal: Proposal
    entry: Entry
    direction: Direction

    @property
    def name(self) -> str:
        return self.entry.name


@frozen(eq=False)
class Tried:
    """What came of it.

    Args:
        row: of the data set, a table with one row.
        values: after relaxation by name, numbers alone; None where undefined.
        hit: whether it meets every wish, and did so after the shake.
        met: whether it did before.
    """

    row: pa.Table
    values: Mapping[str, float | None]
    hit: bool
    met: bool


@frozen(eq=False)
class Survey:
    """Measure a known framework, of which the data set does not say all."""

    name: str
    structure: Structure


Probe = Callable[[Structure], Mapping[str, Quantity]]

Task = Proposing | Proposal | Trial | Survey


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
        self._shake = _shaking(self._plugins)
        self._estimates = {name: probing(name, self._plugins, only_chooses=True) for name in resolved.probes}
        self._exact = {name: probing(name, self._plugins) for name in resolved.probes}
        self._told = probing(SURROGATE, self._plugins) if resolved.told else None
        self._energy = _energy_estimate(self._plugins)
        self._sources: dict[tuple[str, str | None], _Source] = {}

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
            self._sources[name, task.weights] = _Source.of(name, task.weights, self._resolved)
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
        shaken = self._shaken(entry)
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

    def _shaken(self, entry: Entry) -> Entry | None:
        """The entry, at the minimum that it falls into when its primitive cell is shaken; None where it is
        lost."""
        small = primitive_cell(entry.structure)
        with foreign_code():
            found = self._shake(Candidate.of(small))
        facts = found.notes.get("net_unchanged", True)
        if found.rejection is not None or not facts or found.structure is None or found.energy is None:
            return None
        assert entry.energy is not None
        if found.energy.value > entry.energy - SADDLE:
            return entry
        verdict = FEASIBLE if found.energy.value <= FEASIBLE_BELOW else TOO_HIGH
        edges = np.rint(entry.structure.lattice @ np.linalg.inv(small.lattice)).astype(np.int64)
        structure = repeated(found.structure, edges)
        return evolve(entry, structure=structure, energy=found.energy.value, verdict=verdict)

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


@frozen(eq=False)
class _Source:
    """A generator, and what its samples go through until they have a net.

    Args:
        generator: loaded.
        plan: of a run with it.
        stages: decode, repair and identify.
        condition: what it is steered by.
    """

    generator: Generator
    plan: Plan
    stages: list[Stage]
    condition: Any

    @classmethod
    def of(cls, name: str, weights: str | None, resolved: Resolved) -> _Source:
        plugins = resolved.plugins
        plan = resolved.plan_of(name)
        early = tuple(step for step in plan.steps if step.stage in ("decode", "repair", "identify"))
        generator = plugins.create("generator", name)
        with foreign_code(f"loading {name}"):
            generator.load(Path(weights) if weights else None, plan.device)
        explores = plugins.find("generator", name).spec.explores
        condition = None if explores else prepare_condition(plan, plugins, generator)
        return cls(generator, plan, build_stages(evolve(plan, steps=early), plugins), condition)

    def draw(self, seed: int) -> Iterator[Candidate]:
        """Samples, as far as they came."""

        def samples_at(indices: Any) -> Any:
            return self.generator.sample([seed + index for index in indices], self.condition)

        drawn = draw(samples_at, self.plan.generator, lambda index: seed + index, range(SAMPLES))
        return (process(candidate, self.stages) for candidate in drawn)

    def explore(self, task: Proposing) -> Iterator[Candidate]:
        """What one effort finds."""
        found = islice(self.generator.explore(task.seed, task.parents), FINDS)
        return (
            from_sample(sample, index, self.plan.generator, task.seed) for index, sample in enumerate(found)
        )


def entry_of(proposal: Proposal, name: str) -> Entry:
    """What a data set says of a proposal before anything is measured."""
    parent, identity, made = proposal.source.get("parent"), proposal.identity, how_made(proposal.source)
    return Entry(
        name=name,
        structure=proposal.structure,
        key=identity.key,
        origin=ORIGIN,
        code=identity.name,
        parent=parent if isinstance(parent, str) else None,
        unique_t=identity.unique_t,
        smallest_ring=proposal.values.get("smallest_ring"),
        largest_ring=proposal.values.get("largest_ring"),
        three_ring_share=proposal.values.get("three_ring_share"),
        **{**made, "operation": made["operation"] or proposal.arm},
    )


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


def _shaking(plugins: Plugins) -> Callable[[Candidate], Candidate]:
    """Relaxation of all atoms and of the cell, without symmetry, after a shake of what is relaxed already."""
    options = {RELAXER: {"rattle": RATTLE, "keep_symmetry": False, "cell": "full", "regularise": False}}
    return postprocessing("relax", RELAXER, plugins.configured(options)).apply


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
