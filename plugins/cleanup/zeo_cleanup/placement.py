"""Barycentric placement: every T atom at the mean of its neighbours, which a net determines uniquely.

O. Delgado-Friedrichs & M. O'Keeffe, Acta Cryst. A 59 (2003) 351. Positions in the lattice's own basis are
rational numbers; they are computed exactly, as residues (:mod:`zeo_cleanup.modular`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zeo.crystal.net import HalfEdges, NetError
from zeo_cleanup.modular import PRIME, solve
from zeo_cleanup.spanning import require_one_net, spanning_tree


class UnstableNetError(NetError):
    """A net whose barycentric placement puts different T atoms or bonds in one place: it has no exact key."""

    def __init__(self, detail: str) -> None:
        super().__init__("no barycentric placement", detail)


def bond_vectors(half: HalfEdges) -> NDArray[np.int64]:
    """The vectors along the bonds in the barycentric placement of a net.

    Returns:
        int64 [2E, 3], residues of their fractional coordinates, one for each half-edge.

    Raises:
        DisconnectedError, NotThreePeriodicError: a net that has no placement.
    """
    require_one_net(half)
    for root in range(half.n):
        position = _positions_from(half, root)
        if position is not None:
            return (position[half.target] + half.shift - position[half.source]) % PRIME
    raise UnstableNetError("its equations are singular modulo 2^31 - 1")  # a chance of n * 2^-31


def _positions_from(half: HalfEdges, root: int) -> NDArray[np.int64] | None:
    """Positions [n, 3] with ``root`` at the origin; None when the elimination meets a zero pivot.

    The equations of T atom v read ``degree * x_v - sum of its neighbours' x = sum of its shifts``. In
    breadth-first order they are banded.
    """
    order = spanning_tree(half, root).order
    row = np.empty(half.n, dtype=np.int64)
    row[order] = np.arange(-1, half.n - 1)  # the root's own equation is left out: it follows from the others
    source, target = row[half.source], row[half.target]
    n = half.n - 1
    inner = (source >= 0) & (target >= 0)
    matrix = np.zeros((n, n), dtype=np.int64)
    np.subtract.at(matrix, (source[inner], target[inner]), 1)
    np.add.at(matrix, (source[source >= 0], source[source >= 0]), 1)
    right = np.add.reduceat(half.shift, half.start[:-1])[order[1:]] % PRIME
    band = int(np.abs(source - target)[inner].max(initial=0))
    if not solve(matrix % PRIME, right, band):
        return None
    position = np.zeros((half.n, 3), dtype=np.int64)
    position[order[1:]] = right
    return position
