"""A net as its symmetry sees it: a space group, a primitive lattice and the symmetry-unique T atoms."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from zeo.crystal.structure import Structure
from zeo.crystal.symmetry import moyo_dataset
from zeo.tools.arrays import float64_array
from zeo_zeosym.operations import Array, cartesian, primitive_operations, symmetric_lattice
from zeo_zeosym.sites import Site, as_sites, site_of

TOLERANCES = (0.02, 0.002)
"""Angstrom by which equivalent atoms may differ: the second where the first finds no consistent group."""

ON_SITE = 0.1
"""Angstrom. A T atom this near to its own image sits on a symmetry element: two T atoms are 2.5 apart."""


@frozen(eq=False)
class Crystal:
    """The symmetry-unique T atoms of a net and what makes all others of them.

    Args:
        group: number of the space group.
        lattice: [3, 3] of the primitive cell, angstrom; symmetric to rounding.
        sites: of the unique T atoms, [u].
        coords: [u, 3], fractional, on their sites.
    """

    group: int
    lattice: Array = field(converter=float64_array)
    sites: tuple[Site, ...] = field(converter=as_sites)
    coords: Array = field(converter=float64_array)

    @cached_property
    def owner(self) -> NDArray[np.int64]:
        """Which unique T atom each T atom of the cell is an image of, [n]."""
        return np.repeat(np.arange(len(self.sites)), self.multiplicities)

    @cached_property
    def image(self) -> NDArray[np.int64]:
        """By which operation of the group, [n]; the first image of each unique T atom is itself."""
        return np.concatenate([site.images for site in self.sites])

    @cached_property
    def multiplicities(self) -> NDArray[np.int64]:
        """T atoms of the cell for each unique one, [u]."""
        return np.array([len(site.images) for site in self.sites])

    @property
    def first(self) -> NDArray[np.int64]:
        """The number in the cell of each unique T atom, [u]."""
        ends: NDArray[np.int64] = np.cumsum(self.multiplicities)
        return np.concatenate([[0], ends[:-1]])

    @cached_property
    def turns(self) -> Array:
        """The cartesian rotations of the group, orthogonal matrices [g, 3, 3]."""
        return cartesian(primitive_operations(self.group).rotations, self.lattice)

    @property
    def t_coords(self) -> Array:
        """Fractional coordinates [n, 3] of all T atoms of the cell."""
        operations = primitive_operations(self.group)
        own = self.coords[self.owner][:, :, None]
        moved = operations.rotations[self.image] @ own
        return moved[:, :, 0] + operations.translations[self.image]

    @property
    def volume(self) -> float:
        """Cubic angstrom."""
        return float(abs(np.linalg.det(self.lattice)))

    @property
    def density(self) -> float:
        """T atoms per 1000 cubic angstrom."""
        return 1000.0 * len(self.image) / self.volume


def crystal_of(structure: Structure) -> Crystal | None:
    """The unique T atoms of a framework in its space group, both made exact; None where no group is found
    that maps all of its T atoms onto each other.

    Args:
        structure: in any cell; the oxygen atoms count for the symmetry.
    """
    found = (_within(structure, tolerance) for tolerance in TOLERANCES)
    return next((crystal for crystal in found if crystal is not None), None)


def _within(structure: Structure, tolerance: float) -> Crystal | None:
    dataset = moyo_dataset(structure, tolerance)
    if dataset is None:
        return None
    group, cell = dataset.number, dataset.prim_std_cell
    operations = primitive_operations(group)
    lattice = symmetric_lattice(np.array(cell.basis), operations.rotations)
    silicon = sorted(set(structure.species)).index("Si") + 1
    atoms = np.array(cell.positions)[np.array(cell.numbers) == silicon]
    sites, coords = [], []
    free = np.ones(len(atoms), dtype=bool)
    while free.any():
        point = atoms[np.argmax(free)] % 1.0
        site = site_of(point, lattice, group, ON_SITE)
        point = site.of_site(point)
        members = _members(operations.images(point)[site.images], atoms, lattice)
        if members is None or not free[members].all():
            return None
        free[members] = False
        sites.append(site)
        coords.append(point)
    return Crystal(group, lattice, sites, np.array(coords))


def _members(images: Array, atoms: Array, lattice: Array) -> NDArray[np.int64] | None:
    """The atom that each image is, [m]; None where some image is no atom, or two are the same."""
    apart = images[:, None] - atoms
    distances = np.linalg.norm((apart - np.round(apart)) @ lattice, axis=2)
    nearest = distances.argmin(axis=1)
    found = distances.min(axis=1).max() < ON_SITE and len(np.unique(nearest)) == len(nearest)
    return nearest if found else None
