"""What the network of the reference is told: one property, as constant channels beside the grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from zeo.crystal.structure import symbols
from zeo.errors import ConfigError
from zeo_learning.condition import floored

UNITS = {"methane.void_fraction": 1.0, "methane.kh": 500.0, "methane.qst": 100.0}
"""What the network is told of a property is divided by these."""

COPIES = 3
"""Channels that hold the same number: as many as the grid of the reference has."""


@frozen(kw_only=True)
class PaperConditions:
    """How a framework becomes constants for the network; see :class:`zeo_learning.condition.Conditions`.

    Args:
        quantities: none, or the one that the network is told.
    """

    quantities: tuple[str, ...] = field(converter=symbols, default=())

    @classmethod
    def of(
        cls,
        quantities: Sequence[str],
        known: Sequence[Mapping[str, float | None]],  # noqa: ARG003
    ) -> PaperConditions:
        """The reference measures nothing on the training set."""
        return cls(quantities=tuple(quantities))

    @property
    def size(self) -> int:
        """Constants in all."""
        return COPIES * len(self.quantities)

    def scalars(
        self,
        lengths: NDArray[np.float64],  # noqa: ARG002
        t_atoms: float,  # noqa: ARG002
        operations: int,  # noqa: ARG002
        given: Mapping[str, float | None],
    ) -> NDArray[np.float32]:
        """[size]; the network is told nothing of cell, density and symmetry.

        Raises:
            ConfigError: the property is not given, without which this network cannot draw.
        """
        numbers = []
        for name in self.quantities:
            value = given.get(name)
            if value is None:
                raise ConfigError(
                    f"this model draws for a given {name}: give a --target on it, and --conditioner concat"
                )
            numbers += COPIES * [float(floored(name, value)) / UNITS[name]]
        return np.array(numbers, dtype=np.float32)
