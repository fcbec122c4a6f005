"""The energies of a linear molecule in every direction of a rule, each symmetry-equivalent one computed once.

An operation of the space group that takes the direction d to d' takes the energies of a molecule along d to
those along d'. Those that leave d as it is make points equivalent for a molecule along d. Both together
leave, of all directions and points, one in as many as the group has operations that the rule shares.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.structure import Structure
from zeo.tools.progress import doing
from zeo_probes.symmetry import GridOperations, grid_operations

DIRECTION = "energies of a linear molecule, direction {} of {}"

SAME_WITHIN = 1e-6
"""Of two directions, as unit vectors: below what symmetry allows atoms to differ."""


@frozen(eq=False)
class Orbit:
    """A direction and those that symmetry takes it to.

    Args:
        direction: its number.
        keep: int64 [m], numbers of the operations that leave it as it is, up to its sign.
        images: numbers of the other directions, each with an operation that takes the first one there.
    """

    direction: int
    keep: NDArray[np.int64]
    images: tuple[tuple[int, int], ...]


def energies_of_all(
    structure: Structure,
    shape: tuple[int, int, int],
    directions: NDArray[np.float64],
    energy: Callable[[NDArray[np.float64], NDArray[np.int64]], NDArray[np.float32]],
) -> NDArray[np.float32]:
    """Energies [d, X, Y, Z] of a molecule that is the same from both of its ends.

    Args:
        structure: the framework.
        shape: points along a, b, c.
        directions: [d, 3], unit vectors.
        energy: of a direction [3], at points [m], flat indices.
    """
    energies = np.empty((len(directions), *shape), np.float32)
    operations = grid_operations(structure, shape)
    if operations is None:
        everywhere = np.arange(math.prod(shape))
        for number, direction in enumerate(directions):
            doing(DIRECTION.format(number, len(directions)))
            energies[number] = energy(direction, everywhere).reshape(shape)
        return energies
    done = 0
    for orbit in _orbits(operations, structure.lattice, directions):
        doing(DIRECTION.format(done, len(directions)))
        done += 1 + len(orbit.images)
        points = operations.points(orbit.keep)
        first = points.spread(energy(directions[orbit.direction], points.unique))
        energies[orbit.direction] = first
        for number, operation in orbit.images:
            energies[number] = operations.moved(first, operation)
    return energies


def _orbits(
    operations: GridOperations, lattice: NDArray[np.float64], directions: NDArray[np.float64]
) -> Iterator[Orbit]:
    left = np.ones(len(directions), dtype=bool)
    rotations = operations.cartesian(lattice)
    for number, direction in enumerate(directions):
        if not left[number]:
            continue
        taken = (rotations @ direction)[:, None]
        apart = np.minimum(np.abs(taken - directions).max(axis=2), np.abs(taken + directions).max(axis=2))
        same = apart < SAME_WITHIN
        images = {}
        for operation, image in zip(*np.nonzero(same), strict=True):
            if left[image] and image != number:
                images[int(image)] = int(operation)
        left[[number, *images]] = False
        yield Orbit(number, np.flatnonzero(same[:, number]), tuple(images.items()))
