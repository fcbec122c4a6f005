"""How far the properties of samples are from those of a training set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.data.looking.group import Measured
from zeo.data.sets.entry import EDGES, MEASURES, Column
from zeo.wishes.full_name import FullName

Floats = NDArray[np.float64]


@frozen(kw_only=True)
class Property:
    """What is compared.

    Args:
        name: of it, as the data set has it; ``"edges"`` for all edges of the cells together.
        columns: of the data set whose values count.
        unit: of a distance.
        logarithmic: whether common logarithms are compared, for what spans decades; values that are not
            positive are left out then.
    """

    name: str
    columns: tuple[str, ...]
    unit: str
    logarithmic: bool = False

    def values(self, group: Measured) -> Floats:
        """Of the frameworks of which it is known, any order."""
        values = np.concatenate([group.values(column) for column in self.columns])
        return np.log10(values[values > 0]) if self.logarithmic else values


@frozen(kw_only=True)
class Distance:
    """Between two groups, in one property.

    Args:
        n: values of the group that is compared with the training set.
        mean: of these values (of their logarithms, if these are compared).
        wasserstein: their distance from the training set; None where one of the two has no values.
    """

    n: int
    mean: float | None
    wasserstein: float | None


def properties_of(columns: Iterable[Column]) -> list[Property]:
    """What can be compared, given the property columns of a data set."""
    t_atoms, density = MEASURES[:2]
    compared = [
        Property(name=t_atoms.name, columns=(t_atoms.name,), unit="T atoms"),
        Property(name=density.name, columns=(density.name,), unit=density.unit),
        Property(name="edges", columns=EDGES, unit="A"),
        Property(name="energy", columns=("energy",), unit="kJ/mol Si"),
    ]
    for column in columns:
        spans_decades = FullName.of(column.name).is_henry_coefficient
        unit = "decades" if spans_decades else column.unit
        compared.append(
            Property(name=column.name, columns=(column.name,), unit=unit, logarithmic=spans_decades)
        )
    return compared


def distance(values: Floats, reference: Floats) -> Distance:
    """How far some values are from those of the training set."""
    known = len(values) > 0
    return Distance(
        n=len(values),
        mean=float(values.mean()) if known else None,
        wasserstein=wasserstein(values, reference) if known and len(reference) else None,
    )


def wasserstein(first: Sequence[float] | Floats, second: Sequence[float] | Floats) -> float:
    """The first Wasserstein distance of two samples: the area between their cumulative distributions.

    It has the unit of the values, and is the mean distance over which the values of one have to be moved to
    become those of the other. Even of two samples from one distribution it is above zero, and the more so
    the smaller they are.

    Args:
        first: values [n], at least one.
        second: values [m], at least one.
    """
    from scipy.stats import wasserstein_distance  # slow to import

    return float(wasserstein_distance(first, second))
