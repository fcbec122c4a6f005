"""Basin hopping over the minima of one choice of sites."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from zeo.tools.compiled import njit
from zeo_search.cost import APART, cost_and_gradient
from zeo_search.descent import descend
from zeo_search.neighbours import MAX_NEIGHBOURS, find_neighbours, four_neighbours, room_for_neighbours
from zeo_search.settings import CellClass

TEMPERATURE = 0.1
"""Of the Metropolis test, in units of the cost per T atom."""

LARGEST_COST = 0.55
"""Per T atom; no net with regular tetrahedra lies above."""

_CELL_NOISE = 0.08
_MOVES_ONE = 0.6
"""Share of the hops that place one unique atom anew; the others place two."""

_CELL_DRAWS = 30
_TETRAGONAL, _CUBIC, _ORTHOHEXAGONAL = (
    int(CellClass.TETRAGONAL),
    int(CellClass.CUBIC),
    int(CellClass.ORTHOHEXAGONAL),
)


class Bounds(NamedTuple):
    """Where random cells lie.

    Args:
        density_low: T atoms per 1000 cubic angstrom; likewise the next.
        density_high: see ``density_low``.
        edge_low: angstrom; likewise the next.
        edge_high: see ``edge_low``.
    """

    density_low: float
    density_high: float
    edge_low: float
    edge_high: float


@njit()
def hop(orbits, bounds, hops, drafts, stream):
    """One walk: a random start, then ``hops`` steps to other minima.

    Each step takes the best of ``drafts`` random changes down to a minimum and goes on from there if the
    Metropolis test says so.

    Args:
        orbits: ``Orbits``.
        bounds: ``Bounds``.
        hops: steps after the start.
        drafts: random changes tried for each step.
        stream: numpy Generator.

    Returns:
        unique atoms [f, n, 3], scales [f, 3] and costs per T atom [f] of the f minima in which every T atom
        has four neighbours, and the number of descents.
    """
    n = len(orbits.projection)
    found = 0
    found_unique = np.empty((hops + 1, n, 3))
    found_scale, found_cost = np.empty((hops + 1, 3)), np.empty(hops + 1)
    here, here_scale, here_cost = np.empty((n, 3)), np.empty(3), math.inf
    unique, scale = np.empty((n, 3)), np.empty(3)
    for descents in range(hops + 1):
        if not _best_draft(orbits, bounds, drafts, stream, descents == 0, here, here_scale, unique, scale):
            return found_unique[:found], found_scale[:found], found_cost[:found], descents
        cost = descend(unique, scale, orbits)
        edges = scale * orbits.period
        if edges.min() < 0.9 * bounds.edge_low or edges.max() > 1.5 * bounds.edge_high:
            if descents == 0:
                return found_unique[:found], found_scale[:found], found_cost[:found], 1
            continue
        if cost < LARGEST_COST and four_neighbours(unique, scale, orbits):
            found_unique[found], found_scale[found], found_cost[found] = unique, scale, cost
            found += 1
        if cost < here_cost or stream.random() < math.exp((here_cost - cost) / TEMPERATURE):
            here[:], here_scale[:], here_cost = unique, scale, cost
    return found_unique[:found], found_scale[:found], found_cost[:found], hops + 1


@njit(forceinline=True)
def _best_draft(orbits, bounds, drafts, stream, first, here, here_scale, unique, scale):
    """Fill ``unique`` and ``scale`` with the cheapest of several drafts; false when no cell fits."""
    n = len(unique)
    neighbours = room_for_neighbours(n)
    gradient, strain, work = np.empty((n, 3)), np.empty(3), np.empty((MAX_NEIGHBOURS, 7))
    trial, trial_scale = np.empty((n, 3)), np.empty(3)
    best = math.inf
    for _ in range(drafts):
        if first:
            if not _draw_cell(orbits, bounds, stream, trial_scale):
                continue
            for i in range(n):
                _place(i, orbits, stream, trial)
        else:
            trial[:], trial_scale[:] = here, here_scale
            _change(orbits, bounds, stream, trial, trial_scale)
        find_neighbours(trial, trial_scale, orbits, APART, neighbours)
        cost = cost_and_gradient(trial, trial_scale, orbits, neighbours, gradient, strain, work)
        if cost < best:
            best = cost
            unique[:], scale[:] = trial, trial_scale
    return best < math.inf


@njit()
def _change(orbits, bounds, stream, unique, scale):
    """Place one or two unique atoms anew and deform the cell."""
    n = len(unique)
    for _ in range(1 if stream.random() < _MOVES_ONE else 2):
        _place(int(stream.random() * n), orbits, stream, unique)
    noise = np.empty(3)
    for k in range(3):
        noise[k] = _CELL_NOISE * stream.standard_normal()
    if orbits.cell_class in (_TETRAGONAL, _ORTHOHEXAGONAL):
        noise[1] = noise[0]
    elif orbits.cell_class == _CUBIC:
        noise[:] = noise[0]
    scale *= np.exp(noise)
    density = 1000.0 * len(orbits.owner) / (scale * orbits.period).prod()
    within = min(max(density, bounds.density_low), bounds.density_high)
    scale *= (density / within) ** (1.0 / 3.0)


@njit()
def _place(i, orbits, stream, unique):
    x, y, z = stream.random(), stream.random() * orbits.period[1], stream.random()
    for k in range(3):
        row = orbits.projection[i, k]
        unique[i, k] = row[0] * x + row[1] * y + row[2] * z + orbits.shift[i, k]


@njit()
def _draw_cell(orbits, bounds, stream, scale):
    """Edges uniform in their logarithm, the last one such that the density is uniform; false if none fits."""
    low, span = math.log(bounds.edge_low), math.log(bounds.edge_high / bounds.edge_low)
    for _ in range(_CELL_DRAWS):
        density = bounds.density_low + (bounds.density_high - bounds.density_low) * stream.random()
        volume = 1000.0 * len(orbits.owner) / (density * orbits.period.prod())
        if orbits.cell_class == _CUBIC:
            scale[:] = volume ** (1.0 / 3.0)
        else:
            scale[0] = scale[1] = math.exp(low + span * stream.random())
            if orbits.cell_class not in (_TETRAGONAL, _ORTHOHEXAGONAL):
                scale[1] = math.exp(low + span * stream.random())
            scale[2] = volume / (scale[0] * scale[1])
        edges = scale * orbits.period
        if edges.min() > 0.9 * bounds.edge_low and edges.max() < 1.05 * bounds.edge_high:
            return True
    return False
