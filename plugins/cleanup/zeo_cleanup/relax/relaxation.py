"""From a framework as found to a relaxed one with an energy, or to the reason why there is none."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.net import NotFourConnectedError
from zeo.crystal.structure import Structure
from zeo_cleanup.bonds import Bonds, bonds_within
from zeo_cleanup.dls import regularise
from zeo_cleanup.relax.framework import nearest_bonds, tetrahedra_of
from zeo_cleanup.relax.minimise import CoreShells
from zeo_cleanup.relax.potential import Tetrahedra
from zeo_cleanup.relax.symmetrise import Symmetry, symmetrised

EV = 96.48533212
"""One eV in kJ/mol."""

CLOSEST_CONTACT = 2.2
"""Angstrom; an oxygen this close to a silicon that it is not bonded to makes it five-coordinate. The
potential has such minima, dense and low in energy. In zeolites the next oxygen is 2.8 or more away."""

SI_O_RANGE = (1.4, 1.9)
"""Angstrom; bonds outside show that a framework cannot be built, or that it fell apart."""

NO_PARAMETERS = "no parameters"
CANNOT_BE_BUILT = "geometry cannot be regularised"
COLLAPSED = "collapsed in relaxation"
NOT_CONVERGED = "relaxation not converged"


@frozen(eq=False, kw_only=True)
class Minimum:
    """Where a minimisation ended.

    Args:
        structure: at the end; atoms in the order in which they were given, not wrapped into the cell.
        energy: eV per silicon; of no meaning unless converged.
        force: largest, eV/A.
        stress: largest component that the cell may follow, bar.
        pressure: hydrostatic, bar.
        iterations: of the minimiser.
        evaluations: of energy and forces; None where nobody counts them.
        collapsed: what shows that atoms fell into each other; empty otherwise.
        unconverged: by how much force or stress are beyond their limits; empty when they are within.
    """

    structure: Structure
    energy: float
    force: float
    stress: float
    pressure: float
    iterations: int
    evaluations: int | None = None
    collapsed: str = ""
    unconverged: str = ""


@frozen(eq=False, kw_only=True)
class Relaxation:
    """The outcome of a relaxation.

    Args:
        structure: relaxed, or as far as it came; atoms in the order in which they were given.
        reason: why there is no energy, one of a few constant phrases; empty when converged.
        detail: the numbers behind the reason.
        energy: kJ/mol per silicon above alpha-quartz; None unless converged.
        volume_change: relative; None, as all that follow, when no energy was ever computed.
        force: largest at the end, eV/A; on what, is the relaxer's to say.
        stress: largest component that the cell could follow, bar.
        pressure: hydrostatic, bar.
        iterations: of the minimiser.
        evaluations: of energy and forces.
        net_unchanged: whether every oxygen still is bonded to the same two silicons.
    """

    structure: Structure
    reason: str = ""
    detail: str = ""
    energy: float | None = None
    volume_change: float | None = None
    force: float | None = None
    stress: float | None = None
    pressure: float | None = None
    iterations: int | None = None
    evaluations: int | None = None
    net_unchanged: bool | None = None


@frozen(eq=False)
class Prepared:
    """A framework ready to be relaxed.

    Args:
        structure: as given.
        order: int64 [n], its atoms with silicon first.
        home: [n, 3], the cells that its atoms are in.
        bonds: of the atoms in that order.
        regular: they, after distance least squares.
        symmetry: to be kept, or None.
    """

    structure: Structure
    order: NDArray[np.int64]
    home: NDArray[np.float64]
    bonds: Bonds
    regular: Structure
    symmetry: Symmetry | None

    @property
    def start(self) -> CoreShells:
        return core_shells(self.regular)

    @property
    def tetrahedra(self) -> Tetrahedra:
        return tetrahedra_of(self.regular, self.bonds)


def prepare(structure: Structure, keep_symmetry: bool, regularised: bool = True) -> Prepared | Relaxation:
    """Bonds, symmetry and, unless the atoms are to stay where they are, distance least squares; or why it
    ends there."""
    if foreign := sorted(set(structure.species) - {"Si", "O"}):
        detail = f"{', '.join(foreign)}; frameworks of Si and O alone are relaxed and compared with quartz"
        return Relaxation(structure=structure, reason=NO_PARAMETERS, detail=detail)
    start, order, home = in_order(structure)
    try:
        bonds = nearest_bonds(start)
    except NotFourConnectedError as error:
        return Relaxation(structure=structure, reason=error.reason, detail=error.detail)
    start, symmetry = symmetrised(start) if keep_symmetry else (start, None)
    regular = _regular(start, bonds, symmetry) if regularised else start
    fault = bond_fault(regular, bonds)
    if fault:
        return Relaxation(structure=structure, reason=CANNOT_BE_BUILT, detail=fault)
    return Prepared(structure, order, home, bonds, regular, symmetry)


def in_order(structure: Structure) -> tuple[Structure, NDArray[np.int64], NDArray[np.float64]]:
    """The atoms in the cell with silicon first, their order, and the cells that they were in."""
    order = np.argsort(np.array(structure.species) != "Si", kind="stable")
    home = np.floor(structure.frac_coords)
    species = [structure.species[k] for k in order]
    return Structure(structure.lattice, species, (structure.frac_coords - home)[order]), order, home


def as_given(structure: Structure) -> Prepared:
    """A framework that is regular already.

    Raises:
        NotFourConnectedError: it is no framework.
    """
    start, order, home = in_order(structure)
    return Prepared(structure, order, home, nearest_bonds(start), start, None)


def outcome(prepared: Prepared, end: Minimum, quartz: float) -> Relaxation:
    """What the end of a minimisation means for the structure that was given.

    Args:
        prepared: where it began.
        end: with its atoms in the order of ``prepared.regular``.
        quartz: energy of alpha-quartz by the same potential, eV per silicon.
    """
    structure, bonds, relaxed = prepared.structure, prepared.bonds, end.structure
    reason, detail = failure(end, bonds)
    unchanged = None
    if not reason:
        try:
            unchanged = nearest_bonds(relaxed).as_set() == bonds.as_set()
        except NotFourConnectedError as error:
            reason, detail = error.reason, f"after relaxation, {error.detail}"
    in_place = relaxed.frac_coords[np.argsort(prepared.order)] + prepared.home
    return Relaxation(
        structure=Structure(relaxed.lattice, structure.species, in_place),
        reason=reason,
        detail=detail,
        energy=None if reason else (end.energy - quartz) * EV,
        volume_change=relaxed.volume / structure.volume - 1.0,
        force=end.force,
        stress=end.stress,
        pressure=end.pressure,
        iterations=end.iterations,
        evaluations=end.evaluations,
        net_unchanged=unchanged,
    )


def failure(end: Minimum, bonds: Bonds) -> tuple[str, str]:
    """Why the end of a minimisation is no relaxed framework, and the numbers; both empty when it is one."""
    if fault := end.collapsed or bond_fault(end.structure, bonds):
        return COLLAPSED, fault
    return (NOT_CONVERGED, end.unconverged) if end.unconverged else ("", "")


def _regular(start: Structure, bonds: Bonds, symmetry: Symmetry | None) -> Structure:
    """The outcome of distance least squares, in the same space group."""
    regular = regularise(start, bonds).structure
    if symmetry is None:
        return regular
    moved = symmetry.vectors(regular.cart_coords - start.cart_coords)
    coords = start.frac_coords + moved @ np.linalg.inv(start.lattice)
    return Structure(start.lattice, start.species, coords)


def core_shells(structure: Structure) -> CoreShells:
    """Silicon, then oxygen with the shells on their cores."""
    cores = np.concatenate([structure.coords_of("Si"), structure.coords_of("O")]) @ structure.lattice
    return CoreShells(structure.lattice, cores, np.zeros((structure.count("O"), 3)))


def contact_fault(structure: Structure, bonds: Bonds) -> str:
    """Whether a silicon has more oxygen about it than its own four; empty when none has."""
    found = len(bonds_within(structure, CLOSEST_CONTACT)) - len(bonds)
    return f"{found} oxygen within {CLOSEST_CONTACT:g} A of a silicon that has four" if found > 0 else ""


def bond_fault(structure: Structure, bonds: Bonds) -> str:
    """What is wrong with the lengths of the bonds; empty when they lie in :data:`SI_O_RANGE`."""
    coords = structure.frac_coords
    vectors = (coords[bonds.o] + bonds.shifts - coords[bonds.si]) @ structure.lattice
    lengths = np.linalg.norm(vectors, axis=1)
    shortest, longest = float(lengths.min()), float(lengths.max())
    if shortest >= SI_O_RANGE[0] and longest <= SI_O_RANGE[1]:
        return ""
    return f"Si-O distances from {shortest:.2f} to {longest:.2f} A"
