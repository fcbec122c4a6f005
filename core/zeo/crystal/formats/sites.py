"""What a structure file lists: sites, and the symmetry and the formula that it states."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from math import gcd
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from zeo.crystal.formats.lines import shortened
from zeo.crystal.neighbours import cell_heights
from zeo.crystal.space_groups import group_of_symbol
from zeo.crystal.structure import Structure, symbols
from zeo.crystal.symmetry import orbit
from zeo.errors import InputError

SAME_SITE = 0.2
"""Symmetry images of one atom closer than this (angstrom) are one atom on a special position."""

MOST_ATOMS = 100_000
"""In a cell. The largest zeolites have some thousands."""

LARGEST_ORDER = 192
"""Operations of Fm-3m and others in the conventional cell."""


@frozen(eq=False)
class Operations:
    """Symmetry operations in fractional coordinates, with the centring translations among them.

    Args:
        rotations: [k, 3, 3].
        translations: [k, 3].
    """

    rotations: NDArray[np.float64]
    translations: NDArray[np.float64]

    @classmethod
    def of(cls, operations: Iterable[Any]) -> Operations:
        """Of gemmi's operations, all of a group."""
        seitz = np.array([operation.float_seitz() for operation in operations])
        return cls(seitz[:, :3, :3], seitz[:, :3, 3])

    @classmethod
    def generated_by(cls, generators: Sequence[Any]) -> Operations:
        """Of the group that some of gemmi's operations generate.

        Raises:
            InputError: they generate no space group.
        """
        import gemmi

        group = {"x,y,z": gemmi.Op("x,y,z")}
        new = list(group.values())
        while new:
            products = [(one * generator).wrap() for one in new for generator in generators]
            new = list({op.triplet(): op for op in products if op.triplet() not in group}.values())
            group |= {op.triplet(): op for op in new}
            if len(group) > LARGEST_ORDER:
                raise InputError("the symmetry operations are not those of a space group")
        return cls.of(group.values())

    @property
    def order(self) -> int:
        """How many they are."""
        return len(self.rotations)

    def keep(self, lattice: NDArray[np.float64]) -> bool:
        """Whether lengths and angles are the same after all of them, to 2 %."""
        metric = lattice @ lattice.T
        # fractional coordinates are columns here, so the lattice vectors go with the transpose
        moved = self.rotations.transpose(0, 2, 1) @ metric @ self.rotations
        return bool(np.abs(moved - metric).max() <= 0.02 * metric.max())


IDENTITY = Operations(np.eye(3)[None], np.zeros((1, 3)))


def space_group(name: str, lattice: NDArray[np.float64], origin: int = 1) -> Any:
    """A space group (gemmi's) whose operations keep the lattice.

    Args:
        name: its number, or its Hermann-Mauguin symbol in any spelling.
        lattice: [3, 3]; tells hexagonal from rhombohedral axes.
        origin: 1 or 2, for the groups where International Tables A have two.

    Raises:
        InputError: no such group, or one of another metric than the lattice's.
    """
    import gemmi

    symbol = name
    if symbol.isdecimal() and len(symbol) < 4 and 1 <= int(symbol) <= 230:
        symbol = gemmi.find_spacegroup_by_number(int(symbol)).hm
    axes = "R" if _is_rhombohedral(lattice) else "H"
    found = group_of_symbol(symbol, f"{origin}{axes}")
    if found is None or symbol.isdecimal():
        raise InputError(f"unknown space group {shortened(name)}")
    if not operations_of(found).keep(lattice):
        raise InputError(f"space group {found.xhm()} does not fit the cell")
    return found


def operations_of(group: Any) -> Operations:
    """All operations of a space group of gemmi's."""
    return Operations.of(group.operations())


@frozen(eq=False)
class Sites:
    """The content of a structure file.

    Args:
        lattice: [3, 3], rows a, b, c in angstrom.
        species: of the sites.
        coords: [n, 3], fractional.
        operations: that the file states.
        formula: atoms by element, in any multiple, where the file states it.
        repeats: cells along each axis that the file asks for.
    """

    lattice: NDArray[np.float64]
    species: tuple[str, ...] = field(converter=symbols)
    coords: NDArray[np.float64]
    operations: Operations = IDENTITY
    formula: Mapping[str, float] = field(factory=dict)
    repeats: tuple[int, int, int] = (1, 1, 1)

    def structure(self) -> Structure:
        """All atoms of the cell.

        Raises:
            InputError: no atoms, no cell, or others than the formula says.
        """
        if not self.species:
            raise InputError("no atoms")
        if not np.isfinite(self.coords).all():
            raise InputError("coordinates too large to be those of atoms")
        species, coords = self._expanded()
        _check_count(len(species) * int(np.prod(self.repeats)))
        self._check_formula(species)
        places = np.stack(np.meshgrid(*map(np.arange, self.repeats), indexing="ij"), axis=-1).reshape(-1, 3)
        repeats = np.array(self.repeats)
        every = ((coords[:, None] + places) / repeats).reshape(-1, 3)
        lattice = self.lattice * repeats[:, None]
        return Structure(lattice, [element for element in species for _ in places], every)

    def _expanded(self) -> tuple[list[str], NDArray[np.float64]]:
        """Species and coordinates of all atoms; files with whole cells list images beside each other."""
        rotations, translations = self.operations.rotations, self.operations.translations
        if len(rotations) == 1:
            return list(self.species), self.coords
        listed = _Listed(self.lattice, self.coords)
        species = np.array(self.species)
        is_image = np.zeros(len(species), dtype=bool)
        elements: list[str] = []
        orbits: list[NDArray[np.float64]] = []
        for index, (element, site) in enumerate(zip(self.species, self.coords, strict=True)):
            if is_image[index]:
                continue
            images = orbit(site, rotations, translations, self.lattice, SAME_SITE)
            near = listed.near(images)
            is_image[near[species[near] == element]] = True
            elements += [element] * len(images)
            orbits.append(images)
            _check_count(len(elements))
        return elements, np.concatenate(orbits)

    def _check_formula(self, species: Sequence[str]) -> None:
        stated = {element: count for element, count in self.formula.items() if count > 0}
        if not stated:
            return
        counts = Counter(species)
        total, whole = sum(counts.values()), sum(stated.values())
        elements = sorted(counts.keys() | stated.keys())
        if any(abs(counts[e] / total - stated.get(e, 0) / whole) > 1e-3 for e in elements):
            raise InputError(
                f"the atoms are {_reduced(counts)}, but the file says {_reduced(stated)}:"
                " atoms are missing, or the symmetry is not that of the file"
            )


class _Listed:
    """Sites to be looked up by their place."""

    def __init__(self, lattice: NDArray[np.float64], coords: NDArray[np.float64]) -> None:
        self._lattice, self._coords = lattice, coords
        self._tree = cKDTree(_in_cell(coords), boxsize=np.ones(3))
        self._radius = min(SAME_SITE / cell_heights(lattice).min(), 0.5)

    def near(self, places: NDArray[np.float64]) -> NDArray[np.int64]:
        """Which sites are within :data:`SAME_SITE` of any of some places [m, 3]."""
        candidates = self._tree.query_ball_point(_in_cell(places), self._radius)
        index = np.array([site for sites in candidates for site in sites], dtype=np.int64)
        offsets = self._coords[index] - np.repeat(places, [len(sites) for sites in candidates], axis=0)
        offsets -= np.round(offsets)
        near: NDArray[np.int64] = index[np.linalg.norm(offsets @ self._lattice, axis=1) < SAME_SITE]
        return near


def _check_count(atoms: int) -> None:
    if atoms > MOST_ATOMS:
        raise InputError(f"more than {MOST_ATOMS} atoms")


def _in_cell(coords: NDArray[np.float64]) -> NDArray[np.float64]:
    # rounding may carry -1e-17 to 1, hence the second modulo
    inside: NDArray[np.float64] = np.round(coords % 1.0, 12) % 1.0
    return inside


def _is_rhombohedral(lattice: NDArray[np.float64]) -> bool:
    """Three equal lengths and angles, which are not 90 degrees."""
    metric = lattice @ lattice.T
    lengths, products = np.diag(metric), metric[np.triu_indices(3, 1)]
    scale = 0.02 * metric.max()
    return bool(
        np.ptp(lengths) < scale and np.ptp(products) < scale and abs(products).min() > 1e-4 * metric.max()
    )


def _reduced(counts: Mapping[str, float]) -> str:
    """A formula in lowest terms where its counts are whole."""
    whole = [round(count) for count in counts.values()]
    are_whole = all(abs(count - n) < 1e-6 for count, n in zip(counts.values(), whole, strict=True))
    divisor = reduce(gcd, whole) if are_whole else 1
    return " ".join(f"{element}{count / max(divisor, 1):g}" for element, count in sorted(counts.items()))
