"""The survivors of a run in order, the best first: as arrays, and one by one with their records."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, overload

import numpy as np
import pyarrow as pa
from attrs import define, field, fields, frozen
from numpy.typing import NDArray

from zeo.plugin.catalogue import Catalogue
from zeo.plugin.feasibility import SLC
from zeo.records.arrays import FEASIBILITY, feasible_in, is_text, numbers_in, texts_in, values_in
from zeo.records.columns import drawn
from zeo.records.record import Record
from zeo.records.store import Store, records_at
from zeo.running.plan import Plan
from zeo.running.wanted import objectives_of, relative_miss, wishes_of
from zeo.wishes.expressions import Formula
from zeo.wishes.wish import Wish

OF_SURVIVORS = ("index", "key", "code", "novelty", *FEASIBILITY)
"""Columns that are read of survivors, beside those that wishes and objectives ask about."""

AT_A_TIME = 1000
"""Records that are read together where all rows are asked for."""


@frozen
class Aims:
    """What a run was to find.

    Args:
        wishes: that a framework is to meet.
        objectives: each with the sign by which the largest value is the best.
        of_all_pores: the wishes as they were if closed pores counted too.
    """

    wishes: tuple[Wish, ...]
    objectives: tuple[tuple[Formula, float], ...]
    of_all_pores: tuple[Wish, ...]

    @classmethod
    def of(cls, plan: Plan) -> Aims:
        """Those of a plan."""
        return cls(
            tuple(wishes_of(plan.wishes, plan.catalogue)),
            tuple(objectives_of(plan.objectives, plan.catalogue)),
            tuple(wishes_of(plan.wishes, Catalogue(plan.columns, unblocked=True))),
        )

    @property
    def asked(self) -> frozenset[str]:
        """The quantities that they ask about."""
        formulas = [wish.formula for wish in (*self.wishes, *self.of_all_pores)]
        formulas += [each for each, _ in self.objectives]
        return frozenset(name for each in formulas for name in each.names)

    @property
    def names(self) -> tuple[str, ...]:
        """The same without those that are read anyway."""
        return tuple(sorted(self.asked.difference(OF_SURVIVORS)))

    @property
    def columns(self) -> tuple[str, ...]:
        """The same, and the quantities of what was drawn."""
        asked = {name for wish in self.wishes for name in wish.formula.names}
        return (*self.names, *map(drawn, sorted(asked)))


@frozen(kw_only=True, eq=False)
class Survivors:
    """The survivors in order, an array [n] of each fact.

    Args:
        indices: of the candidates.
        firsts: index of the first survivor with the same net, itself perhaps.
        names: of the nets; None where a net has none.
        novelties: see :data:`zeo.plugin.framework.NOVELTIES`; None without a net.
        energies: kJ/mol per Si above quartz; infinite where nothing was relaxed.
        on_slc_scale: whether these are by the potential by which feasibility is judged.
        feasible: whether they are feasible; False where that is not known.
        wishes_met: how many wishes each meets.
        misses: sum over the wishes of the distance to the range, relative to the range's larger bound.
        objectives: [n, k], values of what is to be maximised or minimised; NaN where undefined.
        on_front: whether no other survivor is better in one objective and no worse in the others.
        in_closed_pores: whether it would meet all wishes if closed pores counted, and does not.
        wishes: how many there are.
    """

    indices: NDArray[np.int64]
    firsts: NDArray[np.int64]
    names: NDArray[np.object_]
    novelties: NDArray[np.object_]
    energies: NDArray[np.float64]
    on_slc_scale: NDArray[np.bool_]
    feasible: NDArray[np.bool_]
    wishes_met: NDArray[np.int64]
    misses: NDArray[np.float64]
    objectives: NDArray[np.float64]
    on_front: NDArray[np.bool_]
    in_closed_pores: NDArray[np.bool_]
    wishes: int

    def __len__(self) -> int:
        return len(self.indices)

    @property
    def has_net(self) -> NDArray[np.bool_]:
        """Whether its net was identified."""
        return np.array([novelty is not None for novelty in self.novelties], dtype=bool)

    def at(self, places: NDArray[np.int64]) -> Survivors:
        """Some of them."""
        arrays = {each.name: getattr(self, each.name)[places] for each in fields(Survivors)[:-1]}
        return Survivors(**arrays, wishes=self.wishes)

    @property
    def is_first(self) -> NDArray[np.bool_]:
        """Whether no survivor before it in the run has the same net."""
        same: NDArray[np.bool_] = self.firsts == self.indices
        return same


@frozen(kw_only=True)
class Row:
    """A survivor in the summary.

    Args:
        record: the survivor's record.
        duplicate_of: id of the first survivor with the same net; None for that first one.
        wishes_met: how many of the wishes it meets.
        miss: sum over the wishes of the distance to the range, relative to the range's larger bound.
        on_front: whether no other survivor is better in one objective and no worse in the others.
        in_closed_pores: whether it would meet all wishes if closed pores counted, and does not.
        on_target: whether it meets every wish.
    """

    record: Record
    duplicate_of: str | None
    wishes_met: int
    miss: float
    on_front: bool = False
    in_closed_pores: bool = False
    on_target: bool = False


@define
class Rows(Sequence[Row]):
    """The survivors with their records, which are read as they are asked for.

    Args:
        survivors: in order.
        store: where the records are.
    """

    survivors: Survivors
    store: Store = field(repr=False)

    def __len__(self) -> int:
        return len(self.survivors)

    @overload
    def __getitem__(self, place: int) -> Row: ...

    @overload
    def __getitem__(self, place: slice) -> list[Row]: ...

    def __getitem__(self, place: int | slice) -> Row | list[Row]:
        if isinstance(place, slice):
            return self._rows(range(*place.indices(len(self))))
        return self._rows([range(len(self))[place]])[0]

    def __iter__(self) -> Iterator[Row]:
        for start in range(0, len(self), AT_A_TIME):
            yield from self[start : start + AT_A_TIME]

    def _rows(self, places: Sequence[int]) -> list[Row]:
        indices = self.survivors.indices[list(places)].tolist()
        records = records_at(self.store, indices)
        return [self._row(place, records[index]) for place, index in zip(places, indices, strict=True)]

    def _row(self, place: int, record: Record) -> Row:
        survivors = self.survivors
        first, met = int(survivors.firsts[place]), int(survivors.wishes_met[place])
        return Row(
            record=record,
            duplicate_of=None if first == record.index else f"{first:06d}",
            wishes_met=met,
            miss=float(survivors.misses[place]),
            on_front=bool(survivors.on_front[place]),
            in_closed_pores=bool(survivors.in_closed_pores[place]),
            on_target=met == survivors.wishes,
        )


@frozen
class _Judged:
    """Survivors in the order of their table, an array [n] of each fact; see :class:`Survivors`."""

    met: NDArray[np.int64]
    misses: NDArray[np.float64]
    objectives: NDArray[np.float64]
    beaten: NDArray[np.int64]
    energies: NDArray[np.float64]
    in_closed_pores: NDArray[np.bool_]

    @classmethod
    def by(cls, table: pa.Table, aims: Aims) -> _Judged:
        count = len(table)
        values = values_in(table, aims.asked)
        met = _met(aims.wishes, values, count)
        objectives = np.empty((count, len(aims.objectives)))
        for column, (each, _) in enumerate(aims.objectives):
            objectives[:, column] = each.of(values)
        merits = objectives * [sign for _, sign in aims.objectives]
        beaten = times_beaten(np.where(np.isnan(merits), -np.inf, merits))
        energies = numbers_in(table, "energy")
        return cls(
            met=met,
            misses=sum((relative_miss(wish, values) for wish in aims.wishes), np.zeros(count)),
            objectives=objectives,
            beaten=beaten,
            energies=np.where(np.isnan(energies), math.inf, energies),
            in_closed_pores=(_met(aims.of_all_pores, values, count) == len(aims.wishes))
            & (met < len(aims.wishes)),
        )

    def order(self, table: pa.Table) -> NDArray[np.int64]:
        keys = (table["index"].to_numpy(), self.energies, self.beaten, self.misses, -self.met)
        return np.lexsort(keys)


def order_of(table: pa.Table, aims: Aims) -> NDArray[np.int64]:
    """The rows of survivors, best first.

    Wishes met first, then the distance to them, then objectives, then energy, then index. Several objectives
    rank by how many survivors beat each: those on the Pareto front first.

    Args:
        table: of the survivors, with the columns that the aims ask about and :data:`OF_SURVIVORS`.
        aims: what was to be found.
    """
    return _Judged.by(table, aims).order(table)


def ranked(table: pa.Table, aims: Aims) -> Survivors:
    """The survivors of a run in that order.

    Args:
        table: see :func:`order_of`; in the order of their index.
        aims: of the run.
    """
    judged = _Judged.by(table, aims)
    order = judged.order(table)
    return Survivors(
        indices=table["index"].to_numpy()[order],
        firsts=_firsts(table)[order],
        names=texts_in(table, "code")[order],
        novelties=texts_in(table, "novelty")[order],
        energies=judged.energies[order],
        on_slc_scale=is_text(table, "potential", SLC)[order],
        feasible=feasible_in(table)[order],
        wishes_met=judged.met[order],
        misses=judged.misses[order],
        objectives=judged.objectives[order],
        on_front=(judged.beaten[order] == 0) & bool(aims.objectives),
        in_closed_pores=judged.in_closed_pores[order],
        wishes=len(aims.wishes),
    )


def _met(wishes: Sequence[Wish], values: Mapping[str, NDArray[Any]], count: int) -> NDArray[np.int64]:
    """How many wishes each survivor meets."""
    return sum((np.broadcast_to(wish.met_by(values), count) for wish in wishes), np.zeros(count, dtype=int))


def _firsts(table: pa.Table) -> NDArray[np.int64]:
    """For each survivor, the index of the first one with its net; of one without a net, its own."""
    indices: NDArray[np.int64] = table["index"].to_numpy()
    nets = table["key"].combine_chunks().dictionary_encode().indices
    numbers = nets.fill_null(-1).to_numpy()
    first_rows = np.full(int(numbers.max(initial=-1)) + 1, len(indices))
    np.minimum.at(first_rows, numbers[numbers >= 0], np.flatnonzero(numbers >= 0))
    rows = np.where(numbers < 0, np.arange(len(indices)), first_rows[numbers] if len(first_rows) else 0)
    return indices[rows]


def times_beaten(merits: NDArray[np.float64]) -> NDArray[np.int64]:
    """How many others beat each: they are better in one objective and no worse in the others. Those that
    none beats are the Pareto front.

    Args:
        merits: [n, k], the larger the better.
    """
    count, objectives = merits.shape
    if objectives == 0:
        return np.zeros(count, dtype=int)
    if objectives == 1:
        single = merits[:, 0]
        return np.asarray(count - np.searchsorted(np.sort(single), single, side="right"))
    beating = [(merits >= merit).all(axis=1) & (merits > merit).any(axis=1) for merit in merits]
    return np.array([others.sum() for others in beating], dtype=int)
