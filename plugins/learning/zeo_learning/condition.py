"""What the network is told of a framework: cell, density, symmetry and, where known, properties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import ArrayLike, NDArray

from zeo.crystal.structure import symbols
from zeo.plugin.conditioning import Span
from zeo.wishes.full_name import FullName

TYPICAL_EDGE = 12.0
"""Angstrom."""

TYPICAL_DENSITY = 17.0
"""T atoms per 1000 cubic angstrom."""

GEOMETRY = 5
"""Scalars for the three edges, the density and the symmetry."""

FLOORS = {"kh": 0.01, "qst": 0.0}
"""Below these, without unit and in kJ/mol, a framework adsorbs nothing: the densest of the standard set have
1e-43 and -222."""


TAIL = 0.005
"""Share of the training set that lies below, or above, nearly all of a quantity's values."""


def _floats(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


@frozen(kw_only=True)
class Conditions:
    """How a framework becomes scalars for the network.

    Args:
        quantities: such as ``"methane.qst"``; they enter as :func:`transformed`.
        mean: of each over the training set.
        std: likewise.
    """

    quantities: tuple[str, ...] = field(converter=symbols, default=())
    mean: tuple[float, ...] = field(converter=_floats, default=())
    std: tuple[float, ...] = field(converter=_floats, default=())

    @classmethod
    def of(cls, quantities: Sequence[str], known: Sequence[Mapping[str, float | None]]) -> Conditions:
        """Mean and spread over the properties of a training set."""
        columns = []
        for name in quantities:
            values = [properties.get(name) for properties in known]
            columns.append(transformed(name, [value for value in values if value is not None]))
        usable = [k for k, column in enumerate(columns) if len(column) > 1 and column.std() > 0]
        return cls(
            quantities=tuple(quantities[k] for k in usable),
            mean=[columns[k].mean() for k in usable],
            std=[columns[k].std() for k in usable],
        )

    @property
    def size(self) -> int:
        """Scalars in all: the geometry, and for each quantity its value and whether it is given."""
        return GEOMETRY + 2 * len(self.quantities)

    def scalars(
        self, lengths: NDArray[np.float64], t_atoms: float, operations: int, given: Mapping[str, float | None]
    ) -> NDArray[np.float32]:
        """[size] for a cell with edges [3] in angstrom, so many T atoms and so many operations of symmetry.

        Args:
            lengths: a, b, c.
            t_atoms: in the cell.
            operations: that the noise is equal under; they decide how much of the framework it hides.
            given: values of some of the quantities, in their units.
        """
        density = 1000.0 * t_atoms / float(np.prod(lengths))
        numbers = [
            *np.log(lengths / TYPICAL_EDGE),
            np.log(density / TYPICAL_DENSITY),
            np.log2(operations) / 3,
        ]
        return np.concatenate([numbers, self.encoded(given).ravel()], dtype=np.float32)

    def encoded(self, given: Mapping[str, float | None]) -> NDArray[np.float32]:
        """[quantities, 2]: the value of each, on the scale of learning, and 1; zeros where none is given."""
        values = [given.get(name) for name in self.quantities]
        pairs = [
            (0.0, 0.0) if value is None else ((float(transformed(name, value)) - mean) / std, 1.0)
            for name, value, mean, std in zip(self.quantities, values, self.mean, self.std, strict=True)
        ]
        return np.array(pairs, dtype=np.float32).reshape(-1, 2)


def floored(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """Properties, in which no adsorption is one value, however much less than nothing its numbers say."""
    floor = FLOORS.get(FullName.of(name).quantity, -np.inf)
    return np.maximum(np.asarray(values, dtype=np.float64), floor)


def transformed(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """Properties on the scale on which they are learned: of a Henry coefficient, which spans decades, the
    natural logarithm."""
    values = floored(name, values)
    return np.log(values) if FullName.of(name).quantity == "kh" else values


def spans(properties: Mapping[str, NDArray[np.floating[Any]]]) -> dict[str, Span]:
    """The values of each property over a training set, where any is known.

    Args:
        properties: [frameworks] of each, NaN where it is not known.
    """
    found = {}
    for name, values in properties.items():
        known = floored(name, values[~np.isnan(values)])
        if len(known):
            least, low, high, most = np.quantile(known, [0.0, TAIL, 1.0 - TAIL, 1.0]).tolist()
            found[name] = Span(least=least, low=low, high=high, most=most)
    return found
