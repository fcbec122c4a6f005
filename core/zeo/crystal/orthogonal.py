"""The smallest orthogonal cell of a crystal, and a primitive one.

Grids need orthogonal cells, and a crystal may have one that its conventional cell hides: every hexagonal
crystal has a x a sqrt(3) x c, and faujasite, face-centred cubic, has a tetragonal one of half the volume.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zeo.crystal.cells import cosets, right_handed
from zeo.crystal.lattice import short_basis
from zeo.crystal.neighbours import require_bounded
from zeo.crystal.structure import Structure
from zeo.crystal.symmetry import moyo_dataset

LONGEST_EDGE = 65.0
"""Angstrom. Longer lattice vectors are no edges of a cell that anyone computes with."""

RIGHT_ANGLE = 0.01
"""Degrees by which an angle may differ from 90; files give angles to two or three decimals."""

TRANSLATION_TOLERANCE = 0.01
"""Angstrom by which atoms may differ that a lattice translation relates; files give four or five decimals."""


def smallest_orthogonal_cell(structure: Structure) -> Structure | None:
    """The same crystal in the orthogonal cell of least volume.

    Args:
        structure: of silicon and oxygen, in any cell.

    Returns:
        The structure itself when no smaller cell exists; otherwise one with edges along x, y and z; None when
        no three lattice vectors up to 65 A are perpendicular to each other.

    Raises:
        InputError: a cell that has collapsed.
    """
    primitive, atoms = _primitive_cell(structure)
    edges = _perpendicular_vectors(primitive @ structure.lattice)
    if structure.is_orthogonal and (edges is None or _is_as_small(primitive, edges)):
        return structure
    return None if edges is None else _in_cell(structure, primitive, atoms, edges)


def primitive_cell(structure: Structure) -> Structure:
    """The same crystal in a primitive cell of short edges, whatever the cell that it is given in.

    Raises:
        InputError: a cell that has collapsed.
    """
    primitive, atoms = _primitive_cell(structure)
    edges = short_basis(primitive @ structure.lattice) @ primitive
    coords = structure.frac_coords[atoms] @ np.linalg.inv(edges)
    species = [structure.species[atom] for atom in atoms]
    return right_handed(Structure(edges @ structure.lattice, species, coords % 1.0))


def smallest_cell(structure: Structure) -> Structure:
    """The smallest orthogonal cell of a crystal; a primitive one where it has none.

    Raises:
        InputError: a cell that has collapsed.
    """
    return smallest_orthogonal_cell(structure) or primitive_cell(structure)


def _primitive_cell(structure: Structure) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Rows of a primitive basis in that of the structure, and the index of one of each set of equal atoms."""
    found = moyo_dataset(structure, TRANSLATION_TOLERANCE)
    if found is None:  # the cell counts as primitive
        return np.eye(3), np.arange(len(structure))
    _, atoms = np.unique(found.mapping_std_prim, return_index=True)
    return np.array(found.prim_std_linear).T, atoms


def _perpendicular_vectors(basis: NDArray[np.float64]) -> NDArray[np.int64] | None:
    """The mutually perpendicular lattice vectors [3, 3] of least volume, rows in terms of a basis [3, 3]."""
    vectors = _lattice_vectors(basis)
    cartesian = vectors @ basis
    lengths = np.linalg.norm(cartesian, axis=1)
    unit = cartesian / lengths[:, None]
    perpendicular = np.abs(unit @ unit.T) < np.sin(np.radians(RIGHT_ANGLE))
    best, chosen = np.inf, None
    for i in range(len(vectors)):  # from short to long: i is the shortest edge, k the longest
        if lengths[i] ** 3 >= best:
            break
        partners = i + 1 + np.flatnonzero(perpendicular[i, i + 1 :])
        for j in partners:
            if lengths[i] * lengths[j] ** 2 >= best:
                break
            third = partners[perpendicular[j, partners] & (partners > j)]
            if len(third) and lengths[i] * lengths[j] * lengths[third[0]] < best * (1 - 1e-6):
                best = lengths[i] * lengths[j] * lengths[third[0]]
                chosen = vectors[[i, j, third[0]]]
    return chosen


def _lattice_vectors(basis: NDArray[np.float64]) -> NDArray[np.int64]:
    """Half of all lattice vectors up to the longest edge, short ones first, none a multiple of another."""
    # |n_i| <= |v| |b*_i|, the reciprocal vectors being the columns of the inverse
    reach = np.floor(LONGEST_EDGE * np.linalg.norm(np.linalg.inv(basis), axis=0))
    require_bounded(float(np.prod(2.0 * reach + 1.0)), basis)
    reach = reach.astype(int)
    axes = [np.arange(-most, most + 1) for most in reach]
    vectors = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    vectors = vectors[len(vectors) // 2 + 1 :]  # the first half are the negatives, the middle is zero
    vectors = vectors[np.gcd.reduce(vectors, axis=1) == 1]
    lengths = np.linalg.norm(vectors @ basis, axis=1)
    vectors, lengths = vectors[lengths <= LONGEST_EDGE], lengths[lengths <= LONGEST_EDGE]
    # equal lengths in the order of their components, whatever the last digits
    order = np.lexsort((*vectors.T[::-1], np.round(lengths, 4)))
    sorted_vectors: NDArray[np.int64] = vectors[order]
    return sorted_vectors


def _is_as_small(primitive: NDArray[np.float64], edges: NDArray[np.int64]) -> bool:
    """Whether the structure's own cell is no larger than the one with these edges."""
    return bool(1.0 / abs(np.linalg.det(primitive)) < abs(np.linalg.det(edges)) + 0.5)


def _in_cell(
    structure: Structure,
    primitive: NDArray[np.float64],
    atoms: NDArray[np.int64],
    edges: NDArray[np.int64],
) -> Structure:
    """The crystal in the cell with these edges, which are rows in terms of the primitive basis."""
    if np.linalg.det(edges @ primitive @ structure.lattice) < 0:
        edges = edges * np.array([[1], [1], [-1]])  # the mirror image is another crystal
    into = np.linalg.inv(edges)
    inside = structure.frac_coords[atoms] @ np.linalg.inv(primitive) @ into
    copies = cosets(into)
    coords = (inside[:, None] + copies).reshape(-1, 3) % 1.0
    species = [structure.species[atom] for atom in atoms for _ in copies]
    lengths = np.linalg.norm(edges @ primitive @ structure.lattice, axis=1)
    return Structure(np.diag(lengths), species, coords)
