"""Bond lengths and angles of a framework."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.neighbours import pairs_within
from zeo.crystal.structure import Structure
from zeo.errors import InputError

LONGEST_BOND = 2.2
"""Angstrom; silicon and oxygen closer than this are bonded. The next ones are 2.8 or more apart."""


@frozen(eq=False)
class Geometry:
    """Bonds of a framework of n T atoms.

    Args:
        si_o: [4n], bond lengths in angstrom.
        o_si_o: [6n], angles at silicon in degrees.
        si_o_si: [2n], angles at oxygen in degrees.
    """

    si_o: NDArray[np.float64]
    o_si_o: NDArray[np.float64]
    si_o_si: NDArray[np.float64]


def geometry(structure: Structure) -> Geometry:
    """The bonds of a framework in a cell of any shape.

    Raises:
        InputError: a silicon without four oxygen, or an oxygen without two silicon, at bonding distance.
    """
    silicon, oxygen = structure.coords_of("Si"), structure.coords_of("O")
    i, j, cell, length = pairs_within(structure.lattice, silicon, oxygen, LONGEST_BOND)
    if not (np.bincount(i, minlength=len(silicon)) == 4).all() or len(silicon) == 0:
        raise InputError("not every silicon is bonded to four oxygen")
    if not (np.bincount(j, minlength=len(oxygen)) == 2).all():
        raise InputError("not every oxygen is bonded to two silicon")
    direction = (oxygen[j] + cell - silicon[i]) @ structure.lattice / length[:, None]
    at_silicon = direction.reshape(-1, 4, 3)  # pairs are sorted by silicon
    at_oxygen = direction[np.argsort(j, kind="stable")].reshape(-1, 2, 3)
    one, other = np.triu_indices(4, k=1)
    return Geometry(
        si_o=length,
        o_si_o=_angle(at_silicon[:, one], at_silicon[:, other]).ravel(),
        si_o_si=_angle(at_oxygen[:, 0], at_oxygen[:, 1]),
    )


def is_tetrahedral(structure: Structure) -> bool:
    """Whether every silicon has exactly four oxygen at bonding distance, and every oxygen two silicon."""
    try:
        geometry(structure)
    except InputError:
        return False
    return True


def _angle(u: NDArray[np.float64], v: NDArray[np.float64]) -> NDArray[np.float64]:
    """Degrees between unit vectors along the last axis."""
    angles: NDArray[np.float64] = np.degrees(np.arccos(np.clip((u * v).sum(axis=-1), -1.0, 1.0)))
    return angles
