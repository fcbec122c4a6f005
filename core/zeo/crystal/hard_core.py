"""Atoms at random places that are not closer than atoms are: what a repair must not make a framework of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zeo.crystal.structure import Structure

CLOSEST = {"Si": 2.6, "O": 2.0}
"""Angstrom between two atoms of an element."""

PATIENCE = 1000
"""Places refused in a row before a packing counts as stuck."""

RELENTING = 0.95
"""By which the smallest distance shrinks after a packing got stuck."""


def scrambled(structure: Structure, stream: np.random.Generator) -> Structure:
    """As many Si and O in the same cell, at random places.

    Args:
        structure: SiO2 in an orthogonal cell.
        stream: of random numbers.
    """
    silicon, oxygen = (
        hard_core(stream, structure.lengths, structure.count(element), CLOSEST[element])
        for element in ("Si", "O")
    )
    return Structure.from_si_o(structure.lattice, silicon, oxygen)


def hard_core(
    stream: np.random.Generator, lengths: NDArray[np.float64], n: int, closest: float
) -> NDArray[np.float64]:
    """Random sequential addition of points in a periodic orthogonal box, fractional [n, 3].

    Args:
        stream: of random numbers.
        lengths: of the edges [3].
        n: how many points.
        closest: no two are closer than this, in the unit of the edges; where the box cannot take so many, it
            shrinks until it can.
    """
    points = np.empty((0, 3))
    refused = 0
    while len(points) < n:
        point = stream.random(3)
        difference = points - point
        difference -= np.round(difference)
        if len(points) == 0 or np.linalg.norm(difference * lengths, axis=1).min() > closest:
            points = np.vstack([points, point])
            refused = 0
        elif (refused := refused + 1) == PATIENCE:
            points, closest, refused = np.empty((0, 3)), closest * RELENTING, 0
    return points
