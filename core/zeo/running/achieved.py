"""What a run achieved of its targets: on the grids as drawn, and on the frameworks that came of them."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from attrs import frozen

from zeo.plugin.targets import Target


@frozen(kw_only=True)
class Met:
    """How some samples meet a target.

    Args:
        count: samples that were measured.
        hit: those within the tolerance of the target; an undefined value misses.
        mean: of the defined values; None where there are none.
        median: likewise.
    """

    count: int
    hit: int
    mean: float | None
    median: float | None

    @classmethod
    def by(cls, target: Target, values: Sequence[float | None]) -> Met:
        """Of the values of some samples, None where they are undefined."""
        defined = [value for value in values if value is not None]
        return cls(
            count=len(values),
            hit=sum(target.hit_by(value) for value in values),
            mean=statistics.fmean(defined) if defined else None,
            median=statistics.median(defined) if defined else None,
        )


@frozen(kw_only=True)
class Achieved:
    """A target, and how the samples of a run meet it.

    Args:
        target: wanted.
        drawn: grids as drawn.
        frameworks: feasible ones, on their relaxed atoms; all survivors where feasibility is not known.
    """

    target: Target
    drawn: Met
    frameworks: Met
