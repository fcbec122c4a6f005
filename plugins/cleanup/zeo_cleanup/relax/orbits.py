"""One of every orbit: where a symmetric sum need not run over all of its terms.

The energy of a symmetric framework is a sum over orbits of equal terms, so that one term of every orbit,
times the size of the orbit, is enough. The derivatives of that shorter sum are lopsided; averaged over the
group they are those of the whole.
"""

from __future__ import annotations

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo_cleanup.relax.symmetrise import Symmetry


@frozen(eq=False)
class Orbits:
    """One site of every orbit, and how many sites the orbit has.

    Args:
        first: int64 [orbits], ascending.
        multiplicity: [orbits].
    """

    first: NDArray[np.int64]
    multiplicity: NDArray[np.float64]

    @classmethod
    def trivial(cls, count: int) -> Orbits:
        """Every site by itself."""
        return cls(np.arange(count), np.ones(count))

    @classmethod
    def of_atoms(cls, symmetry: Symmetry) -> Orbits:
        return cls(symmetry.first, np.bincount(symmetry.copied_from).astype(np.float64))

    def between(self, low: int, high: int) -> Orbits:
        """Those of a block of sites, which are counted from its beginning."""
        own = (self.first >= low) & (self.first < high)
        return Orbits(self.first[own] - low, self.multiplicity[own])
