"""What the network is told of a framework: its cell, its density and, where known, its properties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from zeo.structure import symbols

TYPICAL_EDGE = 12.0
"""Angstrom."""

TYPICAL_DENSITY = 17.0
"""T atoms per 1000 cubic angstrom."""

GEOMETRY = 4
"""Scalars for the three edges and the density."""

LEAST_HENRY = 0.01
"""Without unit: in the standard set the dense frameworks reach 1e-43."""

LEAST_HEAT = 0.0
"""kJ/mol: in the standard set the dense frameworks reach -222."""


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
            values = [transformed(name, properties.get(name)) for properties in known]
            columns.append(np.array([value for value in values if value is not None]))
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
        self, lengths: NDArray[np.float64], t_atoms: float, given: Mapping[str, float | None]
    ) -> NDArray[np.float32]:
        """[size] for a cell with edges [3] in angstrom and so many T atoms.

        Args:
            lengths: a, b, c.
            t_atoms: in the cell.
            given: values of some of the quantities, in their units.
        """
        density = 1000.0 * t_atoms / float(np.prod(lengths))
        numbers = [*np.log(lengths / TYPICAL_EDGE), np.log(density / TYPICAL_DENSITY)]
        for name, mean, std in zip(self.quantities, self.mean, self.std, strict=True):
            value = transformed(name, given.get(name))
            numbers += [0.0, 0.0] if value is None else [(value - mean) / std, 1.0]
        return np.array(numbers, dtype=np.float32)


def transformed(name: str, value: float | None) -> float | None:
    """A property on the scale on which it is learned; None where there is none.

    That of a Henry coefficient, which spans decades, is its logarithm. Below :data:`LEAST_HENRY` and
    :data:`LEAST_HEAT` a framework adsorbs nothing, however much less than nothing its numbers say.
    """
    quantity = name.rpartition(".")[2]
    if value is None:
        return None
    if quantity.startswith("kh"):
        return float(np.log(max(value, LEAST_HENRY)))
    if quantity.startswith("qst"):
        return max(value, LEAST_HEAT)
    return value
