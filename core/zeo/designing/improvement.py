"""What a framework adds where something is to be as large or as small as can be: the expected improvement.

D. R. Jones, M. Schonlau and W. J. Welch, J. Global Optim. 13 (1998) 455. Of several objectives each round
looks along one direction: the least of their merits, each over its weight. Every point of the Pareto front
has the largest of these for some weights, and over directions drawn evenly a power of it has the hypervolume
as its mean: D. Golovin and Q. Zhang, ICML 2020 (PMLR 119).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

STEPS = 40
"""Of the integral over improvements."""

REACH = 5.0
"""Spreads above the mean up to which it is taken."""

LEAST_WEIGHT = 0.05
"""Of an objective in a direction, whose weights have a square sum of one."""


@frozen(eq=False)
class Direction:
    """A way to make one number of several objectives.

    Args:
        references: of each objective, a merit that is nothing to be proud of.
        units: of each, what its merits are measured in.
        weights: of each, above zero.
        bar: what is to be exceeded in this direction; minus infinity where anything counts.
    """

    references: tuple[float, ...]
    units: tuple[float, ...]
    weights: tuple[float, ...]
    bar: float = -math.inf

    def along(self, merits: Sequence[float]) -> float:
        """How far a framework gets, by its merits in the objectives; minus infinity where one is undefined.

        Without objectives all are alike.
        """
        scaled = zip(merits, self.references, self.units, self.weights, strict=True)
        return min(((merit - at) / (unit * weight) for merit, at, unit, weight in scaled), default=math.inf)

    def is_better(self, merits: Sequence[float]) -> bool:
        """Whether it gets beyond the bar."""
        return not merits or (all(map(math.isfinite, merits)) and self.along(merits) > self.bar)

    def expected_improvement(self, means: Sequence[float], spreads: Sequence[float]) -> float:
        """Mean of what is gained beyond the bar, by a framework of which merits are known as normal and
        independent.

        Where anything counts, the gain is that beyond the references.

        Args:
            means: of the merits; NaN where one is undefined, which gains nothing.
            spreads: standard deviations.
        """
        if any(mean != mean for mean in means):
            return 0.0
        unit = np.array(self.units) * self.weights
        centre, spread = (np.array(means) - self.references) / unit, np.array(spreads) / unit
        bar = self.bar if math.isfinite(self.bar) else min(0.0, float((centre - REACH * spread).min()))
        top = float((centre + REACH * spread).min())
        if top <= bar:
            return 0.0
        gains = np.linspace(bar, top, STEPS + 1)
        reached = _above((gains[:, None] - centre) / spread).prod(axis=1)
        return float(np.trapezoid(reached, gains))


def direction_for(
    number: int,
    seed: int,
    references: Sequence[float],
    units: Sequence[float],
    found: Sequence[Sequence[float]],
    best: int,
) -> Direction:
    """The direction of a round, in which the last of the best so far is to be exceeded.

    Args:
        number: of the round.
        seed: of the design.
        references: of the objectives.
        units: likewise.
        found: merits of the hits.
        best: so many count.
    """
    stream = np.random.default_rng([seed, number, len(units)])
    drawn = np.abs(stream.normal(size=len(units)))
    weights = np.maximum(drawn / (np.linalg.norm(drawn) or 1.0), LEAST_WEIGHT)
    if len(units) == 1:
        weights = np.ones(1)
    open_ended = Direction(tuple(references), tuple(units), tuple(map(float, weights)))
    if not units or len(found) < best:
        return open_ended
    reached = sorted(map(open_ended.along, found), reverse=True)
    return Direction(open_ended.references, open_ended.units, open_ended.weights, reached[best - 1])


def _above(bounds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of a standard normal distribution above some bounds."""
    from scipy.special import ndtr

    share: NDArray[np.float64] = ndtr(-bounds)
    return share
