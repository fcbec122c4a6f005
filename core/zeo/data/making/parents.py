"""Which frameworks, given or of the growing data set itself, are changed into new ones.

Only what the choice needs is kept in memory; the atoms stay in the files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from zeo.data.sets.entry import FEASIBLE

COLUMNS = ("key", "lineage", "generation", "density", "energy", "verdict")
"""Of a data set, that the choice needs; who has no lineage is the first of its own."""

OLDEST_GENERATION = 6
"""Later ones have no children: after so many changes frameworks are large, dense and much alike."""

LARGEST_LINEAGE = 200
"""Feasible frameworks with one ancestor; no more children then, so that no ancestor dominates."""

OPEN_DENSITY = 15.0
"""T per 1000 A3. A framework denser by one is chosen half as often: changes make open ones rarely."""

LOW_ENERGY = 16.0
"""kJ/mol Si. One higher by :data:`ENERGY_STEP` is chosen half as often: children are much like their parents
(r = 0.86)."""

ENERGY_STEP = 1.0

EXHAUSTION = 16.0
"""A framework is chosen so many times more rarely after each use: most of its children come at the first."""


@define
class Parents:
    """The feasible frameworks of data sets, by their positions in these, one set after another."""

    _frameworks: int = 0
    _positions: NDArray[np.int64] = field(factory=lambda: np.empty(0, np.int64))
    _lineages: NDArray[np.int64] = field(factory=lambda: np.empty(0, np.int64))
    _generations: NDArray[np.int64] = field(factory=lambda: np.empty(0, np.int64))
    _densities: NDArray[np.float64] = field(factory=lambda: np.empty(0))
    _energies: NDArray[np.float64] = field(factory=lambda: np.empty(0))
    _uses: NDArray[np.float64] = field(factory=lambda: np.empty(0))
    _numbers: dict[str, int] = field(factory=dict)

    def __len__(self) -> int:
        return len(self._positions)

    def add(self, columns: Mapping[str, Sequence[object] | NDArray[np.generic]]) -> None:
        """Frameworks appended to the data set: its :data:`COLUMNS`, one value for each."""
        feasible = np.array([verdict == FEASIBLE for verdict in columns["verdict"]], dtype=bool)
        lineages = (each or key for each, key in zip(columns["lineage"], columns["key"], strict=True))
        numbers = [self._numbers.setdefault(str(each), len(self._numbers)) for each in lineages]
        chosen = np.flatnonzero(feasible)
        self._positions = np.append(self._positions, self._frameworks + chosen)
        self._lineages = np.append(self._lineages, np.array(numbers, dtype=np.int64)[chosen])
        self._generations = np.append(
            self._generations, np.array(columns["generation"], dtype=np.int64)[chosen]
        )
        # stored with 32 bits: the same whether they were just measured or read again
        densities = np.array(columns["density"], dtype=np.float32)[chosen]
        self._densities = np.append(self._densities, densities.astype(np.float64))
        energies = np.array(columns["energy"], dtype=np.float32)[chosen]
        self._energies = np.append(self._energies, np.nan_to_num(energies.astype(np.float64)))
        self._uses = np.append(self._uses, np.zeros(len(chosen)))
        self._frameworks += len(feasible)

    def draw(self, stream: np.random.Generator, count: int) -> NDArray[np.int64]:
        """Positions of up to ``count`` different frameworks; rarely used, open and low ones are preferred."""
        weights = self._weights()
        eligible = np.flatnonzero(weights)
        if not len(eligible):
            return eligible
        odds = weights[eligible] / weights.sum()
        drawn = eligible[stream.choice(len(eligible), min(count, len(eligible)), replace=False, p=odds)]
        self._uses[drawn] += 1
        return self._positions[drawn]

    def _weights(self) -> NDArray[np.float64]:
        sizes = np.bincount(self._lineages, minlength=1)
        young = self._generations < OLDEST_GENERATION
        spread = sizes[self._lineages] < LARGEST_LINEAGE
        excess = np.maximum(self._densities - OPEN_DENSITY, 0.0)
        strain = np.maximum(self._energies - LOW_ENERGY, 0.0) / ENERGY_STEP
        fresh = EXHAUSTION**-self._uses
        weights: NDArray[np.float64] = np.exp2(-excess - strain) * fresh * (young & spread)
        return weights
