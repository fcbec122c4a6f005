"""The periodic graph of all bridges that a four-connected net might be chosen from.

Nodes are T sites: the decoded silicons, and places where one may be missing. Edges are possible Si-O-Si
bridges; parallel edges with the same ``shift`` are the same bridge by way of different oxygens.

Costs follow from least squares: placing an ideal atom where the filtered density is rho changes the squared
misfit between grid and framework by (1 - 2 rho) in units of one clean atom, so that is what a site costs, and
a clean atom is a gain of 1. Distances add the squares of their deviations.
"""

from __future__ import annotations

import networkx as nx
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.neighbours import each_once, pairs_within
from zeo_cleanup.sites import CLOSEST, Sites

SHORTEST_EDGE = 2.2
"""Angstrom. Bridged silicons are never closer (2.75 in the IZA frameworks), noise included."""

LONGEST_BOND = 2.5
"""Angstrom. An oxygen farther than this from a silicon cannot bridge it."""

IDEAL_EDGE, IDEAL_BOND = 3.08, 1.61
"""Angstrom; medians of the IZA frameworks."""

EDGE_COST = 0.5
"""Per square angstrom that an Si-Si distance misses the ideal."""

BOND_COST = 0.5
"""Per square angstrom that an Si-O distance misses the ideal."""

NO_OXYGEN_COST = 0.5
"""For a bridge on whose way no oxygen was found, beyond what the density there says."""

CHANGE_COST = 0.5
"""For removing a decoded silicon, or adding one."""


def candidate_net(
    lattice: NDArray[np.float64], silicon: Sites, oxygen: Sites, max_edge: float
) -> nx.MultiGraph[int]:
    """Every bridge between T sites at most ``max_edge`` angstrom apart.

    Args:
        lattice: [3, 3], rows a, b, c in angstrom; any shape of cell.
        silicon: T sites.
        oxygen: oxygen sites.
        max_edge: longest Si-Si distance of a bridge, angstrom.

    Returns:
        graph of the T sites. Node attributes: ``cost`` of keeping it, ``decoded``. Edge attributes: ``shift``
        (of the larger node index relative to the smaller), ``length``, ``oxygen`` (site index or None),
        ``oxygen_shift`` (of the oxygen relative to the smaller node, or None) and ``cost``.
    """
    graph: nx.MultiGraph[int] = nx.MultiGraph()
    for site, (density, decoded) in enumerate(
        zip(silicon.density.tolist(), silicon.decoded.tolist(), strict=True)
    ):
        change = -CHANGE_COST if decoded else CHANGE_COST  # a decoded one is charged for when it is left out
        graph.add_node(site, cost=1 - 2 * density + change, decoded=decoded)
    edges = _Edges.between(lattice, silicon, max_edge)
    _add_bare_bridges(graph, edges, silicon, oxygen)
    _add_oxygen_bridges(graph, edges, lattice, silicon, oxygen)
    return graph


def clashes(lattice: NDArray[np.float64], silicon: Sites) -> list[tuple[int, int]]:
    """Pairs of T sites too close for both to be atoms."""
    i, j, _, _ = pairs_within(lattice, silicon.coords, silicon.coords, CLOSEST["Si"])
    return sorted({(a, b) for a, b in zip(i.tolist(), j.tolist(), strict=True) if a < b})


@frozen(eq=False)
class _Edges:
    """Pairs of T sites at bridging distance, each once, and what their lengths cost."""

    i: NDArray[np.int64]
    j: NDArray[np.int64]
    shifts: NDArray[np.int64]
    length: NDArray[np.float64]

    @classmethod
    def between(cls, lattice: NDArray[np.float64], silicon: Sites, max_edge: float) -> _Edges:
        i, j, shifts, length = pairs_within(lattice, silicon.coords, silicon.coords, max_edge)
        good = each_once(i, j, shifts) & (length > SHORTEST_EDGE)
        return cls(i[good], j[good], shifts[good], length[good])

    @property
    def cost(self) -> NDArray[np.float64]:
        return EDGE_COST * (self.length - IDEAL_EDGE) ** 2


def _add_bare_bridges(graph: nx.MultiGraph[int], edges: _Edges, silicon: Sites, oxygen: Sites) -> None:
    """A bridge without an oxygen of its own, for every edge.

    After the filter, the density at the midpoint is still 0.9 of that at the oxygen of a 147 degree bridge,
    which lies 0.46 angstrom off it: no search along the way is needed.
    """
    middle = 0.5 * (silicon.coords[edges.i] + silicon.coords[edges.j] + edges.shifts)
    cost = 1 - 2 * np.clip(oxygen.unexplained(middle), 0.0, 1.0) + NO_OXYGEN_COST + edges.cost
    columns = (edges.i, edges.j, edges.shifts, edges.length, cost)
    for i, j, shift, length, c in zip(*(column.tolist() for column in columns), strict=True):
        graph.add_edge(i, j, shift=tuple(shift), length=length, oxygen=None, oxygen_shift=None, cost=c)


def _add_oxygen_bridges(
    graph: nx.MultiGraph[int], edges: _Edges, lattice: NDArray[np.float64], silicon: Sites, oxygen: Sites
) -> None:
    """A bridge by way of each oxygen that lies within bonding distance of both ends of an edge."""
    site, o, shifts, distance = pairs_within(lattice, silicon.coords, oxygen.coords, LONGEST_BOND)
    first, second = _pairs_of_equal(o)
    # the second silicon relative to the first, by way of the oxygen
    between = shifts[first] - shifts[second]
    edge = _find_rows(
        np.column_stack([site[first], site[second], between]),
        np.column_stack([edges.i, edges.j, edges.shifts]),
    )
    first, second, between, edge = (column[edge >= 0] for column in (first, second, between, edge))
    bond_cost = BOND_COST * (distance - IDEAL_BOND) ** 2
    presence = 1 - 2 * np.clip(oxygen.density, 0.0, 1.0)
    cost = presence[o[first]] + edges.cost[edge] + bond_cost[first] + bond_cost[second]
    columns = (site[first], site[second], between, edges.length[edge], o[first], shifts[first], cost)
    for i, j, shift, length, k, o_shift, c in zip(*(column.tolist() for column in columns), strict=True):
        graph.add_edge(i, j, shift=tuple(shift), length=length, oxygen=k, oxygen_shift=tuple(o_shift), cost=c)


def _pairs_of_equal(labels: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices [P] and [P] of all ordered pairs of different entries with the same label."""
    order = np.argsort(labels, kind="stable")
    firsts, seconds = [], []
    for step in range(1, np.bincount(labels).max(initial=0)):
        same = np.flatnonzero(labels[order[:-step]] == labels[order[step:]])
        firsts += [order[same], order[same + step]]
        seconds += [order[same + step], order[same]]
    if not firsts:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    return np.concatenate(firsts), np.concatenate(seconds)


def _find_rows(wanted: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which of ``rows`` [m, k] each of ``wanted`` [n, k] is; -1 where it is none of them, [n]."""
    index = {row: number for number, row in enumerate(map(tuple, rows.tolist()))}
    return np.array([index.get(row, -1) for row in map(tuple, wanted.tolist())], dtype=np.int64)
