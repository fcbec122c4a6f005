"""From a chosen net to a framework with its bonds: silicon on the T sites, an oxygen on every bridge."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from zeo.crystal.structure import Structure
from zeo_cleanup.bonds import Bonds
from zeo_cleanup.dls import SI_O
from zeo_cleanup.sites import Sites

SMALLEST_OFFSET = 0.3
"""Angstrom off the midpoint for the oxygen of a bridge too long to bend."""


def framework_of(
    lattice: NDArray[np.float64], net: nx.MultiGraph[int], silicon: Sites, oxygen: Sites
) -> tuple[Structure, Bonds]:
    """Atoms and bonds of a four-connected net.

    Args:
        lattice: [3, 3], rows a, b, c in angstrom.
        net: a subgraph of :func:`zeo_cleanup.candidate_net.candidate_net`, four bridges at every node.
        silicon: the T sites.
        oxygen: the oxygen sites. A bridge without one gets its oxygen beside the midpoint.

    Returns:
        silicon first, then one oxygen for each bridge; and the bonds.
    """
    sites = sorted(net.nodes)
    index = {site: t for t, site in enumerate(sites)}
    coords, si, o, shifts = [], [], [], []
    for a, b, data in net.edges(data=True):
        i, j, shift = min(a, b), max(a, b), np.array(data["shift"])
        if data["oxygen"] is None:
            coords.append(_beside_midpoint(lattice, net, silicon, i, j, shift))
        else:
            coords.append(oxygen.coords[data["oxygen"]] + data["oxygen_shift"])
        si += [index[i], index[j]]
        o += [len(sites) + len(coords) - 1] * 2
        shifts += [np.zeros(3, dtype=np.int64), -shift]
    return Structure.from_si_o(lattice, silicon.coords[sites], coords), Bonds(si, o, shifts)


def _beside_midpoint(
    lattice: NDArray[np.float64],
    net: nx.MultiGraph[int],
    silicon: Sites,
    i: int,
    j: int,
    shift: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Off the midpoint, away from the other neighbours of both ends, as far as the bond length asks."""
    start, end = silicon.coords[i] @ lattice, (silicon.coords[j] + shift) @ lattice
    along = end - start
    length = np.linalg.norm(along)
    along /= length
    away = -(
        _neighbour_directions(lattice, net, silicon, i) + _neighbour_directions(lattice, net, silicon, j)
    )
    away -= (away @ along) * along
    if np.linalg.norm(away) < 1e-3:  # a symmetric surrounding prefers no side
        away = np.cross(along, np.eye(3)[np.argmin(np.abs(along))])
    offset = max(SMALLEST_OFFSET, math.sqrt(max(SI_O**2 - 0.25 * float(length) ** 2, 0.0)))
    middle = 0.5 * (start + end) + offset * away / np.linalg.norm(away)
    return np.asarray(middle @ np.linalg.inv(lattice))


def _neighbour_directions(
    lattice: NDArray[np.float64], net: nx.MultiGraph[int], silicon: Sites, site: int
) -> NDArray[np.float64]:
    """Sum of the unit vectors from a T site to its neighbours in the net."""
    total = np.zeros(3)
    for a, b, data in net.edges(site, data=True):
        other = b if a == site else a
        shift = np.array(data["shift"])
        vector = (
            silicon.coords[other] - silicon.coords[site] + (shift if site <= other else -shift)
        ) @ lattice
        if other == site:  # the neighbours are two images on opposite sides
            continue
        total += vector / np.linalg.norm(vector)
    return total
