"""The closed loop: rounds of propose, screen, relax, measure and confirm, until enough new frameworks hit.

A design is a fold over rounds. A round follows from the state, and the state from the rounds before it: what
a round found is written, and only what was written changes the state. A design that is killed at any instant
goes on with the round that it was in, and ends with the same bytes however many processes it has.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa
from attrs import evolve

from zeo.data.known.frameworks import FrameworkSet
from zeo.data.making.ancestry import entry_at, with_ancestry
from zeo.data.making.rounds import outcomes
from zeo.data.sets.entry import Entry
from zeo.data.sets.splits import assign
from zeo.data.sets.table import table_of
from zeo.data.sets.writer import DataSetWriter
from zeo.designing import rounds, surveying
from zeo.designing.arms import CONFIRMED, RELAXED, SCREENED
from zeo.designing.goal import numbers
from zeo.designing.learning import Lessons, place_of
from zeo.designing.rounds import Asked, Considered, Round
from zeo.designing.selecting import Case, gainful, promising
from zeo.designing.state import LEAST, State
from zeo.designing.tasks import Proposal, Proposed, Proposing, Survey, Task, Trial, entry_of
from zeo.tools.parallel import Workers
from zeo.wishes.expressions import values_of

TASKS = 4
"""Arms asked in a round, whatever the number of processes."""

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
        if surveying.is_due(self.state):
            done, rows = self._survey(), self._no_rows()
        else:
            done, rows = self._search(number, wanted, on_hit)
        rounds.write(self._writer.directory, number, done)
        counts = Counter(self._writer.description.counts)
        counts.update(_counts_of(done))
        self._writer.append_rows(rows, dict(counts))
        self.state.absorb(Round.read(rounds.file_of(self._writer.directory, number)), rows)

    def _no_rows(self) -> pa.Table:
        return table_of([], self.state.resolved.columns)

    def _survey(self) -> Round:
        """Measure some known frameworks."""
        positions = surveying.positions(self.state)
        entries = [self.state.known.entry(position) for position in positions]
        items = [Survey(entry.name, entry.structure) for entry in entries]
        missing = self.state.known.missing
        return Round(
            surveyed={
                str(positions[index]): {name: found.get(name) for name in missing}
                for index, found in self._done(items, "measuring")
            }
        )

    def _search(self, number: int, wanted: int | None, on_hit: OnHit) -> tuple[Round, pa.Table]:
        stream = self.state.stream()
        sets = [*self.state.known.sets, self._writer.finished]
        arms: list[Asked] = []
        tasks: list[Proposing] = []
        parents: dict[str, Entry] = {}
        learned = Lessons(self.state, self._writer, self._drawn).learned()
        weights = self.state.weights | {each.generator: each.folder for each in learned if each.kept}
        for _ in range(TASKS):
            arm = self.state.bandit.choose(stream, self.state.ready())
            positions = self.state.parents_for(arm, stream)
            entries = {entry.name: entry for entry in (entry_at(sets, each) for each in positions)}
            structures = {name: entry.structure for name, entry in entries.items()}
            seed = int(stream.integers(2**32))
            given = FrameworkSet(tuple(entries), structures.__getitem__)
            tasks.append(
                Proposing(arm, seed, given, place_of(self._writer.directory, weights.get(arm.generator)))
            )
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

    def _screened(
        self, proposals: Sequence[tuple[int, Proposal]], number: int, parents: dict[str, Entry]
    ) -> list[Case]:
        """The new frameworks with their chances: first by net and energy, then by what the probes
        estimate."""
        aims, direction = self.state.aims, self.state.direction()
        cases: list[Case] = []
        for index, proposal in proposals:
            entry = with_ancestry(entry_of(proposal, f"d{number:04d}-{len(cases):04d}"), parents)
            lineage = entry.lineage if entry.parent is not None else proposal.key
            before = self.state.numbers(proposal.values)
            chance = self.state.foresight.chance(aims, before) * self.state.goal.may_meet(proposal.values)
            told = Considered(
                key=proposal.key, arm=proposal.arm, lineage=str(lineage), before=before, chance=chance
            )
            cases.append(Case(index, proposal, evolve(entry, split=assign(entry)), told))
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
        self, cases: Sequence[Case], number: int, wanted: int | None, seconds: float, on_hit: OnHit
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
            chosen = gainful(self.state, cases, seconds)
        else:
            chosen = promising(self.state, cases, math.inf if wanted is None else wanted - self.state.found)
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

    def _account(self, index: int, arm: Asked, cases: Sequence[Case]) -> Asked:
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
        return arm.proposed * next(each.seconds for each in self.state.arms if each.name == arm.arm)

    def _drawn(self, tasks: Sequence[Proposing]) -> Iterator[Proposed]:
        return (proposed for _, proposed in self._done(tasks, "drawing"))

    def _done(self, items: Sequence[Task], doing: str) -> Iterator[tuple[int, Any]]:
        """What came of some work, by its positions; see :func:`zeo.data.making.rounds.outcomes`."""
        return outcomes(self._workers, items, doing, lambda item: item.name)


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
