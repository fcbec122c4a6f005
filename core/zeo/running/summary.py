"""Count and rank: from the records of a run to its funnel and its ordered survivors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from zeo.plugin.columns import Column, column_of
from zeo.plugin.facts import RelaxFacts, RepairFacts
from zeo.plugin.targets import Target, miss
from zeo.running.achieved import Achieved, Met
from zeo.running.feasibility import SLC, is_feasible
from zeo.running.plan import Plan
from zeo.running.record import Record


@frozen(kw_only=True)
class Row:
    """A survivor in the summary.

    Args:
        record: the survivor's record.
        duplicate_of: id of the first survivor with the same net; None for that first one.
        targets_hit: how many of the targets its properties meet, within their tolerance.
        miss: sum over the targets of the distance to the range, relative to the range's larger bound.
    """

    record: Record
    duplicate_of: str | None
    targets_hit: int
    miss: float


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
    """

    drawn: int
    perfect_before: int | None
    funnel: tuple[StageCount, ...]
    from_known: int
    returned: int
    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    achieved: tuple[Achieved, ...]

    @property
    def targets(self) -> tuple[Target, ...]:
        """What was wanted."""
        return tuple(achieved.target for achieved in self.achieved)

    @property
    def distinct(self) -> int:
        """Different nets among the survivors."""
        return sum(row.duplicate_of is None for row in self.rows)

    @property
    def distinct_named(self) -> int:
        """Different nets among the survivors that a reference knows."""
        return len({name(row.record) for row in self.rows} - {None})

    def below(self, limit: float) -> int:
        """Survivors whose energy by the SLC potential is at most ``limit`` kJ/mol per Si above quartz."""
        energies = [row.record.energy for row in self.rows]
        return sum(e is not None and e.potential == SLC and e.value <= limit for e in energies)

    @property
    def on_target(self) -> int:
        """Survivors that hit every target."""
        return sum(row.targets_hit == len(self.targets) for row in self.rows)


def summarise(records: Iterable[Record], plan: Plan) -> Summary:
    """Count and rank the records of a run."""
    stages, columns = plan.stages, plan.columns
    aims = [(target, column_of(target, columns)) for target in plan.targets]
    survivors: list[Record] = []
    drawn_values: list[list[float | None]] = [[] for _ in aims]
    passed: Counter[str] = Counter()
    lost: dict[str, Counter[str]] = {stage: Counter() for stage in stages}
    stated: list[bool | None] = []  # by the repairs: whether atoms were perfect before
    drawn = from_known = returned = 0
    for record in records:
        drawn += 1
        if any(step.stage == "repair" for step in record.history):
            stated.append(record.facts(RepairFacts).perfect_before)
        for values, (_, column) in zip(drawn_values, aims, strict=True):
            if column.probe in record.grid_properties:
                values.append(record.grid_properties[column.probe][column.quantity.name].value)
        stopped = record.lost_at
        if stopped is None:
            survivors.append(record)
        else:
            lost[stopped.stage][stopped.reason] += 1
        passed.update({step.stage for step in record.history} - ({stopped.stage} if stopped else set()))
        if "framework" in record.source:
            from_known += 1
            returned += record.survived and name(record) == record.source["framework"]
    return Summary(
        drawn=drawn,
        perfect_before=counted(stated) if "repair" in stages else None,
        funnel=tuple(StageCount(stage=s, passed=passed[s], lost=dict(lost[s])) for s in stages),
        from_known=from_known,
        returned=returned,
        rows=tuple(rank(survivors, aims)),
        columns=columns,
        achieved=tuple(
            Achieved(
                target=target, drawn=Met.by(target, values), frameworks=met_by(survivors, target, column)
            )
            for (target, column), values in zip(aims, drawn_values, strict=True)
        ),
    )


def counted(stated: Sequence[bool | None]) -> int | None:
    """How many are True; None where nobody says."""
    known = [fact for fact in stated if fact is not None]
    return sum(known) if known or not stated else None


def met_by(survivors: Sequence[Record], target: Target, column: Column) -> Met:
    """How the feasible survivors meet a target; all of them where nothing says which are feasible."""
    known = feasibility_known(survivors)
    chosen = [
        record
        for record in survivors
        if not known or is_feasible(record.energy, record.facts(RelaxFacts).net_unchanged)
    ]
    return Met.by(target, [column.of(record.properties).value for record in chosen])


def feasibility_known(survivors: Iterable[Record]) -> bool:
    """Whether their energies say which of them are feasible."""
    return any(record.energy is not None and record.energy.potential == SLC for record in survivors)


def rank(survivors: Sequence[Record], aims: Sequence[tuple[Target, Column]]) -> list[Row]:
    """Targets hit first, then distance to the targets, then energy, then id."""
    first: dict[str, str] = {}
    rows = []
    for record in survivors:
        original = first.setdefault(record.identity.key, record.id) if record.identity else record.id
        values = [(target, column.of(record.properties)) for target, column in aims]
        rows.append(
            Row(
                record=record,
                duplicate_of=original if original != record.id else None,
                targets_hit=sum(target.hit_by(measured.value) for target, measured in values),
                miss=sum(miss(target, measured) for target, measured in values),
            )
        )
    return sorted(rows, key=lambda row: (-row.targets_hit, row.miss, energy(row), row.record.index))


def energy(row: Row) -> float:
    """kJ/mol per Si above quartz; infinite where nothing was relaxed."""
    return row.record.energy.value if row.record.energy else float("inf")


def name(record: Record) -> str | None:
    """What the framework is called; None when it is in no reference."""
    return record.identity.name if record.identity else None
