"""Breadth-first spanning trees of a net, and what they tell: is it one net, and is it periodic in 3-D?"""

from __future__ import annotations

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.net import HalfEdges, NetError
from zeo.tools.compiled import njit
from zeo_cleanup.hermite import hermite_rows


class DisconnectedError(NetError):
    """T atoms that form several nets: interpenetrating ones, or islands."""

    def __init__(self, detail: str) -> None:
        super().__init__("more than one net", detail)


class NotThreePeriodicError(NetError):
    """A net that is a sheet, a chain or a molecule."""

    def __init__(self, periodicity: int) -> None:
        shape = ("a finite cluster", "a chain", "a layer")[periodicity]
        super().__init__("not three-periodic", f"T atoms form {shape}, periodic in {periodicity} directions")


@frozen(eq=False)
class SpanningTree:
    """Which image of each T atom a breadth-first search from one of them meets first.

    Args:
        order: int64 [r], the T atoms in the order of the search.
        cell: int64 [n, 3], where their first-met images lie.
        shift: int64 [2E, 3], the net's shifts between these images: zero along the tree.
    """

    order: NDArray[np.int64]
    cell: NDArray[np.int64]
    shift: NDArray[np.int64]


def spanning_tree(half: HalfEdges, root: int = 0) -> SpanningTree:
    """Search a net breadth first. The compiled search checks no bounds: it must not start without atoms."""
    if half.n == 0:
        raise DisconnectedError("there are no T atoms")
    order, cell = _search(half.start, half.target, half.shift, root)
    return SpanningTree(order, cell, cell[half.source] + half.shift - cell[half.target])


@njit()
def _search(start, target, shift, root):
    n = len(start) - 1
    order, seen, cell = np.empty(n, np.int64), np.zeros(n, np.bool_), np.zeros((n, 3), np.int64)
    order[0], seen[root], count, head = root, True, 1, 0
    while head < count:
        v = order[head]
        for e in range(start[v], start[v + 1]):
            w = target[e]
            if not seen[w]:
                seen[w] = True
                for c in range(3):
                    cell[w, c] = cell[v, c] + shift[e, c]
                order[count] = w
                count += 1
        head += 1
    return order[:count], cell


def require_one_net(half: HalfEdges) -> None:
    """The cycles of a quotient graph generate the translations between images that are joined by bonds.

    Raises:
        DisconnectedError: T atoms that no bonds join.
        NotThreePeriodicError: a net without three independent translations.
    """
    tree = spanning_tree(half)
    joined = np.zeros(half.n, dtype=np.bool_)
    joined[tree.order] = True
    lattice = hermite_rows(tree.shift[joined[half.source]])
    if len(lattice) < 3:
        raise NotThreePeriodicError(len(lattice))
    if not joined.all():
        raise DisconnectedError(f"only {len(tree.order)} of {half.n} T atoms are joined by bonds")
    copies = int(np.prod(np.diag(lattice)))
    if copies > 1:
        raise DisconnectedError(f"{copies} interpenetrating nets")
