"""A model of the second derivatives: springs along the distances that a tetrahedral net fixes.

Stiff Si-O, O..O and Si..Si springs couple the atoms to each other and to the strain of the cell; shells
follow their own springs. Steps in this metric bend the framework where it is soft and spare its bonds.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse
import scipy.sparse.linalg
from numpy.typing import NDArray

from zeo_cleanup.relax.potential import Tetrahedra
from zeo_cleanup.relax.symmetrise import Symmetry

Array = NDArray[np.float64]

SI_O, O_O, SI_SI = 80.0, 25.0, 6.0
"""Force constants of the springs, eV/A2."""

FLOOR = 1.5
"""Stiffness of everything that the springs leave free, eV/A2."""

SHELL = 75.0
"""Stiffness of a shell against its core: the spring and the repulsion of its silicons, eV/A2."""

CELL = 0.3
"""Stiffness of the cell that the springs leave out, eV/A3 (0.3 eV/A3 is 48 GPa)."""


class SpringModel:
    """Approximate inverse second derivatives by cores, shells and strains.

    The block of the cores is sparse and factorised once; the few strains are eliminated (Schur complement).
    With symmetry it is that of the symmetric displacements, which are fewer, and takes symmetric gradients.

    Args:
        lattice: [3, 3].
        cores: cartesian [n, 3], silicon first.
        tetrahedra: the bonds.
        strains: [k, 3, 3], the strains that the cell may take.
        symmetry: of the cores; None for none.
    """

    def __init__(
        self,
        lattice: Array,
        cores: Array,
        tetrahedra: Tetrahedra,
        strains: Array,
        symmetry: Symmetry | None = None,
    ) -> None:
        i, j, shifts, stiffness = _springs(tetrahedra)
        arm = cores[j] - cores[i] + shifts @ lattice
        unit = arm / np.linalg.norm(arm, axis=1)[:, None]
        root = np.sqrt(stiffness)[:, None]
        by_core = _by_core(i, j, root * unit, len(cores))
        self._basis = None if symmetry is None else symmetry.basis()
        if self._basis is not None:
            self._onto_basis = self._basis.T.tocsr()
            by_core = by_core @ self._basis
        by_strain = np.einsum("tp,cpq,tq->tc", arm, strains, root * unit)
        self._n_core, self._n_shell = cores.size, 3 * tetrahedra.n_oxygen
        floor = scipy.sparse.diags_array(np.full(by_core.shape[1], FLOOR))
        self._factor = scipy.sparse.linalg.splu(
            scipy.sparse.csc_matrix(by_core.T @ by_core + floor),
            permc_spec="MMD_AT_PLUS_A",
            diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )
        self._coupling = by_core.T @ by_strain
        self._coupled = np.ascontiguousarray(self._coupling.T)
        self._followed = self._factor.solve(self._coupling) if len(strains) else self._coupling
        cell = by_strain.T @ by_strain + CELL * abs(np.linalg.det(lattice)) * np.eye(len(strains))
        self._softness = np.linalg.inv(cell - self._coupled @ self._followed)

    def apply(self, gradient: Array) -> Array:
        """The inverse times a gradient by cores, shells and strains, in this order."""
        cores, shells = gradient[: self._n_core], gradient[self._n_core : self._n_core + self._n_shell]
        strains = gradient[self._n_core + self._n_shell :]
        held = self._factor.solve(cores if self._basis is None else np.asarray(self._onto_basis @ cores))
        strain = self._softness @ (strains - self._coupled @ held)
        followed = held - self._followed @ strain
        if self._basis is not None:
            followed = self._basis @ followed
        return np.concatenate([followed, shells / SHELL, strain])


def _by_core(
    i: NDArray[np.int64], j: NDArray[np.int64], vectors: Array, n: int
) -> scipy.sparse.csr_array[np.float64]:
    """Sparse matrix [springs, 3 n] that takes displacements of the cores to stretches of the springs."""
    rows = np.repeat(np.arange(len(i)), 3)
    axes = np.arange(3)
    columns = [(3 * index[:, None] + axes).ravel() for index in (j, i)]
    values = np.concatenate([vectors.ravel(), -vectors.ravel()])
    places = (np.concatenate([rows, rows]), np.concatenate(columns))
    return scipy.sparse.csr_array((values, places), shape=(len(i), 3 * n))


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
