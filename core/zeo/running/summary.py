"""Count and rank: from the records of a run to its funnel and its ordered survivors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import evolve, frozen

from zeo.plugin.catalogue import Catalogue
from zeo.plugin.columns import Column
from zeo.plugin.facts import RelaxFacts, RepairFacts
from zeo.plugin.feasibility import SLC, is_feasible
from zeo.plugin.framework import NOVELTIES, values_of_net
from zeo.running.achieved import Achieved, Judged, Met
from zeo.running.enough import Enough, Goal
from zeo.running.plan import Plan
from zeo.running.record import Record
from zeo.running.wanted import drawn_values, final_values, objectives_of, relative_miss, wishes_of
from zeo.wishes.expressions import Formula
from zeo.wishes.wish import Wish


@frozen(kw_only=True)
class Row:
    """A survivor in the summary.

    Args:
        record: the survivor's record.
        duplicate_of: id of the first survivor with the same net; None for that first one.
        wishes_met: how many of the wishes it meets.
        miss: sum over the wishes of the distance to the range, relative to the range's larger bound.
        objectives: values of what is to be maximised or minimised; NaN where undefined.
        on_front: whether no other survivor is better in one objective and no worse in the others.
        in_closed_pores: whether it would meet all wishes if closed pores counted, and does not.
        on_target: whether it meets every wish.
    """

    record: Record
    duplicate_of: str | None
    wishes_met: int
    miss: float
    objectives: tuple[float, ...] = ()
    on_front: bool = False
    in_closed_pores: bool = False
    on_target: bool = False


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
        rows: the survivors, best first.
        columns: what was measured on them.
        achieved: what was wanted, and how far it was met.
        objectives: what was to be maximised or minimised.
        goal: the frameworks with which the run has enough; None where it draws all samples.
        found: how many of them there are.
    """

    drawn: int
    perfect_before: int | None
    funnel: tuple[StageCount, ...]
    from_known: int
    returned: int
    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    achieved: tuple[Achieved, ...]
    objectives: tuple[Formula, ...] = ()
    goal: Goal | None = None
    found: int = 0

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
    def in_closed_pores(self) -> int:
        """Survivors that miss a wish for their closed pores alone."""
        return sum(row.in_closed_pores for row in self.rows)

    @property
    def distinct(self) -> int:
        """Different nets among the survivors."""
        return sum(row.duplicate_of is None for row in self.rows)

    @property
    def distinct_named(self) -> int:
        """Different nets among the survivors that a reference knows."""
        return len({name(row.record) for row in self.rows} - {None})

    @property
    def distinct_by_novelty(self) -> Mapping[str, int]:
        """Different nets among the survivors, by :data:`zeo.plugin.framework.NOVELTIES`."""
        firsts = [row.record.identity for row in self.rows if row.duplicate_of is None]
        found = Counter(values_of_net(identity)["novelty"] for identity in firsts if identity is not None)
        return {novelty: found[novelty] for novelty in NOVELTIES}

    def below(self, limit: float) -> int:
        """Survivors whose energy by the SLC potential is at most ``limit`` kJ/mol per Si above quartz."""
        energies = [row.record.energy for row in self.rows]
        return sum(e is not None and e.potential == SLC and e.value <= limit for e in energies)

    @property
    def on_target(self) -> int:
        """Survivors that meet every wish."""
        return sum(row.on_target for row in self.rows)


def summarise(records: Iterable[Record], plan: Plan, enough: Enough | None = None) -> Summary:
    """Count and rank the records of a run.

    Args:
        records: in the order of their index.
        plan: of the run.
        enough: counts what the run is to find, where it has a goal.
    """
    stages, columns = plan.stages, plan.columns
    wishes, objectives = (
        wishes_of(plan.wishes, plan.catalogue),
        objectives_of(plan.objectives, plan.catalogue),
    )
    survivors: list[Record] = []
    as_drawn: list[list[Judged]] = [[] for _ in wishes]
    passed: Counter[str] = Counter()
    lost: dict[str, Counter[str]] = {stage: Counter() for stage in stages}
    stated: list[bool | None] = []  # by the repairs: whether atoms were perfect before
    drawn = from_known = returned = 0
    for record in records:
        drawn += 1
        if enough is not None:
            enough.count(record)
        if any(step.stage == "repair" for step in record.history):
            stated.append(record.facts(RepairFacts).perfect_before)
        if wishes and record.grid_properties:
            _judge_drawn(record, wishes, columns, as_drawn)
        stopped = record.lost_at
        if stopped is None:
            survivors.append(record)
        else:
            lost[stopped.stage][stopped.reason] += 1
        passed.update({step.stage for step in record.history} - ({stopped.stage} if stopped else set()))
        if "framework" in record.source:
            from_known += 1
            returned += record.survived and name(record) == record.source["framework"]
    asked = bool(wishes or objectives)
    values = [final_values(each, columns) if asked else {} for each in survivors]
    judged = _feasible(survivors, values)
    return Summary(
        drawn=drawn,
        perfect_before=counted(stated) if "repair" in stages else None,
        funnel=tuple(StageCount(stage=s, passed=passed[s], lost=dict(lost[s])) for s in stages),
        from_known=from_known,
        returned=returned,
        rows=_marked(rank(survivors, values, wishes, objectives), plan),
        columns=columns,
        achieved=tuple(
            Achieved(
                wish=wish,
                drawn=Met.by(samples),
                frameworks=Met.by([Judged.of(wish, each) for each in judged]),
            )
            for wish, samples in zip(wishes, as_drawn, strict=True)
        ),
        objectives=tuple(each for each, _ in objectives),
        goal=enough.goal if enough is not None else None,
        found=enough.found if enough is not None else 0,
    )


def _marked(rows: Sequence[Row], plan: Plan) -> tuple[Row, ...]:
    """The rows, marked where only closed pores meet the wishes."""
    of_all_pores = wishes_of(plan.wishes, Catalogue(plan.columns, unblocked=True))
    if of_all_pores == wishes_of(plan.wishes, plan.catalogue):
        return tuple(rows)
    return tuple(
        evolve(row, in_closed_pores=_is_in_closed_pores(row, of_all_pores, plan.columns)) for row in rows
    )


def _is_in_closed_pores(row: Row, of_all_pores: Sequence[Wish], columns: Sequence[Column]) -> bool:
    if row.wishes_met == len(of_all_pores):
        return False
    values = final_values(row.record, columns)
    return all(wish.met_by(values) for wish in of_all_pores)


def counted(stated: Sequence[bool | None]) -> int | None:
    """How many are True; None where nobody says."""
    known = [fact for fact in stated if fact is not None]
    return sum(known) if known or not stated else None


def _judge_drawn(
    record: Record, wishes: Sequence[Wish], columns: Sequence[Column], judged: Sequence[list[Judged]]
) -> None:
    """Judge a grid as drawn by those wishes that it can answer; one list of verdicts for each wish."""
    measured = {column.name for column in columns if column.probe in record.grid_properties}
    values = drawn_values(record, columns)
    for samples, wish in zip(judged, wishes, strict=True):
        if measured.issuperset(wish.formula.names):
            samples.append(Judged.of(wish, values))


def _feasible(survivors: Sequence[Record], values: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The values of the feasible survivors; of all of them where nothing says which are feasible."""
    known = feasibility_known(survivors)
    return [
        each
        for record, each in zip(survivors, values, strict=True)
        if not known or is_feasible(record.energy, record.facts(RelaxFacts).net_unchanged)
    ]


def feasibility_known(survivors: Iterable[Record]) -> bool:
    """Whether their energies say which of them are feasible."""
    return any(record.energy is not None and record.energy.potential == SLC for record in survivors)


def rank(
    survivors: Sequence[Record],
    values: Sequence[Mapping[str, Any]],
    wishes: Sequence[Wish],
    objectives: Sequence[tuple[Formula, float]],
) -> list[Row]:
    """Wishes met first, then the distance to them, then objectives, then energy, then id.

    Several objectives rank by how many survivors are better in all of them: those on the Pareto front first.

    Args:
        survivors: in the order of their index.
        values: of each, all that wishes and objectives speak of.
        wishes: what was wanted.
        objectives: each with the sign by which the largest value is the best.
    """
    first: dict[str, str] = {}
    rows = []
    for record, known in zip(survivors, values, strict=True):
        original = first.setdefault(record.identity.key, record.id) if record.identity else record.id
        rows.append(
            Row(
                record=record,
                duplicate_of=original if original != record.id else None,
                wishes_met=(met := sum(wish.met_by(known) for wish in wishes)),
                on_target=met == len(wishes),
                miss=sum(relative_miss(wish, known) for wish in wishes),
                objectives=tuple(each.of(known) for each, _ in objectives),
            )
        )
    behind = [0] * len(rows)
    if objectives:
        rows, behind = _against_each_other(rows, [sign for _, sign in objectives])
    order = sorted(
        zip(rows, behind, strict=True),
        key=lambda pair: (-pair[0].wishes_met, pair[0].miss, pair[1], energy(pair[0]), pair[0].record.index),
    )
    return [row for row, _ in order]


def _against_each_other(rows: Sequence[Row], signs: Sequence[float]) -> tuple[list[Row], list[int]]:
    """The rows, those on the Pareto front marked, and how many others are better than each in everything."""
    merits = np.array([row.objectives for row in rows]).reshape(len(rows), len(signs))
    merits = np.where(np.isnan(merits), -np.inf, merits * signs)
    behind = [int((merits > merit).all(axis=1).sum()) for merit in merits]
    beaten = [bool(((merits >= merit).all(axis=1) & (merits > merit).any(axis=1)).any()) for merit in merits]
    return [evolve(row, on_front=not it_is) for row, it_is in zip(rows, beaten, strict=True)], behind


def energy(row: Row) -> float:
    """kJ/mol per Si above quartz; infinite where nothing was relaxed."""
    return row.record.energy.value if row.record.energy else float("inf")


def name(record: Record) -> str | None:
    """What the framework is called; None when it is in no reference."""
    return record.identity.name if record.identity else None
