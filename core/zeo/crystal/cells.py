"""The same crystal with other axes or another origin."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zeo.crystal.structure import Structure, cell_vectors
from zeo.errors import InputError

LONGEST_EDGE = 1000.0
"""Angstrom."""

LOWEST_HEIGHT = 0.5
"""Angstrom between opposite faces of a cell."""


def translated(structure: Structure, shift: ArrayLike) -> Structure:
    """All atoms moved by ``shift`` [3] (fractional)."""
    return Structure(structure.lattice, structure.species, (structure.frac_coords + np.asarray(shift)) % 1.0)


def permuted(structure: Structure, order: Sequence[int]) -> Structure:
    """Axes reordered as in :meth:`zeo.grids.grid.Grid.permuted`: new axis k is old axis ``order[k]``."""
    order = list(order)
    return Structure(
        structure.lattice[np.ix_(order, order)], structure.species, structure.frac_coords[:, order]
    )


def cosets(vectors: ArrayLike) -> NDArray[np.float64]:
    """All points modulo 1 that three rational vectors generate, the origin first.

    Args:
        vectors: [3, 3], fractional; row i is a lattice vector of a finer lattice in the axes of a cell.

    Returns:
        [m, 3], the lattice points in that cell, between 0 and 1.
    """
    points = np.zeros((1, 3))
    for vector in np.asarray(vectors, dtype=float):
        multiples = [np.zeros(3)]
        while not _is_whole(vector * len(multiples)):
            multiples.append(vector * len(multiples))
        every = (points[:, None] + np.array(multiples)).reshape(-1, 3)
        # 0.9999999 and 0 are one point
        _, first = np.unique(np.round(every % 1.0, 6) % 1.0, axis=0, return_index=True)
        points = every[first]
    return points % 1.0


def repeated(structure: Structure, edges: NDArray[np.int64]) -> Structure:
    """The same crystal in a larger cell.

    Args:
        structure: in any cell.
        edges: int64 [3, 3]; row i is an edge of the larger cell in terms of those of the structure.
    """
    into = np.linalg.inv(edges)
    copies = cosets(into)
    coords = ((structure.frac_coords @ into)[:, None] + copies).reshape(-1, 3) % 1.0
    species = [each for each in structure.species for _ in copies]
    return Structure(edges @ structure.lattice, species, coords)


def _is_whole(vector: NDArray[np.float64]) -> bool:
    return bool(np.abs(vector - np.round(vector)).max() < 1e-6)


def right_handed(structure: Structure) -> Structure:
    """The same crystal with axes of which lengths and angles say all: a left-handed triple is inverted."""
    if np.linalg.det(structure.lattice) > 0:
        return structure
    return Structure(-structure.lattice, structure.species, -structure.frac_coords)


def upright(structure: Structure) -> Structure:
    """The same crystal with a along x and b in the xy plane; angles that are right to 1e-4 degrees are so
    exactly."""
    structure = right_handed(structure)
    angles = (90.0, 90.0, 90.0) if structure.is_orthogonal else structure.angles
    lattice = cell_vectors(structure.lengths, angles)
    return Structure(lattice, structure.species, structure.frac_coords)


def check_cell(lattice: NDArray[np.float64]) -> None:
    """Refuse a cell that no crystal has: the time and memory for what is done with it grow with its skewness.

    Args:
        lattice: [3, 3], rows a, b, c in angstrom.

    Raises:
        InputError: an edge is too long, or opposite faces are too near.
    """
    lengths = np.linalg.norm(lattice, axis=1)
    if lengths.max() > LONGEST_EDGE:
        raise InputError(f"implausible cell: an edge of {lengths.max():.3g} angstrom")
    faces = np.linalg.norm(np.cross(np.roll(lattice, -1, axis=0), np.roll(lattice, 1, axis=0)), axis=1)
    lowest = abs(np.linalg.det(lattice)) / faces.max()
    if not lowest >= LOWEST_HEIGHT:
        raise InputError(f"implausible cell: {lowest:.2g} angstrom between opposite faces, check the angles")
