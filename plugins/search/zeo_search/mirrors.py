"""Mirror planes of T atoms that are perpendicular to an axis of an orthogonal cell."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zeo.tools.compiled import njit

TOLERANCE = 0.15
"""Angstrom between the mirror image of a T atom and the T atom in its place."""


def mirror_planes(
    lengths: NDArray[np.float64], coords: NDArray[np.float64], axis: int
) -> NDArray[np.float64]:
    """Where the mirror planes cut an axis.

    They come in pairs half a period apart, and only the first of each pair is given.

    Args:
        lengths: [3], edges of the orthogonal cell in angstrom.
        coords: [n, 3], fractional.
        axis: 0, 1 or 2, the one perpendicular to the planes.

    Returns:
        [m], fractional, ascending, in [0, 0.5).
    """
    planes: NDArray[np.float64] = np.sort(_mirror_planes(lengths, coords, axis, TOLERANCE))
    return planes


@njit()
def _mirror_planes(lengths, coords, axis, tolerance):
    """A mirror plane lies half-way between T atom 0 and its image, so there are few places to try."""
    n = len(coords)
    planes = np.empty(n)
    found = 0
    for partner in range(n):
        if not _stacked(lengths, coords, 0, partner, axis, tolerance):
            continue
        plane = 0.5 * (coords[0, axis] + coords[partner, axis]) % 0.5
        repeated = False
        for known in planes[:found]:
            apart = abs(plane - known)
            repeated = repeated or min(apart, 0.5 - apart) * lengths[axis] < tolerance
        if not repeated and _is_mirror(lengths, coords, axis, plane, tolerance):
            planes[found] = plane
            found += 1
    return planes[:found]


@njit()
def _stacked(lengths, coords, i, j, axis, tolerance):
    """Whether two T atoms differ along the axis only."""
    square = 0.0
    for k in range(3):
        if k != axis:
            apart = coords[j, k] - coords[i, k]
            square += ((apart - np.round(apart)) * lengths[k]) ** 2
    return square < tolerance**2


@njit()
def _is_mirror(lengths, coords, axis, plane, tolerance):
    for i in range(len(coords)):
        matched = False
        for j in range(len(coords)):
            apart = 2.0 * plane - coords[i, axis] - coords[j, axis]
            if abs(apart - np.round(apart)) * lengths[axis] < tolerance and _stacked(
                lengths, coords, i, j, axis, tolerance
            ):
                matched = True
                break
        if not matched:
            return False
    return True
