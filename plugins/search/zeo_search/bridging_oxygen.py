"""Oxygen on the bridges of a T net: one each, and the pairs of atoms that they hold at known distances.

Atoms are numbered T first, then O. A pair (i, j, s) joins atom i to the image of atom j at lattice offset s.
"""

from __future__ import annotations

import math

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.tools.compiled import njit
from zeo_search.t_net import TNet


@frozen(eq=False)
class BridgingOxygen:
    """The oxygen of a net.

    Args:
        coords: [2n, 3], fractional: the midpoints of the bridges.
        index: int64 [n, 4], the oxygen on each bridge of each T atom.
        shifts: int64 [n, 4, 3], lattice offset of that oxygen as the T atom sees it.
    """

    coords: NDArray[np.float64]
    index: NDArray[np.int64]
    shifts: NDArray[np.int64]

    @classmethod
    def of(cls, net: TNet) -> BridgingOxygen:
        return cls(*_place(net.coords, net.neighbours, net.shifts))


@njit()
def _place(coords, neighbours, shifts):
    n = len(coords)
    oxygen = np.empty((2 * n, 3))
    index = np.full((n, 4), -1, np.int64)
    seen_at = np.zeros((n, 4, 3), np.int64)
    count = 0
    for a in range(n):
        for q in range(4):
            if index[a, q] >= 0:
                continue
            b = neighbours[a, q]
            oxygen[count] = 0.5 * (coords[a] + coords[b] + shifts[a, q])
            index[a, q] = count
            for r in range(4):
                if neighbours[b, r] == a and (shifts[b, r] == -shifts[a, q]).all():
                    index[b, r] = count
                    seen_at[b, r] = -shifts[a, q]
            count += 1
    return oxygen, index, seen_at


@njit()
def restrained_pairs(neighbours, shifts, oxygen, oxygen_shifts):
    """The pairs of one SiO4 tetrahedron or one bridge.

    Args:
        neighbours: int64 [n, 4], of the net.
        shifts: int64 [n, 4, 3], of the net.
        oxygen: int64 [n, 4], as in :class:`BridgingOxygen`.
        oxygen_shifts: int64 [n, 4, 3].

    Returns:
        i, j [12 n], offsets of j [12 n, 3] and kind [12 n]: 0 for Si-O (4 n), 1 for O..O (6 n) and 2 for
        Si..Si (2 n), sorted by T atom.
    """
    n = len(neighbours)
    i, j, kind = np.empty(12 * n, np.int64), np.empty(12 * n, np.int64), np.empty(12 * n, np.int64)
    offset = np.empty((12 * n, 3))
    count = 0
    owned = np.zeros(2 * n, np.bool_)
    for a in range(n):
        for q in range(4):
            o = oxygen[a, q]
            i[count], j[count], kind[count] = a, n + o, 0
            offset[count] = oxygen_shifts[a, q]
            count += 1
            for p in range(q):
                i[count], j[count], kind[count] = n + o, n + oxygen[a, p], 1
                offset[count] = oxygen_shifts[a, p] - oxygen_shifts[a, q]
                count += 1
            if not owned[o]:
                owned[o] = True
                i[count], j[count], kind[count] = a, neighbours[a, q], 2
                offset[count] = shifts[a, q]
                count += 1
    return i, j, offset, kind


@njit()
def partners_of_oxygen(oxygen, oxygen_shifts):
    """The six O of the two tetrahedra that share each O: index and lattice offset, int64 [2n, 6, 4]."""
    n = len(oxygen)
    partners = np.empty((2 * n, 6, 4), np.int64)
    count = np.zeros(2 * n, np.int64)
    for a in range(n):
        for q in range(4):
            o = oxygen[a, q]
            for p in range(4):
                if p == q:
                    continue
                partners[o, count[o], 0] = oxygen[a, p]
                for k in range(3):
                    partners[o, count[o], k + 1] = oxygen_shifts[a, p, k] - oxygen_shifts[a, q, k]
                count[o] += 1
    return partners


@njit()
def contacts(lengths, coords, oxygen, oxygen_shifts, partners, reach_o_o, reach_si_o):
    """Pairs O..O of different tetrahedra and Si..O without a bond that are within reach.

    Args:
        lengths: [3], edges of the orthogonal cell.
        coords: [3n, 3], fractional, T then O.
        oxygen: int64 [n, 4], as in :class:`BridgingOxygen`.
        oxygen_shifts: int64 [n, 4, 3].
        partners: see :func:`partners_of_oxygen`.
        reach_o_o: in the unit of the lengths.
        reach_si_o: likewise.

    Returns:
        i, j [m], offsets of j [m, 3] and kind [m]: 3 for O..O and 4 for Si..O.
    """
    n, atoms = len(oxygen), len(coords)
    room = 32 * atoms
    i, j, kind = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.int64)
    offset = np.empty((room, 3))
    low, high = np.empty(3, np.int64), np.empty(3, np.int64)
    count = 0
    for first in range(atoms):
        reach = reach_si_o if first < n else reach_o_o
        width = reach / lengths
        for second in range(max(n, first), atoms):
            near = True
            for k in range(3):
                apart = coords[second, k] - coords[first, k]
                low[k], high[k] = math.ceil(-width[k] - apart), math.floor(width[k] - apart)
                if low[k] > high[k]:
                    near = False
                    break
            if not near:
                continue
            for u in range(low[0], high[0] + 1):
                for v in range(low[1], high[1] + 1):
                    for w in range(low[2], high[2] + 1):
                        x = (coords[second, 0] - coords[first, 0] + u) * lengths[0]
                        y = (coords[second, 1] - coords[first, 1] + v) * lengths[1]
                        z = (coords[second, 2] - coords[first, 2] + w) * lengths[2]
                        if x * x + y * y + z * z > reach * reach or count == room:
                            continue
                        if first == second and (u, v, w) <= (0, 0, 0):
                            continue
                        if _restrained(first, second, u, v, w, oxygen, oxygen_shifts, partners):
                            continue
                        i[count], j[count], kind[count] = first, second, 4 if first < n else 3
                        offset[count, 0], offset[count, 1], offset[count, 2] = u, v, w
                        count += 1
    return i[:count], j[:count], offset[:count], kind[:count]


@njit()
def _restrained(first, second, u, v, w, oxygen, oxygen_shifts, partners):
    """Whether the O ``second`` of cell (u, v, w) is bonded to, or in one tetrahedron with, atom ``first``."""
    n = len(oxygen)
    if first < n:
        for q in range(4):
            shift = oxygen_shifts[first, q]
            if oxygen[first, q] == second - n and shift[0] == u and shift[1] == v and shift[2] == w:
                return True
        return False
    for p in range(6):
        partner = partners[first - n, p]
        if partner[0] == second - n and partner[1] == u and partner[2] == v and partner[3] == w:
            return True
    return False
