"""Short bases of lattices."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

TIE = 1e-6
"""In centred cells, two multiples often shorten a vector equally: what differs less is a matter of rounding,
and the smaller multiple is taken."""


def shortening(gram: ArrayLike) -> NDArray[np.int64]:
    """The unimodular matrix that turns a basis into one of short, nearly orthogonal vectors.

    Integer multiples of one vector are taken from another as long as that shortens it (the pairwise
    reduction of Lagrange and Gauss, over all pairs of three vectors).

    Args:
        gram: [3, 3], inner products of the basis vectors.

    Returns:
        int64 [3, 3]; if the basis vectors are rows, ``matrix @ basis`` is the short basis.
    """
    gram = np.array(gram, dtype=float)
    matrix = np.eye(3, dtype=np.int64)
    improved = True
    while improved:
        improved = False
        for i in range(3):
            for j in range(3):
                times = _nearest_integer(gram[i, j] / gram[j, j]) if i != j else 0
                shortened = gram[i, i] - 2 * times * gram[i, j] + times**2 * gram[j, j]
                if times and shortened < gram[i, i] * (1 - TIE):
                    matrix[i] -= times * matrix[j]
                    gram[i] -= times * gram[j]
                    gram[:, i] -= times * gram[:, j]
                    improved = True
    return matrix


def _nearest_integer(x: float) -> int:
    """Halves go toward zero, whichever way they were rounded."""
    return int(np.copysign(np.ceil(abs(x) - 0.5 - TIE), x))
