"""Bond lengths and angles of a framework."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.neighbours import pairs_within
from zeo.crystal.structure import Structure
from zeo.errors import InputError

LONGEST_BOND = 2.2
"""Angstrom; T atoms and oxygen closer than this are bonded. The next ones are 2.8 or more apart."""


@frozen(eq=False)
class Geometry:
    """Bonds of a framework of n T atoms.

    Args:
        t_o: [4n], bond lengths in angstrom.
        o_t_o: [6n], angles at T atoms in degrees.
        t_o_t: [2n], angles at oxygen in degrees.
    """

    t_o: NDArray[np.float64]
    o_t_o: NDArray[np.float64]
    t_o_t: NDArray[np.float64]


def geometry(structure: Structure) -> Geometry:
    """The bonds of a framework in a cell of any shape.

    Raises:
        InputError: a T atom without four oxygens, or an oxygen without two T atoms, at bonding distance.
    """
    t, oxygen = structure.frac_coords[structure.framework.t], structure.coords_of("O")
    i, j, cell, length = pairs_within(structure.lattice, t, oxygen, LONGEST_BOND)
    within = f"within {LONGEST_BOND:g} A: repair the framework first"
    if not (np.bincount(i, minlength=len(t)) == 4).all() or len(t) == 0:
        raise InputError(f"not every T atom has four oxygens {within}")
    if not (np.bincount(j, minlength=len(oxygen)) == 2).all():
        raise InputError(f"not every oxygen has two T atoms {within}")
    direction = (oxygen[j] + cell - t[i]) @ structure.lattice / length[:, None]
    at_t = direction.reshape(-1, 4, 3)  # pairs are sorted by T atom
    at_oxygen = direction[np.argsort(j, kind="stable")].reshape(-1, 2, 3)
    one, other = np.triu_indices(4, k=1)
    return Geometry(
        t_o=length,
        o_t_o=_angle(at_t[:, one], at_t[:, other]).ravel(),
        t_o_t=_angle(at_oxygen[:, 0], at_oxygen[:, 1]),
    )


def is_tetrahedral(structure: Structure) -> bool:
    """Whether every T atom has exactly four oxygens at bonding distance, and every oxygen two T atoms."""
    try:
        geometry(structure)
    except InputError:
        return False
    return True


def _angle(u: NDArray[np.float64], v: NDArray[np.float64]) -> NDArray[np.float64]:
    """Degrees between unit vectors along the last axis."""
    angles: NDArray[np.float64] = np.degrees(np.arccos(np.clip((u * v).sum(axis=-1), -1.0, 1.0)))
    return angles
