"""Who is near whom: the nearest images around every unique T atom, and the shortest lattice vectors.

Both are cut off where the next one, which no longer counts, lies: weights that fall to zero there do not
depend on which of several equally distant images was found first.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen

from zeo.tools.compiled import njit
from zeo_zeosym.collection import Crystals, Integers
from zeo_zeosym.operations import Array

NEIGHBOURS = 24
"""Around each T atom; in a framework, they reach out to 7 A."""

REACH = 8.0
"""Angstrom: images farther away are no neighbours, however few there are."""

MOST_STEPS = 13.0
"""Along an axis, to either side: a cell for which this is too little has collapsed along the axis."""

STEPS_OF_COLLAPSED = (13.0, 4.0, 2.0)
"""In cells that have collapsed along one, two and three axes: more images than there are neighbours."""

LATTICE_VECTORS = 12
"""The shortest, of each pair of opposite ones one."""


@frozen(eq=False, kw_only=True)
class Surroundings:
    """What the unique T atoms of some crystals see; m of them, b crystals.

    Args:
        neighbour: int64 [m, k], the unique T atom that each neighbour is an image of.
        vector: [m, k, 3], to the neighbour, angstrom.
        vector_there: [m, k, 3], the same, turned back by the operation that made the neighbour's image.
        cutoff: [m], angstrom; missing neighbours are at this distance.
        lattice_vector: [b, l, 3], angstrom.
        lattice_cutoff: [b], angstrom.
    """

    neighbour: Integers
    vector: Array
    vector_there: Array
    cutoff: Array
    lattice_vector: Array
    lattice_cutoff: Array


def surroundings(crystals: Crystals, coords: Array, lattice: Array) -> Surroundings:
    """What the unique T atoms see at some coordinates [m, 3] (fractional) in some lattices [b, 3, 3]."""
    lattice = np.ascontiguousarray(lattice)
    found = _surroundings(
        lattice,
        crystals.atoms_at(coords),
        np.ascontiguousarray(coords),
        crystals.first_unique,
        crystals.first_atom,
        crystals.owner,
        crystals.turn,
        NEIGHBOURS,
        REACH,
    )
    vectors, cutoff = _lattice_vectors(lattice, LATTICE_VECTORS)
    neighbour, vector, vector_there, atom_cutoff = found
    return Surroundings(
        neighbour=neighbour,
        vector=vector,
        vector_there=vector_there,
        cutoff=atom_cutoff,
        lattice_vector=vectors,
        lattice_cutoff=cutoff,
    )


@njit()
def reduced(lattice: Any) -> Any:
    """A basis of short vectors: multiples of one are taken from another as long as that shortens it."""
    basis = lattice.copy()
    improved = True
    while improved:
        improved = False
        for i in range(3):
            for j in range(3):
                if i == j:
                    continue
                times = np.round((basis[i] * basis[j]).sum() / (basis[j] * basis[j]).sum())
                if times != 0.0:
                    shorter = basis[i] - times * basis[j]
                    if (shorter * shorter).sum() < (basis[i] * basis[i]).sum() * (1.0 - 1e-9):
                        basis[i] = shorter
                        improved = True
    return basis


@njit()
def inverse(a: Any) -> Any:
    """Of a matrix [3, 3]."""
    found = np.empty((3, 3))
    for i in range(3):
        for j in range(3):
            p, q, r, s = (j + 1) % 3, (j + 2) % 3, (i + 1) % 3, (i + 2) % 3
            found[i, j] = a[p, r] * a[q, s] - a[p, s] * a[q, r]
    return found / (a[0, 0] * found[0, 0] + a[0, 1] * found[1, 0] + a[0, 2] * found[2, 0])


@njit()
def _surroundings(lattice, atoms, coords, first_unique, first_atom, owner, turn, count, reach):
    m = len(coords)
    neighbour = np.empty((m, count), np.int64)
    vector = np.zeros((m, count, 3))
    there = np.zeros((m, count, 3))
    cutoff = np.empty(m)
    square = np.empty(count + 1)
    which = np.empty(count + 1, np.int64)
    offset = np.empty((count + 1, 3))
    apart = np.empty(3)
    steps = np.empty(3)
    for b in range(len(lattice)):
        basis = reduced(lattice[b])
        back = inverse(basis)
        spacing = 1.0 / np.sqrt((back * back).sum(axis=0))
        _limit_steps(reach / spacing, steps)
        to_basis = lattice[b] @ back
        begin, end = first_atom[b], first_atom[b + 1]
        here = atoms[begin:end] @ to_basis
        centres = coords[first_unique[b] : first_unique[b + 1]] @ to_basis
        for u in range(first_unique[b], first_unique[b + 1]):
            square[:] = reach * reach
            which[:] = -1
            for a in range(begin, end):
                # the first image of a T atom is itself
                is_self = owner[a] == u and (a == begin or owner[a - 1] != u)
                for k in range(3):
                    apart[k] = here[a - begin, k] - centres[u - first_unique[b], k]
                    apart[k] -= np.round(apart[k])
                _insert_images(apart, basis, steps, is_self, a, square, which, offset)
            cutoff[u] = np.sqrt(square[count])
            for k in range(count):
                a = which[k]
                if a < 0:
                    neighbour[u, k] = u
                    vector[u, k, 0] = cutoff[u]
                    there[u, k, 0] = cutoff[u]
                    continue
                neighbour[u, k] = owner[a]
                for i in range(3):
                    vector[u, k, i] = offset[k, i]
                    for j in range(3):
                        there[u, k, i] += turn[a, j, i] * offset[k, j]
    return neighbour, vector, there, cutoff


@njit()
def _limit_steps(wanted, steps):
    collapsed = 0
    for k in range(3):
        collapsed += not wanted[k] <= MOST_STEPS
    for k in range(3):
        steps[k] = wanted[k] if wanted[k] <= MOST_STEPS else STEPS_OF_COLLAPSED[collapsed - 1]


@njit()
def _insert_images(apart, basis, steps, is_self, atom, square, which, offset):
    """Sort the images of one T atom, nearest first, into those found before."""
    last = len(square) - 1
    for x in range(-np.floor(steps[0] + apart[0]), np.floor(steps[0] - apart[0]) + 1):
        for y in range(-np.floor(steps[1] + apart[1]), np.floor(steps[1] - apart[1]) + 1):
            for z in range(-np.floor(steps[2] + apart[2]), np.floor(steps[2] - apart[2]) + 1):
                if is_self and x == 0 and y == 0 and z == 0:
                    continue
                fx, fy, fz = apart[0] + x, apart[1] + y, apart[2] + z
                vx = fx * basis[0, 0] + fy * basis[1, 0] + fz * basis[2, 0]
                vy = fx * basis[0, 1] + fy * basis[1, 1] + fz * basis[2, 1]
                vz = fx * basis[0, 2] + fy * basis[1, 2] + fz * basis[2, 2]
                distance = vx * vx + vy * vy + vz * vz
                if distance >= square[last]:
                    continue
                k = last
                while k > 0 and square[k - 1] > distance:
                    square[k], which[k] = square[k - 1], which[k - 1]
                    offset[k] = offset[k - 1]
                    k -= 1
                square[k], which[k] = distance, atom
                offset[k, 0], offset[k, 1], offset[k, 2] = vx, vy, vz


@njit()
def _lattice_vectors(lattice, count):
    found = np.zeros((len(lattice), count, 3))
    cutoff = np.empty(len(lattice))
    square = np.empty(count + 1)
    best = np.empty((count + 1, 3))
    for b in range(len(lattice)):
        basis = reduced(lattice[b])
        square[:] = np.inf
        for x in range(0, 5):
            for y in range(-4, 5):
                for z in range(-4, 5):
                    opposite = x == 0 and (y < 0 or (y == 0 and z <= 0))
                    if opposite:
                        continue
                    vector = x * basis[0] + y * basis[1] + z * basis[2]
                    length = (vector * vector).sum()
                    if length >= square[count]:
                        continue
                    k = count
                    while k > 0 and square[k - 1] > length:
                        square[k] = square[k - 1]
                        best[k] = best[k - 1]
                        k -= 1
                    square[k] = length
                    best[k] = vector
        found[b] = best[:count]
        cutoff[b] = np.sqrt(square[count])
    return found, cutoff
