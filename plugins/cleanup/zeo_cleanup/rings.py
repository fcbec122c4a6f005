"""Vertex symbols: for each angle at a T atom, the size and number of the smallest rings that contain it.

A ring is a cycle without a shortcut: any two of its T atoms are as close along it as in the whole net
(D. S. Franzblau, Phys. Rev. B 44 (1991) 4925). The symbol lists the three pairs of opposite angles:
M. O'Keeffe & S. T. Hyde, Zeolites 19 (1997) 370.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zeo.crystal.net import HalfEdges
from zeo.tools.compiled import njit
from zeo_cleanup.coordination import reach

LARGEST_RING = 20
"""T atoms of the largest ring looked for; an angle in none gets an asterisk."""

SMALL_RING = 12
"""Angles are first searched for rings up to this size, which covers most and needs shorter distances."""


def vertex_symbols(half: HalfEdges, sites: ArrayLike) -> tuple[str, ...]:
    """The vertex symbols of some T atoms, such as ``"4.6.4.6.4.8"``.

    Args:
        half: a net in a basis of short shifts.
        sites: [m], T atoms.
    """
    sites = np.asarray(sites, dtype=np.int64)
    degrees = np.diff(half.start)
    angles = np.array(list(combinations(range(int(degrees.max())), 2)), dtype=np.int64)
    size, number = _smallest_rings(half, sites, angles, SMALL_RING)
    wider = np.flatnonzero(((size == 0) & (angles[:, 1] < degrees[sites, None])).any(axis=1))
    if len(wider):
        size[wider], number[wider] = _smallest_rings(half, sites[wider], angles, LARGEST_RING)
    symbols = []
    for s, n, degree in zip(size.tolist(), number.tolist(), degrees[sites], strict=True):
        own = [(s[a], n[a]) for a in range(len(angles)) if angles[a, 1] < degree]
        symbols.append(_symbol(own, degree))
    return tuple(symbols)


def _symbol(angles: list[tuple[int, int]], degree: int) -> str:
    """Write (ring size, number) of each angle, smallest first; at four-connected sites, by opposite pairs."""
    ranked = [(size or LARGEST_RING + 1, number) for size, number in angles]
    if degree == 4:  # angles in the order 01 02 03 12 13 23: the first is opposite to the last, and so on
        pairs = sorted(sorted([ranked[i], ranked[5 - i]]) for i in range(3))
        ranked = [angle for pair in pairs for angle in pair]
    else:
        ranked.sort()
    return ".".join(
        "*" if size > LARGEST_RING else str(size) if number == 1 else f"{size}({number})"
        for size, number in ranked
    )


def _smallest_rings(
    half: HalfEdges, sites: NDArray[np.int64], angles: NDArray[np.int64], largest: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Size and number of the smallest rings of each angle, both [m, angles]; zero where there is none."""
    within = reach(half, largest // 2)
    size, number = _count_rings(half.start, half.target, half.shift, sites, angles, largest, within)
    return size, number


@njit()
def _count_rings(start, target, shift, sites, angles, largest, reach):
    """Walk around every possible ring, one T atom at a time.

    A step is taken only if the T atom it leads to is at the right distance from all those before: then what
    comes back to the start has no shortcut.
    """
    n, far = len(start) - 1, largest // 2
    box = 2 * reach + 1
    distance = np.empty((n, n, box[0], box[1], box[2]), np.int8)  # from home images; rows filled when needed
    filled = np.zeros(n, np.bool_)
    queue = np.empty((n * box[0] * box[1] * box[2], 4), np.int64)
    size, number = (
        np.zeros((len(sites), len(angles)), np.int64),
        np.zeros((len(sites), len(angles)), np.int64),
    )
    walk = np.empty((largest, 4), np.int64)  # T atom and its cell at each place of the ring
    bond = np.empty(largest, np.int64)  # the half-edge to try next from each place
    step = np.empty(4, np.int64)
    for s in range(len(sites)):
        root = sites[s]
        for a in range(len(angles)):
            one, other = start[root] + angles[a, 0], start[root] + angles[a, 1]
            if other >= start[root + 1]:
                continue
            for length in range(3, largest + 1):
                end = length - 1  # the walk goes along one leg of the angle and arrives by the other
                walk[0, 0], walk[1, 0], walk[end, 0] = root, target[one], target[other]
                for c in range(3):
                    walk[0, c + 1], walk[1, c + 1], walk[end, c + 1] = 0, shift[one, c], shift[other, c]
                place, bond[1] = 1, start[target[one]]
                while place > 0:
                    e = bond[place]
                    if e == start[walk[place, 0] + 1]:
                        place -= 1
                        continue
                    bond[place] += 1
                    step[0] = target[e]
                    for c in range(3):
                        step[c + 1] = walk[place, c + 1] + shift[e, c]
                    fits = True
                    for before in range(-1, place):
                        i = end if before < 0 else before
                        apart = min(abs(place + 1 - i), length - abs(place + 1 - i))
                        v = walk[i, 0]
                        if not filled[v]:
                            _fill_distances(start, target, shift, v, far, reach, distance[v], queue)
                            filled[v] = True
                        x = step[1] - walk[i, 1] + reach[0]
                        y = step[2] - walk[i, 2] + reach[1]
                        z = step[3] - walk[i, 3] + reach[2]
                        fits = 0 <= x < box[0] and 0 <= y < box[1] and 0 <= z < box[2]
                        fits = fits and distance[v, step[0], x, y, z] == apart
                        if not fits:
                            break
                    if fits and place + 1 == end:
                        number[s, a] += 1
                    elif fits:
                        place += 1
                        bond[place] = start[step[0]]
                        for c in range(4):
                            walk[place, c] = step[c]
                if number[s, a]:
                    size[s, a] = length
                    break
    return size, number


@njit()
def _fill_distances(start, target, shift, root, far, reach, distance, queue):
    """Bonds from the root's home image to every image within ``far`` bonds; 127 to all others."""
    distance[:] = 127
    distance[root, reach[0], reach[1], reach[2]] = 0
    queue[0, 0] = root
    for c in range(3):
        queue[0, c + 1] = reach[c]
    head, count = 0, 1
    while head < count:
        v, x, y, z = queue[head]
        head += 1
        steps = distance[v, x, y, z] + 1
        if steps > far:
            break
        for e in range(start[v], start[v + 1]):
            w, p, q, r = target[e], x + shift[e, 0], y + shift[e, 1], z + shift[e, 2]
            if distance[w, p, q, r] == 127:
                distance[w, p, q, r] = steps
                queue[count, 0], queue[count, 1], queue[count, 2], queue[count, 3] = w, p, q, r
                count += 1
