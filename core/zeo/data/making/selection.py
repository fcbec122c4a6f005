"""A choice of frameworks that covers what the IZA types cover.

Frameworks are sorted into bins of density, T atoms and void fraction. The bins in which IZA types lie are
filled first, as evenly as their contents allow, and then all others. Frameworks with three-rings, which
random search makes far more often than nature, are held to a share.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property

import numpy as np
from attrs import field, frozen
from numpy.typing import ArrayLike, NDArray

from zeo.tools.arrays import float64_array

DENSITIES = np.arange(11.0, 22.0)
"""Bounds of the bins, T atoms per 1000 cubic angstrom; what lies beyond the last is in the outermost bin."""

T_ATOMS = np.array([16, 32, 48, 64, 96, 128, 192])
"""The same for the T atoms of the cell."""

VOID_FRACTIONS = np.array([0.01, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4])
"""The same for the share of the cell that is open to methane."""

Bin = tuple[int, int, int]


@frozen(kw_only=True, eq=False)
class Pool:
    """The frameworks to choose from, an array element for each.

    Args:
        names: unique; they decide between frameworks that are otherwise alike.
        lineages: of which a bin takes as many different ones as it can.
        density: T atoms per 1000 cubic angstrom.
        t_atoms: of the cell.
        void_fraction: of methane.
        three_rings: share of T atoms in three-rings.
    """

    names: Sequence[str]
    lineages: Sequence[str]
    density: NDArray[np.float64] = field(converter=float64_array)
    t_atoms: NDArray[np.float64] = field(converter=float64_array)
    void_fraction: NDArray[np.float64] = field(converter=float64_array)
    three_rings: NDArray[np.float64] = field(converter=float64_array)

    @cached_property
    def bins(self) -> list[Bin]:
        return bins_of(self.density, self.t_atoms, self.void_fraction)


def bins_of(density: ArrayLike, t_atoms: ArrayLike, void_fraction: ArrayLike) -> list[Bin]:
    """The bin of each framework."""
    axes = ((density, DENSITIES), (t_atoms, T_ATOMS), (void_fraction, VOID_FRACTIONS))
    columns = [np.digitize(np.asarray(values), bounds).tolist() for values, bounds in axes]
    return list(zip(*columns, strict=True))


def select(
    pool: Pool, size: int, covered: Collection[Bin], three_ring_limit: float, seed: int
) -> NDArray[np.int64]:
    """Choose frameworks, evenly over the bins.

    Args:
        pool: to choose from.
        size: how many; fewer come back when the pool or the limit on three-rings does not give as many.
        covered: bins that are filled first, because IZA types lie in them.
        three_ring_limit: largest share of the chosen ones that may hold three-rings.
        seed: of the choice among frameworks that are otherwise alike.

    Returns:
        Their positions in the pool, ascending.
    """
    ranked = _ranked(pool, seed)
    has_three_rings = pool.three_rings > 0
    without = [i for i in ranked if not has_three_rings[i]]
    allowed = int(three_ring_limit * size)
    if len(without) < size - allowed:  # the share is one of what is chosen, not of what was asked for
        allowed = (
            int(len(without) * three_ring_limit / (1.0 - three_ring_limit)) if three_ring_limit < 1 else size
        )
    with_three_rings = _evenly([i for i in ranked if has_three_rings[i]], pool.bins, covered, allowed)
    kept = set(without).union(with_three_rings)
    return np.array(
        sorted(_evenly([i for i in ranked if i in kept], pool.bins, covered, size)), dtype=np.int64
    )


def _ranked(pool: Pool, seed: int) -> list[int]:
    """All positions, those that a bin takes first at the front: one of each lineage, then a second, ..."""
    shuffled = sorted(range(len(pool.names)), key=lambda i: _lot(seed, pool.names[i]))
    seen: Counter[tuple[Bin, str]] = Counter()
    turn = {}
    for i in shuffled:
        place = (pool.bins[i], pool.lineages[i])
        turn[i] = seen[place]
        seen[place] += 1
    return sorted(shuffled, key=turn.__getitem__)


def _lot(seed: int, name: str) -> bytes:
    return hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=8).digest()


def _evenly(ranked: Iterable[int], bins: Sequence[Bin], covered: Collection[Bin], size: int) -> list[int]:
    """At most ``size`` positions: from the covered bins, then, if those run out, from the others."""
    contents: dict[Bin, list[int]] = defaultdict(list)
    for i in ranked:
        contents[bins[i]].append(i)
    first = [contents[b] for b in sorted(contents) if b in covered]
    others = [contents[b] for b in sorted(contents) if b not in covered]
    chosen = _level(first, size)
    return chosen + _level(others, size - len(chosen))


def _level(contents: Sequence[Sequence[int]], size: int) -> list[int]:
    """Take from the front of each list in turn until there are ``size`` or nothing is left."""
    chosen: list[int] = []
    depth = 0
    while len(chosen) < size and any(len(content) > depth for content in contents):
        chosen += [content[depth] for content in contents if len(content) > depth]
        depth += 1
    return chosen[:size]
