"""A model of the second derivatives: springs along the distances that a tetrahedral net fixes.

Stiff Si-O, O..O and Si..Si springs couple the atoms to each other and to the strain of the cell; shells
follow their own springs. Steps in this metric bend the framework where it is soft and spare its bonds.
"""

from __future__ import annotations

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from zeo_cleanup.relax.potential import Tetrahedra

Array = NDArray[np.float64]

SI_O, O_O, SI_SI = 40.0, 10.0, 1.5
"""Force constants of the springs, eV/A2."""

FLOOR = 1.0
"""Stiffness of everything that the springs leave free, eV/A2."""

SHELL = 75.0
"""Stiffness of a shell against its core: the spring and the repulsion of its silicons, eV/A2."""

CELL = 0.1
"""Stiffness of the cell that the springs leave out, eV/A3 (0.1 eV/A3 is 16 GPa)."""


class SpringModel:
    """Approximate inverse second derivatives by cores, shells and strains.

    Args:
        lattice: [3, 3].
        cores: cartesian [n, 3], silicon first.
        tetrahedra: the bonds.
        strains: [k, 3, 3], the strains that the cell may take.
    """

    def __init__(self, lattice: Array, cores: Array, tetrahedra: Tetrahedra, strains: Array) -> None:
        i, j, shifts, stiffness = _springs(tetrahedra)
        arm = cores[j] - cores[i] + shifts @ lattice
        unit = arm / np.linalg.norm(arm, axis=1)[:, None]
        n, rows = len(cores), np.arange(len(i))
        by_variable = np.zeros((len(i), n + 1, 3))
        by_variable[rows, j] += unit
        by_variable[rows, i] -= unit
        by_strain = np.einsum("tp,cpq,tq->tc", arm, strains, unit)
        jacobian = np.concatenate([by_variable[:, :n].reshape(len(i), 3 * n), by_strain], axis=1)
        jacobian *= np.sqrt(stiffness)[:, None]
        model = jacobian.T @ jacobian
        volume = abs(np.linalg.det(lattice))
        diagonal = np.concatenate([np.full(3 * n, FLOOR), np.full(len(strains), CELL * volume)])
        model[np.diag_indices(len(model))] += diagonal
        self._factor = scipy.linalg.cho_factor(model, lower=True, check_finite=False)
        self._cores = 3 * n
        self._shells = 3 * tetrahedra.n_oxygen

    def apply(self, gradient: Array) -> Array:
        """The inverse times a gradient by cores, shells and strains, in this order."""
        shells = slice(self._cores, self._cores + self._shells)
        rest = np.concatenate([gradient[: self._cores], gradient[shells.stop :]])
        rest = scipy.linalg.cho_solve(self._factor, rest, overwrite_b=True, check_finite=False)
        return np.concatenate([rest[: self._cores], gradient[shells] / SHELL, rest[self._cores :]])


def _springs(
    tetrahedra: Tetrahedra,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], Array]:
    """Pairs (i, j), lattice offset of j and force constant of all springs."""
    silicon = tetrahedra.n_silicon
    oxygen, shifts = tetrahedra.oxygen, tetrahedra.shifts
    one, other = np.triu_indices(4, k=1)
    owner = np.repeat(np.arange(silicon), 4)
    order = np.argsort(oxygen.ravel(), kind="stable")
    first, second = order[0::2], order[1::2]
    flat = shifts.reshape(-1, 3)
    groups = [
        (owner, silicon + oxygen.ravel(), flat, SI_O),
        (
            silicon + oxygen[:, one].ravel(),
            silicon + oxygen[:, other].ravel(),
            (shifts[:, other] - shifts[:, one]).reshape(-1, 3),
            O_O,
        ),
        (owner[first], owner[second], flat[first] - flat[second], SI_SI),
    ]
    i, j, offsets = (np.concatenate([group[k] for group in groups]) for k in range(3))
    return i, j, offsets, np.concatenate([np.full(len(group[0]), group[3]) for group in groups])
