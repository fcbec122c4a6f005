"""Which known frameworks a sample that aims at something is to begin from: those likely to end there.

What is drawn from a framework has not the same properties: the network draws other atoms, and relaxation
moves them.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from zeo.wishes.full_name import FullName
from zeo_learning.condition import transformed

DRIFT = {"void_fraction": (0.012, 0.0, 0.1), "qst": (1.2, 4.0, 0.0), "kh": (0.4, 2.8, 0.0)}
"""How far a property of a sample, relaxed, lies from that of the framework that it was drawn from, as a
standard deviation on the scale of :func:`transformed`: a + b exp(-v / :data:`NARROW`) + c v, where v is the
void fraction of that framework. A heat of adsorption changes by kilojoules as soon as a narrow pore does.
Measured on 352 frameworks that zeodiff drew, by the median absolute deviation."""

NARROW = 0.04
"""Void fraction."""

UNMEASURED = 0.3
"""The drift of all other properties, in standard deviations of the training set: a guess."""

SHARPEST = 4
"""Largest power of the odds."""


def chances_to_hit(
    properties: Mapping[str, NDArray[np.float32]], values: Mapping[str, float], at_least: int
) -> NDArray[np.float64] | None:
    """How likely each framework is to be drawn from, [m], for a sample that aims at some values; None for all
    alike.

    Its odds are those of what is drawn from it to have these values, if properties are normally distributed
    around those of the framework (:data:`DRIFT`), raised to a power: 1 would give all frameworks that have
    the values their due, more prefers those that are likely to hit. The power is :data:`SHARPEST`, or less
    where too few would be left.

    Args:
        properties: [m] for each quantity that is known of some, NaN where it is not.
        values: that are aimed at, by quantity.
        at_least: frameworks that are to be left in effect, however rare the values, if there are ten times as
            many.
    """
    aims = [(name, value) for name, value in values.items() if name in properties]
    if not aims:
        return None
    log_odds = np.sum([_log_odds(properties, name, value) for name, value in aims], axis=0)
    known = np.flatnonzero(~np.isnan(log_odds))
    if len(known) == 0:
        return None
    chances = np.zeros(len(log_odds))
    for power in np.geomspace(SHARPEST, SHARPEST / 64, 13):
        odds = np.exp(power * (log_odds[known] - log_odds[known].max()))
        chances[known] = odds / odds.sum()
        if 1.0 / np.square(chances).sum() >= min(at_least, len(known) / 10):
            break
    return chances


def _log_odds(properties: Mapping[str, NDArray[np.float32]], name: str, value: float) -> NDArray[np.float64]:
    """Of each framework, that one drawn from it has a value of a property; NaN where unknown."""
    known = properties[name]
    full = FullName.of(name)
    void = properties.get(f"{full.subject}.void_fraction", np.full(len(known), NARROW))
    spread = float(np.nanstd(known)) or 1.0  # frameworks that are all alike
    least, narrow, wide = DRIFT.get(full.quantity, (UNMEASURED * spread, 0.0, 0.0))
    drift = least + narrow * np.exp(-void / NARROW) + wide * void
    away = (transformed(name, known) - transformed(name, value)) / drift
    log_odds: NDArray[np.float64] = -0.5 * np.square(away) - np.log(drift)
    return log_odds
