"""The energy of a molecule with the framework and with the others, looked up in the tables of a host."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from zeo.tools.compiled import njit
from zeo_adsorption.host import Host
from zeo_adsorption.supercell import MOST_SITES, TRIAL, Molecules, Place

FAST_MATH = {"contract", "reassoc", "arcp", "nsz"}

OVERLAP = 60.0
"""k T, beyond which two molecules are said to overlap and no more pairs are summed."""


class Tables(NamedTuple):
    """The tables of a host for compiled functions; k gases have at most d directions each.

    Args:
        framework: float32, ``Guest.energy`` of all gases, flat, one after the other.
        starts: int64 [k + 1], where that of each gas begins.
        volume: grid points of the unit cell.
        points: int64 [3, longest edge], what each coordinate of a point of the supercell adds to the flat
            index of the point of the unit cell: a look-up takes less time than three remainders.
        log_weights: float64 [k, d], ln of the weight of each direction.
        pairs: float32 [kinds, kinds, nx, ny, nz], energy of two sites by displacement over the supercell.
        finer: steps of ``pairs`` from one point of the grid to the next, along a, b, c.
        site_kinds: int64 [k, MOST_SITES], rows of ``pairs``; -1 where a gas has no more sites.
        offsets: float32 [k, d, MOST_SITES, 3], of the sites from the centre, in steps of ``pairs``.
    """

    framework: NDArray[np.float32]
    starts: NDArray[np.int64]
    volume: int
    points: NDArray[np.int64]
    log_weights: NDArray[np.float64]
    pairs: NDArray[np.float32]
    finer: tuple[int, int, int]
    site_kinds: NDArray[np.int64]
    offsets: NDArray[np.float32]


class Energy(NamedTuple):
    """Of a molecule, k T.

    Args:
        framework: with the framework, less ln of the weight of its direction, as in ``Guest.energy``.
        others: with the other molecules.
        total: the sum of both, of which that weight is no part.
    """

    framework: float
    others: float
    total: float


def tables_of(host: Host) -> Tables:
    """Those of a framework and the gases in it."""
    guests = host.guests
    directions = max(len(guest.offsets) for guest in guests)
    log_weights = np.zeros((len(guests), directions))
    offsets = np.zeros((len(guests), directions, MOST_SITES, 3), np.float32)
    site_kinds = np.full((len(guests), MOST_SITES), -1, np.int64)
    for gas, guest in enumerate(guests):
        log_weights[gas, : len(guest.log_weights)] = guest.log_weights
        offsets[gas, : len(guest.offsets), : guest.offsets.shape[1]] = guest.offsets
        site_kinds[gas, : len(guest.site_kinds)] = guest.site_kinds
    edges = [points * cells for points, cells in zip(host.shape, host.repeats, strict=True)]
    a, b, c = (fine // edge for fine, edge in zip(host.tables.shape[2:], edges, strict=True))
    return Tables(
        framework=np.concatenate([guest.energy.ravel() for guest in guests]),
        starts=np.cumsum([0, *(guest.energy.size for guest in guests)]),
        volume=math.prod(host.shape),
        points=_flat_points(host.shape, max(edges)),
        log_weights=log_weights,
        pairs=host.tables,
        finer=(a, b, c),
        site_kinds=site_kinds,
        offsets=offsets,
    )


def _flat_points(shape: tuple[int, int, int], longest: int) -> NDArray[np.int64]:
    """[3, longest]: ``points[0, x] + points[1, y] + points[2, z]`` is the flat index of a point."""
    steps = np.array([[shape[1] * shape[2]], [shape[2]], [1]])
    flat: NDArray[np.int64] = np.arange(longest) % np.array(shape)[:, None] * steps
    return flat


@njit(forceinline=True)
def energy_with_framework(tables: Tables, place: Place) -> float:
    """The part of :class:`Energy`; infinite where the gas cannot go."""
    point = tables.points[0, place.x] + tables.points[1, place.y] + tables.points[2, place.z]
    return np.float64(tables.framework[tables.starts[place.gas] + place.direction * tables.volume + point])


@njit(forceinline=True)
def energy_of(tables: Tables, molecules: Molecules, place: Place, row: int, count: int) -> Energy:
    """Of a molecule at a place with the framework and the first ``count`` molecules; large where two overlap.

    Its sites are those of a row.
    """
    framework = energy_with_framework(tables, place)
    if molecules.spheres:
        others = _of_sphere_with_others(tables, molecules, place, count)
    else:
        others = _of_rod_with_others(tables, molecules, place, row, count)
    total = framework + tables.log_weights[place.gas, place.direction] + others
    return Energy(framework, np.float64(others), total)


@njit(forceinline=True, error_model="numpy")
def place_trial(tables: Tables, molecules: Molecules, place: Place) -> None:
    """Let the sites of the trial, inside of the supercell, be those of a molecule at a place."""
    sites, offsets, edges = molecules.sites, tables.offsets, tables.pairs.shape[2:]
    for site in range(0 if molecules.spheres else MOST_SITES):
        for axis, point in ((0, place.x), (1, place.y), (2, place.z)):
            position = point * tables.finer[axis] + offsets[place.gas, place.direction, site, axis]
            sites[TRIAL, site, axis] = position - edges[axis] * math.floor(position / edges[axis])


@njit(fastmath=FAST_MATH, error_model="numpy")
def _of_sphere_with_others(tables: Tables, molecules: Molecules, place: Place, count: int) -> Any:
    """On a point of the grid, where the tables have a point for each displacement."""
    pairs, site_kinds, places = tables.pairs, tables.site_kinds, molecules.places
    nx, ny, nz = np.int32(pairs.shape[2]), np.int32(pairs.shape[3]), np.int32(pairs.shape[4])
    own = pairs[site_kinds[place.gas, 0]]
    total = np.float32(0.0)
    for other in range(count):
        dx, dy, dz = place.x - places[2, other], place.y - places[3, other], place.z - places[4, other]
        dx += nx if dx < 0 else 0
        dy += ny if dy < 0 else 0
        dz += nz if dz < 0 else 0
        total += own[site_kinds[places[0, other], 0], dx, dy, dz]
    return total


@njit(fastmath=FAST_MATH, error_model="numpy")
def _of_rod_with_others(tables: Tables, molecules: Molecules, place: Place, row: int, count: int) -> Any:
    """Of each site of a row with each of the others' sites."""
    pairs, site_kinds, sites = tables.pairs, tables.site_kinds, molecules.sites
    total = np.float32(0.0)
    for other in range(count):
        gas = molecules.places[0, other]
        for first in range(MOST_SITES):
            if site_kinds[place.gas, first] < 0:
                break
            for second in range(MOST_SITES):
                if site_kinds[gas, second] < 0:
                    break
                total += _interpolated(
                    pairs[site_kinds[place.gas, first], site_kinds[gas, second]],
                    sites[row, first, 0] - sites[other, second, 0],
                    sites[row, first, 1] - sites[other, second, 1],
                    sites[row, first, 2] - sites[other, second, 2],
                )
        if total > OVERLAP:
            return np.float32(1e6)
    return total


@njit(fastmath=FAST_MATH, error_model="numpy")
def _interpolated(table: Any, x: Any, y: Any, z: Any) -> Any:
    """Linearly between the points of a periodic table, at a displacement of less than a period."""
    nx, ny, nz = np.int32(table.shape[0]), np.int32(table.shape[1]), np.int32(table.shape[2])
    zero, one = np.float32(0.0), np.float32(1.0)
    x += np.float32(nx) if x < zero else zero
    y += np.float32(ny) if y < zero else zero
    z += np.float32(nz) if z < zero else zero
    i, j, k = int(x), int(y), int(z)
    a, b, c = x - np.float32(i), y - np.float32(j), z - np.float32(k)
    i, j, k = (0 if i >= nx else i), (0 if j >= ny else j), (0 if k >= nz else k)
    i2, j2, k2 = (i + 1 if i + 1 < nx else 0), (j + 1 if j + 1 < ny else 0), (k + 1 if k + 1 < nz else 0)
    low = (table[i, j, k] * (one - c) + table[i, j, k2] * c) * (one - b)
    low += (table[i, j2, k] * (one - c) + table[i, j2, k2] * c) * b
    high = (table[i2, j, k] * (one - c) + table[i2, j, k2] * c) * (one - b)
    high += (table[i2, j2, k] * (one - c) + table[i2, j2, k2] * c) * b
    return low * (one - a) + high * a
