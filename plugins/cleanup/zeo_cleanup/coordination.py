"""Coordination sequences: how many T atoms lie k bonds away from a T atom, for k = 1, 2, ...

G. O. Brunner & F. Laves (1971); W. M. Meier & H. J. Möck, J. Solid State Chem. 27 (1979) 349.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zeo.crystal.net import HalfEdges
from zeo.tools.compiled import njit

SHELLS = 12
"""Shells that are reported."""


def coordination_sequences(
    half: HalfEdges, shells: int = SHELLS, sites: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """The coordination sequences of T atoms.

    Args:
        half: a net, best in a basis of short shifts (memory grows with the cells within ``shells`` bonds).
        shells: how many.
        sites: int64 [sites], the T atoms to start from; all of them if not given.

    Returns:
        int64 [sites, shells].
    """
    sites = np.arange(half.n) if sites is None else sites
    within = reach(half, shells)
    sequences: NDArray[np.int64] = _shell_sizes(half.start, half.target, half.shift, shells, within, sites)
    return sequences


def reach(half: HalfEdges, steps: int) -> NDArray[np.int64]:
    """How many cells away, along each axis, a walk of that many bonds can end: exact, [3]."""
    ends: NDArray[np.int64] = _reach(half.start, half.target, half.shift, steps)
    return ends


@njit()
def _reach(start, target, shift, steps):
    n = len(start) - 1
    least, most = np.zeros((n, 3), np.int64), np.zeros((n, 3), np.int64)
    next_least, next_most = np.empty((n, 3), np.int64), np.empty((n, 3), np.int64)
    ends = np.zeros(3, np.int64)
    for _ in range(steps):
        for v in range(n):
            for k in range(3):
                lower, upper = least[v, k], most[v, k]
                for e in range(start[v], start[v + 1]):
                    lower = min(lower, least[target[e], k] + shift[e, k])
                    upper = max(upper, most[target[e], k] + shift[e, k])
                next_least[v, k], next_most[v, k] = lower, upper
                ends[k] = max(ends[k], -lower, upper)
        least, next_least = next_least, least
        most, next_most = next_most, most
    return ends


@njit()
def _shell_sizes(start, target, shift, shells, reach, sites):
    n = len(start) - 1
    size = 2 * reach + 1
    cells = size[0] * size[1] * size[2]
    home = (reach[0] * size[1] + reach[1]) * size[2] + reach[2]
    step = (shift[:, 0] * size[1] + shift[:, 1]) * size[2] + shift[:, 2]
    last_seen = np.full(n * cells, -1, np.int32)  # the root whose search met this image last
    vertex, place = np.empty(n * cells, np.int32), np.empty(n * cells, np.int32)  # of the images in the queue
    sequences = np.zeros((len(sites), shells), np.int64)
    for s, root in enumerate(sites):
        vertex[0], place[0] = root, home
        last_seen[root * cells + home] = root
        head, end, count = 0, 1, 1
        for k in range(shells):
            while head < end:
                v, cell = vertex[head], place[head]
                head += 1
                for e in range(start[v], start[v + 1]):
                    there = cell + step[e]
                    image = target[e] * cells + there
                    if last_seen[image] != root:
                        last_seen[image] = root
                        vertex[count], place[count] = target[e], there
                        count += 1
            sequences[s, k] = count - end
            end = count
    return sequences


def topological_density(sequences: ArrayLike, multiplicities: ArrayLike) -> float:
    """TD10: T atoms within ten bonds of a T atom, itself included, averaged over the T atoms.

    Args:
        sequences: [sites, >= 10] coordination sequences.
        multiplicities: T atoms that each site stands for.
    """
    within = 1 + np.asarray(sequences)[:, :10].sum(axis=1)
    return float(np.average(within, weights=np.asarray(multiplicities)))
