"""Where a T atom can sit in a space group: the positions whose site symmetry a tetrahedron has.

The site group must be a subgroup of Td (-43m): no inversion, no axes 4, 6, -3 or -6, and not 32, whose
twofold axes stand perpendicular to the threefold one. Each of them contains one operation that leaves no more
points fixed than the whole group does, or is 222 or 23, where twofold axes cross; so all positions are found
from the single operations and from the pairs of twofold axes.
"""

from __future__ import annotations

import functools
import itertools

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo_search.settings import Setting, setting

_ORDER_OF = {(1, 3): 1, (1, -1): 2, (1, 0): 3, (-1, 1): 2, (-1, -1): 4}
"""Order of 1, 2, 3, m and -4, the operations of a tetrahedron, by determinant and trace."""

_OFFSETS = np.array(list(itertools.product((-1.0, 0.0, 1.0), repeat=3)))
_TOLERANCE = 1e-5

Subspace = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Projection [3, 3] and shift [3]: ``projection @ x + shift`` is the fixed point nearest to x."""


@frozen(eq=False)
class Site:
    """A Wyckoff position that suits a T atom.

    Args:
        projection: [3, 3].
        shift: [3]; ``projection @ x + shift`` takes any fractional point to one of this position.
        multiplicity: T atoms in the orthogonal cell.
        freedom: coordinates that are free, 0 to 3.
        images: [multiplicity], the operations that take a point of this position to all its distinct images.
    """

    projection: NDArray[np.float64]
    shift: NDArray[np.float64]
    multiplicity: int
    freedom: int
    images: NDArray[np.int64]


@functools.cache
def t_sites(number: int) -> tuple[Site, ...]:
    """All positions for T atoms in a space group, those with most freedom first; each Wyckoff position once.

    Raises:
        ConfigError: not a group from 16 to 230.
    """
    group = setting(number)
    orders = _orders(group)
    fixed = _fixed_by_one_operation(group, orders)
    axes = [fixed[k] for k in range(len(fixed)) if _is_twofold_axis(fixed[k][0], group)]
    candidates = _up_to_lattice([*fixed, *_crossings(axes)])
    anywhere = np.random.default_rng(number).random((len(candidates), 3))
    visited: dict[int, list[Subspace]] = {0: [], 1: [], 2: [], 3: []}
    sites: list[Site] = []
    for (projection, shift), x in zip(candidates, anywhere, strict=True):
        point = projection @ x + shift
        alike = visited[round(projection.trace())]
        if _has_image_on(point, alike, group):
            continue
        alike.append((projection, shift))
        site = _site_at(point, group, orders)
        if site is not None:
            sites.append(site)
    return tuple(sorted(sites, key=lambda site: (-site.freedom, -site.multiplicity)))


def _orders(group: Setting) -> NDArray[np.int64]:
    """Of the operations that a tetrahedron has, [k]; 0 for the others."""
    determinants = np.linalg.det(group.rotations).round().astype(int)
    traces = np.trace(group.rotations, axis1=1, axis2=2).round().astype(int)
    return np.array([_ORDER_OF.get(kind, 0) for kind in zip(determinants, traces, strict=True)])


def _up_to_lattice(subspaces: list[Subspace]) -> list[Subspace]:
    """One of those that differ by lattice translations along the axes."""
    keys = {(*np.round(one[0], 3).ravel(), *np.round(one[1], 4) % 1.0): one for one in reversed(subspaces)}
    return list(reversed(keys.values()))


def _fixed_by_one_operation(group: Setting, orders: NDArray[np.int64]) -> list[Subspace]:
    """Points, axes and planes that 1, 2, 3, m and -4 keep in place, in the cells around the origin."""
    found: dict[tuple[float, ...], Subspace] = {}
    for rotation, translation, order in zip(group.rotations, group.translations, orders, strict=True):
        if order == 0:
            continue
        powers = [np.linalg.matrix_power(rotation, k) for k in range(order)]
        projection = np.mean(powers, axis=0)
        moved = translation + _OFFSETS
        # the operation returns to the start after ``order`` times only if it neither glides nor screws
        moved = moved[np.abs(moved @ projection.T).max(axis=1) < _TOLERANCE]
        # takes the image of the origin to the mean of its images under all powers
        orbit_mean = (
            sum(((order - 1 - k) * power for k, power in enumerate(powers)), np.zeros((3, 3))) / order
        )
        for shift in moved @ orbit_mean.T:
            key = (*np.round(projection, 3).ravel(), *np.round(shift, 3))
            found.setdefault(key, (projection, shift))
    return list(found.values())


def _crossings(axes: list[Subspace]) -> list[Subspace]:
    """Points where axes cross at right angles."""
    if not axes:
        return []
    projections, shifts = (np.array(part) for part in zip(*axes, strict=True))
    points = []
    for projection, shift in axes:
        nearest = shifts @ projection.T + shift
        perpendicular = np.abs(projection @ projections).max(axis=(1, 2)) < _TOLERANCE
        on_both = np.abs(np.einsum("kij,kj->ki", projections, nearest) + shifts - nearest).max(axis=1)
        points.extend(nearest[perpendicular & (on_both < _TOLERANCE)] % 1.0)
    distinct = np.unique(np.round(points, 6) % 1.0, axis=0) if points else np.empty((0, 3))
    return [(np.zeros((3, 3)), point) for point in distinct]


def _is_twofold_axis(projection: NDArray[np.float64], group: Setting) -> bool:
    turn = 2.0 * projection - np.eye(3)
    on_axis = round(projection.trace()) == 1
    return on_axis and bool((np.abs(group.rotations - turn).max(axis=(1, 2)) < _TOLERANCE).any())


def _has_image_on(point: NDArray[np.float64], subspaces: list[Subspace], group: Setting) -> bool:
    """Whether symmetry takes a point onto one of the subspaces."""
    images = (group.rotations @ point + group.translations) % 1.0
    for projection, shift in subspaces:
        away = np.eye(3) - projection
        # the subspace recurs with the lattice, and wrapped images need not lie on the one that was kept
        off = (images @ away.T - shift)[:, None] + _OFFSETS @ away.T
        if (np.abs(off).max(axis=2) < _TOLERANCE).any():
            return True
    return False


def _site_at(point: NDArray[np.float64], group: Setting, orders: NDArray[np.int64]) -> Site | None:
    """The position of a point, or None where its site group is not one of a tetrahedron."""
    off = group.rotations @ point + group.translations - point
    lattice = np.round(off)
    fixing = np.abs(off - lattice).max(axis=1) < _TOLERANCE
    if not orders[fixing].all() or _is_group_32(group.rotations[fixing]):
        return None
    images = (group.rotations @ point + group.translations) % 1.0
    _, first = np.unique(np.round(images, 5) % 1.0, axis=0, return_index=True)
    projection = group.rotations[fixing].mean(axis=0)
    shift = (group.translations - lattice)[fixing].mean(axis=0)
    return Site(projection, shift, len(first), round(projection.trace()), np.sort(first))


def _is_group_32(rotations: NDArray[np.float64]) -> bool:
    """Of the site groups of order six, 3m has reflections and belongs to a tetrahedron, 32 has not."""
    return len(rotations) == 6 and bool((np.linalg.det(rotations) > 0.0).all())
