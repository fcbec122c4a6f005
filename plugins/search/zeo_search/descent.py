"""Descent of the unique T atoms and the cell to a minimum of the cost.

The minimiser is FIRE (E. Bitzek et al., Phys. Rev. Lett. 2006, 97, 170201). The cost has kinks where
neighbours change places, and inertia carries FIRE across them: it ends in a four-connected net a quarter more
often than BFGS. Most drafts lead nowhere and show it early; they are given up.
"""

from __future__ import annotations

import math

import numpy as np

from zeo.tools.compiled import njit
from zeo_search.cost import APART, cost_and_gradient
from zeo_search.neighbours import MAX_NEIGHBOURS, find_neighbours, room_for_neighbours
from zeo_search.settings import CellClass

MAX_STEPS = 300
CONVERGED = 1e-3
"""Mean square of the forces at which the descent ends."""

GIVE_UP = ((10, 3.0), (15, 1.6), (20, 1.0), (30, 0.7), (40, 0.6), (60, 0.56))
"""After so many steps a cost per T atom above this is given up: that loses 4 % of the four-connected minima
and saves half of the time."""

SKIN = 0.8
"""Angstrom beyond the reach of the cost within which neighbours are listed."""

_DRIFT = 1.2
"""Angstrom by which distances may have changed at most before neighbours are listed anew. That is beyond the
skin, but few atoms move straight at each other: of 190 minima such old lists lost one."""

_CELL_INERTIA = 3.0
_FIRST_STEP, _SHORTEST_STEP, _LONGEST_STEP, _FIRST_MIXING = 0.3, 0.05, 0.8, 0.1
_FARTHEST, _LARGEST_STRAIN = 0.3, 0.02
"""Angstrom that an atom, and strain that an edge, may change in one step."""

_TETRAGONAL, _CUBIC, _ORTHOHEXAGONAL = (
    int(CellClass.TETRAGONAL),
    int(CellClass.CUBIC),
    int(CellClass.ORTHOHEXAGONAL),
)


@njit(fastmath=True)
def descend(unique, scale, orbits):
    """Move the unique atoms [n, 3] and the scale of the axes [3] in place; return the cost per T atom.

    Args:
        unique: in the units of ``Orbits``.
        scale: angstrom.
        orbits: ``Orbits``.
    """
    n = len(unique)
    root = np.sqrt(orbits.multiplicity)
    atoms = orbits.multiplicity.sum()
    cell_inertia = _CELL_INERTIA * math.sqrt(atoms)
    neighbours = room_for_neighbours(n)
    gradient, strain, work = np.empty((n, 3)), np.empty(3), np.empty((MAX_NEIGHBOURS, 7))
    force, velocity = np.empty(3 * n + 3), np.zeros(3 * n + 3)
    step, mixing, downhill = _FIRST_STEP, _FIRST_MIXING, 0
    cost, drift = 0.0, 2.0 * _DRIFT
    for iteration in range(MAX_STEPS):
        if drift > _DRIFT:
            find_neighbours(unique, scale, orbits, APART + SKIN, neighbours)
            drift = 0.0
        cost = cost_and_gradient(unique, scale, orbits, neighbours, gradient, strain, work) / atoms
        _fill_force(gradient, strain, orbits, root, cell_inertia, force)
        size, speed, power = 0.0, 0.0, 0.0
        for a in range(len(force)):
            size += force[a] * force[a]
            speed += velocity[a] * velocity[a]
            power += force[a] * velocity[a]
        if size < CONVERGED * atoms:
            break
        for after, hopeless in GIVE_UP:
            if iteration == after and cost > hopeless:
                return cost
        if power > 0.0:
            turn = mixing * math.sqrt(speed / size)
            for a in range(len(force)):
                velocity[a] = (1.0 - mixing) * velocity[a] + turn * force[a]
            downhill += 1
            if downhill > 4:
                step = min(1.1 * step, _LONGEST_STEP)
                mixing *= 0.99
        else:
            velocity[:] = 0.0
            step, mixing, downhill = max(0.5 * step, _SHORTEST_STEP), _FIRST_MIXING, 0
        for a in range(len(force)):
            velocity[a] += step * force[a]
        drift += _move(unique, scale, velocity, step, root, cell_inertia)
    return cost


@njit(fastmath=True)
def _fill_force(gradient, strain, orbits, root, cell_inertia, force):
    """Forces in coordinates in which an atom weighs as much as its orbit has members."""
    n = len(gradient)
    for i in range(n):
        for k in range(3):
            projected = 0.0
            for other in range(3):
                projected += orbits.projection[i, k, other] * gradient[i, other]
            force[3 * i + k] = -root[i] * projected
    tie_axes(orbits.cell_class, strain)
    for k in range(3):
        force[3 * n + k] = -strain[k] / cell_inertia


@njit(fastmath=True)
def _move(unique, scale, velocity, step, root, cell_inertia):
    """Advance atoms and cell; return by how much the distance of two neighbours can have changed at most."""
    n = len(unique)
    farthest = 0.0
    for i in range(n):
        squared = 0.0
        for k in range(3):
            squared += velocity[3 * i + k] ** 2
        distance = step * math.sqrt(squared) / root[i]
        clipped = step / root[i] * min(1.0, _FARTHEST / (distance + 1e-12))
        for k in range(3):
            unique[i, k] += clipped * velocity[3 * i + k] / scale[k]
        farthest = max(farthest, min(distance, _FARTHEST))
    largest = 0.0
    for k in range(3):
        strain = step * velocity[3 * n + k] / cell_inertia
        strain = min(max(strain, -_LARGEST_STRAIN), _LARGEST_STRAIN)
        scale[k] *= 1.0 + strain
        largest = max(largest, abs(strain))
    return 2.0 * farthest + largest * APART


@njit(fastmath=True)
def tie_axes(cell_class, values):
    """Average [3] values over the axes that symmetry keeps in proportion, in place."""
    if cell_class in (_TETRAGONAL, _ORTHOHEXAGONAL):
        values[0] = values[1] = 0.5 * (values[0] + values[1])
    elif cell_class == _CUBIC:
        values[:] = (values[0] + values[1] + values[2]) / 3.0
