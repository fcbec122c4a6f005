"""Neighbours of the unique T atoms among all images, as fixed-size lists for the compiled search."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zeo.tools.compiled import njit

MAX_NEIGHBOURS = 160
"""Kept for each unique atom; more than that many T atoms within the reach occur in hopeless drafts only."""

SHORTEST_BRIDGE, LONGEST_BRIDGE, NO_FIFTH = 2.7, 3.45, 3.6
"""Angstrom: bridged T atoms of a minimum are between the first two apart, all others beyond the last."""


class Neighbours(NamedTuple):
    """Images near each unique atom: ``image[i, q]`` of atom j is at ``rotation @ unique[j] + offset[i, q]``.

    Args:
        number: [n].
        image: [n, MAX_NEIGHBOURS], of which the first ``number`` hold; likewise the next.
        offset: [n, MAX_NEIGHBOURS, 3], translation and lattice vector.
    """

    number: NDArray[np.int64]
    image: NDArray[np.int64]
    offset: NDArray[np.float64]


@njit()
def room_for_neighbours(n):
    """Empty lists for n unique atoms."""
    return Neighbours(
        np.zeros(n, np.int64), np.empty((n, MAX_NEIGHBOURS), np.int64), np.empty((n, MAX_NEIGHBOURS, 3))
    )


@njit(fastmath=True)
def find_neighbours(unique, scale, orbits, reach, neighbours):
    """List the images within ``reach``, angstrom, of each of the unique atoms [n, 3] at ``scale`` [3]."""
    period, owner = orbits.period, orbits.owner
    rotation, translation = orbits.rotation, orbits.translation
    number, image, offset = neighbours.number, neighbours.image, neighbours.offset
    n = len(unique)
    number[:] = 0
    reach2 = reach * reach
    r0, r1, r2 = (
        reach / (scale[0] * period[0]),
        reach / (scale[1] * period[1]),
        reach / (scale[2] * period[2]),
    )
    i0, i1, i2 = 1.0 / period[0], 1.0 / period[1], 1.0 / period[2]
    for m in range(len(owner)):
        x, y, z = unique[owner[m], 0], unique[owner[m], 1], unique[owner[m], 2]
        p0 = rotation[m, 0, 0] * x + rotation[m, 0, 1] * y + rotation[m, 0, 2] * z + translation[m, 0]
        p1 = rotation[m, 1, 0] * x + rotation[m, 1, 1] * y + rotation[m, 1, 2] * z + translation[m, 1]
        p2 = rotation[m, 2, 0] * x + rotation[m, 2, 1] * y + rotation[m, 2, 2] * z + translation[m, 2]
        for i in range(n):
            f0 = (p0 - unique[i, 0]) * i0
            first0, last0 = math.ceil(-r0 - f0), math.floor(r0 - f0)
            if last0 < first0:
                continue
            f1 = (p1 - unique[i, 1]) * i1
            first1, last1 = math.ceil(-r1 - f1), math.floor(r1 - f1)
            if last1 < first1:
                continue
            f2 = (p2 - unique[i, 2]) * i2
            first2, last2 = math.ceil(-r2 - f2), math.floor(r2 - f2)
            for a in range(first0, last0 + 1):
                d0 = (f0 + a) * period[0] * scale[0]
                for b in range(first1, last1 + 1):
                    d1 = (f1 + b) * period[1] * scale[1]
                    within = reach2 - d0 * d0 - d1 * d1
                    if within < 0.0:
                        continue
                    for c in range(first2, last2 + 1):
                        d2 = (f2 + c) * period[2] * scale[2]
                        if d2 * d2 > within or d0 * d0 + d1 * d1 + d2 * d2 < 1e-8:
                            continue
                        q = number[i]
                        if q == MAX_NEIGHBOURS:
                            continue
                        image[i, q] = m
                        offset[i, q, 0] = translation[m, 0] + a * period[0]
                        offset[i, q, 1] = translation[m, 1] + b * period[1]
                        offset[i, q, 2] = translation[m, 2] + c * period[2]
                        number[i] = q + 1


@njit(forceinline=True)
def four_neighbours(unique, scale, orbits):
    """Whether every T atom has four others at the distance of a bridge and no fifth close to that."""
    neighbours = room_for_neighbours(len(unique))
    for reach, wanted in ((LONGEST_BRIDGE, 4), (NO_FIFTH, 4), (SHORTEST_BRIDGE, 0)):
        find_neighbours(unique, scale, orbits, reach, neighbours)
        if (neighbours.number != wanted).any():
            return False
    return True
