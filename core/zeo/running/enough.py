"""When a run has enough: the frameworks that it is to find are complete, or its time is over.

Only the samples decide where a run that looks for so many frameworks ends: behind the lowest index with which
they are complete. Whatever the order in which records come, a further one can only bring that end nearer, so
nothing behind it needs to be drawn, and what was drawn there by then is dropped.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from attrs import field, frozen
from attrs.validators import ge

from zeo.errors import ConfigError
from zeo.plugin.facts import RelaxFacts
from zeo.plugin.feasibility import may_be_made
from zeo.running.config import RunConfig
from zeo.running.plan import Plan
from zeo.running.record import Record
from zeo.running.wanted import final_values, wishes_of

Item = TypeVar("Item")


@frozen(kw_only=True)
class Goal:
    """The frameworks with which a run has enough.

    Args:
        until: how many, each net once.
        new: whether only nets count that are in no reference, that the generator has not learned from, and
            that are in no data set it starts from.
    """

    until: int = field(validator=ge(1))
    new: bool = False


def goal_of(config: RunConfig) -> Goal | None:
    """The goal of a configuration; None for one that wants all its samples.

    Raises:
        ConfigError: one that no run can reach.
    """
    if config.until is None:
        if config.new:
            raise ConfigError("new says which frameworks until counts: give --until too, or leave out --new")
        return None
    if config.between:
        raise ConfigError("an interpolation has all samples of its paths: leave out until")
    if config.identify is None:
        raise ConfigError(
            "until counts different nets, and this run identifies none: leave out one of the two"
        )
    if config.until > config.n:
        raise ConfigError(
            f"{config.n} samples cannot give {config.until} frameworks: give a larger -n, or leave it out"
        )
    return Goal(until=config.until, new=config.new)


class Enough:
    """Counts the frameworks found, and says where the run ends.

    Args:
        goal: of the run; None draws all samples.
        plan: of the run, with its wishes.
        n: samples at most.
    """

    def __init__(self, goal: Goal | None, plan: Plan, n: int) -> None:
        self.goal, self._plan, self._n = goal, plan, n
        self._wishes = wishes_of(plan.wishes, plan.catalogue)
        self._first: dict[str, int] = {}  # by net, the lowest index of those that count

    def count(self, record: Record) -> None:
        """Take a record into account; records may come in any order."""
        if self.goal is not None and record.identity is not None and self._counts(record, self.goal):
            key = record.identity.key
            self._first[key] = min(record.index, self._first.get(key, record.index))

    @property
    def found(self) -> int:
        """Different frameworks so far; no more than wanted."""
        return min(len(self._first), self.goal.until) if self.goal is not None else 0

    @property
    def is_reached(self) -> bool:
        """Whether all that were wanted are found."""
        return self.goal is not None and len(self._first) >= self.goal.until

    @property
    def end(self) -> int:
        """The index behind the last sample of the run; further records can only bring it nearer."""
        if self.goal is None or not self.is_reached:
            return self._n
        return sorted(self._first.values())[self.goal.until - 1] + 1

    def _counts(self, record: Record, goal: Goal) -> bool:
        """Whether it is what the goal wants, each net by itself."""
        if not record.survived or not may_be_made(record.energy, record.facts(RelaxFacts)):
            return False
        if goal.new and record.identity is not None and not record.identity.is_new:
            return False
        values = final_values(record, self._plan.columns)
        return all(wish.met_by(values) for wish in self._wishes)


def in_time(items: Iterable[Item], minutes: float | None) -> Iterator[Item]:
    """The items that can be begun within some minutes, the first in any case; all of them when None."""
    began = time.monotonic()
    for item in items:
        yield item
        if minutes is not None and time.monotonic() - began >= 60 * minutes:
            return
