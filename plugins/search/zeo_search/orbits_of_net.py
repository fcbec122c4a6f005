"""T atoms that a symmetry of the net maps onto each other, found without a space-group search.

Tried are all mappings of T atom 0 onto a T atom with the axes kept or reversed: the point operations that all
orthogonal cells allow. Each is followed from bridge to bridge, along the bridges that point nearly where the
mapping says, and holds if it closes on the net exactly. The coordinates serve as a guide only, so an orbit is
never too large, however distorted the draft.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zeo.tools.compiled import njit

TOLERANCE = 0.5
"""Angstrom; bridges of one T atom point at places four to five apart."""

Representatives = tuple[NDArray[np.int64], NDArray[np.int64]]


def orbit_representatives(
    lengths: NDArray[np.float64],
    coords: NDArray[np.float64],
    neighbours: NDArray[np.int64],
    shifts: NDArray[np.int64],
) -> Representatives:
    """The first T atom of each orbit and the number of T atoms in it.

    Args:
        lengths: [3], edges of the orthogonal cell in angstrom.
        coords: [n, 3], fractional.
        neighbours: int64 [n, 4], of a connected net.
        shifts: int64 [n, 4, 3], lattice offsets of the neighbours.

    Returns:
        int64 [orbits] and int64 [orbits].
    """
    bridges = (coords[neighbours] + shifts - coords[:, None]) * lengths
    first = _first_of_orbit(bridges, neighbours, shifts, TOLERANCE)
    sites, multiplicities = np.unique(first, return_counts=True)
    return sites, multiplicities


@njit()
def _first_of_orbit(bridges, neighbours, shifts, tolerance):
    n = len(neighbours)
    first = np.arange(n)
    image = np.empty(n, np.int64)
    cell = np.empty((n, 3), np.int64)
    queue = np.empty(n, np.int64)
    sign = np.empty(3, np.int64)
    found = np.zeros(8, np.bool_)  # point operations of the net; bit k of an operation reverses axis k
    found[0] = True
    for operation in range(8):
        if operation > 0 and found[operation]:
            continue  # a product of operations already followed
        for k in range(3):
            sign[k] = 1 - 2 * ((operation >> k) & 1)
        for target in range(n):
            if operation == 0 and target == 0:
                continue
            if _follow(bridges, neighbours, shifts, sign, target, tolerance, image, cell, queue):
                for a in range(n):
                    _join(first, a, image[a])
                if operation > 0:  # any other such mapping differs from this one by a translation
                    for known in range(8):
                        if found[known]:
                            found[known ^ operation] = True
                    break
    for a in range(n):
        first[a] = _root(first, a)
    return first


@njit()
def _follow(bridges, neighbours, shifts, sign, target, tolerance, image, cell, queue):
    """Fill in the mapping that takes T atom 0 to ``target``; return whether the net allows it.

    T atom a of cell u goes to T atom image[a] of cell sign * u + cell[a].
    """
    image[:] = -1
    image[0] = target
    cell[0] = 0
    queue[0] = 0
    head, count = 0, 1
    while head < count:
        a = queue[head]
        head += 1
        taken = 0
        for q in range(4):
            r = _bridge_along(bridges, sign, a, q, image[a], tolerance)
            if r < 0 or taken >> r & 1:
                return False
            taken |= 1 << r
            b, there = neighbours[a, q], neighbours[image[a], r]
            new = image[b] < 0
            if new:
                image[b] = there
                queue[count] = b
                count += 1
            elif image[b] != there:
                return False
            for k in range(3):
                offset = cell[a, k] + shifts[image[a], r, k] - sign[k] * shifts[a, q, k]
                if new:
                    cell[b, k] = offset
                elif cell[b, k] != offset:
                    return False
    return count == len(image)


@njit()
def _bridge_along(bridges, sign, a, q, b, tolerance):
    """The bridge of T atom b that points where the image of bridge q of T atom a does, or -1."""
    for r in range(4):
        if (
            abs(sign[0] * bridges[a, q, 0] - bridges[b, r, 0]) < tolerance
            and abs(sign[1] * bridges[a, q, 1] - bridges[b, r, 1]) < tolerance
            and abs(sign[2] * bridges[a, q, 2] - bridges[b, r, 2]) < tolerance
        ):
            return r
    return -1


@njit()
def _root(first, a):
    while first[a] != a:
        first[a] = first[first[a]]
        a = first[a]
    return a


@njit()
def _join(first, a, b):
    a, b = _root(first, a), _root(first, b)
    if a < b:
        first[b] = a
    else:
        first[a] = b
