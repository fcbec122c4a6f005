"""The Wyckoff positions of a space group: all kinds of sites that there are in it.

A position is known by one of its sites. There are 1731 in the 230 groups (International Tables, volume A).
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from zeo_cleanup.hermite import hermite_rows
from zeo_zeosym.operations import Array, primitive_operations
from zeo_zeosym.sites import DENOMINATOR, Site

SAME = 1e-6
"""Fraction of a cell edge."""

Key = tuple[int, ...]


@cache
def positions(group: int) -> tuple[Site, ...]:
    """A site of each Wyckoff position of a space group, the least free first; the general one is the last."""
    found = {key_of(site): site for site in _special_sites(group)}
    general = Site(group, np.eye(3), np.zeros(3))
    return (*sorted(found.values(), key=lambda site: (site.freedom, len(site.images), site.key)), general)


@cache
def _numbers(group: int) -> dict[Key, int]:
    return {key_of(site): number for number, site in enumerate(positions(group))}


def position_of(site: Site) -> int:
    """The number, in :func:`positions`, of the Wyckoff position that a site belongs to."""
    return _numbers(site.group)[key_of(site)]


def key_of(site: Site) -> Key:
    """Equal for two sites of a group exactly if an operation of the group maps one onto the other."""
    operations = primitive_operations(site.group)
    return min(
        _normal(rotation @ site.projection @ np.linalg.inv(rotation), rotation @ site.shift + translation)
        for rotation, translation in zip(operations.rotations, operations.translations, strict=True)
    )


def _normal(projection: Array, point: Array) -> Key:
    """The points P x + p: P, and p without what lies along the site and without lattice translations."""
    across = _whole(np.eye(3) - projection)
    shift = _whole((np.eye(3) - projection) @ point)
    for row in hermite_rows(across.T):  # lattice translations, as far as they lead away from the site
        pivot = int(np.flatnonzero(row)[0])
        shift -= row * (shift[pivot] // row[pivot])
    return (*across.ravel().tolist(), *shift.tolist())


def _whole(fractions: Array) -> NDArray[np.int64]:
    return np.round(fractions * DENOMINATOR).astype(np.int64)


def _special_sites(group: int) -> list[Site]:
    """Those through points of a grid on which all fixed points of operations lie; many of them equivalent."""
    axis = np.arange(DENOMINATOR) / DENOMINATOR
    points = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    operations = primitive_operations(group)
    images = operations.images(points)
    cells = np.round(images - points)
    stays = np.abs(images - points - cells).max(axis=2) < SAME
    index = _whole(images) % DENOMINATOR @ (DENOMINATOR**2, DENOMINATOR, 1)
    first_of_orbit = index.min(axis=0) == np.arange(len(points))
    sites: dict[tuple[float, ...], Site] = {}
    for point in np.flatnonzero(first_of_orbit & (stays.sum(axis=0) > 1)):
        keeping = stays[:, point]
        back = operations.translations[keeping] - cells[keeping, point]
        site = Site(group, operations.rotations[keeping].mean(axis=0), back.mean(axis=0))
        sites.setdefault(site.key, site)
    return list(sites.values())
