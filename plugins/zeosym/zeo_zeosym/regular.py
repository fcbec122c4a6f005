"""Distance least squares within a space group: unique atoms and lattice move as their symmetry allows.

A drawn lattice is no more certain than the coordinates in it, so the strains that the point group allows are
variables beside the unique atoms. They are so few that the normal equations are solved directly.
"""

from __future__ import annotations

import numpy as np
from attrs import evolve

from zeo.compiled import njit
from zeo.structure import Structure
from zeo_zeosym.crystal import Crystal
from zeo_zeosym.operations import Array
from zeo_zeosym.pairs import in_short_cell
from zeo_zeosym.restraints import restraints
from zeo_zeosym.silica import Silica, silica_of
from zeo_zeosym.strain import allowed, stretched

MAX_ITERATIONS = 50
TOLERANCE = 1e-4
"""Share of the sum of squares: a step that gains less is the last."""

FIRST_DAMPING, LEAST_DAMPING = 10.0, 1e-2

LEVER = 25.0
"""Square angstrom: a strain is damped like a displacement of every atom by five times as many angstrom."""


def structure_of(net: Crystal) -> Structure:
    """A net in its primitive cell: with oxygen and regular where it is four-connected, the T atoms alone where
    it is not."""
    silica = silica_of(net)
    if silica is None:
        return in_short_cell(Structure.from_si_o(net.lattice, net.t_coords, np.empty((0, 3))))
    return in_short_cell(regularised(silica).structure)


def regularised(silica: Silica) -> Silica:
    """The framework where its distances are nearest to ideal, with the same bonds and the same space group.

    Levenberg-Marquardt, with Nielsen's update of the damping (Madsen, Nielsen & Tingleff 2004, algorithm
    3.16).
    """
    atoms = silica.atoms
    asked = restraints(silica)
    columns = atoms.lattice.T
    projection = columns @ np.stack([site.projection for site in atoms.sites]) @ np.linalg.inv(columns)
    turn = np.ascontiguousarray(atoms.turns[atoms.image])
    permitted = allowed(atoms.turns)
    unit = np.concatenate([np.repeat(atoms.multiplicities, 3), np.full(6, LEVER * len(turn))]).astype(float)

    def equations(at: Crystal) -> tuple[float, Array, Array]:
        total, normal, slope = _normal_equations(
            at.t_coords @ at.lattice,
            asked.shift @ at.lattice,
            asked.i,
            asked.j,
            asked.target,
            asked.weight,
            asked.contact,
            at.owner,
            turn,
            len(at.sites),
        )
        return total, *_permitted(normal, slope, projection, permitted)

    total, normal, slope = equations(atoms)
    damping, growth = FIRST_DAMPING, 2.0
    for _ in range(MAX_ITERATIONS):
        step = np.linalg.solve(normal + np.diag(damping * unit), -slope)
        trial = _moved(atoms, step)
        after, *rest = equations(trial)
        gain = (total - after) / max(0.5 * step @ (damping * unit * step - slope), 1e-12)
        if gain <= 0.0:
            damping *= growth
            growth *= 2.0
            continue
        last = total - after < TOLERANCE * total
        atoms, total, (normal, slope) = trial, after, rest
        if last:
            break
        damping = max(LEAST_DAMPING, damping * max(1.0 / 3.0, 1.0 - (2.0 * gain - 1.0) ** 3))
        growth = 2.0
    return evolve(silica, atoms=atoms)


def _moved(atoms: Crystal, step: Array) -> Crystal:
    """Unique atoms displaced by the first numbers of a step (angstrom), the lattice strained by the last six."""
    lattice = stretched(atoms.lattice, step[-6:])
    coords = atoms.coords + step[:-6].reshape(-1, 3) @ np.linalg.inv(lattice)
    return Crystal(atoms.group, lattice, atoms.sites, coords)


def _permitted(normal: Array, slope: Array, projection: Array, strains: Array) -> tuple[Array, Array]:
    """Normal equations in which atoms stay on their sites and the lattice keeps its point group."""
    whole = np.zeros_like(normal)
    for k, block in enumerate(projection):
        whole[3 * k : 3 * k + 3, 3 * k : 3 * k + 3] = block
    whole[-6:, -6:] = strains
    return whole @ normal @ whole, whole @ slope


@njit()
def _normal_equations(places, offset, i, j, target, weight, contact, owner, turn, unique):
    """Half the weighted sum of squares, its second derivatives (Gauss-Newton) and its gradient, by the places
    of the unique atoms and six numbers of a strain."""
    size = 3 * unique + 6
    normal, slope = np.zeros((size, size)), np.zeros(size)
    total = 0.0
    column, value = np.empty(12, np.int64), np.empty(12)
    root = np.sqrt(2.0)
    for p in range(len(i)):
        a, b = i[p], j[p]
        x = places[b, 0] - places[a, 0] + offset[p, 0]
        y = places[b, 1] - places[a, 1] + offset[p, 1]
        z = places[b, 2] - places[a, 2] + offset[p, 2]
        d = max(np.sqrt(x * x + y * y + z * z), 1e-6)
        if contact[p] and d > target[p]:
            continue
        x, y, z = x / d, y / d, z / d
        for k in range(3):
            column[k], column[3 + k] = 3 * owner[a] + k, 3 * owner[b] + k
            value[k] = -(turn[a, 0, k] * x + turn[a, 1, k] * y + turn[a, 2, k] * z)
            value[3 + k] = turn[b, 0, k] * x + turn[b, 1, k] * y + turn[b, 2, k] * z
        for k in range(6):
            column[6 + k] = 3 * unique + k
        value[6], value[7], value[8] = d * x * x, d * y * y, d * z * z
        value[9], value[10], value[11] = root * d * y * z, root * d * x * z, root * d * x * y
        away = d - target[p]
        total += 0.5 * weight[p] * away * away
        for k in range(12):
            slope[column[k]] += weight[p] * away * value[k]
            for m in range(12):
                normal[column[k], column[m]] += weight[p] * value[k] * value[m]
    return total, normal, slope
