"""Count and rank: from the records of a run to its funnel and its ordered survivors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from attrs import frozen

from zeo.errors import RunDirectoryError
from zeo.plugin.columns import Column
from zeo.plugin.framework import NOVELTIES
from zeo.records.arrays import feasible_in, truths_in, values_in
from zeo.records.columns import drawn
from zeo.records.record import Record
from zeo.records.store import Store
from zeo.records.table import selected, table_of
from zeo.running.achieved import Achieved, Met
from zeo.running.enough import Enough, Goal
from zeo.running.plan import Plan
from zeo.running.ranking import OF_SURVIVORS, Aims, Rows, Survivors, ranked
from zeo.wishes.expressions import Formula
from zeo.wishes.wish import Wish

COUNTED = (
    *OF_SURVIVORS,
    *("survived", "lost_at", "reason", "passed", "perfect_before", "framework", "drawn_by"),
)
"""Columns that are read of all candidates."""


@frozen(kw_only=True)
class StageCount:
    """One line of the funnel: how many candidates a stage passed on, and why others stopped there."""

    stage: str
    passed: int
    lost: Mapping[str, int]


@frozen(kw_only=True)
class Summary:
    """What the end of a run shows.

    Args:
        drawn: number of candidates with a record.
        perfect_before: candidates that were four-connected before repair, by the 2.5 A rule of Kim et al.;
            None where no repair says.
        funnel: one entry for each stage.
        from_known: candidates that were made from a known framework.
        returned: those of them that survived as that same framework.
        survivors: best first.
        plan: of the run.
        achieved: what was wanted, and how far it was met.
        objectives: what was to be maximised or minimised.
        goal: the frameworks with which the run has enough; None where it draws all samples.
        found: how many of them there are.
        store: where the records are.
    """

    drawn: int
    perfect_before: int | None
    funnel: tuple[StageCount, ...]
    from_known: int
    returned: int
    survivors: Survivors
    plan: Plan
    achieved: tuple[Achieved, ...]
    objectives: tuple[Formula, ...] = ()
    goal: Goal | None = None
    found: int = 0
    store: Store

    @property
    def columns(self) -> tuple[Column, ...]:
        """What was measured on the survivors."""
        return self.plan.columns

    @property
    def wishes(self) -> tuple[Wish, ...]:
        """What was wanted."""
        return tuple(achieved.wish for achieved in self.achieved)

    @property
    def shown(self) -> tuple[Column, ...]:
        """What tables show: the main quantities, and under conditions those that were asked for."""
        asked = {name for each in self.wishes for name in each.formula.names}
        asked |= {name for each in self.objectives for name in each.names}
        return tuple(
            column
            for column in self.columns
            if column.name in asked or (column.quantity.headline and "[" not in column.probe)
        )

    @property
    def rows(self) -> Rows:
        """The survivors with their records, best first."""
        return Rows(self.survivors, self.store)

    @property
    def in_closed_pores(self) -> int:
        """Survivors that miss a wish for their closed pores alone."""
        return int(self.survivors.in_closed_pores.sum())

    @property
    def identified(self) -> bool:
        """Whether the nets of the survivors are known, and can be counted; those of none are."""
        return not len(self.survivors) or bool(self.survivors.has_net.any())

    @property
    def distinct(self) -> int:
        """Different nets among the survivors."""
        return int(self.survivors.is_first.sum())

    @property
    def distinct_named(self) -> int:
        """Different nets among the survivors that a reference knows."""
        return len(set(self.survivors.names.tolist()) - {None})

    @property
    def distinct_by_novelty(self) -> Mapping[str, int]:
        """Different nets among the survivors, by :data:`zeo.plugin.framework.NOVELTIES`."""
        found = Counter(self.survivors.novelties[self.survivors.is_first].tolist())
        return {novelty: found[novelty] for novelty in NOVELTIES}

    @property
    def feasibility_known(self) -> bool:
        """Whether the energies of the survivors say which of them are feasible."""
        return bool(self.survivors.on_slc_scale.any())

    def below(self, limit: float) -> int:
        """Survivors whose energy by the SLC potential is at most ``limit`` kJ/mol per Si above quartz."""
        return int((self.survivors.on_slc_scale & (self.survivors.energies <= limit)).sum())

    @property
    def on_target(self) -> int:
        """Survivors that meet every wish."""
        return int((self.survivors.wishes_met == len(self.wishes)).sum())


def summarise(
    store: Store,
    plan: Plan,
    enough: Enough | None = None,
) -> Summary:
    """Count and rank the candidates of a run.

    Args:
        store: of the run.
        plan: of the run.
        enough: counts what the run is to find, where it has a goal.

    Raises:
        RunDirectoryError: a part is damaged.
    """
    aims = Aims.of(plan)
    tally = _Tally(plan, aims)
    found = []
    for table in store.tables([*COUNTED, *aims.columns, *(enough.columns if enough is not None else ())]):
        if isinstance(table, RunDirectoryError):
            raise table
        if enough is not None:
            enough.count_table(table)
        tally.count(table)
        found.append(table.filter(table["survived"]).select([*OF_SURVIVORS, *aims.names]))
    table = pa.concat_tables(found) if found else selected(table_of([]), [*OF_SURVIVORS, *aims.names])
    survivors = ranked(table, aims)
    kept = table.filter(pa.array(feasible_in(table))) if survivors.on_slc_scale.any() else table
    return Summary(
        drawn=tally.drawn,
        perfect_before=tally.perfect_before,
        funnel=tally.funnel,
        from_known=tally.from_known,
        returned=tally.returned,
        survivors=survivors,
        plan=plan,
        achieved=tuple(
            Achieved(
                wish=wish,
                drawn=drawn,
                frameworks=Met.by(wish, values_in(kept, wish.formula.names), len(kept)),
            )
            for wish, drawn in zip(aims.wishes, tally.met_as_drawn(), strict=True)
        ),
        objectives=tuple(each for each, _ in aims.objectives),
        goal=enough.goal if enough is not None else None,
        found=enough.found if enough is not None else 0,
        store=store,
    )


class _Tally:
    """What is counted of all candidates, survivors or not."""

    def __init__(self, plan: Plan, aims: Aims) -> None:
        self._plan, self._wishes = plan, aims.wishes
        self.drawn = self.from_known = self.returned = 0
        self._passed: Counter[str] = Counter()
        self._lost: dict[str, Counter[str]] = {stage: Counter() for stage in plan.stages}
        self._repaired = self._perfect = self._judged = 0
        self._as_drawn: list[list[pa.Table]] = [[] for _ in aims.wishes]

    def count(self, table: pa.Table) -> None:
        """Take the rows of a table into account."""
        self.drawn += len(table)
        for (passed, lost_at, reason), rows in _counts(table, ("passed", "lost_at", "reason")).items():
            stages = passed.split("\n") if passed else []
            self._passed.update(dict.fromkeys(stages, rows))
            if lost_at is not None:
                self._lost[lost_at][reason] += rows
            if "repair" in (*stages, lost_at):
                self._repaired += rows
        self._perfect += int(truths_in(table, "perfect_before").sum())
        self._judged += len(table) - table["perfect_before"].null_count
        self.from_known += len(table) - table["framework"].null_count
        came_back = pc.and_(table["survived"], pc.equal(table["code"], table["framework"]))
        self.returned += pc.sum(came_back).as_py() or 0
        if self._wishes:
            self._judge_drawn(table)

    def _judge_drawn(self, table: pa.Table) -> None:
        """Of what was measured as drawn, keep for each wish what it can answer."""
        for probes in pc.unique(table["drawn_by"]).drop_null().to_pylist():
            measured = {column.name for column in self._plan.columns if column.probe in probes.split("\n")}
            rows = table.filter(pc.equal(table["drawn_by"], probes))
            for kept, wish in zip(self._as_drawn, self._wishes, strict=True):
                if measured.issuperset(wish.formula.names):
                    columns = [drawn(name) for name in wish.formula.names]
                    kept.append(rows.select(columns).rename_columns(list(wish.formula.names)))

    def met_as_drawn(self) -> list[Met]:
        """How what was drawn meets each wish."""
        return [
            Met.by(wish, values_in(pa.concat_tables(kept), wish.formula.names), sum(map(len, kept)))
            if kept
            else Met(count=0, hit=0, mean=None, median=None)
            for kept, wish in zip(self._as_drawn, self._wishes, strict=True)
        ]

    @property
    def funnel(self) -> tuple[StageCount, ...]:
        return tuple(
            StageCount(stage=stage, passed=self._passed[stage], lost=dict(self._lost[stage]))
            for stage in self._plan.stages
        )

    @property
    def perfect_before(self) -> int | None:
        """None where nobody says."""
        silent = self._repaired and not self._judged
        return None if silent or "repair" not in self._plan.stages else self._perfect


def _counts(table: pa.Table, names: Sequence[str]) -> dict[tuple[Any, ...], int]:
    """How often some columns have which values."""
    grouped = (
        table.select(list(names)).group_by(list(names), use_threads=False).aggregate([([], "count_all")])
    )
    columns = [grouped[name].to_pylist() for name in (*names, "count_all")]
    return {tuple(values): rows for *values, rows in zip(*columns, strict=True)}


def name(record: Record) -> str | None:
    """What the framework is called; None when it is in no reference."""
    return record.identity.name if record.identity else None
