"""The closed loop: rounds of propose, screen, relax, measure and confirm, until enough new frameworks hit.

A design is a fold over rounds. A round follows from the state, and the state from the rounds before it: what
a round found is written, and only what was written changes the state. A design that is killed at any instant
goes on with the round that it was in, and ends with the same bytes however many processes it has.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from attrs import define, evolve

from zeo.data.known.frameworks import FrameworkSet
from zeo.data.making.ancestry import entry_at, with_ancestry
from zeo.data.making.rounds import outcomes
from zeo.data.sets.entry import Entry
from zeo.data.sets.splits import assign
from zeo.data.sets.table import table_of
from zeo.data.sets.writer import DataSetWriter
from zeo.designing import learning, rounds
from zeo.designing.arms import CONFIRMED, EACH, RELAXED, SCREENED
from zeo.designing.goal import numbers
from zeo.designing.lineages import Lineages, most_of_lineage
from zeo.designing.rounds import Asked, Considered, Learned, Round
from zeo.designing.state import LEAST, State
from zeo.designing.work import Proposal, Proposing, Survey, Task, Trial, entry_of
from zeo.tools.parallel import Workers
from zeo.tools.progress import doing
from zeo.wishes.expressions import values_of

TASKS = 4
"""Arms asked in a round, whatever the number of processes."""

TRIED = 2.0
"""Nominal seconds that go into relaxation, for each that went into proposing, where there are objectives."""

SURVEYED = 24
"""Known frameworks measured at a time, where their columns do not say what the goal asks."""

SURVEYS = 2
"""Of them: the first at random among the nearest by the other aims, the second where the guess is best."""

AMONG = 20
"""So many times more are among the nearest."""

OnHit = Callable[[str], None]


class Design:
    """A design that grows by rounds.

    Args:
        state: before the first round.
        writer: of its data set; the finished parts are the rounds done.
        workers: that propose and try.
    """

    def __init__(self, state: State, writer: DataSetWriter, workers: Workers[Any, Any]) -> None:
        self.state, self._writer, self._workers = state, writer, workers
        arms = {arm.name for arm in state.arms}
        for done, rows in rounds.finished(writer.directory, writer.finished, arms):
            state.absorb(done, rows)

    def round(self, wanted: int | None, on_hit: OnHit = lambda _: None) -> None:
        """Do the next round, and write it.

        Args:
            wanted: hits wanted in all; None for as many as can be.
            on_hit: called for each with a few words on how far the design has come.

        Raises:
            PluginError: a plugin failed on everything that it was given.
        """
        number = len(self.state.rounds)
        if self.state.known.missing and number < SURVEYS:
            done, rows = self._survey(number), self._no_rows()
        else:
            done, rows = self._search(number, wanted, on_hit)
        rounds.write(self._writer.directory, number, done)
        counts = Counter(self._writer.description.counts)
        counts.update(_counts_of(done))
        self._writer.append_rows(rows, dict(counts))
        self.state.absorb(Round.read(rounds.file_of(self._writer.directory, number)), rows)

    def _no_rows(self) -> pa.Table:
        return table_of([], self.state.resolved.columns)

    def _survey(self, number: int) -> Round:
        """Measure some known frameworks: at first those near by what is known, then those that seem
        nearest."""
        stream = np.random.default_rng([self.state.resolved.recipe.seed, number])
        misses = np.array(self.state.known.misses(self.state.aims, self.state.hopes))
        misses[list(self.state.known.measured)] = np.inf
        order = np.argsort(misses, kind="stable")[: SURVEYED if number else AMONG * SURVEYED]
        order = order[np.isfinite(misses[order])]
        chosen = stream.choice(order, min(SURVEYED, len(order)), replace=False)
        entries = [self.state.known.entry(int(position)) for position in chosen]
        items = [Survey(entry.name, entry.structure) for entry in entries]
        missing = self.state.known.missing
        return Round(
            surveyed={
                str(chosen[index]): {name: found.get(name) for name in missing}
                for index, found in self._done(items, "measuring")
            }
        )

    def _search(self, number: int, wanted: int | None, on_hit: OnHit) -> tuple[Round, pa.Table]:
        stream = np.random.default_rng([self.state.resolved.recipe.seed, number])
        sets = [*self.state.known.sets, self._writer.finished]
        arms: list[Asked] = []
        tasks: list[Proposing] = []
        parents: dict[str, Entry] = {}
        learned = self._learned(number)
        weights = self.state.weights | {each.generator: each.folder for each in learned if each.kept}
        for _ in range(TASKS):
            arm = self.state.bandit.choose(stream, self.state.ready())
            positions = self.state.parents_for(arm, stream)
            entries = {entry.name: entry for entry in (entry_at(sets, each) for each in positions)}
            structures = {name: entry.structure for name, entry in entries.items()}
            seed = int(stream.integers(2**32))
            given = FrameworkSet(tuple(entries), structures.__getitem__)
            tasks.append(Proposing(arm, seed, given, self._place(weights.get(arm.generator))))
            parents |= entries
            arms.append(Asked(arm=arm.name, parents=tuple(positions)))
        proposals: dict[str, tuple[int, Proposal]] = {}
        for index, proposed in self._done(tasks, "proposing"):
            arms[index] = evolve(arms[index], proposed=proposed.asked, lost=dict(proposed.lost))
            for proposal in proposed.proposals:
                if proposal.key not in self.state.seen and proposal.identity.name is None:
                    proposals.setdefault(proposal.key, (index, proposal))
        cases = self._screened(list(proposals.values()), number, parents)
        seconds = sum(self._proposing(arm) for arm in arms) + SCREENED * len(cases)
        rows = self._tried(cases, number, wanted, seconds, on_hit)
        asked = [self._account(index, arm, cases) for index, arm in enumerate(arms)]
        considered = tuple(case.told for case in cases)
        return Round(asked=tuple(asked), considered=considered, learned=tuple(learned)), rows

    def _place(self, folder: str | None) -> str | None:
        """Of weights that lie in the design."""
        return None if folder is None else str((self._writer.directory / folder).resolve())

    def _learned(self, number: int) -> list[Learned]:
        """What the generators that learn made of the hits so far; nothing where it is not yet time."""
        state, recipe = self.state, self.state.resolved.recipe
        new_hits = state.found - state.learned_from
        if not recipe.finetune or number % learning.EVERY or new_hits < learning.FEWEST:
            return []
        return [self._trained(name, number) for name in learning.learners(state.resolved)]

    def _trained(self, name: str, number: int) -> Learned:
        state, recipe = self.state, self.state.resolved.recipe
        folder = f"{learning.WEIGHTS}/{name}-{number:05d}"
        now, then = self._place(state.weights.get(name)), self._place(folder)
        frameworks = learning.examples(
            self._writer.finished,
            [str(hit.name) for hit in state.hits],
            state.known,
            state.known.misses(state.aims, state.hopes),
            [recipe.seed, number],
        )
        doing(f"{name} learns from {state.found} hits")
        learning.trained(name, state.resolved, frameworks, Path(now) if now else None, Path(str(then)))
        before, after = self._worth(name, now), self._worth(name, then)
        return Learned(
            generator=name,
            folder=folder,
            hits=state.found,
            before=before.new_nets,
            after=after.new_nets,
            kept=not after.has_collapsed_since(before),
            seconds=learning.SECONDS * recipe.finetune,
            error_before=before.error,
            error_after=after.error,
        )

    def _worth(self, name: str, weights: str | None) -> learning.Worth:
        """Of weights of a generator; the shipped ones when None."""
        drawn = (each for _, each in self._done(learning.drawings(name, weights), "drawing"))
        new_nets = learning.new_nets(drawn, self.state.known.keys)
        held_out = learning.held_out_types(self.state.known)
        place = None if weights is None else Path(weights)
        error = learning.error_on(name, self.state.resolved, held_out, place) if held_out else None
        return learning.Worth(new_nets, error)

    def _screened(
        self, proposals: Sequence[tuple[int, Proposal]], number: int, parents: dict[str, Entry]
    ) -> list[_Case]:
        """The new frameworks with their chances: first by net and energy, then by what the probes
        estimate."""
        aims, direction = self.state.aims, self.state.direction()
        cases: list[_Case] = []
        for index, proposal in proposals:
            entry = with_ancestry(entry_of(proposal, f"d{number:04d}-{len(cases):04d}"), parents)
            lineage = entry.lineage if entry.parent is not None else proposal.key
            before = self.state.numbers(proposal.values)
            chance = self.state.foresight.chance(aims, before) * self.state.goal.may_meet(proposal.values)
            told = Considered(
                key=proposal.key, arm=proposal.arm, lineage=str(lineage), before=before, chance=chance
            )
            cases.append(_Case(index, proposal, evolve(entry, split=assign(entry)), told))
        likely = [case.proposal for case in cases if case.told.chance >= LEAST]
        foreseen = {likely[which].key: values for which, values in self._done(likely, "measuring")}
        for case in cases:
            before, chance, gain = dict(case.told.before), 0.0, 0.0
            if case.told.key in foreseen:
                before = self.state.numbers({**case.proposal.values, **values_of(foreseen[case.told.key])})
                chance = self.state.foresight.chance(aims, before)
                gain = self.state.gain(direction, before)
            case.told = evolve(case.told, before=numbers(before), chance=chance, gain=gain)
        return cases

    def _tried(
        self, cases: Sequence[_Case], number: int, wanted: int | None, seconds: float, on_hit: OnHit
    ) -> pa.Table:
        """Relax what promises most, and measure and confirm what meets the goal.

        Args:
            cases: those of the round.
            number: of the round.
            wanted: hits in all.
            seconds: nominal, that went into proposing the cases.
            on_hit: told of hits.
        """
        if self.state.hopes:
            chosen = self._gainful(cases, TRIED * seconds)
        else:
            chosen = self._promising(cases, math.inf if wanted is None else wanted - self.state.found)
        chosen.sort(key=lambda case: case.entry.name)
        direction = self.state.direction()
        trials = [Trial(case.proposal, case.entry, direction) for case in chosen]
        tables = [self._no_rows()]
        for which, tried in self._done(trials, "relaxing"):
            case = chosen[which]
            after = numbers(self.state.numbers(values_of(tried.values))) if tried.values else {}
            miss = self.state.parent_miss(tried.values, after)
            case.told = evolve(
                case.told, name=case.entry.name, after=after, miss=miss, hit=tried.hit, met=tried.met
            )
            tables.append(tried.row)
            if tried.hit:
                on_hit(f"round {number + 1}, {case.told.arm}")
        return pa.concat_tables(tables).combine_chunks()

    def _promising(self, cases: Sequence[_Case], wanted: float) -> list[_Case]:
        """What is worth its time, by the chance to hit, until so many hits are to be expected as are
        wanted."""
        left = max(wanted, 0)
        left += 1.0 + 2.0 * math.sqrt(min(left, 1e6))
        chosen: list[_Case] = []
        lineages = self._lineages()
        firmness = self.state.pool.firmness
        chances = [(case.told.chance * firmness(case.told.lineage), case) for case in cases]
        for chance, case in sorted(chances, key=lambda pair: -pair[0] / pair[1].proposal.t_atoms):
            told = case.told
            if left > 0 and chance >= self.state.worth(case.proposal) and lineages.have_room(told.lineage):
                chosen.append(case)
                left -= chance * self.state.come_true
                lineages.count(told)
        return chosen

    def _gainful(self, cases: Sequence[_Case], seconds: float) -> list[_Case]:
        """What is expected to add most to the objectives for its time, as much as fits into so many nominal
        seconds."""
        chosen: list[_Case] = []
        lineages = self._lineages()
        for case in sorted(
            cases, key=lambda case: -case.told.chance * case.told.gain / case.proposal.t_atoms
        ):
            told = case.told
            if seconds > 0 and told.chance >= LEAST and told.gain > 0 and lineages.have_room(told.lineage):
                chosen.append(case)
                seconds -= RELAXED * case.proposal.t_atoms
                lineages.count(told)
        return chosen

    def _lineages(self) -> Lineages:
        most = most_of_lineage(self.state.resolved.recipe.best, len(self.state.rounds))
        return Lineages(self.state.pool, most)

    def _account(self, index: int, arm: Asked, cases: Sequence[_Case]) -> Asked:
        """What an arm cost and gave."""
        own = [case for case in cases if case.index == index]
        relaxed = [case for case in own if case.told.name is not None]
        seconds = self._proposing(arm) + SCREENED * len(own)
        seconds += sum(RELAXED * case.proposal.t_atoms for case in relaxed)
        seconds += sum(CONFIRMED * case.proposal.t_atoms for case in relaxed if case.told.met)
        return evolve(
            arm,
            new=len(own),
            relaxed=len(relaxed),
            hits=sum(case.told.hit for case in own),
            seconds=round(seconds, 6),
        )

    def _proposing(self, arm: Asked) -> float:
        """Nominal seconds that an arm took."""
        return arm.proposed * next(EACH[each.way] for each in self.state.arms if each.name == arm.arm)

    def _done(self, items: Sequence[Task], doing: str) -> Iterator[tuple[int, Any]]:
        """What came of some work, by its positions; see :func:`zeo.data.making.rounds.outcomes`."""
        return outcomes(self._workers, items, doing, lambda item: item.name)


@define
class _Case:
    """A new framework on its way through a round.

    Args:
        index: of the arm that proposed it.
        proposal: as it came.
        entry: what the data set will say of it.
        told: what the round will say of it.
    """

    index: int
    proposal: Proposal
    entry: Entry
    told: Considered


def _counts_of(done: Round) -> Counter[str]:
    """What a round adds to the counts of the data set."""
    return Counter(
        {
            "proposed": sum(asked.proposed for asked in done.asked),
            "new": sum(asked.new for asked in done.asked),
            "relaxed": sum(asked.relaxed for asked in done.asked),
            "met before the shake": sum(each.met for each in done.considered),
            "hits": sum(each.hit for each in done.considered),
        }
    )
