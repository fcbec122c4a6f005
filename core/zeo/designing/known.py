"""Known frameworks as a design sees them: which meet its wishes already, and how far the others are.

What the columns of the data sets do not have, such as adsorption at pressure, is measured on some frameworks
and guessed for the others by ridge regression on what the columns have.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from zeo.data.making.ancestry import entry_at
from zeo.data.sets.entry import FEASIBLE, Entry
from zeo.data.sets.store import DataSet
from zeo.designing.goal import ENERGY, Aim, Goal, spread
from zeo.designing.recipe import Resolved
from zeo.plugin.feasibility import MADE_BELOW
from zeo.plugin.framework import IZA, KNOWN, crystal_system
from zeo.wishes.full_name import FullName

STRAIN = 0.3 / 4.0
"""Distance to the goal that each kJ/mol Si above that counts as, for parents."""

RIDGE = 0.01
"""Of the regression, on columns of unit spread, for each framework measured."""

CLIPPED = 4.0
"""Spreads; what is farther off is counted as so far."""


def _system_of(space_group: float) -> str | None:
    return crystal_system(int(space_group)) if space_group == space_group else None


def sources_of(names: Sequence[str], sets: Sequence[DataSet]) -> tuple[str, ...]:
    """What a design says of the frameworks that it began with: rounds tell them by their positions."""
    return tuple(f"{name} ({len(data)})" for name, data in zip(names, sets, strict=True))


FOLLOWING: Mapping[str, tuple[str, Callable[[Any], str | None]]] = {
    "crystal_system": ("space_group", _system_of),
    "novelty": ("code", lambda code: KNOWN if code is None else IZA),
}
"""Texts that follow from a column."""


Measured = dict[int, Mapping[str, float | None]]
"""Values by name, of frameworks by position; None where undefined."""


@define(slots=False)
class Known:
    """The frameworks of some data sets, one set after another.

    Args:
        sets: that they are of.
        goal: of the design.
        measured: what was measured on some frameworks.
        otherwise: columns that count as missing: one of the sets measured them with other options.
    """

    sets: tuple[DataSet, ...]
    goal: Goal
    measured: Measured = field(factory=dict)
    otherwise: frozenset[str] = frozenset()
    _read: dict[str, NDArray[Any]] = field(factory=dict)

    @classmethod
    def to(cls, design: Resolved, sets: Sequence[DataSet], measured: Measured | None = None) -> Known:
        """The frameworks of some data sets, as a design may rely on their columns."""
        otherwise = frozenset[str]().union(*map(design.measured_otherwise_in, sets))
        return cls(tuple(sets), design.goal, measured or {}, otherwise)

    def __len__(self) -> int:
        return sum(map(len, self.sets))

    def column(self, name: str) -> NDArray[Any]:
        """A column of all of them, or what follows from one; read once."""
        if name not in self._read:
            if name in FOLLOWING:
                column, what = FOLLOWING[name]
                values = np.array([what(value) for value in self.column(column)], dtype=object)
            else:
                values = np.concatenate([data.column(name) for data in self.sets])
            self._read[name] = values
        return self._read[name]

    @cached_property
    def keys(self) -> frozenset[str]:
        return frozenset(self.column("key").tolist())

    @cached_property
    def feasible(self) -> NDArray[np.bool_]:
        """Which of them converged, kept their nets and lie low enough; of those with one net the first."""
        feasible = self.column("verdict") == FEASIBLE
        _, first = np.unique(self.column("key")[feasible].astype(str), return_index=True)
        distinct = np.zeros(len(self), dtype=bool)
        distinct[np.flatnonzero(feasible)[first]] = True
        return distinct

    @cached_property
    def columns(self) -> frozenset[str]:
        """The columns that all data sets have, measured alike, and what follows from them."""
        return (self._shared - self.otherwise) | set(FOLLOWING)

    @cached_property
    def _shared(self) -> frozenset[str]:
        return frozenset.intersection(*(frozenset(data.columns) for data in self.sets))

    @property
    def missing(self) -> tuple[str, ...]:
        """What the goal speaks of and no column has."""
        return tuple(name for name in self.goal.names if name not in self.columns)

    @property
    def looked_at(self) -> int:
        """Feasible frameworks of which all that the goal speaks of is known."""
        return len(self.measured) if self.missing else int(self.feasible.sum())

    def values(self) -> dict[str, NDArray[Any]]:
        """What the goal speaks of, of all frameworks: by columns, by measurement, or NaN."""
        found: dict[str, NDArray[Any]] = {}
        for name in self.goal.names:
            if name in self.columns:
                column = self.column(name)
                found[name] = column if column.dtype == object else column.astype(float)
            else:
                found[name] = np.full(len(self), np.nan)
                for position, measured in self.measured.items():
                    value = measured.get(name)
                    found[name][position] = math.nan if value is None else value
        return found

    def hits(self) -> NDArray[np.int64]:
        """Positions of the feasible ones that meet every wish by what is known of them."""
        met = self.feasible.copy()
        values = self.values()
        for wish in self.goal.wishes:
            met &= wish.met_by(values)
        return np.flatnonzero(met)

    def hits_best_first(self) -> NDArray[np.int64]:
        """The same: IZA types first, then by energy."""
        positions = self.hits()
        codes, energies = self.column("code")[positions], self.column(ENERGY)[positions]
        order = np.lexsort((energies, np.array([code is None for code in codes], dtype=bool)))
        return positions[order]

    def numbers(self, aims: Sequence[Aim]) -> dict[str, NDArray[np.float64]]:
        """The number of each aim, of all frameworks; guessed where it was not measured."""
        values = self.values()
        found = {}
        for aim in aims:
            number = np.broadcast_to(np.asarray(aim.formula.of(values), dtype=float), len(self)).copy()
            if set(aim.formula.names) & set(self.missing):
                guessed = self._guessed(number)
                number = np.where(np.isnan(number), guessed, number)
            found[aim.name] = number
        return found

    def _guessed(self, number: NDArray[np.float64]) -> NDArray[np.float64]:
        """A number of all frameworks from those of a few; all alike where there are too few."""
        there = np.flatnonzero(np.isfinite(number))
        if len(there) < 2:
            return np.zeros(len(self)) if not len(there) else np.full(len(self), number[there[0]])
        mean, scale = number[there].mean(), number[there].std() or 1.0
        some = self._features[there]
        square = some.T @ some + RIDGE * len(there) * np.eye(some.shape[1])
        weights = np.linalg.solve(square, some.T @ (number[there] - mean) / scale)
        guess: NDArray[np.float64] = mean + scale * np.clip(self._features @ weights, -CLIPPED, CLIPPED)
        return guess

    @cached_property
    def _features(self) -> NDArray[np.float64]:
        """Columns of numbers, however measured, and their products in pairs, of unit spread."""
        names = ["density", ENERGY, "largest_ring", *self._properties]
        columns = []
        for name in names:
            column = self.column(name).astype(float)
            if FullName.of(name).is_henry_coefficient:
                column = np.log(np.maximum(column, 1e-6))
            centre = np.nanmedian(column) if np.isfinite(column).any() else 0.0
            column = np.where(np.isfinite(column), column, centre)
            columns.append(np.clip((column - centre) / spread(column), -CLIPPED, CLIPPED))
        linear = np.stack(columns, axis=1)
        first, second = np.triu_indices(linear.shape[1])
        products = linear[:, first] * linear[:, second]
        features = np.concatenate([np.ones((len(self), 1)), linear, products], axis=1)
        scaled: NDArray[np.float64] = features / np.maximum(features.std(axis=0), 1.0)
        return scaled

    @property
    def _properties(self) -> list[str]:
        own = {column.name for data in self.sets for column in data.description.properties}
        return sorted(own & self._shared)

    def misses(self, aims: Sequence[Aim], objectives: Sequence[Aim]) -> NDArray[np.float64]:
        """How far each is from the goal, as parents are chosen by it; infinite where it is not feasible.

        Args:
            aims: with their scales.
            objectives: with their scales; a bound is what is as good as can be hoped for.
        """
        numbers = self.numbers([*aims, *objectives])
        miss = np.zeros(len(self))
        for aim in (*aims, *objectives):
            miss += np.minimum(aim.miss(numbers[aim.name]), 1e6)
        energy = np.nan_to_num(self.column(ENERGY).astype(float))
        miss += STRAIN * np.maximum(energy - MADE_BELOW, 0.0)
        return np.where(self.feasible, miss, np.inf)

    def chosen(self, which: NDArray[np.bool_]) -> list[DataSet]:
        """Those of each data set of which a mask over all of them holds."""
        ends = np.cumsum([len(data) for data in self.sets])
        parts = np.split(which, ends[:-1])
        return [data.where(part) for data, part in zip(self.sets, parts, strict=True)]

    def entry(self, position: int) -> Entry:
        """One of them."""
        return entry_at([*self.sets, self.sets[-1]], position)
