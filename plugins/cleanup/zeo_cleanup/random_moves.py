"""The compiled loop of the random search: moves on the atoms, with the bonds kept up to date.

Arrays of the state (capacity n, at most :data:`MOST_BONDS` bonds each):

    frac      float64 [n, 3]      fractional coordinates
    kind      int64 [n]           SILICON, OXYGEN or EMPTY
    count     int64 [n]           number of bonds
    partner   int64 [n, m]        bonded atoms
    offset    int64 [n, m, 3]     their lattice offsets
"""

from __future__ import annotations

import math

import numpy as np

from zeo.tools.compiled import njit

EMPTY, SILICON, OXYGEN = -1, 0, 1
PROPER = np.array([4, 2])
MOST_BONDS = 16
"""An insertion that would give an atom more bonds than this is refused."""


INSERTION_REACH = 5.0
"""Angstrom: two atoms of one kind closer than two longest bonds may get an atom between them."""


@njit()
def search(rng, lattice, frac, kind, cutoff, n_cycle, f_update, theta_random, w_max):
    """Algorithm 1; the numbers in the comments are its lines.

    Args:
        rng: numpy Generator.
        lattice: [3, 3], rows a, b, c in angstrom.
        frac: float64 [n, 3]; rows of kind EMPTY are room for insertions.
        kind: int64 [n].
        cutoff: longest bond, angstrom.
        n_cycle: see the algorithm; likewise the others.
        f_update: moves in a cycle.
        theta_random: probability of accepting any move.
        w_max: cycles without improvement after which to stop.

    Returns:
        coordinates and kinds of the best structure, its connectivity, and the number of moves drawn.
    """
    reach = _images_to_search(lattice, cutoff)
    count, partner, offset, crowded = _all_bonds(lattice, frac, kind, cutoff, reach)
    best_connectivity = _connectivity(kind, count)
    best_frac, best_kind, best_count = frac.copy(), kind.copy(), count.copy()
    best_partner, best_offset = partner.copy(), offset.copy()
    waited, moves = 0, 0
    if crowded:
        return best_frac, best_kind, best_connectivity, moves
    new_partner, new_offset = np.empty(MOST_BONDS, np.int64), np.empty((MOST_BONDS, 3), np.int64)
    for _ in range(n_cycle):  # 1
        current = cycle_connectivity = best_connectivity
        for _ in range(f_update):  # 2
            if current > cycle_connectivity:  # 3
                cycle_connectivity = current  # 4
                best_frac[:], best_kind[:], best_count[:] = frac, kind, count
                best_partner[:], best_offset[:] = partner, offset
            if current == 1.0:  # 5
                break
            moves += 1
            removed, inserted, point = _draw_move(rng, lattice, frac, kind, count, partner)  # 7
            bonds = 0
            possible = removed >= 0
            if inserted != EMPTY:
                bonds = _bonds_of(
                    point, inserted, lattice, frac, kind, cutoff, reach, new_partner, new_offset
                )
                possible = _insertion_allowed(bonds, kind, count, partner, offset, new_partner, new_offset)
            if not possible:
                continue
            following = _connectivity_after(kind, count, partner, removed, inserted, bonds, new_partner)
            if rng.random() < theta_random or following >= current:  # 8-13
                if removed >= 0:
                    _remove(removed, kind, count, partner, offset)
                else:
                    _insert(
                        point, inserted, bonds, frac, kind, count, partner, offset, new_partner, new_offset
                    )
                current = following
        if cycle_connectivity > best_connectivity:  # 15
            waited = 0
            best_connectivity = cycle_connectivity
        else:
            waited += 1
        if waited > w_max or best_connectivity == 1.0:  # 21, 24
            break
        frac[:], kind[:], count[:] = best_frac, best_kind, best_count  # 27
        partner[:], offset[:] = best_partner, best_offset
    return best_frac, best_kind, best_connectivity, moves


@njit()
def _images_to_search(lattice, cutoff):
    """Images on each side along a, b, c that a wrapped difference may have within the cutoff."""
    inverse = np.linalg.inv(lattice)
    reach = np.zeros(3, np.int64)
    for axis in range(3):
        spacing = 1.0 / math.sqrt((inverse[:, axis] ** 2).sum())
        reach[axis] = max(0, math.ceil(cutoff / spacing - 0.5))
    return reach


@njit()
def _bonds_of(point, species, lattice, frac, kind, cutoff, reach, partner, offset):
    """Fill in the bonds that an atom at ``point`` has; return how many, or -1 when they are too many."""
    found = 0
    for atom in range(len(kind)):
        if kind[atom] != 1 - species:
            continue
        home = -np.round(frac[atom] - point)
        for a in range(-reach[0], reach[0] + 1):
            for b in range(-reach[1], reach[1] + 1):
                for c in range(-reach[2], reach[2] + 1):
                    u = frac[atom, 0] - point[0] + home[0] + a
                    v = frac[atom, 1] - point[1] + home[1] + b
                    w = frac[atom, 2] - point[2] + home[2] + c
                    square = 0.0
                    for k in range(3):
                        square += (u * lattice[0, k] + v * lattice[1, k] + w * lattice[2, k]) ** 2
                    if square < cutoff * cutoff:
                        if found == MOST_BONDS:
                            return -1
                        partner[found] = atom
                        offset[found, 0] = home[0] + a
                        offset[found, 1] = home[1] + b
                        offset[found, 2] = home[2] + c
                        found += 1
    return found


@njit()
def _all_bonds(lattice, frac, kind, cutoff, reach):
    """Bonds of all atoms, and whether one of them has more than there is room for."""
    n = len(kind)
    count = np.zeros(n, np.int64)
    partner, offset = np.zeros((n, MOST_BONDS), np.int64), np.zeros((n, MOST_BONDS, 3), np.int64)
    for atom in range(n):
        if kind[atom] != EMPTY:
            count[atom] = _bonds_of(
                frac[atom], kind[atom], lattice, frac, kind, cutoff, reach, partner[atom], offset[atom]
            )
    return count, partner, offset, (count < 0).any()


@njit()
def _connectivity(kind, count):
    atoms, proper = 0, 0
    for atom in range(len(kind)):
        if kind[atom] != EMPTY:
            atoms += 1
            proper += count[atom] == PROPER[kind[atom]]
    return proper / max(atoms, 1)


@njit()
def _pick(rng, chosen):
    """One of the true entries, at random; -1 when there is none."""
    number = 0
    for c in chosen:
        number += c
    if number == 0:
        return -1
    nth = int(rng.random() * number)
    for index in range(len(chosen)):
        nth -= chosen[index]
        if chosen[index] and nth < 0:
            return index
    return -1


@njit()
def _draw_move(rng, lattice, frac, kind, count, partner):
    """A random move of Fig. S3: (atom to remove or -1, kind to insert or EMPTY, where to insert)."""
    wrong = np.zeros(len(kind), np.bool_)
    for atom in range(len(kind)):
        wrong[atom] = kind[atom] != EMPTY and count[atom] != PROPER[kind[atom]]
    atom = _pick(rng, wrong)
    if atom < 0:
        return -1, EMPTY, np.zeros(3)
    overfull = count[atom] > PROPER[kind[atom]]
    if rng.random() < 0.5 or (overfull and kind[atom] == OXYGEN):
        return atom, EMPTY, np.zeros(3)  # B, D, G
    if overfull:
        return partner[atom, int(rng.random() * count[atom])], EMPTY, np.zeros(3)  # C
    near, vectors, lengths = _unsaturated_near(lattice, atom, frac, kind, count)
    if not near.any():
        return -1, EMPTY, np.zeros(3)
    if kind[atom] == SILICON:
        return -1, OXYGEN, frac[atom] + 0.5 * vectors[_pick(rng, near)]  # A
    return -1, SILICON, frac[atom] + _centre(near, vectors, lengths)  # E


@njit()
def _unsaturated_near(lattice, atom, frac, kind, count):
    """Which other atoms of the same kind lack bonds and are near; vectors (fractional) and distances."""
    near = np.zeros(len(kind), np.bool_)
    vectors, lengths = np.zeros((len(kind), 3)), np.full(len(kind), np.inf)
    for other in range(len(kind)):
        if other == atom or kind[other] != kind[atom] or count[other] >= PROPER[kind[other]]:
            continue
        square = 0.0
        for axis in range(3):
            difference = frac[other, axis] - frac[atom, axis]
            vectors[other, axis] = difference - np.round(difference)
        for axis in range(3):
            square += (
                vectors[other, 0] * lattice[0, axis]
                + vectors[other, 1] * lattice[1, axis]
                + vectors[other, 2] * lattice[2, axis]
            ) ** 2
        lengths[other] = math.sqrt(square)
        near[other] = lengths[other] < INSERTION_REACH
    return near, vectors, lengths


@njit()
def _centre(near, vectors, lengths):
    """The centre of an atom and the nearest, at most three, others, relative to the atom."""
    total, members = np.zeros(3), 1
    for other in np.argsort(lengths)[:3]:
        if near[other]:
            total += vectors[other]
            members += 1
    return total / members


@njit()
def _insertion_allowed(bonds, kind, count, partner, offset, new_partner, new_offset):
    """Whether there is room, and whether no two oxygens come to bridge the same two silicons (F)."""
    if bonds < 0 or not (kind == EMPTY).any():
        return False
    for p in range(bonds):
        if count[new_partner[p]] == MOST_BONDS:
            return False
        for q in range(p):
            if _share_a_neighbour(
                new_partner[p], new_partner[q], new_offset[q] - new_offset[p], count, partner, offset
            ):
                return False
    return True


@njit()
def _share_a_neighbour(first, second, shift, count, partner, offset):
    """Whether an atom is bonded to ``first`` and to the image of ``second`` at ``shift`` from it."""
    for p in range(count[first]):
        between = partner[first, p]
        for q in range(count[between]):
            if partner[between, q] == second and (offset[first, p] + offset[between, q] == shift).all():
                return True
    return False


@njit()
def _connectivity_after(kind, count, partner, removed, inserted, bonds, new_partner):
    """The connectivity that a move would lead to."""
    atoms, proper = 0, 0
    change = np.zeros(len(kind), np.int64)
    if removed >= 0:
        for p in range(count[removed]):
            change[partner[removed, p]] -= 1
    else:
        for p in range(bonds):
            change[new_partner[p]] += 1
        atoms += 1
        proper += bonds == PROPER[inserted]
    for atom in range(len(kind)):
        if kind[atom] != EMPTY and atom != removed:
            atoms += 1
            proper += count[atom] + change[atom] == PROPER[kind[atom]]
    return proper / max(atoms, 1)


@njit()
def _remove(atom, kind, count, partner, offset):
    for p in range(count[atom]):
        other = partner[atom, p]
        for q in range(count[other]):
            if partner[other, q] == atom and (offset[other, q] == -offset[atom, p]).all():
                last = count[other] - 1
                partner[other, q] = partner[other, last]
                offset[other, q] = offset[other, last]
                count[other] = last
                break
    kind[atom] = EMPTY
    count[atom] = 0


@njit()
def _insert(point, species, bonds, frac, kind, count, partner, offset, new_partner, new_offset):
    atom = 0
    while kind[atom] != EMPTY:
        atom += 1
    frac[atom] = point
    kind[atom] = species
    count[atom] = bonds
    for p in range(bonds):
        other = new_partner[p]
        partner[atom, p] = other
        offset[atom, p] = new_offset[p]
        partner[other, count[other]] = atom
        offset[other, count[other]] = -new_offset[p]
        count[other] += 1
