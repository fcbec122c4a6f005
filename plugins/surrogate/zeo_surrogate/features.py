"""A framework as a network sees it: symmetry-distinct T atoms with four neighbours each, and the empty space.

In the spirit of CGCNN (T. Xie and J. C. Grossman, Phys. Rev. Lett. 120 (2018) 145301), on the T atoms alone:
every one of them has four bonds, so that a net is an array and needs no lists of edges. T atoms that no
message tells apart are one node, which counts as often as it is there: a cell of a hundred T atoms has ten.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from zeo.crystal.neighbours import images_within, margin_within, pairs_within
from zeo.crystal.net import Net
from zeo.crystal.structure import Structure

ROUNDS = 3
"""Of messages."""

REACH, SHELLS = 10.0, 20
"""Angstrom up to which T atoms around a T atom are counted, and in how many smooth shells."""

SPACING = 0.75
"""Angstrom between the points at which the distance to the nearest oxygen is taken."""

CLEARANCES = np.arange(1.75, 6.01, 0.25)
"""Angstrom from an oxygen; of each, the share of space that is farther."""

SMOOTH = 0.25
"""Angstrom over which such a share changes, so that it hardly depends on where the points are."""

ALIKE = 2e-3
"""Features closer than that are one."""

Floats = NDArray[np.float32]


class Described(NamedTuple):
    """A framework in numbers.

    Args:
        nodes: [n, 10 + SHELLS] of each distinct T atom: its four T-T distances and the six cosines between
            them, each in order, and densities of T atoms in shells around it.
        neighbours: [n, 4] nodes.
        distances: [n, 4] to them, angstrom.
        counts: [n] T atoms that are alike, as shares.
        whole: [2 + len(CLEARANCES)] of the framework: density, density in the shell around 5.95 A (the
            flank of the second neighbours), and shares of empty space.
    """

    nodes: Floats
    neighbours: NDArray[np.int64]
    distances: Floats
    counts: Floats
    whole: Floats


def described(structure: Structure) -> Described:
    """A framework in numbers, which depend neither on its cell nor on the order of its atoms.

    Raises:
        InputError: it is not four-connected.
    """
    net = Net.from_structure(structure)
    lattice = np.asarray(structure.lattice)
    t = np.asarray(structure.frac_coords)[structure.framework.t]
    half = net.half_edges()
    vectors = ((t[half.target] + half.shift - t[half.source]) @ lattice).reshape(-1, 4, 3)
    distances = np.linalg.norm(vectors, axis=-1)
    order = np.argsort(distances, axis=1, kind="stable")
    neighbours = np.take_along_axis(half.target.reshape(-1, 4), order, axis=1)
    units = vectors / distances[..., None]
    first, second = np.triu_indices(4, 1)
    cosines = np.sort((units[:, first] * units[:, second]).sum(-1), axis=1)
    distances = np.take_along_axis(distances, order, axis=1)
    shells = _shells(lattice, t)
    nodes = np.concatenate([distances, cosines, shells], axis=1)
    kinds = _kinds(nodes, neighbours)
    _, chosen, counts = np.unique(kinds, return_index=True, return_counts=True)
    whole = np.array([structure.framework_density, shells[:, 8].mean(), *_clearances(structure)])
    return Described(
        nodes[chosen].astype(np.float32),
        kinds[neighbours[chosen]],
        distances[chosen].astype(np.float32),
        (counts / len(t)).astype(np.float32),
        whole.astype(np.float32),
    )


def _shells(lattice: NDArray[np.float64], t: NDArray[np.float64]) -> NDArray[np.float64]:
    """[n, SHELLS] T atoms around each per 1000 cubic angstrom, in Gaussian shells up to :data:`REACH`."""
    i, _, _, distances = pairs_within(lattice, t, t, REACH)
    i, distances = i[distances > 0.1], distances[distances > 0.1]
    centres = np.linspace(3.0, REACH, SHELLS)
    width = centres[1] - centres[0]
    share = np.exp(-0.5 * ((distances[:, None] - centres) / width) ** 2)
    share /= 4 * np.pi * distances[:, None] ** 2 * width * np.sqrt(2 * np.pi)
    found = np.stack([np.bincount(i, share[:, k], minlength=len(t)) for k in range(SHELLS)], axis=1)
    return np.asarray(1000.0 * found, dtype=np.float64)


def _kinds(nodes: NDArray[np.float64], neighbours: NDArray[np.int64]) -> NDArray[np.int64]:
    """[n] classes of T atoms that so many rounds of messages cannot tell apart."""
    kinds = _classes(np.round(nodes / (ALIKE * np.maximum(np.abs(nodes).max(axis=0), 1.0))))
    for _ in range(ROUNDS):
        kinds = _classes(np.concatenate([kinds[:, None], kinds[neighbours]], axis=1))
    return kinds


def _classes(rows: NDArray[np.float64] | NDArray[np.int64]) -> NDArray[np.int64]:
    return np.unique(rows, axis=0, return_inverse=True)[1].reshape(-1)


def _clearances(structure: Structure) -> NDArray[np.float64]:
    """Of each of :data:`CLEARANCES`, the share of space that is farther from all oxygens."""
    lattice = np.asarray(structure.lattice)
    oxygen = np.asarray(structure.frac_coords)[np.array(structure.species) == "O"] % 1.0
    shape = np.maximum(np.ceil(np.linalg.norm(lattice, axis=1) / SPACING), 1).astype(int)
    points = np.stack(np.meshgrid(*(np.arange(n) / n for n in shape), indexing="ij"), -1).reshape(-1, 3)
    reach = float(CLEARANCES[-1]) + 5 * SMOOTH
    owners, cells = images_within(oxygen, margin_within(lattice, reach, len(oxygen)))
    tree = cKDTree((oxygen[owners] + cells) @ lattice)
    nearest = np.minimum(tree.query(points @ lattice, distance_upper_bound=reach)[0], reach)
    shares: NDArray[np.float64] = (0.5 + 0.5 * np.tanh((nearest[:, None] - CLEARANCES) / SMOOTH)).mean(axis=0)
    return shares
