"""Mutations: T atoms of a framework cut across one axis and put together in another way.

Expansion and contraction at a mirror plane are the sigma transformation of the Atlas of Zeolite Structure
Types (W. M. Meier & D. H. Olson) and its inverse. The others stack slabs anew, as polytypes and twins do. No
mutation looks at bonds: finishing reads them from the distances and refuses what does not join up.

All functions take the edges [3] (A) and the fractional coordinates [n, 3] of the T atoms, the axis that they
cut and where, and return new edges and coordinates, or None where there is no place for the mutation.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Cell = tuple[Floats, Floats]

BRIDGE = 3.08
"""Angstrom between two bridged T atoms."""

ON_PLANE = 0.2
"""Angstrom within which a T atom lies on a plane."""

CLEAR = 0.6
"""Angstrom of a plane within which there may be no T atoms but those on it."""

PAIR = (0.9, 1.85)
"""Angstrom: a T atom this far from a mirror plane is bridged to its mirror image."""

PAIR_SPREAD = 0.25
"""Angstrom that such distances may differ from their mean."""

SHORTEST_EDGE = 4.5
"""Angstrom; below it a T atom would be bridged to its own image."""

LEAST_GAP = 0.02
"""Fraction of an edge between two T atoms that leaves room for a cut."""


def expansion(lengths: Floats, coords: Floats, axis: int, plane: float) -> Cell | None:
    """Part a mirror plane and double the T atoms on it into bridged pairs."""
    height = (coords[:, axis] - plane) % 1.0
    distance = np.minimum(height, 1.0 - height) * lengths[axis]
    on = distance < ON_PLANE
    if not on.any() or (distance[~on] < CLEAR).any():
        return None
    longer = _with_edge(lengths, axis, lengths[axis] + BRIDGE)
    half = 0.5 * BRIDGE / longer[axis]
    moved = _with_heights(coords[~on], axis, height[~on] * lengths[axis] / longer[axis] + half)
    above = _with_heights(coords[on], axis, half)
    below = _with_heights(coords[on], axis, 1.0 - half)
    return longer, np.concatenate([moved, above, below])


def contraction(lengths: Floats, coords: Floats, axis: int, plane: float) -> Cell | None:
    """Merge the pairs of T atoms that a mirror plane bisects: the inverse of expansion."""
    height = (coords[:, axis] - plane) % 1.0
    distance = np.minimum(height, 1.0 - height) * lengths[axis]
    paired = distance < PAIR[1]
    above = paired & (height < 0.5)
    if not above.any() or 2 * above.sum() != paired.sum() or distance.min() < PAIR[0]:
        return None
    half = distance[paired].mean()
    if np.abs(distance[paired] - half).max() > PAIR_SPREAD:
        return None
    shorter = _with_edge(lengths, axis, lengths[axis] - 2.0 * half)
    if shorter[axis] < SHORTEST_EDGE:
        return None
    moved = _with_heights(coords[~paired], axis, (height[~paired] * lengths[axis] - half) / shorter[axis])
    merged = _with_heights(coords[above], axis, 0.0)
    return shorter, np.concatenate([moved, merged])


def half_replacement(
    lengths: Floats, coords: Floats, axis: int, plane: float, stream: np.random.Generator
) -> Cell | None:
    """Shift or reflect, in the plane, the T atoms between a mirror plane and the next, half a period on."""
    height = (coords[:, axis] - plane) % 1.0
    margin = ON_PLANE / lengths[axis]
    upper = (height > 0.5 + margin) & (height < 1.0 - margin)
    if not upper.any():
        return None
    replaced = coords.copy()
    replaced[upper] = _moved_in_plane(coords, axis, stream)[upper]
    return lengths, replaced


def restacking(
    lengths: Floats, coords: Floats, axis: int, cut: float, stream: np.random.Generator
) -> Cell | None:
    """Two periods, the second shifted or reflected in the plane of the cut."""
    second = _moved_in_plane(coords, axis, stream)
    return _stacked(lengths, coords, second, axis, cut)


def twinning(
    lengths: Floats, coords: Floats, axis: int, cut: float, stream: np.random.Generator
) -> Cell | None:
    """Two periods, the second reflected at the cut, and perhaps shifted or reflected in its plane."""
    second = coords if stream.random() < 0.2 else _moved_in_plane(coords, axis, stream)
    reflected = _with_heights(second, axis, 2.0 * cut - second[:, axis])
    return _stacked(lengths, coords, reflected, axis, cut)


def gaps(coords: Floats, axis: int) -> Floats:
    """Where the cell can be cut across an axis: half-way between neighbouring heights of T atoms, [m]."""
    heights = np.sort(coords[:, axis] % 1.0)
    width = np.diff(heights, append=heights[0] + 1.0)
    wide = width > LEAST_GAP
    middle: Floats = (heights[wide] + 0.5 * width[wide]) % 1.0
    return middle


def _moved_in_plane(coords: Floats, axis: int, stream: np.random.Generator) -> Floats:
    """A copy shifted by half an edge along, or reflected at a T atom across, one or both other axes."""
    moved = coords.copy()
    choice = int(stream.integers(1, 9))
    for other, move in zip((k for k in range(3) if k != axis), (choice // 3, choice % 3), strict=True):
        if move == 1:
            moved[:, other] += 0.5
        elif move == 2:
            centre = coords[stream.integers(len(coords)), other]
            moved[:, other] = 2.0 * centre - moved[:, other]
    return moved


def _stacked(lengths: Floats, first: Floats, second: Floats, axis: int, cut: float) -> Cell:
    """Two slabs of one period each on top of each other, both cut at the same height."""
    halves = [
        _with_heights(slab, axis, 0.5 * ((slab[:, axis] - cut) % 1.0 + place))
        for place, slab in enumerate((first, second))
    ]
    return _with_edge(lengths, axis, 2.0 * lengths[axis]), np.concatenate(halves)


def _with_edge(lengths: Floats, axis: int, edge: float) -> Floats:
    changed = lengths.copy()
    changed[axis] = edge
    return changed


def _with_heights(coords: Floats, axis: int, heights: Floats | float) -> Floats:
    changed = coords.copy()
    changed[:, axis] = heights
    return changed
