"""The symmetry that a relaxation starts with, and keeps.

Many idealised frameworks are saddle points of the energy. Rounding errors grow along their unstable
directions, so that without a constraint the last digit of a coordinate could decide which minimum is found.
"""

from __future__ import annotations

import numpy as np
import scipy.linalg
import scipy.sparse
from attrs import frozen
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from zeo.crystal.structure import Structure
from zeo.crystal.symmetry import moyo_dataset
from zeo.tools.compiled import njit

Array = NDArray[np.float64]

TOLERANCE = 0.01
"""Angstrom by which atoms may miss their images: more than files round off, less than atoms are displaced."""


@frozen(eq=False)
class Symmetry:
    """A space group acting on atoms: averages over it.

    Args:
        rotations: cartesian, orthogonal [g, 3, 3]; row vectors are multiplied from the right.
        translations: fractional [g, 3].
        source: int64 [g, n], the atom that operation g takes to each atom.
        first: int64 [u], one atom of every orbit.
        copied_from: int64 [n], the position in ``first`` of each atom's orbit.
        copied_by: int64 [n], an operation that takes that first atom to each atom.
    """

    rotations: Array
    translations: Array
    source: NDArray[np.int64]
    first: NDArray[np.int64]
    copied_from: NDArray[np.int64]
    copied_by: NDArray[np.int64]

    def vectors(self, vectors: Array, atoms: slice = slice(None)) -> Array:
        """The symmetric part of vectors [m, 3] on some of the atoms (a union of orbits)."""
        first = 0 if atoms.start is None else atoms.start
        average: Array = _average_vectors(
            np.ascontiguousarray(vectors),
            first,
            self.rotations,
            self.source,
            self.first,
            self.copied_from,
            self.copied_by,
        )
        return average

    def basis(self) -> scipy.sparse.csr_array[np.float64]:
        """Orthonormal symmetric displacements of all atoms, as columns of a sparse matrix [3 n, free]."""
        leaves = self.source[:, self.first] == self.first
        stabilisers = np.einsum("gu,gab->uab", leaves.astype(float), self.rotations)
        stabilisers /= leaves.sum(axis=0)[:, None, None]
        # a mean over a group is a projection: what it leaves as it is are the directions that are free
        kept, directions = np.linalg.eigh(stabilisers)
        free = kept > 0.5
        column = np.cumsum(free).reshape(free.shape) - 1
        moved = directions.transpose(0, 2, 1)[self.copied_from] @ self.rotations[self.copied_by]
        moved /= np.sqrt(np.bincount(self.copied_from))[self.copied_from, None, None]
        atom, direction = np.nonzero(free[self.copied_from])
        rows = 3 * atom[:, None] + np.arange(3)
        columns = np.broadcast_to(column[self.copied_from[atom], direction][:, None], rows.shape)
        places = (rows.ravel(), columns.ravel())
        shape = (3 * len(self.copied_from), int(free.sum()))
        return scipy.sparse.csr_array((moved[atom, direction].ravel(), places), shape=shape)

    def tensor(self, tensor: Array) -> Array:
        """The symmetric part of a cartesian tensor [3, 3], such as a strain."""
        turned = self.rotations.transpose(0, 2, 1) @ tensor @ self.rotations
        return np.asarray(turned.mean(axis=0))


def symmetrised(structure: Structure) -> tuple[Structure, Symmetry | None]:
    """The structure with its symmetry made exact, and that symmetry; None when it has none.

    Atoms and cell move by :data:`TOLERANCE` at most.
    """
    found = moyo_dataset(structure, TOLERANCE)
    if found is None:
        return structure, None
    rotations, translations = np.array(found.operations.rotations), np.array(found.operations.translations)
    if len(rotations) < 2:
        return structure, None
    lattice = _symmetric_lattice(structure.lattice, rotations)
    source, coords = _average(structure, rotations, translations)
    if source is None:
        return structure, None
    cartesian = np.linalg.inv(lattice) @ rotations.transpose(0, 2, 1) @ lattice
    return Structure(lattice, structure.species, coords), _symmetry(cartesian, translations, source)


def _symmetric_lattice(lattice: Array, rotations: NDArray[np.int64]) -> Array:
    """The nearest lattice that all rotations leave as it is, in the same orientation."""
    metric = lattice @ lattice.T
    mean = (rotations.transpose(0, 2, 1) @ metric @ rotations).mean(axis=0)
    inverse = np.linalg.inv(lattice)
    stretch = scipy.linalg.sqrtm(inverse @ mean @ inverse.T)
    return np.asarray(lattice @ np.real(stretch))


def _average(
    structure: Structure, rotations: NDArray[np.int64], translations: Array
) -> tuple[NDArray[np.int64] | None, Array]:
    """Which atom each operation takes to each atom, [g, n], and the mean of all images of every atom.

    None when some atom has no image, or two have the same.
    """
    coords = structure.frac_coords
    n = len(coords)
    tree = cKDTree(_wrapped(coords), boxsize=np.ones(3))
    everyone = np.arange(n)
    source = np.empty((len(rotations), n), dtype=np.int64)
    total = np.zeros_like(coords)
    for g, (rotation, translation) in enumerate(zip(rotations, translations, strict=True)):
        images = coords @ rotation.T + translation
        target = np.asarray(tree.query(_wrapped(images))[1])
        offsets = images - coords[target]
        offsets -= np.round(offsets)
        missed = np.linalg.norm(offsets @ structure.lattice, axis=1).max()
        source[g, target] = everyone
        if missed > 3 * TOLERANCE or (source[g, target] != everyone).any():
            return None, coords
        total[target] += offsets
    return source, coords + total / len(rotations)


def _wrapped(coords: Array) -> Array:
    """Into [0, 1); what is just below a whole number may round up to it."""
    wrapped = coords % 1.0
    return np.asarray(np.where(wrapped < 1.0, wrapped, 0.0))


def _symmetry(cartesian: Array, translations: Array, source: NDArray[np.int64]) -> Symmetry:
    n = source.shape[1]
    smallest = source.min(axis=0)
    first = np.unique(smallest)
    return Symmetry(
        rotations=cartesian,
        translations=translations,
        source=source,
        first=first,
        copied_from=np.searchsorted(first, smallest),
        copied_by=source.argmin(axis=0) if n else np.empty(0, np.int64),
    )


@njit()
def _average_vectors(vectors, low, rotations, source, first, copied_from, copied_by):
    """The mean of the images of vectors on the atoms from ``low`` on, which are a union of orbits."""
    mean = np.zeros((len(first), 3))
    for u in range(len(first)):
        if not low <= first[u] < low + len(vectors):
            continue
        for g in range(len(rotations)):
            vector = vectors[source[g, first[u]] - low]
            for b in range(3):
                for a in range(3):
                    mean[u, b] += vector[a] * rotations[g, a, b]
        for b in range(3):
            mean[u, b] /= len(rotations)
    spread = np.zeros_like(vectors)
    for j in range(len(vectors)):
        turn = rotations[copied_by[j + low]]
        for b in range(3):
            for a in range(3):
                spread[j, b] += mean[copied_from[j + low], a] * turn[a, b]
    return spread
