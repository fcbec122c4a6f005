"""The net of a draft, read from the distances between its T atoms alone, and what it must fulfil.

A mutation or a random search gives T atoms without oxygen. They make a net when every T atom has exactly four
others at the distance of a bridge and none in between.
"""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from zeo.crystal.fingerprint import fingerprint
from zeo.crystal.net import HalfEdges
from zeo.tools.arrays import float64_array, int64_array
from zeo.tools.compiled import njit
from zeo_cleanup.coordination import coordination_sequences
from zeo_search.orbits_of_net import orbit_representatives

LONGEST_BRIDGE = 3.55
"""Angstrom; any two T atoms closer than this are bridged. In relaxed silica T..T is 2.9 to 3.3 and the next
neighbours are beyond 4, but where two cut slabs meet the distances are still off."""

SHORTEST_BRIDGE = 2.4
"""Angstrom; T atoms closer than this are in each other's place."""

SHELLS = 10
"""Of the coordination sequences in the quick key."""


@frozen(eq=False)
class TNet:
    """T atoms of an orthogonal cell, each with four bridges.

    Args:
        lengths: [3], edges of the cell in angstrom.
        coords: [n, 3], fractional; the shifts hold for the coordinates as they are written.
        neighbours: int64 [n, 4], the T atoms at the other ends.
        shifts: int64 [n, 4, 3], their lattice offsets.
    """

    lengths: NDArray[np.float64] = field(converter=float64_array)
    coords: NDArray[np.float64] = field(converter=float64_array)
    neighbours: NDArray[np.int64] = field(converter=int64_array)
    shifts: NDArray[np.int64] = field(converter=int64_array)

    def __len__(self) -> int:
        return len(self.coords)

    @classmethod
    def from_distances(cls, lengths: NDArray[np.float64], coords: NDArray[np.float64]) -> TNet | None:
        """The net of T atoms, or none where a T atom has not exactly four others in reach.

        Args:
            lengths: [3], edges of the orthogonal cell in angstrom.
            coords: [n, 3], fractional.
        """
        neighbours, shifts, good = _four_neighbours(lengths, coords, SHORTEST_BRIDGE, LONGEST_BRIDGE)
        return cls(lengths, coords, neighbours, shifts) if good else None

    @cached_property
    def cycle_lattice_index(self) -> int:
        """Index, in the lattice, of the translations that lead from a T atom along bridges to its images.

        1 for one three-periodic net; above that, as many nets interpenetrate. 0 when the net is no more than
        a layer, -1 when there are several nets that no translation maps onto each other.
        """
        return int(_cycle_lattice_index(self.neighbours, self.shifts))

    @cached_property
    def three_ring_share(self) -> float:
        """Share of the T atoms that are in a ring of three."""
        return float(_in_three_ring(self.neighbours, self.shifts).mean())

    @cached_property
    def quick_key(self) -> str:
        """Digest of the coordination sequences to shell 10: independent of cell, origin and numbering.

        A net has one key, but a few different nets share theirs; the exact key is ``zeo_cleanup.key``'s.
        """
        sites, multiplicities = orbit_representatives(self.lengths, self.coords, self.neighbours, self.shifts)
        sequences = coordination_sequences(self.half_edges(), SHELLS, sites)
        return fingerprint(sequences.tolist(), multiplicities.tolist(), SHELLS)

    def half_edges(self) -> HalfEdges:
        """Every bridge from both of its ends."""
        return HalfEdges(4 * np.arange(len(self) + 1), self.neighbours.ravel(), self.shifts.reshape(-1, 3))


@njit()
def _four_neighbours(lengths, coords, shortest, longest):
    """Neighbours [n, 4] and shifts [n, 4, 3] within ``longest``, and whether all T atoms have just four."""
    n = len(coords)
    neighbours = np.empty((n, 4), np.int64)
    shifts = np.empty((n, 4, 3), np.int64)
    low, high = np.empty(3, np.int64), np.empty(3, np.int64)
    reach = longest / lengths
    for i in range(n):
        found = 0
        for j in range(n):
            near = True
            for k in range(3):
                apart = coords[j, k] - coords[i, k]
                low[k], high[k] = math.ceil(-reach[k] - apart), math.floor(reach[k] - apart)
                if low[k] > high[k]:
                    near = False
                    break
            if not near:
                continue
            for a in range(low[0], high[0] + 1):
                for b in range(low[1], high[1] + 1):
                    for c in range(low[2], high[2] + 1):
                        if i == j and a == 0 and b == 0 and c == 0:
                            continue
                        square = (
                            ((coords[j, 0] - coords[i, 0] + a) * lengths[0]) ** 2
                            + ((coords[j, 1] - coords[i, 1] + b) * lengths[1]) ** 2
                            + ((coords[j, 2] - coords[i, 2] + c) * lengths[2]) ** 2
                        )
                        if square > longest**2:
                            continue
                        if found == 4 or square < shortest**2:
                            return neighbours, shifts, False
                        neighbours[i, found] = j
                        shifts[i, found, 0], shifts[i, found, 1], shifts[i, found, 2] = a, b, c
                        found += 1
        if found < 4:
            return neighbours, shifts, False
    return neighbours, shifts, True


@njit()
def _cycle_lattice_index(neighbours, shifts):
    n = len(neighbours)
    cell = np.zeros((n, 3), np.int64)  # of the image of each T atom that a spanning tree from T atom 0 meets
    met = np.zeros(n, np.bool_)
    met[0] = True
    queue = np.zeros(n, np.int64)
    count, head = 1, 0
    while head < count:
        a = queue[head]
        head += 1
        for q in range(4):
            b = neighbours[a, q]
            if not met[b]:
                met[b] = True
                cell[b] = cell[a] + shifts[a, q]
                queue[count] = b
                count += 1
    if count < n:
        return -1
    basis = np.zeros((3, 3), np.int64)  # of the translations found so far, upper triangular
    for a in range(n):
        for q in range(4):
            _add_to_basis(basis, cell[a] + shifts[a, q] - cell[neighbours[a, q]])
    return abs(basis[0, 0] * basis[1, 1] * basis[2, 2])


@njit()
def _add_to_basis(basis, vector):
    """Extend an upper triangular basis of a sublattice by one vector (Euclid's algorithm, row by row)."""
    for k in range(3):
        while vector[k] != 0:
            times = basis[k, k] // vector[k]
            for c in range(3):
                remainder = basis[k, c] - times * vector[c]
                basis[k, c], vector[c] = vector[c], remainder


@njit()
def _in_three_ring(neighbours, shifts):
    """Whether two neighbours of each T atom are bridged to one another, [n]."""
    n = len(neighbours)
    inside = np.zeros(n, np.bool_)
    for a in range(n):
        for p in range(4):
            b = neighbours[a, p]
            for q in range(p):
                for r in range(4):
                    if neighbours[b, r] == neighbours[a, q] and (
                        (shifts[a, p] + shifts[b, r] == shifts[a, q]).all()
                    ):
                        inside[a] = True
    return inside
