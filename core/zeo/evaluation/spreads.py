"""How what came of runs spreads in the quantities that the data set lacks, so that there is no distance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import frozen

from zeo.data.looking.group import Measured
from zeo.evaluation.sampled import Sampled
from zeo.plugin.columns import Column

SHARES = (0.1, 0.5, 0.9)
"""Of the frameworks, that have at most the values that are told."""


@frozen
class Spread:
    """One quantity of one group.

    Args:
        n: frameworks of which it is known.
        values: of it, below which :data:`SHARES` of them lie; none where it is known of none.
    """

    n: int
    values: tuple[float, ...]


def beside(runs: Sequence[Sampled], compared: Sequence[str]) -> list[Column]:
    """What some run has measured and tables show, and the data set does not have.

    Args:
        runs: side by side.
        compared: names of the properties of the data set.
    """
    columns = {column.name: column for run in runs for column in run.plan.columns}
    return [column for name, column in columns.items() if name not in compared and column.quantity.headline]


def spread(group: Measured, name: str) -> Spread:
    """Of a quantity, by its name."""
    values = group.values(name)
    return Spread(len(values), tuple(np.quantile(values, SHARES).tolist()) if len(values) else ())
