"""Points that nearly have the symmetry of a space group, moved to where they have it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from zeo_learning.orbits import GridSymmetry


def symmetrised_sites(
    coords: NDArray[np.float64], symmetry: GridSymmetry, points: int
) -> NDArray[np.float64]:
    """Fractional coordinates [m, 3], each the mean of what the operations make of all.

    Every operation maps the points onto themselves as well as can be: each image is paired with another
    point, so that the distances are least (the assignment problem). What is paired is averaged.

    Args:
        coords: [m, 3].
        symmetry: whose translations are in steps of 1/points.
        points: along each axis.
    """
    if len(coords) == 0 or len(symmetry) == 1:
        return coords % 1.0
    moves = np.zeros_like(coords)
    for rotation, translation in zip(symmetry.rotations.astype(float), symmetry.translations, strict=True):
        images = coords @ rotation.T + translation / points
        apart = images[:, None] - coords
        apart -= np.round(apart)
        of, to = linear_sum_assignment(np.square(apart).sum(axis=2))
        moves[to] += apart[of, to]
    return (coords + moves / len(symmetry)) % 1.0
