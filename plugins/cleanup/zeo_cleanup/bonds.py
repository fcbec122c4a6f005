"""Si-O bonds of a structure, and the connectivity that the reference papers count.

Kim, Lee & Kim, Sci. Adv. 2020, 6, eaax9324, section S1-4: a silicon and an oxygen closer than 2.5 angstrom
are bonded, a proper silicon has four bonds, a proper oxygen two, and the connectivity of a structure is the
share of its atoms that are proper.
"""

from __future__ import annotations

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from zeo.crystal.neighbours import pairs_within
from zeo.crystal.structure import Structure
from zeo.tools.arrays import int64_array

BOND_CUTOFF = 2.5
"""Angstrom; the papers' rule."""

PROPER_BONDS = {"Si": 4, "O": 2}


@frozen(eq=False)
class Bonds:
    """Si-O bonds of a structure. Bond b joins an atom of the home cell to an image of another.

    Args:
        si: int64 [B], index of the silicon in the structure.
        o: int64 [B], index of the oxygen in the structure.
        shifts: int64 [B, 3], lattice offset of the oxygen relative to the silicon.
    """

    si: NDArray[np.int64] = field(converter=int64_array)
    o: NDArray[np.int64] = field(converter=int64_array)
    shifts: NDArray[np.int64] = field(converter=int64_array)

    def __len__(self) -> int:
        return len(self.si)

    def counts(self, n_atoms: int) -> NDArray[np.int64]:
        """Bonds of each atom, [n_atoms]."""
        return np.bincount(np.concatenate([self.si, self.o]), minlength=n_atoms)

    def as_set(self) -> set[tuple[int, ...]]:
        """The bonds as (silicon, oxygen, three offsets), to compare two lists in any order."""
        return set(map(tuple, np.column_stack([self.si, self.o, self.shifts]).tolist()))


def bonds_within(structure: Structure, cutoff: float = BOND_CUTOFF) -> Bonds:
    """Every silicon bonded to every oxygen image closer than ``cutoff`` angstrom."""
    species = np.array(structure.species)
    si, o = np.flatnonzero(species == "Si"), np.flatnonzero(species == "O")
    coords = structure.frac_coords
    first, second, shifts, _ = pairs_within(structure.lattice, coords[si], coords[o], cutoff)
    return Bonds(si[first], o[second], shifts)


def proper_atoms(structure: Structure, bonds: Bonds) -> NDArray[np.bool_]:
    """Which atoms have their proper bond count, [n]. Atoms that are neither Si nor O never do."""
    proper = np.array([PROPER_BONDS.get(element, -1) for element in structure.species], dtype=np.int64)
    return np.asarray(bonds.counts(len(structure)) == proper)


def connectivity(structure: Structure, bonds: Bonds) -> float:
    """Share of all atoms with their proper bond count; 0 for a structure without atoms."""
    return float(proper_atoms(structure, bonds).mean()) if len(structure) else 0.0


def bridges(bonds: Bonds) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Si-O-Si bridges of bonds in which every oxygen occurs twice.

    Returns:
        the two silicon indices of each oxygen, in order of the oxygen's index, [O] and [O], and the lattice
        offset [O, 3] of the second silicon relative to the first.
    """
    order = np.argsort(bonds.o, kind="stable")
    first, second = order[0::2], order[1::2]
    return bonds.si[first], bonds.si[second], bonds.shifts[first] - bonds.shifts[second]


def has_double_bridge(bonds: Bonds) -> bool:
    """Whether two oxygens join the same pair of silicon images, or one joins a silicon to itself."""
    i, j, shifts = bridges(bonds)
    seen = set()
    for a, b, shift in zip(i.tolist(), j.tolist(), shifts.tolist(), strict=True):
        forward, backward = (a, b, *shift), (b, a, *(-s for s in shift))
        if forward == backward or forward in seen:
            return True
        seen |= {forward, backward}
    return False


def is_perfect(structure: Structure, bonds: Bonds) -> bool:
    """Every atom proper, and no two oxygens between the same two silicons."""
    return connectivity(structure, bonds) == 1.0 and not has_double_bridge(bonds)
