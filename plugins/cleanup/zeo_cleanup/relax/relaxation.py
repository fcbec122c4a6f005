"""From a framework as found to a relaxed one with an energy, or to the reason why there is none."""

from __future__ import annotations

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from zeo.crystal.net import NotFourConnectedError
from zeo.crystal.structure import Structure
from zeo_cleanup.bonds import Bonds, bonds_within
from zeo_cleanup.dls import regularise
from zeo_cleanup.relax.framework import nearest_bonds, tetrahedra_of
from zeo_cleanup.relax.minimise import FORCE_LIMIT, Cell, CoreShells, Relaxed, relax_sites
from zeo_cleanup.relax.parameters import sanders_leslie_catlow
from zeo_cleanup.relax.potential import Tetrahedra
from zeo_cleanup.relax.symmetrise import Symmetry, symmetrised

EV = 96.48533212
"""One eV in kJ/mol."""

CLOSEST_CONTACT = 2.2
"""Angstrom; an oxygen this close to a silicon that it is not bonded to makes it five-coordinate. The
potential has such minima, dense and low in energy. In zeolites the next oxygen is 2.8 or more away."""

SI_O_RANGE = (1.4, 1.9)
"""Angstrom; bonds outside show that a framework cannot be built, or that it fell apart."""

CANNOT_BE_BUILT = "geometry cannot be regularised"
COLLAPSED = "collapsed in relaxation"
NOT_CONVERGED = "relaxation not converged"


@frozen(eq=False, kw_only=True)
class Relaxation:
    """The outcome of a relaxation.

    Args:
        structure: relaxed, or as far as it came; atoms in the order in which they were given.
        reason: why there is no energy, one of a few constant phrases; empty when converged.
        detail: the numbers behind the reason.
        potential: name of the potential.
        energy: kJ/mol per silicon above alpha-quartz; None unless converged.
        volume_change: relative; None, as all that follow, when no energy was ever computed.
        force: largest component on a core or a shell, eV/A.
        stress: largest component that the cell could follow, bar.
        pressure: hydrostatic, bar.
        iterations: of the minimiser.
        evaluations: of energy and forces.
        net_unchanged: whether every oxygen still is bonded to the same two silicons.
    """

    structure: Structure
    reason: str = ""
    detail: str = ""
    potential: str = field(factory=lambda: sanders_leslie_catlow().name)
    energy: float | None = None
    volume_change: float | None = None
    force: float | None = None
    stress: float | None = None
    pressure: float | None = None
    iterations: int | None = None
    evaluations: int | None = None
    net_unchanged: bool | None = None


def relax(
    structure: Structure,
    cell: Cell = "full",
    rattle: float = 0.0,
    seed: int = 0,
    max_iterations: int = 600,
    keep_symmetry: bool = True,
) -> Relaxation:
    """Distance least squares at fixed cell and net, then the core-shell potential at zero pressure.

    Args:
        structure: of SiO2, with bonds that the distances show.
        cell: what the cell may do: ``full``, ``orthorhombic`` (lengths along the cartesian axes),
            ``isotropic`` or ``fixed``.
        rattle: standard deviation of a random displacement of every atom after distance least squares, A.
        seed: of the rattle.
        max_iterations: of the minimiser.
        keep_symmetry: stay in the space group of the structure; a rattle ends it in any case.
    """
    prepared = prepare(structure, keep_symmetry and not rattle)
    if isinstance(prepared, Relaxation):
        return prepared
    shaken = _shaken(prepared.start, rattle, seed)
    end = relax_sites(shaken, prepared.tetrahedra, cell, max_iterations, prepared.symmetry)
    return outcome(prepared, end)


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


def prepare(structure: Structure, keep_symmetry: bool) -> Prepared | Relaxation:
    """Bonds, symmetry and distance least squares; or why it ends there."""
    order = np.argsort(np.array(structure.species) != "Si", kind="stable")
    home = np.floor(structure.frac_coords)
    species = [structure.species[k] for k in order]
    start = Structure(structure.lattice, species, (structure.frac_coords - home)[order])
    try:
        bonds = nearest_bonds(start)
    except NotFourConnectedError as error:
        return Relaxation(structure=structure, reason=error.reason, detail=error.detail)
    start, symmetry = symmetrised(start) if keep_symmetry else (start, None)
    regular = _regular(start, bonds, symmetry)
    fault = bond_fault(regular, bonds)
    if fault:
        return Relaxation(structure=structure, reason=CANNOT_BE_BUILT, detail=fault)
    return Prepared(structure, order, home, bonds, regular, symmetry)


def outcome(prepared: Prepared, end: Relaxed) -> Relaxation:
    """What the end of a minimisation means for the structure that was given."""
    structure, bonds = prepared.structure, prepared.bonds
    lattice = end.framework.lattice
    coords = end.framework.cores @ np.linalg.inv(lattice)
    relaxed = Structure(lattice, prepared.regular.species, coords)
    reason, detail = _failure(end, relaxed, bonds)
    unchanged = None
    if not reason:
        try:
            unchanged = nearest_bonds(relaxed).as_set() == bonds.as_set()
        except NotFourConnectedError as error:
            reason, detail = error.reason, f"after relaxation, {error.detail}"
    quartz = sanders_leslie_catlow().quartz_energy
    in_place = relaxed.frac_coords[np.argsort(prepared.order)] + prepared.home
    return Relaxation(
        structure=Structure(lattice, structure.species, in_place),
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


def _shaken(start: CoreShells, rattle: float, seed: int) -> CoreShells:
    if not rattle:
        return start
    shake = np.random.default_rng(seed).normal(0.0, rattle, start.cores.shape)
    return CoreShells(start.lattice, start.cores + shake, start.shells)


def _failure(end: Relaxed, relaxed: Structure, bonds: Bonds) -> tuple[str, str]:
    """Why the end of a minimisation is no relaxed framework; empty when it is one."""
    fault = end.collapsed or bond_fault(relaxed, bonds) or contact_fault(relaxed, bonds)
    if fault:
        return COLLAPSED, fault
    if not end.converged:
        return NOT_CONVERGED, (
            f"after {end.iterations} iterations the largest force is {end.force:.2g} eV/A"
            f" (limit {FORCE_LIMIT:g}) and the largest stress {end.stress:.3g} bar"
        )
    return "", ""


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
