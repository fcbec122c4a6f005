"""Distance least squares within a space group: unique atoms and lattice move as their symmetry allows.

A drawn lattice is no more certain than the coordinates in it, so the strains that the point group allows are
variables beside the unique atoms. They are so few that the normal equations are solved directly.
"""

from __future__ import annotations

import numpy as np
from attrs import evolve
from scipy.linalg import solve

from zeo.crystal.structure import Structure
from zeo_zeosym.crystal import Crystal
from zeo_zeosym.normal_equations import normal_equations
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
    """A net in its primitive cell: with oxygen and regular where it is four-connected, the T atoms alone
    where it is not.

    Raises:
        InputError: its lattice has collapsed.
    """
    silica = silica_of(net)
    if silica is None:
        return in_short_cell(Structure.from_si_o(net.lattice, net.t_coords, np.empty((0, 3))))
    return in_short_cell(regularised(silica).structure)


def largest_shift(before: Crystal, after: Crystal) -> float:
    """How far a T atom moves in the cell, angstrom, apart from what the whole net does.

    Args:
        before: the T atoms.
        after: the same, and maybe more atoms after them.
    """
    moves = after.t_coords[: len(before.image)] - before.t_coords
    return float(np.linalg.norm((moves - moves.mean(axis=0)) @ after.lattice, axis=1).max())


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
        total, normal, slope = normal_equations(
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
        step = solve(normal + np.diag(damping * unit), -slope, assume_a="pos", check_finite=False)
        trial = _moved(atoms, step)
        after, *rest = equations(trial)
        predicted = float(0.5 * step @ (damping * unit * step - slope))
        gain = (total - after) / max(predicted, 1e-12)
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
    """Unique atoms displaced by the first numbers of a step, the lattice strained by the last six."""
    lattice = stretched(atoms.lattice, step[-6:])
    coords = atoms.coords + step[:-6].reshape(-1, 3) @ np.linalg.inv(lattice)
    return Crystal(atoms.group, lattice, atoms.sites, coords)


def _permitted(normal: Array, slope: Array, projection: Array, strains: Array) -> tuple[Array, Array]:
    """Normal equations in which atoms stay on their sites and the lattice keeps its point group."""
    columns = _projected(normal, projection, strains)  # of a symmetric matrix
    return _projected(columns.T, projection, strains), _projected(slope[:, None], projection, strains)[:, 0]


def _projected(rows: Array, projection: Array, strains: Array) -> Array:
    """Rows [3 m + 6, k], three for each unique atom and six for the strain, projected onto what may move."""
    atoms = projection @ rows[:-6].reshape(len(projection), 3, -1)
    return np.concatenate([atoms.reshape(len(rows) - 6, -1), strains @ rows[-6:]])
