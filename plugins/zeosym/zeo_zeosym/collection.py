"""Many crystals as a few arrays, so that a batch of them is gathered without a loop in Python."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo_zeosym.crystal import Crystal
from zeo_zeosym.operations import Array, primitive_operations
from zeo_zeosym.strain import allowed

Integers = NDArray[np.int64]


@frozen(eq=False, kw_only=True)
class Crystals:
    """Crystals one after the other: b of them with m unique T atoms and n T atoms in all.

    Cartesian rotations and projections hold for every lattice that the point group allows.

    Args:
        lattice: [b, 3, 3] of the primitive cells, angstrom.
        allowed: [b, 6, 6], the projection onto the strains that the point group allows.
        order: int64 [b], operations of the point group.
        first_unique: int64 [b + 1], where the unique T atoms of each crystal begin.
        coords: [m, 3], fractional.
        projection: [m, 3, 3], cartesian, onto the directions in which each is free.
        multiplicity: int64 [m], T atoms of the cell that each stands for.
        first_atom: int64 [b + 1], where the T atoms of each crystal begin.
        owner: int64 [n], the unique T atom that each is an image of.
        rotation: [n, 3, 3], of fractional coordinates.
        translation: [n, 3].
        turn: [n, 3, 3], the same rotations, cartesian.
    """

    lattice: Array
    allowed: Array
    order: Integers
    first_unique: Integers
    coords: Array
    projection: Array
    multiplicity: Integers
    first_atom: Integers
    owner: Integers
    rotation: Array
    translation: Array
    turn: Array

    def __len__(self) -> int:
        return len(self.lattice)

    @classmethod
    def of(cls, crystals: Sequence[Crystal]) -> Crystals:
        """Collect crystals."""
        operations = [primitive_operations(crystal.group) for crystal in crystals]
        uniques = [len(crystal.sites) for crystal in crystals]
        before = np.concatenate([[0], np.cumsum(uniques)])
        columns = [(crystal.lattice.T, np.linalg.inv(crystal.lattice.T)) for crystal in crystals]
        return cls(
            lattice=np.stack([crystal.lattice for crystal in crystals]),
            allowed=np.stack([allowed(crystal.turns) for crystal in crystals]),
            order=np.array([len(group) for group in operations]),
            first_unique=before,
            coords=np.concatenate([crystal.coords for crystal in crystals]),
            projection=_joined(
                to @ np.stack([site.projection for site in crystal.sites]) @ back
                for crystal, (to, back) in zip(crystals, columns, strict=True)
            ),
            multiplicity=np.concatenate([crystal.multiplicities for crystal in crystals]),
            first_atom=np.concatenate([[0], np.cumsum([len(crystal.image) for crystal in crystals])]),
            owner=np.concatenate([c.owner + first for c, first in zip(crystals, before, strict=False)]),
            rotation=_joined(g.rotations[c.image] for g, c in zip(operations, crystals, strict=True)).astype(
                np.float64
            ),
            translation=_joined(g.translations[c.image] for g, c in zip(operations, crystals, strict=True)),
            turn=_joined(crystal.turns[crystal.image] for crystal in crystals),
        )

    @property
    def unique(self) -> Integers:
        """Unique T atoms of each crystal, [b]."""
        return np.diff(self.first_unique)

    @property
    def t_atoms(self) -> Integers:
        """T atoms of each primitive cell, [b]."""
        return np.diff(self.first_atom)

    @property
    def crystal_of_unique(self) -> Integers:
        """The crystal that each unique T atom belongs to, [m]."""
        return np.repeat(np.arange(len(self)), self.unique)

    def __getitem__(self, chosen: Integers) -> Crystals:
        """Some of the crystals, in the order given, which may repeat."""
        unique = spans(self.first_unique, chosen)
        atoms = spans(self.first_atom, chosen)
        first_unique = np.concatenate([[0], np.cumsum(self.unique[chosen])])
        moved = np.repeat(first_unique[:-1] - self.first_unique[chosen], self.t_atoms[chosen])
        return Crystals(
            lattice=self.lattice[chosen],
            allowed=self.allowed[chosen],
            order=self.order[chosen],
            first_unique=first_unique,
            coords=self.coords[unique],
            projection=self.projection[unique],
            multiplicity=self.multiplicity[unique],
            first_atom=np.concatenate([[0], np.cumsum(self.t_atoms[chosen])]),
            owner=self.owner[atoms] + moved,
            rotation=self.rotation[atoms],
            translation=self.translation[atoms],
            turn=self.turn[atoms],
        )

    def atoms_at(self, coords: Array) -> Array:
        """Fractional coordinates [n, 3] of all T atoms where the unique ones are at ``coords`` [m, 3]."""
        moved: Array = (self.rotation @ coords[self.owner][:, :, None])[:, :, 0] + self.translation
        return moved


def spans(first: Integers, chosen: Integers) -> Integers:
    """The members of some of the spans first[k] to first[k + 1], one span after the other."""
    lengths = first[chosen + 1] - first[chosen]
    ends = np.cumsum(lengths)
    begin = np.repeat(first[chosen] - (ends - lengths), lengths)
    members: Integers = np.arange(len(begin)) + begin
    return members


def _joined(parts: Iterable[NDArray[np.generic]]) -> Array:
    return np.concatenate(list(parts)).astype(np.float64)
