"""What a run achieved of its wishes: on the grids as drawn, and on the frameworks that came of them."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.wishes.wish import Wish


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
    def by(cls, wish: Wish, values: Mapping[str, NDArray[Any]], count: int) -> Met:
        """Of some samples.

        Args:
            wish: that they are judged by.
            values: the quantities that it asks about, each [count].
            count: of the samples.
        """
        met = np.broadcast_to(wish.met_by(values), count)
        asked = np.full(count, np.nan) if wish.text is not None else wish.formula.of(values)
        known = np.broadcast_to(asked, count)
        defined = known[~np.isnan(known)].tolist()
        return cls(
            count=count,
            hit=int(met.sum()),
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
