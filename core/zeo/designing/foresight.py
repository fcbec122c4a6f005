"""The chance that a framework hits once it is relaxed, from what is known before; learned on the way.

The error of a judgement before relaxation counts as normal, with the mean and the spread that relaxed
frameworks of a like value showed; errors of several aims count as independent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from zeo.designing.goal import Aim

TRUST = 5.0
"""Relaxed frameworks that the spread assumed at first is worth."""

ASSUMED_SPREAD = 0.15
"""Of errors at first, in units of the aim's scale."""

ALIKE = 0.5
"""Values closer than this, in the same units, have errors alike."""

LARGEST_ERROR = 3.0
"""In the same units: one outlier, such as an undefined heat of closed pores, teaches no more."""

MEMORY = 300
"""The latest relaxed frameworks, from which errors are learned."""


@define
class Foresight:
    """What relaxation does to the numbers of a goal.

    Args:
        aims: whose chances are told.
    """

    aims: Sequence[Aim]
    _before: dict[str, list[float]] = field(factory=dict)
    _errors: dict[str, list[float]] = field(factory=dict)
    _met: dict[str, list[bool]] = field(factory=dict)

    def learn(self, before: Mapping[str, float | None], after: Mapping[str, float | None]) -> None:
        """A framework was relaxed.

        Args:
            before: values of aims by name; None where unknown.
            after: likewise.
        """
        for aim in self.aims:
            told, found = before.get(aim.name), after.get(aim.name)
            if told is None and found is not None:
                self._met.setdefault(aim.name, []).append(aim.miss(found) == 0.0)
            if told is not None and found is not None:
                error = float(np.clip((found - told) / aim.scale, -LARGEST_ERROR, LARGEST_ERROR))
                self._before.setdefault(aim.name, []).append(told / aim.scale)
                self._errors.setdefault(aim.name, []).append(error)
                del self._before[aim.name][:-MEMORY], self._errors[aim.name][:-MEMORY]

    def chance(self, aims: Sequence[Aim], before: Mapping[str, float | None]) -> float:
        """That aims are met after relaxation; one of which nothing is known is met as often as before.

        Args:
            aims: some of those that are learned about, within the bounds that count now.
            before: values of aims by name; NaN where undefined, which rules a hit out, None where unknown.
        """
        return math.prod(self._chance(aim, before.get(aim.name)) for aim in aims)

    def _chance(self, aim: Aim, told: float | None) -> float:
        if told is None:
            met = self._met.get(aim.name, [])
            return (1 + sum(met)) / (1 + len(met))
        if told != told:
            return 0.0
        if aim.by_net:
            return float(aim.miss(told) == 0.0)
        bias, spread = self.error(aim, told)
        low, high = ((bound - told) / aim.scale - bias for bound in (aim.low, aim.high))
        return _below(high / spread) - _below(low / spread)

    def error(self, aim: Aim, told: float) -> tuple[float, float]:
        """Mean and spread of the errors of judgements like this one, in units of the aim's scale."""
        values: NDArray[np.float64] = np.array(self._before.get(aim.name, ()))
        errors: NDArray[np.float64] = np.array(self._errors.get(aim.name, ()))
        weights = np.exp(-0.5 * ((values - told / aim.scale) / ALIKE) ** 2)
        total = TRUST + weights.sum()
        bias = float((weights * errors).sum() / total)
        square = TRUST * ASSUMED_SPREAD**2 + (weights * (errors - bias) ** 2).sum()
        return bias, float(np.sqrt(square / total))


def _below(bound: float) -> float:
    """Share of a standard normal distribution below a bound."""
    return 0.5 * (1.0 + math.erf(bound / math.sqrt(2.0)))
