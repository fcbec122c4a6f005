"""Which frameworks are changed into new ones: near the goal, little used, of lineages that have not hit
often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from zeo.designing.lineages import Lineages

EXHAUSTION = 8.0
"""So many times more rarely is a framework drawn after each use: most of its children come at the first."""

SATIATION = 2.0
"""So many times more rarely for each hit of its lineage."""

EFFECTIVE = 30.0
"""Frameworks to choose from in effect, however rare the goal: the fewer are near, the farther is looked."""

NARROWEST, WIDENINGS = 0.05, np.geomspace(1, 64, 13)
"""Distances to the goal over which the odds fall by e, in units of the goal's scales."""


@define
class Pool:
    """Frameworks by position: the known ones, then those found.

    Args:
        largest: T atoms of a framework that is changed.
        lineages: what came of their descendants.
    """

    largest: int
    lineages: Lineages
    _miss: NDArray[np.float64] = field(factory=lambda: np.empty(0))
    _sizes: NDArray[np.int64] = field(factory=lambda: np.empty(0, dtype=np.int64))
    _members: dict[str, list[int]] = field(factory=dict)
    _uses: Counter[int] = field(factory=Counter)

    def __len__(self) -> int:
        return len(self._miss)

    def add(self, miss: Sequence[float], t_atoms: Sequence[int], ancestors: Sequence[str]) -> None:
        """More frameworks: how far each is from the goal (infinite for one that is not to be changed), its
        size and its first ancestor."""
        for position, ancestor in enumerate(ancestors, len(self)):
            self._members.setdefault(ancestor, []).append(position)
        self._miss = np.append(self._miss, np.asarray(miss, dtype=np.float64))
        self._sizes = np.append(self._sizes, np.asarray(t_atoms, dtype=np.int64))

    def revalue(self, miss: NDArray[np.float64]) -> None:
        """The first ones are now known to be so far from the goal."""
        self._miss[: len(miss)] = miss

    def use(self, positions: Sequence[int]) -> None:
        """Frameworks were changed."""
        self._uses.update(positions)

    def usable(self, start: int = 0, stop: int | None = None) -> NDArray[np.int64]:
        """Positions of those that may be changed, within a range."""
        some = slice(start, stop)
        return start + np.flatnonzero(np.isfinite(self._miss[some]) & (self._sizes[some] <= self.largest))

    def draw(self, stream: np.random.Generator, count: int, start: int, stop: int) -> list[int]:
        """Positions of different frameworks within a range; fewer where there are no more.

        Args:
            stream: of random numbers.
            count: at most.
            start: of the range.
            stop: its end.
        """
        some = self.usable(start, stop)
        if not len(some):
            return []
        miss = self._miss[some]
        fresh = self._freshness()[some]
        odds = np.empty(0)
        for width in NARROWEST * WIDENINGS:
            logarithms = fresh - (miss - miss.min()) / width
            odds = np.exp(logarithms - logarithms.max())  # the largest is 1, however worn all are
            if odds.sum() ** 2 >= min(EFFECTIVE, len(some) / 2) * (odds**2).sum():
                break
        possible = int((odds > 0).sum())
        drawn = stream.choice(some, min(count, possible), replace=False, p=odds / odds.sum())
        return [int(position) for position in drawn]

    def _freshness(self) -> NDArray[np.float64]:
        """Logarithm of how much more often each framework is drawn than one that was never used and whose
        lineage has not been tried."""
        fresh = np.zeros(len(self))
        for at, uses in self._uses.items():
            fresh[at] = -uses * np.log(EXHAUSTION)
        for lineage, firmness in self.lineages.firmnesses().items():
            satiation = self.lineages.hits_of(lineage) * np.log(SATIATION)
            fresh[self._members.get(lineage, [])] += np.log(firmness) - satiation
        return fresh
