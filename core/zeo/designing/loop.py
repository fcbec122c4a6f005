"""The closed loop: rounds of propose, screen, relax, measure and confirm, until enough new frameworks hit.

A design is a fold over rounds. A round follows from the state, and the state from the rounds before it: what
a round found is written, and only what was written changes the state. A design that is killed at any instant
goes on with the round that it was in, and ends with the same bytes however many processes it has.
"""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from attrs import evolve

from zeo.data.known.frameworks import FrameworkSet
from zeo.data.making.ancestry import entry_at, with_ancestry
from zeo.data.sets.entry import FEASIBLE, Entry
from zeo.data.sets.splits import assign
from zeo.data.sets.table import table_of
from zeo.data.sets.writer import DataSetWriter
from zeo.designing import rounds
from zeo.designing.arms import (
    CONFIRMED,
    EACH,
    FOUND,
    KNOWN,
    LEAST_FOUND,
    RELAXED,
    SCREENED,
    Arm,
    Bandit,
    arms_of,
)
from zeo.designing.foresight import Foresight
from zeo.designing.goal import Aim, spread
from zeo.designing.known import MADE_BELOW, STRAIN, Known
from zeo.designing.pool import Pool
from zeo.designing.recipe import Resolved
from zeo.designing.rounds import Asked, Considered, Round
from zeo.designing.work import Proposal, Proposing, Survey, Trial, Tried, entry_of
from zeo.errors import ConfigError, PluginError
from zeo.tools.foreign import describe
from zeo.tools.parallel import Workers

logger = logging.getLogger("zeo")

TASKS = 4
"""Arms asked in a round, whatever the number of processes."""

PARENTS = 6
"""Frameworks that one of them changes."""

PER_LINEAGE, SHARE_OF_LINEAGE = 4, 0.2
"""Hits with one ancestor, and the share of all that are wanted; its children are then left alone."""

LEAST, MOST = 0.1, 0.9
"""Chance of a hit below which nothing is relaxed, and above which everything is."""

HEAD_START = 3.0
"""Seconds that a hit is taken to cost while there is none."""

SURVEYED = 24
"""Known frameworks measured at a time, where their columns do not say what the goal asks."""

SURVEYS = 2
"""Of them: the first at random among the nearest by the other aims, the second where the guess is best."""

AMONG = 20
"""So many times more are among the nearest."""

FRUITLESS_ROUNDS = 40
"""Without a single new net, after which nothing more is to be expected."""

BEST = 0.999
"""Share of the known frameworks that are no better in an objective than what is hoped for."""

OnHit = Callable[[str], None]


class Design:
    """A design that grows by rounds.

    Args:
        resolved: what is to be found.
        writer: of its data set; the finished parts are the rounds done.
        known: frameworks to look up, change and not to find again.
        workers: that propose and try.
    """

    def __init__(
        self, resolved: Resolved, writer: DataSetWriter, known: Known, workers: Workers[Any, Any]
    ) -> None:
        self.resolved, self.goal, self.known = resolved, resolved.goal, known
        self._writer, self._workers = writer, workers
        self.arms = arms_of(resolved.recipe.generators, resolved.plugins)
        self.bandit = Bandit(self.arms)
        self.foresight = Foresight(())
        self.pool = Pool(resolved.largest)
        self.rounds: list[Round] = []
        self.hits: list[Considered] = []
        self.seen = set(known.keys)
        self._merits: list[list[float]] = []
        self._seconds = 0.0
        self._expected = 0.0
        self._fruitless = 0
        self._positions = len(known)
        self._value_known()
        for number in range(writer.parts):
            file, rows = rounds.file_of(writer.directory, number), writer.finished.part(number)
            done = Round.read(file)
            done.require_fit(rows["name"].to_pylist(), {arm.name for arm in self.arms}, file)
            self._absorb(done, rows)

    # -- the state -------------------------------------------------------------------------------------------

    @property
    def found(self) -> int:
        """Different new frameworks that meet the goal."""
        return len(self.hits)

    @property
    def is_exhausted(self) -> bool:
        """Whether nothing more is to be expected."""
        return self._fruitless >= FRUITLESS_ROUNDS

    def _value_known(self) -> None:
        """Take the known frameworks into the pool, or tell how far they are by what has been measured
        since."""
        numbers = self.known.numbers(self.goal.watched)
        scales = {name: spread(values[self.known.feasible]) for name, values in numbers.items()}
        aims = tuple(evolve(aim, scale=scales[aim.name]) for aim in self.goal.aims)
        hopes = []
        for formula, sign in self.goal.objectives:
            values = sign * numbers[formula.text][self.known.feasible]
            values = values[np.isfinite(values)]
            best = sign * float(np.quantile(values, BEST)) if len(values) else 0.0
            low, high = (best, math.inf) if sign > 0 else (-math.inf, best)
            hopes.append(Aim(formula, low, high, scales[formula.text]))
        self.aims, self.hopes = aims, tuple(hopes)
        self.foresight = evolve(self.foresight, aims=(*aims, *hopes))
        misses = self.known.misses(aims, hopes)
        if not len(self.pool):
            ancestors = zip(self.known.column("lineage"), self.known.column("key"), strict=True)
            lineages = [str(lineage or key) for lineage, key in ancestors]
            self.pool.add(misses.tolist(), self.known.column("t_atoms").tolist(), lineages)
        else:
            for position, miss in enumerate(misses.tolist()):
                self.pool.revalue(position, miss)

    def _absorb(self, done: Round, rows: pa.Table) -> None:
        """The state after a round, the same whether it was just done or is read again."""
        if done.surveyed:
            self.known.measured |= {int(position): found for position, found in done.surveyed.items()}
            self._value_known()
        names = dict(zip(rows["name"].to_pylist(), range(len(rows)), strict=True))
        sizes, verdicts = rows["t_atoms"].to_pylist(), rows["verdict"].to_pylist()
        misses = [math.inf] * len(rows)
        lineages = [""] * len(rows)
        for each in done.considered:
            self.seen.add(each.key)
            self.foresight.learn(each.before, each.after)
            if each.name is not None:
                self._expected += each.chance
                row = names[each.name]
                lineages[row] = each.lineage
                misses[row] = math.inf if each.miss is None or verdicts[row] != FEASIBLE else each.miss
            if each.hit:
                self.hits.append(each)
                self.pool.hit(each.lineage)
                self._merits.append(self._merits_of(each))
        self.pool.add(misses, sizes, lineages)
        for asked in done.asked:
            self.pool.use(asked.parents)
            self.bandit.reward(asked.arm, asked.hits, asked.seconds)
            self._seconds += asked.seconds
        self._fruitless = 0 if done.considered or done.surveyed else self._fruitless + 1
        self.rounds.append(done)

    def _merits_of(self, hit: Considered) -> list[float]:
        return [
            sign * (-sign * math.inf if (value := hit.after.get(formula.text)) is None else value)
            for formula, sign in self.goal.objectives
        ]

    # -- a round ---------------------------------------------------------------------------------------------

    def round(self, wanted: int | None, on_hit: OnHit = lambda _: None) -> None:
        """Do the next round, and write it.

        Args:
            wanted: hits wanted in all; None for as many as can be.
            on_hit: called for each with a few words on how far the design has come.

        Raises:
            PluginError: a plugin failed on everything that it was given.
        """
        number = len(self.rounds)
        if self.known.missing and number < SURVEYS:
            done, rows = self._survey(number), self._no_rows()
        else:
            done, rows = self._search(number, wanted, on_hit)
        rounds.write(self._writer.directory, number, done)
        counts = Counter(self._writer.description.counts)
        counts.update(_counts_of(done))
        self._writer.append_rows(rows, dict(counts))
        self._absorb(Round.read(rounds.file_of(self._writer.directory, number)), rows)

    def _no_rows(self) -> pa.Table:
        return table_of([], self.resolved.columns)

    def _survey(self, number: int) -> Round:
        """Measure some known frameworks: at first those near by what is known, then those that seem
        nearest."""
        stream = np.random.default_rng([self.resolved.recipe.seed, number])
        misses = np.array(self.known.misses(self.aims, self.hopes))
        misses[list(self.known.measured)] = np.inf
        order = np.argsort(misses, kind="stable")[: SURVEYED if number else AMONG * SURVEYED]
        order = order[np.isfinite(misses[order])]
        chosen = stream.choice(order, min(SURVEYED, len(order)), replace=False)
        items = [Survey(self.known.entry(int(position)).structure) for position in chosen]
        missing = self.known.missing
        return Round(
            surveyed={
                str(chosen[index]): {name: found.get(name) for name in missing}
                for index, found in self._indexed(items, "measuring")
            }
        )

    def _search(self, number: int, wanted: int | None, on_hit: OnHit) -> tuple[Round, pa.Table]:
        stream = np.random.default_rng([self.resolved.recipe.seed, number])
        arms: list[Asked] = []
        tasks: list[Proposing] = []
        parents: dict[str, Entry] = {}
        for _ in range(TASKS):
            arm = self.bandit.choose(stream, self._ready())
            positions = self._parents_for(arm, stream)
            entries = {entry.name: entry for entry in map(self._entry, positions)}
            structures = {name: entry.structure for name, entry in entries.items()}
            seed = int(stream.integers(2**32))
            tasks.append(Proposing(arm, seed, FrameworkSet(tuple(entries), structures.__getitem__)))
            parents |= entries
            arms.append(Asked(arm=arm.name, parents=tuple(positions)))
        proposals: dict[str, tuple[int, Proposal]] = {}
        for index, proposed in self._indexed(tasks, "proposing"):
            arms[index] = evolve(arms[index], proposed=proposed.asked, lost=dict(proposed.lost))
            for proposal in proposed.proposals:
                if proposal.key not in self.seen and proposal.identity.name is None:
                    proposals.setdefault(proposal.key, (index, proposal))
        cases = self._screened(list(proposals.values()), number, parents)
        rows = self._tried(cases, number, wanted, on_hit)
        asked = [self._account(index, arm, cases) for index, arm in enumerate(arms)]
        return Round(asked=tuple(asked), considered=tuple(case.told for case in cases)), rows

    def _ready(self) -> list[Arm]:
        """The arms that have what they need."""
        found = len(self.pool.usable(self._positions))
        known = len(self.pool.usable(0, self._positions))
        needs = {FOUND: found >= LEAST_FOUND, KNOWN: known > 0}
        ready = [arm for arm in self.arms if needs.get(arm.way, True)]
        if not ready:
            raise ConfigError("there is nothing to begin with: name a generator that draws, such as zeosym")
        return ready

    def _parents_for(self, arm: Arm, stream: np.random.Generator) -> list[int]:
        ranges = {KNOWN: (0, self._positions), FOUND: (self._positions, len(self.pool))}
        if arm.way not in ranges:
            return []
        return self.pool.draw(stream, PARENTS, *ranges[arm.way])

    def _entry(self, position: int) -> Entry:
        return entry_at([*self.known.sets, self._writer.finished], position)

    def _screened(
        self, proposals: Sequence[tuple[int, Proposal]], number: int, parents: dict[str, Entry]
    ) -> list[_Case]:
        """The new frameworks with their chances: first by net and energy, then by what the probes
        estimate."""
        bounds = self._bounds()
        cases: list[_Case] = []
        for index, proposal in proposals:
            entry = with_ancestry(entry_of(proposal, f"d{number:04d}-{len(cases):04d}"), parents)
            lineage = entry.lineage if entry.parent is not None else proposal.key
            before = self._numbers(proposal.values)
            chance = self.foresight.chance(bounds, before) * self.goal.may_meet(proposal.values)
            told = Considered(
                key=proposal.key, arm=proposal.arm, lineage=str(lineage), before=before, chance=chance
            )
            cases.append(_Case(index, proposal, evolve(entry, split=assign(entry)), told))
        likely = [case for case in cases if case.told.chance >= LEAST]
        for which, values in self._indexed([case.proposal for case in likely], "measuring"):
            case = likely[which]
            known = {name: math.nan if value is None else value for name, value in values.items()}
            before = self._numbers({**case.proposal.values, **known})
            case.told = evolve(case.told, before=_json(before), chance=self.foresight.chance(bounds, before))
            case.is_screened = True
        for case in cases:
            if not case.is_screened:
                case.told = evolve(case.told, before=_json(case.told.before), chance=0.0)
        return cases

    def _numbers(self, values: Any) -> dict[str, float | None]:
        """The number of each aim by name; None where not all that it speaks of is known."""
        return {
            aim.name: float(aim.formula.of(values)) if values.keys() >= set(aim.formula.names) else None
            for aim in self.foresight.aims
        }

    def _bounds(self) -> tuple[Aim, ...]:
        """The aims, and of the objectives what the best hits have to be beaten by."""
        bars = self._bars()
        signs = [sign for _, sign in self.goal.objectives]
        objectives = [
            evolve(hope, low=bar if sign > 0 else -math.inf, high=math.inf if sign > 0 else -bar)
            for hope, bar, sign in zip(self.hopes, bars, signs, strict=True)
        ]
        return (*self.aims, *objectives)

    def _bars(self) -> tuple[float, ...]:
        """What each objective has to exceed, as a merit: in one of them, another one each round, the last of
        the best hits so far; in the others the middle one of all, so that the front is found and not its ends
        alone.
        """
        best, turn = self.resolved.recipe.best, len(self.rounds) % max(len(self.goal.objectives), 1)
        if len(self.hits) < best:
            return (-math.inf,) * len(self.goal.objectives)
        columns = [sorted(column, reverse=True) for column in zip(*self._merits, strict=True)]
        return tuple(
            column[best - 1] if which == turn else column[len(column) // 2]
            for which, column in enumerate(columns)
        )

    def _tried(self, cases: Sequence[_Case], number: int, wanted: int | None, on_hit: OnHit) -> pa.Table:
        """Relax what promises most, until so many hits are to be expected as are wanted."""
        left = math.inf if wanted is None else max(wanted - self.found, 0)
        left += 1.0 + 2.0 * math.sqrt(min(left, 1e6))
        most = max(PER_LINEAGE, round(SHARE_OF_LINEAGE * self.resolved.recipe.best))
        chosen: list[_Case] = []
        lineages: Counter[str] = Counter()
        for case in sorted(cases, key=lambda case: -case.told.chance / case.proposal.t_atoms):
            told = case.told
            full = self.pool.hits_of(told.lineage) + lineages[told.lineage] >= most
            if not full and left > 0 and told.chance >= self._worth(case.proposal):
                chosen.append(case)
                left -= told.chance * self._come_true
                lineages[told.lineage] += told.chance > 0.5
        chosen.sort(key=lambda case: case.entry.name)
        trials = [Trial(case.proposal, case.entry, self._bars()) for case in chosen]
        tables = [self._no_rows()]
        for which, tried in self._indexed(trials, "relaxing"):
            chosen[which].take(tried, self)
            tables.append(tried.row)
            if tried.hit:
                on_hit(f"round {number + 1}, {chosen[which].told.arm}")
        return pa.concat_tables(tables).combine_chunks()

    @property
    def _come_true(self) -> float:
        """The share of the hits expected so far that came: what chances do not know of, such as a wish on a
        text, makes it small."""
        return (1.0 + self.found) / (1.0 + max(self._expected, self.found))

    def _worth(self, proposal: Proposal) -> float:
        """The chance above which a framework is relaxed: less promises fewer hits a second than there
        were."""
        rate = (1 + self.found) / (HEAD_START + self._seconds)
        return min(MOST, max(LEAST, rate * RELAXED * proposal.t_atoms))

    def parent_miss(self, tried: Tried) -> float | None:
        """How far a relaxed framework is from the goal, as a parent; None where it is none."""
        energy = tried.values.get("energy")
        if energy is None:
            return None
        values = {name: math.nan if value is None else value for name, value in tried.values.items()}
        numbers = self._numbers(values)
        miss = 0.0
        for aim in (*self.aims, *self.hopes):
            number = numbers[aim.name]
            miss += float(aim.miss(math.nan if number is None else number))
        miss += STRAIN * max(energy - MADE_BELOW, 0.0)
        return miss if math.isfinite(miss) else None

    def after(self, tried: Tried) -> dict[str, float | None]:
        """The numbers of the aims after relaxation."""
        if not tried.values:
            return {}
        values = {name: math.nan if value is None else value for name, value in tried.values.items()}
        return _json(self._numbers(values))

    def _account(self, index: int, arm: Asked, cases: Sequence[_Case]) -> Asked:
        """What an arm cost and gave."""
        own = [case for case in cases if case.index == index]
        way = next(each.way for each in self.arms if each.name == arm.arm)
        relaxed = [case for case in own if case.told.name is not None]
        seconds = EACH[way] * arm.proposed + SCREENED * len(own)
        seconds += sum(RELAXED * case.proposal.t_atoms for case in relaxed)
        seconds += sum(CONFIRMED * case.proposal.t_atoms for case in relaxed if case.told.met)
        return evolve(
            arm,
            new=len(own),
            relaxed=len(relaxed),
            hits=sum(case.told.hit for case in own),
            seconds=round(seconds, 6),
        )

    def _indexed(self, items: Sequence[Any], doing: str) -> Iterator[tuple[int, Any]]:
        """What came of the work on some items, by their positions; an error of a plugin costs one of them.

        Raises:
            PluginError: there was an error in each.
        """
        failures = 0
        for index, (_, outcome) in enumerate(self._workers.map(items)):
            if isinstance(outcome, ConfigError):
                raise outcome
            if isinstance(outcome, Exception):
                failures += 1
                logger.warning("Warning: %s: %s", doing, describe(outcome))
                if failures == len(items):
                    raise PluginError(
                        f"{doing} failed on all of {failures}, the last time with {describe(outcome)}"
                    )
            else:
                yield index, outcome


class _Case:
    """A new framework on its way through a round.

    Args:
        index: of the arm that proposed it.
        proposal: as it came.
        entry: what the data set will say of it.
        told: what the round will say of it.
    """

    def __init__(self, index: int, proposal: Proposal, entry: Entry, told: Considered) -> None:
        self.index, self.proposal, self.entry, self.told = index, proposal, entry, told
        self.is_screened = False

    def take(self, tried: Tried, design: Design) -> None:
        """It was relaxed."""
        self.told = evolve(
            self.told,
            name=self.entry.name,
            after=design.after(tried),
            miss=design.parent_miss(tried),
            hit=tried.hit,
            met=tried.met,
        )


def _json(values: Mapping[str, float | None]) -> dict[str, float | None]:
    return {name: None if value is None or value != value else value for name, value in values.items()}


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
