"""How far T atoms are from a four-connected net, from their positions alone.

For every T atom (distances in angstrom):
    1/2 (d - 3.08)^2 for its four nearest neighbours (linear beyond 1 angstrom too far),
    0.6/2 (4.25 - d)^2 for all others nearer than 4.25,
    0.35 (cos + 1/3)^2 for the six angles between the four nearest, as of a tetrahedron,
    10 (cos - 1/4)^2 where an angle is below 75 degrees, against rings of three T atoms,
    4 for every neighbour that is missing.
"""

from __future__ import annotations

import math

from zeo.tools.compiled import njit

T_T = 3.08
"""Distance of bonded T atoms, angstrom."""

APART = 4.25
"""Distance, angstrom, below which T atoms that are not bonded repel."""

REPULSION, TETRAHEDRAL, THREE_RING, MISSING = 0.6, 0.35, 10.0, 4.0
"""Weights relative to that of the bonds."""

_TIGHTEST = 0.25
"""Cosine of an angle beyond which three atoms would close a three-ring."""


@njit(fastmath=True)
def cost_and_gradient(unique, scale, orbits, neighbours, gradient, strain, work):
    """The cost of all T atoms of the cell, and its slopes.

    Args:
        unique: [n, 3].
        scale: [3], angstrom.
        orbits: ``Orbits``.
        neighbours: all within ``APART`` at least.
        gradient: [n, 3], filled: per angstrom of one atom of each orbit.
        strain: [3], filled: per unit of strain along each axis.
        work: [MAX_NEIGHBOURS, 7], scratch.
    """
    multiplicity, owner, rotation = orbits.multiplicity, orbits.owner, orbits.rotation
    number, image = neighbours.number, neighbours.image
    gradient[:] = 0.0
    strain[:] = 0.0
    total = 0.0
    for i in range(len(unique)):
        nearest = _distances(i, unique, scale, orbits, neighbours, work)
        total += multiplicity[i] * _cost_of_atom(number[i], nearest, work)
        for q in range(number[i]):
            g0, g1, g2 = work[q, 4], work[q, 5], work[q, 6]
            if g0 == 0.0 and g1 == 0.0 and g2 == 0.0:
                continue
            strain[0] += multiplicity[i] * g0 * work[q, 0]
            strain[1] += multiplicity[i] * g1 * work[q, 1]
            strain[2] += multiplicity[i] * g2 * work[q, 2]
            gradient[i, 0] -= g0
            gradient[i, 1] -= g1
            gradient[i, 2] -= g2
            m = image[i, q]
            j = owner[m]
            share = multiplicity[i] / multiplicity[j]
            for k in range(3):
                turned = rotation[m, 0, k] * g0 + rotation[m, 1, k] * g1 + rotation[m, 2, k] * g2
                gradient[j, k] += share * turned
    return total


@njit(fastmath=True)
def _distances(i, unique, scale, orbits, neighbours, work):
    """Fill vectors and distances to the neighbours of atom i; return the four nearest, -1 if missing."""
    owner, rotation = orbits.owner, orbits.rotation
    number, image, offset = neighbours.number, neighbours.image, neighbours.offset
    nearest0 = nearest1 = nearest2 = nearest3 = -1
    r0 = r1 = r2 = r3 = 1e9
    for q in range(number[i]):
        m = image[i, q]
        j = owner[m]
        x, y, z = unique[j, 0], unique[j, 1], unique[j, 2]
        squared = 0.0
        for k in range(3):
            d = rotation[m, k, 0] * x + rotation[m, k, 1] * y + rotation[m, k, 2] * z
            d = (d + offset[i, q, k] - unique[i, k]) * scale[k]
            work[q, k] = d
            work[q, 4 + k] = 0.0
            squared += d * d
        r = math.sqrt(squared) + 1e-9
        work[q, 3] = r
        if r < r3:
            if r < r2:
                r3, nearest3 = r2, nearest2
                if r < r1:
                    r2, nearest2 = r1, nearest1
                    if r < r0:
                        r1, nearest1 = r0, nearest0
                        r0, nearest0 = r, q
                    else:
                        r1, nearest1 = r, q
                else:
                    r2, nearest2 = r, q
            else:
                r3, nearest3 = r, q
    return nearest0, nearest1, nearest2, nearest3


@njit(fastmath=True)
def _cost_of_atom(number, nearest, work):
    """Cost of one atom; adds the slopes by its neighbours' positions to columns 4 to 6 of ``work``."""
    total = 0.0
    for q in range(number):
        r = work[q, 3]
        slope = 0.0
        if q in nearest:
            stretch = r - T_T
            if stretch > 1.0:
                total += stretch - 0.5
                slope = 1.0
            else:
                total += 0.5 * stretch * stretch
                slope = stretch
        elif r < APART:
            total += 0.5 * REPULSION * (APART - r) ** 2
            slope = -REPULSION * (APART - r)
        if slope != 0.0:
            for k in range(3):
                work[q, 4 + k] += slope * work[q, k] / r
    for p in range(4):
        a = nearest[p]
        if a < 0:
            total += MISSING
            continue
        for o in range(p):
            total += _cost_of_angle(a, nearest[o], work)
    return total


@njit(fastmath=True)
def _cost_of_angle(a, b, work):
    ra, rb = 1.0 / work[a, 3], 1.0 / work[b, 3]
    cosine = (work[a, 0] * work[b, 0] + work[a, 1] * work[b, 1] + work[a, 2] * work[b, 2]) * ra * rb
    bend = cosine + 1.0 / 3.0
    total = TETRAHEDRAL * bend * bend
    slope = 2.0 * TETRAHEDRAL * bend
    if cosine > _TIGHTEST:
        total += THREE_RING * (cosine - _TIGHTEST) ** 2
        slope += 2.0 * THREE_RING * (cosine - _TIGHTEST)
    for k in range(3):
        ua, ub = work[a, k] * ra, work[b, k] * rb
        work[a, 4 + k] += slope * (ub - cosine * ua) * ra
        work[b, 4 + k] += slope * (ua - cosine * ub) * rb
    return total
