"""When a run has enough: the frameworks that it is to find are complete, or its time is over.

Only the samples decide where a run that looks for so many frameworks ends: behind the lowest index with which
they are complete. Whatever the order in which records come, a further one can only bring that end nearer, so
nothing behind it needs to be drawn, and what was drawn there by then is dropped.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

import pyarrow as pa
from attrs import field, frozen
from attrs.validators import ge

from zeo.errors import ConfigError
from zeo.plugin.framework import NEW
from zeo.records.arrays import FEASIBILITY, is_text, may_be_made_in, truths_in, values_in
from zeo.records.columns import cells_of
from zeo.records.record import Record
from zeo.records.table import table_with
from zeo.running.config import RunConfig
from zeo.running.plan import Plan
from zeo.running.wanted import wishes_of

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

    @property
    def columns(self) -> tuple[str, ...]:
        """Those of :mod:`zeo.records.columns` that :meth:`count_table` reads."""
        if self.goal is None:
            return ()
        asked = {name for wish in self._wishes for name in wish.formula.names}
        return ("index", "survived", "key", "novelty", *FEASIBILITY, *sorted(asked))

    def count(self, record: Record) -> None:
        """Take a record into account; records may come in any order."""
        if self.goal is not None:
            self.count_table(table_with([cells_of(record, self._plan.columns)], self.columns))

    def count_table(self, table: pa.Table) -> None:
        """Take the rows of a table into account."""
        if self.goal is None:
            return
        counts = truths_in(table, "survived") & may_be_made_in(table)
        if self.goal.new:
            counts &= is_text(table, "novelty", NEW)
        for wish in self._wishes:
            counts &= wish.met_by(values_in(table, wish.formula.names))
        found = table.filter(pa.array(counts))
        for index, key in zip(found["index"].to_pylist(), found["key"].to_pylist(), strict=True):
            if key is not None:
                self._first[key] = min(index, self._first.get(key, index))

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


def in_time(items: Iterable[Item], minutes: float | None) -> Iterator[Item]:
    """The items that can be begun within some minutes, the first in any case; all of them when None."""
    began = time.monotonic()
    for item in items:
        yield item
        if minutes is not None and time.monotonic() - began >= 60 * minutes:
            return
