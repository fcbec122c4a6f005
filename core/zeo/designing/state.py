"""The state of a design: what the rounds before say of the next one.

Only :meth:`State.absorb` changes it, the same way whether a round was just done or is read again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from attrs import evolve

from zeo.data.sets.entry import FEASIBLE
from zeo.designing.arms import DRAWN, FOUND, KNOWN, LEAST_FOUND, RELAXED, Arm, Bandit, arms_of
from zeo.designing.foresight import Foresight
from zeo.designing.goal import ENERGY, Aim, spread
from zeo.designing.improvement import Direction, direction_for
from zeo.designing.known import STRAIN, Known
from zeo.designing.lineages import Lineages
from zeo.designing.pool import Pool
from zeo.designing.recipe import Resolved
from zeo.designing.rounds import Considered, Round
from zeo.designing.tasks import Proposal
from zeo.errors import ConfigError
from zeo.plugin.feasibility import MADE_BELOW
from zeo.wishes.expressions import values_of

PARENTS = 6
"""Frameworks that one of them changes."""

LEAST, MOST = 0.1, 0.9
"""Chance of a hit below which nothing is relaxed, and above which everything is."""

HEAD_START = 3.0
"""Seconds that a hit is taken to cost while there is none."""

FRUITLESS_ROUNDS = 40
"""Without a single new net, after which nothing more is to be expected."""

FRUITLESS_DRAWN = 5
"""Likewise from the first one on, where samples are drawn and nothing explores: what draws known frameworks
alone does not begin elsewhere in the next round."""

HOPELESS_ROUNDS = 25
"""In a row, whose new nets rule hits out, each of them, after which no hit is to be expected."""

BEST = 0.999
"""Share of the known frameworks that are no better in an objective than what is hoped for."""


class State:
    """What has been found, and what it says of where to look.

    Args:
        resolved: what is to be found.
        known: frameworks to look up, change and not to find again.
    """

    def __init__(self, resolved: Resolved, known: Known) -> None:
        self.resolved, self.goal, self.known = resolved, resolved.goal, known
        self.arms = arms_of(resolved.recipe.generators, resolved.plugins)
        self.bandit = Bandit(self.arms)
        self.foresight = Foresight(())
        self.lineages = Lineages()
        self.pool = Pool(resolved.largest, self.lineages)
        self.rounds: list[Round] = []
        self.hits: list[Considered] = []
        self.seen = set(known.keys)
        self.weights: dict[str, str] = {}
        self.learned_from = 0
        self._merits: list[list[float]] = []
        self._seconds = 0.0
        self._expected = 0.0
        self._fruitless = 0
        self._hopeless = 0
        self._value_known()

    @property
    def found(self) -> int:
        """Different new frameworks that meet the goal."""
        return len(self.hits)

    @property
    def is_exhausted(self) -> bool:
        """Whether nothing more is to be expected."""
        only_known = self._fruitless == len(self.rounds) and all(arm.way == DRAWN for arm in self.arms)
        most = FRUITLESS_DRAWN if only_known else FRUITLESS_ROUNDS
        return self._fruitless >= most or self.is_hopeless

    @property
    def is_hopeless(self) -> bool:
        """Whether nothing that is proposed has a net that could hit, such as one of so many T atoms."""
        return self._hopeless >= HOPELESS_ROUNDS

    def _value_known(self) -> None:
        """Take the known frameworks into the pool, or tell how far they are by what has been measured
        since."""
        numbers = self.known.numbers(self.goal.watched)
        scales = {name: spread(values[self.known.feasible]) for name, values in numbers.items()}
        aims = tuple(evolve(aim, scale=scales[aim.name]) for aim in self.goal.aims)
        hopes, references = [], []
        for formula, sign in self.goal.objectives:
            values = sign * numbers[formula.text][self.known.feasible]
            values = values[np.isfinite(values)]
            best = sign * float(np.quantile(values, BEST)) if len(values) else 0.0
            references.append(float(np.median(values)) if len(values) else 0.0)
            low, high = (best, math.inf) if sign > 0 else (-math.inf, best)
            hopes.append(Aim(formula, low, high, scales[formula.text]))
        self.aims, self.hopes, self._references = aims, tuple(hopes), tuple(references)
        self.foresight = evolve(self.foresight, aims=(*aims, *hopes))
        misses = self.known.misses(aims, hopes)
        if not len(self.pool):
            ancestors = zip(self.known.column("lineage"), self.known.column("key"), strict=True)
            lineages = [str(lineage or key) for lineage, key in ancestors]
            self.pool.add(misses.tolist(), self.known.column("t_atoms").tolist(), lineages)
        else:
            self.pool.revalue(misses)

    def absorb(self, done: Round, rows: pa.Table) -> None:
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
                self.lineages.hit(each.lineage)
                self._merits.append(self.goal.merits_in(each.after))
            elif each.met:
                self.lineages.fell(each.lineage)
        self.pool.add(misses, sizes, lineages)
        for learned in done.learned:
            self._seconds += learned.seconds
            self.learned_from = learned.hits
            if learned.kept:
                self.weights[learned.generator] = learned.folder
        for asked in done.asked:
            self.pool.use(asked.parents)
            self.bandit.reward(asked.arm, asked.hits, asked.seconds)
            self._seconds += asked.seconds
        self._fruitless = 0 if done.considered or done.surveyed else self._fruitless + 1
        if done.considered:
            none_may_hit = all(map(self._is_ruled_out, done.considered))
            self._hopeless = self._hopeless + 1 if none_may_hit else 0
        self.rounds.append(done)

    def _is_ruled_out(self, considered: Considered) -> bool:
        """Whether the net keeps a framework from hitting."""
        told = values_of(considered.before)
        return any(aim.by_net and aim.miss(told[aim.name]) > 0 for aim in self.aims)

    def stream(self) -> np.random.Generator:
        """Of random numbers, for the next round."""
        return np.random.default_rng([self.resolved.recipe.seed, len(self.rounds)])

    def ready(self) -> list[Arm]:
        """The arms that have what they need."""
        found = len(self.pool.usable(len(self.known)))
        known = len(self.pool.usable(0, len(self.known)))
        needs = {FOUND: found >= LEAST_FOUND, KNOWN: known > 0}
        ready = [arm for arm in self.arms if needs.get(arm.way, True)]
        if not ready:
            raise ConfigError("there is nothing to begin with: name a generator that draws, such as zeosym")
        return ready

    def parents_for(self, arm: Arm, stream: np.random.Generator) -> list[int]:
        ranges = {KNOWN: (0, len(self.known)), FOUND: (len(self.known), len(self.pool))}
        if arm.way not in ranges:
            return []
        return self.pool.draw(stream, PARENTS, *ranges[arm.way])

    def numbers(self, values: Any) -> dict[str, float | None]:
        """The number of each aim by name; None where not all that it speaks of is known."""
        return {
            aim.name: float(aim.formula.of(values)) if values.keys() >= set(aim.formula.names) else None
            for aim in self.foresight.aims
        }

    def direction(self) -> Direction:
        """In which the objectives are to get farther in the next round."""
        recipe, units = self.resolved.recipe, [hope.scale for hope in self.hopes]
        return direction_for(
            len(self.rounds), recipe.seed, self._references, units, self._merits, recipe.best
        )

    def gain(self, direction: Direction, before: Mapping[str, float | None]) -> float:
        """What a framework is expected to add to the objectives after relaxation; 0 without objectives.

        Args:
            direction: of the round.
            before: numbers by name; one of which nothing is known is as among known frameworks.
        """
        if not self.hopes:
            return 0.0
        means, spreads = [], []
        for hope, (_, sign), reference in zip(
            self.hopes, self.goal.objectives, self._references, strict=True
        ):
            told = before.get(hope.name)
            bias, spread = (0.0, 1.0) if told is None else self.foresight.error(hope, told)
            means.append(reference if told is None else sign * (told + bias * hope.scale))
            spreads.append(spread * hope.scale)
        return direction.expected_improvement(means, spreads)

    @property
    def come_true(self) -> float:
        """The share of the hits expected so far that came: what chances do not know of, such as a wish on a
        text, makes it small."""
        return (1.0 + self.found) / (1.0 + max(self._expected, self.found))

    def worth(self, proposal: Proposal) -> float:
        """The chance above which a framework is relaxed: less promises fewer hits a second than there
        were."""
        rate = (1 + self.found) / (HEAD_START + self._seconds)
        return min(MOST, max(LEAST, rate * RELAXED * proposal.t_atoms))

    def parent_miss(self, values: Mapping[str, Any], after: Mapping[str, float | None]) -> float | None:
        """How far a relaxed framework is from the goal, as a parent; None where it is none.

        Args:
            values: all that is known of it by name.
            after: the numbers of the aims.
        """
        energy = values.get(ENERGY)
        if energy is None:
            return None
        known = values_of(after)
        miss = sum(float(aim.miss(known[aim.name])) for aim in (*self.aims, *self.hopes))
        miss += STRAIN * max(energy - MADE_BELOW, 0.0)
        return miss if math.isfinite(miss) else None
