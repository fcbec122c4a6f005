"""What a run achieved of its wishes: on the grids as drawn, and on the frameworks that came of them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from zeo.wishes.wish import Wish


@frozen
class Judged:
    """A sample as a wish sees it: the value of what is asked about, NaN where undefined or a text."""

    value: float
    met: bool

    @classmethod
    def of(cls, wish: Wish, values: Mapping[str, Any]) -> Judged:
        """From the quantities of a sample, by name."""
        value = math.nan if wish.text is not None else wish.formula.of(values)
        return cls(value, wish.met_by(values))


@frozen(kw_only=True)
class Met:
    """How some samples meet a wish.

    Args:
        count: samples that were measured.
        hit: those that meet it, within its tolerance; an undefined value misses.
        mean: of the defined values; None where there are none.
        median: likewise.
    """

    count: int
    hit: int
    mean: float | None
    median: float | None

    @classmethod
    def by(cls, samples: Sequence[Judged]) -> Met:
        """Of some samples that were judged by one wish."""
        defined = [sample.value for sample in samples if not math.isnan(sample.value)]
        return cls(
            count=len(samples),
            hit=sum(sample.met for sample in samples),
            mean=statistics.fmean(defined) if defined else None,
            median=statistics.median(defined) if defined else None,
        )


@frozen(kw_only=True)
class Achieved:
    """A wish, and how the samples of a run meet it.

    Args:
        wish: what was wanted.
        drawn: grids as drawn.
        frameworks: feasible ones, on their relaxed atoms; all survivors where feasibility is not known.
    """

    wish: Wish
    drawn: Met
    frameworks: Met
