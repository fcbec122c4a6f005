"""Drawing from a discrete distribution in constant time: A. J. Walker, ACM T. Math. Software 1977, 3, 253."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.tools.compiled import njit


@frozen(eq=False)
class AliasTable:
    """Item k is drawn by a uniform number: k itself below ``chance[k]``, ``alias[k]`` otherwise.

    Args:
        chance: float32 [n].
        alias: int32 [n].
    """

    chance: NDArray[np.float32]
    alias: NDArray[np.int32]

    @classmethod
    def of(cls, weights: NDArray[np.float64]) -> AliasTable:
        """For weights [n], not negative, of any sum."""
        total = weights.sum()
        scaled = weights * (len(weights) / total) if total > 0 else np.ones(len(weights))
        return cls(*_walker(scaled))


@njit()
def _walker(chance: Any) -> Any:
    n = len(chance)
    alias = np.arange(n)
    small, large = np.empty(n, np.int64), np.empty(n, np.int64)
    smalls = larges = 0
    for item in range(n):
        if chance[item] < 1.0:
            small[smalls] = item
            smalls += 1
        else:
            large[larges] = item
            larges += 1
    while smalls and larges:
        smalls -= 1
        poor, rich = small[smalls], large[larges - 1]
        alias[poor] = rich
        chance[rich] -= 1.0 - chance[poor]
        if chance[rich] < 1.0:
            larges -= 1
            small[smalls] = rich
            smalls += 1
    for left in range(smalls):  # by rounding: their chance is one
        chance[small[left]] = 1.0
    return chance.astype(np.float32), alias.astype(np.int32)


@njit()
def draw(chance: Any, alias: Any, stream: np.random.Generator) -> Any:
    """An item of a table [n] for compiled functions."""
    scaled = stream.random() * len(chance)
    item = int(scaled)
    return alias[item] if scaled - item > chance[item] else item
