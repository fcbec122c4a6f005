"""Which atoms of a crystal are its framework: T atoms and the oxygen between them; and what the others are.

Silicon, aluminium, phosphorus and the like are always T atoms. Zinc, lithium, titanium and others may be T
atoms or cations in a pore: they are T atoms where four or more oxygen around them still lack a second T atom,
since the oxygen around a cation in a pore have both of theirs. Water, hydroxyl ends, cations and organic
molecules are no part of the framework. A structure of nothing but silicon and oxygen is all framework:
whatever is loose in it is a fault.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.neighbours import pairs_within

if TYPE_CHECKING:
    from zeo.crystal.structure import Structure

ALWAYS_T = {"Si": 0.26, "Al": 0.39, "P": 0.17, "Ge": 0.39, "Ga": 0.47, "B": 0.11, "Be": 0.27, "As": 0.335}
"""Effective ionic radii, four-coordinate, in angstrom: R. D. Shannon, Acta Crystallogr. A 32 (1976) 751."""

SOMETIMES_T = {
    "Li": 0.59,
    "Mg": 0.57,
    "Ti": 0.42,
    "V": 0.355,
    "Cr": 0.26,
    "Mn": 0.66,
    "Fe": 0.63,
    "Co": 0.58,
    "Ni": 0.55,
    "Cu": 0.57,
    "Zn": 0.60,
    "Zr": 0.59,
    "Sn": 0.55,
    "Cd": 0.78,
    "In": 0.62,
    "Hf": 0.58,
    "Nb": 0.48,
}
"""The same of elements that are cations in pores as well; of several charges, the common largest radius."""

T_ELEMENTS = ALWAYS_T | SOMETIMES_T

OXYGEN_RADIUS = 1.35
"""Angstrom; Shannon's for an oxygen between two others."""

STRETCH = 1.25
"""Bonds up to this many times the sum of the radii count: five- and six-coordinate atoms have longer ones."""

LOOSE = 2.5
"""Angstrom; an oxygen without a T atom this near is bonded to none."""

H_BOND, C_BOND = 1.25, 1.65
"""Angstrom; the longest bonds of an oxygen to hydrogen, and to carbon or nitrogen."""

COORDINATION = 4


@frozen(eq=False)
class FrameworkAtoms:
    """The parts of a crystal.

    Args:
        t: int64 [n], its T atoms, in the order of the structure.
        oxygen: int64 [m], the oxygen of the framework, likewise.
        others: what else there is, such as ``("9 Na", "12 water")``.
    """

    t: NDArray[np.int64]
    oxygen: NDArray[np.int64]
    others: tuple[str, ...] = ()


def framework_atoms(structure: Structure) -> FrameworkAtoms:
    """Tell the framework from what is in its pores, by elements and distances alone."""
    species = np.array(structure.species, dtype="<U3")
    if set(structure.species) <= {"Si", "O"}:
        return FrameworkAtoms(np.flatnonzero(species == "Si"), np.flatnonzero(species == "O"))
    return _Parts(structure, species).found()


class _Parts:
    """The steps by which the parts are told apart; each narrows down what is left."""

    def __init__(self, structure: Structure, species: NDArray[np.str_]) -> None:
        self.structure, self.species = structure, species
        self.oxygen = np.flatnonzero(species == "O")

    def found(self) -> FrameworkAtoms:
        t = self._t_atoms()
        i, o = self._bonded(t, LOOSE)
        bonds = np.bincount(o, minlength=len(self.species))
        organic = self._bonded_to(self.oxygen, ("C", "N"), C_BOND)
        loose = self.oxygen[(bonds[self.oxygen] == 0) & ~np.isin(self.oxygen, organic)]
        ends = self._ends(i, o, bonds)
        framework = np.setdiff1d(self.oxygen, np.concatenate([organic, loose, ends]))
        rest = np.setdiff1d(np.arange(len(self.species)), np.concatenate([t, framework]))
        return FrameworkAtoms(t, framework, self._named(rest, loose, ends, framework))

    def _t_atoms(self) -> NDArray[np.int64]:
        always = np.flatnonzero(np.isin(self.species, list(ALWAYS_T)))
        sometimes = np.flatnonzero(np.isin(self.species, list(SOMETIMES_T)))
        always = always[~self._in_a_molecule(always)]
        i, o = self._bonded(np.concatenate([always, sometimes]), None)
        by_always = np.bincount(o[np.isin(i, always)], minlength=len(self.species))
        by_any = np.bincount(o, minlength=len(self.species))
        lacking = (by_always[o] < 2) & (by_any[o] > 1)
        shared = np.bincount(i[lacking], minlength=len(self.species))
        return np.sort(np.concatenate([always, sometimes[shared[sometimes] >= COORDINATION]]))

    def _in_a_molecule(self, atoms: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Phosphorus of a phosphonium, boron of a tetrafluoroborate: no oxygen, but carbon or fluorine."""
        i, _ = self._bonded(atoms, None)
        foreign = self._bonded_to(atoms, ("C", "N", "F"), 2.0)
        return np.isin(atoms, foreign) & ~np.isin(atoms, i)

    def _ends(
        self, i: NDArray[np.int64], o: NDArray[np.int64], bonds: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Oxygen that T atoms have beyond four: ligands of one, and hydroxyl between two such atoms."""
        bridging = np.bincount(i[bonds[o] > 1], minlength=len(self.species))
        full = i[(bonds[o] == 1) & (bridging[i] >= COORDINATION)]
        ligands = o[(bonds[o] == 1) & np.isin(i, full)]
        may = (bridging > COORDINATION) & np.isin(self.species, list(ALWAYS_T))
        crowded = np.bincount(o[may[i]], minlength=len(self.species))
        return np.concatenate([ligands, np.flatnonzero((crowded == 2) & (bonds == 2))])

    def _bonded(
        self, atoms: NDArray[np.int64], reach: float | None
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """T atom and oxygen of each bond, up to ``reach`` or, where that is None, by the radii."""
        coords = self.structure.frac_coords
        longest = STRETCH * (OXYGEN_RADIUS + max(T_ELEMENTS.values()))
        i, j, _, distance = pairs_within(
            self.structure.lattice, coords[atoms], coords[self.oxygen], reach or longest
        )
        if reach is None:
            radii = np.array([T_ELEMENTS[element] for element in self.species[atoms]])
            near = distance <= STRETCH * (OXYGEN_RADIUS + radii[i])
            i, j = i[near], j[near]
        return atoms[i], self.oxygen[j]

    def _bonded_to(
        self, atoms: NDArray[np.int64], elements: Iterable[str], reach: float
    ) -> NDArray[np.int64]:
        """Those of some atoms that have one of these elements within reach."""
        others = np.flatnonzero(np.isin(self.species, list(elements)))
        coords = self.structure.frac_coords
        i, _, _, _ = pairs_within(self.structure.lattice, coords[atoms], coords[others], reach)
        return atoms[np.unique(i)]

    def _named(
        self,
        rest: NDArray[np.int64],
        loose: NDArray[np.int64],
        ends: NDArray[np.int64],
        framework: NDArray[np.int64],
    ) -> tuple[str, ...]:
        """What the atoms outside of the framework are, in words."""
        hydrogen = rest[np.isin(self.species[rest], ["H", "D"])]
        of_water, of_ends, acid = (self._hydrogen_of(hydrogen, atoms) for atoms in (loose, ends, framework))
        taken = np.concatenate([loose, ends, of_water, of_ends, acid])
        counts = Counter(self.species[np.setdiff1d(rest, taken)].tolist())
        words = []
        if "C" in counts:
            molecule = {
                e: counts.pop(e) for e in ("C", "H", "D", "N", "O", "P", "B", "Si", "F") if e in counts
            }
            words.append("organic " + "".join(f"{element}{n}" for element, n in molecule.items()))
        words += [f"{n} {element}" for element, n in sorted(counts.items())]
        named = ((loose, "water"), (ends, "hydroxyl or water on T atoms"), (acid, "H on framework oxygen"))
        return (*words, *(f"{len(atoms)} {name}" for atoms, name in named if len(atoms)))

    def _hydrogen_of(self, hydrogen: NDArray[np.int64], oxygen: NDArray[np.int64]) -> NDArray[np.int64]:
        coords = self.structure.frac_coords
        i, _, _, _ = pairs_within(self.structure.lattice, coords[hydrogen], coords[oxygen], H_BOND)
        return hydrogen[np.unique(i)]
