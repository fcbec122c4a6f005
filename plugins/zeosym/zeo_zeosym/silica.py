"""From unique T atoms to all atoms: which T atoms are bridged, and an oxygen on every bridge."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.structure import Structure
from zeo_zeosym.crystal import Crystal
from zeo_zeosym.operations import Array, primitive_operations
from zeo_zeosym.pairs import near_pairs
from zeo_zeosym.sites import Site, site_of

Integers = NDArray[np.int64]

SHORTEST_BRIDGE, LONGEST_BRIDGE = 2.5, 3.55
"""Angstrom: T atoms this far apart are bridged. In relaxed silica they are 2.9 to 3.3 apart, and others
beyond 4."""

ON_SITE = 0.05
"""Angstrom within which the oxygen of a bridge is its own image."""


@frozen(eq=False)
class Silica:
    """A framework by its unique atoms.

    Args:
        atoms: the T atoms and then the oxygen atoms; m unique ones.
        t_sites: how many of the unique ones are T atoms.
        oxygen: int64 [n, 4], the oxygen around each T atom of the cell, counted from the first oxygen.
        shift: int64 [n, 4, 3], their lattice offsets.
    """

    atoms: Crystal
    t_sites: int
    oxygen: Integers
    shift: Integers

    @property
    def structure(self) -> Structure:
        """All atoms of the primitive cell, silicon first."""
        coords, silicon = self.atoms.t_coords, len(self.oxygen)
        return Structure.from_si_o(self.atoms.lattice, coords[:silicon], coords[silicon:])

    @property
    def first(self) -> Integers:
        """The number in the cell of each unique atom, [m]."""
        ends: Integers = np.cumsum(self.atoms.multiplicities)
        return np.concatenate([[0], ends[:-1]])


def silica_of(net: Crystal) -> Silica | None:
    """A four-connected net with oxygen at the midpoints of its bridges; None where some T atom has not
    exactly four others within :data:`LONGEST_BRIDGE`, or one too near."""
    first = np.concatenate([[0], np.cumsum(net.multiplicities)[:-1]])
    t_atoms = net.t_coords
    unique, other, shift, distance = near_pairs(net.lattice, t_atoms[first], t_atoms, LONGEST_BRIDGE)
    bridges = distance > 1e-3
    unique, other, shift, distance = unique[bridges], other[bridges], shift[bridges], distance[bridges]
    if (np.bincount(unique, minlength=len(first)) != 4).any() or distance.min() < SHORTEST_BRIDGE:
        return None
    middle = 0.5 * (t_atoms[first[unique]] + t_atoms[other] + shift)
    sites, coords = _orbits(net, middle)
    atoms = Crystal(net.group, net.lattice, [*net.sites, *sites], np.concatenate([net.coords, coords]))
    oxygen = atoms.t_coords[len(t_atoms) :]
    t, o, shift, _ = near_pairs(net.lattice, t_atoms, oxygen, 0.5 * LONGEST_BRIDGE + ON_SITE)
    proper = len(oxygen) == 2 * len(t_atoms) and (np.bincount(t, minlength=len(t_atoms)) == 4).all()
    if not proper or (np.bincount(o, minlength=len(oxygen)) != 2).any():
        return None
    return Silica(atoms, len(net.sites), o.reshape(-1, 4), shift.reshape(-1, 4, 3))


def _orbits(net: Crystal, points: Array) -> tuple[list[Site], list[Array]]:
    """The sites of the different orbits among some points, and a point of each."""
    operations = primitive_operations(net.group)
    sites, coords = [], []
    while len(points):
        site = site_of(points[0], net.lattice, net.group, ON_SITE)
        point = site.projection @ points[0] + site.shift
        apart = operations.images(point)[site.images][:, None] - points
        near = np.linalg.norm((apart - np.round(apart)) @ net.lattice, axis=2).min(axis=0) < ON_SITE
        near[0] = True
        sites.append(site)
        coords.append(point)
        points = points[~near]
    return sites, coords
