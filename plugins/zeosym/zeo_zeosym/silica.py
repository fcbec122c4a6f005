"""From unique T atoms to all atoms: which T atoms are bridged, and an oxygen on every bridge."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.net import Net
from zeo.crystal.structure import Structure
from zeo.errors import InputError
from zeo_cleanup.spanning import require_one_net
from zeo_zeosym.crystal import Crystal
from zeo_zeosym.operations import Array, primitive_operations
from zeo_zeosym.pairs import near_pairs
from zeo_zeosym.sites import Site, site_of

Integers = NDArray[np.int64]

SHORTEST_BRIDGE, LONGEST_BRIDGE = 2.5, 3.55
"""Angstrom: T atoms this far apart are bridged. In relaxed silica they are 2.9 to 3.3 apart, and others
beyond 4."""

LEAST_VOLUME = SHORTEST_BRIDGE**3 / 2**0.5
"""Cubic angstrom for each T atom in the closest packing of those that are this far apart."""

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


@frozen(eq=False)
class Bridges:
    """The possible bridges of the unique T atoms of a net, p of them.

    Args:
        unique: int64 [p], the unique T atom.
        length: [p], between the T atoms at both ends, angstrom.
        middle: [p, 3], fractional.
    """

    unique: Integers
    length: Array
    middle: Array

    @classmethod
    def of(cls, net: Crystal, longest: float) -> Bridges:
        """Between all T atoms that are at most so far apart, angstrom."""
        first, t_atoms = net.first, net.t_coords
        unique, other, shift, length = near_pairs(net.lattice, t_atoms[first], t_atoms, longest)
        apart = length > 1e-3
        unique, other, shift, length = unique[apart], other[apart], shift[apart], length[apart]
        return cls(unique, length, 0.5 * (t_atoms[first[unique]] + t_atoms[other] + shift))


def silica_of(net: Crystal) -> Silica | None:
    """A four-connected net with oxygen at the midpoints of its bridges; None where some T atom has not
    exactly four others within :data:`LONGEST_BRIDGE`, or one too near.

    Raises:
        InputError: its lattice has collapsed.
    """
    room = net.volume / len(net.image)
    if not room > LEAST_VOLUME:
        raise InputError(f"the lattice has collapsed to {room:.2g} A3 for each T atom")
    bridges = Bridges.of(net, LONGEST_BRIDGE)
    if (np.bincount(bridges.unique, minlength=len(net.sites)) != 4).any():
        return None
    if bridges.length.min() < SHORTEST_BRIDGE:
        return None
    _, sites, coords = orbits(net, bridges.middle)
    return with_oxygen(net, sites, coords, LONGEST_BRIDGE)


def is_four_connected(net: Crystal) -> bool:
    """Whether every T atom has exactly four others at the distance of a bridge."""
    try:
        return silica_of(net) is not None
    except InputError:  # its lattice has collapsed
        return False


def is_framework(net: Crystal) -> bool:
    """Whether it is four-connected and one net in three directions: no sheet, nothing interwoven."""
    try:
        silica = silica_of(net)
        if silica is None:
            return False
        require_one_net(Net.from_structure(silica.structure).half_edges())
    except InputError:  # a NetError is one
        return False
    return True


def with_oxygen(net: Crystal, sites: Sequence[Site], coords: Array, longest: float) -> Silica | None:
    """A net with oxygen at the midpoints of some bridges; None where that is no framework.

    Args:
        net: the T atoms.
        sites: of the midpoints, one for each orbit of bridges.
        coords: fractional, likewise.
        longest: angstrom between the ends of a bridge.
    """
    t_atoms = net.t_coords
    atoms = Crystal(net.group, net.lattice, [*net.sites, *sites], np.concatenate([net.coords, coords]))
    oxygen = atoms.t_coords[len(t_atoms) :]
    t, o, shift, _ = near_pairs(net.lattice, t_atoms, oxygen, 0.5 * longest + ON_SITE)
    proper = len(oxygen) == 2 * len(t_atoms) and (np.bincount(t, minlength=len(t_atoms)) == 4).all()
    if not proper or (np.bincount(o, minlength=len(oxygen)) != 2).any():
        return None
    return Silica(atoms, len(net.sites), o.reshape(-1, 4), shift.reshape(-1, 4, 3))


def orbits(net: Crystal, points: Array) -> tuple[Integers, list[Site], Array]:
    """The orbit of each of some points [p, 3]; the site of each orbit, and a point of it."""
    operations = primitive_operations(net.group)
    orbit = np.full(len(points), -1)
    sites: list[Site] = []
    coords = []
    while (orbit < 0).any():
        left = np.flatnonzero(orbit < 0)
        site = site_of(points[left[0]], net.lattice, net.group, ON_SITE)
        point = site.of_site(points[left[0]])
        apart = operations.images(point)[site.images][:, None] - points[left]
        near = np.linalg.norm((apart - np.round(apart)) @ net.lattice, axis=2).min(axis=0) < ON_SITE
        near[0] = True
        orbit[left[near]] = len(sites)
        sites.append(site)
        coords.append(point)
    return orbit, sites, np.array(coords).reshape(-1, 3)
