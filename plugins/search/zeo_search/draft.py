"""A draft of a framework: T atoms in an orthogonal cell, and how they came about. It has no oxygen yet."""

from __future__ import annotations

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from zeo.tools.arrays import float64_array


@frozen(eq=False, kw_only=True)
class Draft:
    """T atoms that may or may not make a four-connected net.

    Args:
        lengths: [3], the edges a, b, c of the orthogonal cell in angstrom.
        coords: [n, 3], fractional, of all T atoms of the cell.
        operation: what made it: ``"random search"`` or the name of a mutation.
        space_group: number of the group that a random search kept; none for a mutation.
        parent: name of the framework that was mutated; none for a random search.
        lineage: its first ancestor, where that is known.
        generation: number of mutations since the random search or the framework that was given.
    """

    lengths: NDArray[np.float64] = field(converter=float64_array)
    coords: NDArray[np.float64] = field(converter=float64_array)
    operation: str
    space_group: int | None = None
    parent: str | None = None
    lineage: str | None = None
    generation: int = 0

    def __len__(self) -> int:
        return len(self.coords)
