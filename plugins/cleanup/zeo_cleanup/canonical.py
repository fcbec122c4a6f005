"""The canonical form of a net: equal for two nets if and only if the nets are isomorphic.

After O. Delgado-Friedrichs & M. O'Keeffe, Acta Cryst. A 59 (2003) 351: three bonds of the barycentric
placement make a basis in which the whole net has coordinates that depend on nothing but the net. A
breadth-first search that takes the bonds of each T atom in the order of these coordinates numbers the T
atoms; of all the bases that the net offers, the one with the least list of bonds wins. Coordinates are
compared as residues: any fixed order of the rational numbers will do.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.net import HalfEdges, Net
from zeo.tools.compiled import njit
from zeo_cleanup.hermite import hermite_columns
from zeo_cleanup.modular import PRIME, inverse, reduced
from zeo_cleanup.placement import UnstableNetError
from zeo_cleanup.primitive import PrimitiveNet


@frozen(eq=False)
class CanonicalForm:
    """A net's canonical numbering and what its symmetry makes equal.

    Args:
        net: over the net's primitive cell; the same for all isomorphic nets.
        orbit: int64 [n], for each T atom of the primitive net as given, a number shared by exactly those that
            the automorphisms of the net map onto each other.
        symmetries: number of automorphisms, translations aside (the order of the point group).
    """

    net: Net
    orbit: NDArray[np.int64]
    symmetries: int


def canonical_form(primitive: PrimitiveNet, sequences: NDArray[np.int64]) -> CanonicalForm:
    """Number a net canonically.

    Args:
        primitive: the net.
        sequences: coordination sequences of its T atoms, [n, shells]. Only bases at the T atoms with the
            rarest one are tried.

    Raises:
        UnstableNetError: all its T atoms and bonds are placed in one plane.
    """
    half = primitive.half
    for bases in _families_of_bases(primitive, sequences):
        order, walk, rank, symmetries = _least_numbering(
            half.start, half.target, primitive.vector, bases, int(np.diff(half.start).max())
        )
        if symmetries:
            number = np.empty(half.n, dtype=np.int64)
            number[order] = np.arange(half.n)
            return CanonicalForm(_numbered(half, walk, number), rank[number], symmetries)
    raise UnstableNetError("all bonds lie in one plane")


def _families_of_bases(primitive: PrimitiveNet, sequences: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Sets of triples of bonds that automorphisms map onto themselves; the first that holds a basis serves.

    Each is int64 [b, 4], a T atom and three half-edges.

    A triple consists of three bonds of one T atom; or, where all stars are planar (as the stars of
    three-connected T atoms are), of two bonds of a T atom and one of the T atoms some bonds away.
    """
    half = primitive.half
    _, kind, sizes = np.unique(sequences, axis=0, return_inverse=True, return_counts=True)
    kinds = [np.flatnonzero(kind == k) for k in np.argsort(sizes, kind="stable")]  # the rarest first
    for atoms in kinds:
        degree = half.start[atoms[0] + 1] - half.start[atoms[0]]
        triples = np.array(list(permutations(range(degree), 3)), dtype=np.int64).reshape(-1, 3)
        bonds = (half.start[atoms, None, None] + triples).reshape(-1, 3)
        yield np.column_stack([np.repeat(atoms, len(triples)), bonds])
    for atoms in kinds:
        for distance in range(1, half.n):
            bases = [base for v in atoms.tolist() for base in _bases_with_far_bond(primitive, v, distance)]
            yield np.array(bases, dtype=np.int64).reshape(-1, 4)


def _bases_with_far_bond(
    primitive: PrimitiveNet, v: int, distance: int
) -> Iterator[tuple[int, int, int, int]]:
    half = primitive.half
    seen, shell = {v}, {v}
    for _ in range(distance):
        shell = {int(half.target[e]) for u in shell for e in range(half.start[u], half.start[u + 1])} - seen
        seen |= shell
    bonds = [e for u in shell for e in range(half.start[u], half.start[u + 1])]
    _, different = np.unique(primitive.vector[bonds].reshape(-1, 3), axis=0, return_index=True)
    far = [bonds[e] for e in different]  # parallel bonds make the same basis, and each basis is to tie once
    for i, j in permutations(range(half.start[v], half.start[v + 1]), 2):
        for k in far:
            yield v, i, j, k


def _numbered(half: HalfEdges, walk: NDArray[np.int64], number: NDArray[np.int64]) -> Net:
    """The net in its canonical numbering, with shifts that do not depend on the lattice's basis either.

    Args:
        half: the net.
        walk: int64 [2E + n], its half-edges in canonical order, then, for each T atom in canonical order, the
            half-edge that first led to it (-1 for the first).
        number: canonical number of each T atom.
    """
    bonds, parents = walk[: len(half.target)], walk[len(half.target) :]
    cell = np.zeros((half.n, 3), dtype=np.int64)
    for bond in parents[1:]:
        cell[half.target[bond]] = cell[half.source[bond]] + half.shift[bond]
    shift = (cell[half.source] + half.shift - cell[half.target])[bonds]
    edges = np.column_stack([number[half.source], number[half.target]])[bonds]
    shift = hermite_columns(shift)
    leading = shift[np.arange(len(shift)), (shift != 0).argmax(axis=1)]  # first nonzero component
    once = (edges[:, 0] < edges[:, 1]) | ((edges[:, 0] == edges[:, 1]) & (leading > 0))
    return Net(half.n, edges[once], shift[once])


@njit()
def _to_basis(vector, base, matrix):
    """Fill the matrix that turns fractional coordinates into coordinates along three bond vectors (residues).

    Returns:
        False when the three vectors are dependent.
    """
    determinant = 0
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        for column in range(3):  # the inverse, times the determinant: cross products of two of the vectors
            p, q = base[1 + (column + 1) % 3], base[1 + (column + 2) % 3]
            minus = PRIME - reduced(vector[p, k] * vector[q, j])
            matrix[i, column] = reduced(vector[p, j] * vector[q, k] + minus)
        determinant = reduced(determinant + vector[base[1], i] * matrix[i, 0])
    scale = inverse(determinant)
    for i in range(3):
        for column in range(3):
            matrix[i, column] = reduced(matrix[i, column] * scale)
    return determinant != 0


@njit()
def _sorted_star(vector, matrix, first, last, star):
    """Fill ``star`` with rows x, y, z, half-edge, sorted, of the half-edges first to last."""
    for e in range(first, last):
        place = e - first
        for c in range(3):
            x = reduced(vector[e, 0] * matrix[0, c] + vector[e, 1] * matrix[1, c])
            star[place, c] = reduced(x + vector[e, 2] * matrix[2, c])
        star[place, 3] = e
        while place > 0:
            c = 0
            while c < 2 and star[place, c] == star[place - 1, c]:
                c += 1
            if star[place, c] > star[place - 1, c]:
                break
            for c in range(4):
                star[place, c], star[place - 1, c] = star[place - 1, c], star[place, c]
            place -= 1


@njit()
def _least_numbering(start, target, vector, bases, degree):
    """Search breadth first from every base, and give up at the first bond that is larger than the record's.

    Returns:
        The numbering's T atoms; its half-edges in order with the tree's half-edges after them; for each of
        its T atoms the least number among its images under the bases that tie; and how many tie. The bases
        that tie are the images of one under the automorphisms, each met once.
    """
    n, m = len(start) - 1, len(target)
    record = np.empty((m, 4), np.int64)  # of each bond: its ends, coordinates of its vector
    best_order, best_walk = np.empty(n, np.int64), np.empty(m + n, np.int64)
    best_number, rank, ties = np.empty(n, np.int64), np.empty(n, np.int64), 0
    order, walk, number = np.empty(n, np.int64), np.empty(m + n, np.int64), np.empty(n, np.int64)
    star, matrix = np.empty((degree, 4), np.int64), np.empty((3, 3), np.int64)
    for base in bases:
        if not _to_basis(vector, base, matrix):
            continue
        number.fill(-1)
        order[0], number[base[0]], walk[m] = base[0], 0, -1
        met, written = 1, 0
        against_record = -1 if ties == 0 else 0
        for head in range(n):
            v = order[head]
            bonds = start[v + 1] - start[v]
            _sorted_star(vector, matrix, start[v], start[v + 1], star)
            for i in range(bonds):
                w = target[star[i, 3]]
                if number[w] < 0:
                    number[w], order[met], walk[m + met] = met, w, star[i, 3]
                    met += 1
                walk[written] = star[i, 3]
                for c in range(4):
                    value = star[i, c] if c < 3 else number[w] * (degree + 1) + bonds
                    if against_record == 0 and value != record[written, c]:
                        against_record = 1 if value > record[written, c] else -1
                    if against_record < 0:
                        record[written, c] = value
                if against_record > 0:
                    break
                written += 1
            if against_record > 0:
                break
        if against_record < 0:
            best_order, order = order, best_order
            best_walk, walk = walk, best_walk
            best_number, number = number, best_number
            for i in range(n):
                rank[i] = i
            ties = 1
        elif against_record == 0:
            for i in range(n):
                rank[i] = min(rank[i], best_number[order[i]])
            ties += 1
    return best_order, best_walk, rank, ties
