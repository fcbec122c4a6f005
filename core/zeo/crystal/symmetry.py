"""Space groups: finding that of a structure (by moyopy), and the atoms that one makes of the unique ones."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import moyopy
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.lattice import short_basis
from zeo.crystal.structure import Structure

# it speaks of its own input cell, which means nothing to someone who reads our output
logging.getLogger("moyo").setLevel(logging.ERROR)

TOLERANCE = 0.05
"""Angstrom by which equivalent atoms may differ; soft coordinates are left that uncertain by small forces."""


@frozen(eq=False)
class Crystal:
    """A structure as crystallographers write it.

    Args:
        number: of the space group, in its standard setting.
        symbol: Hermann-Mauguin, short.
        lattice: [3, 3] of the conventional cell, symmetric to rounding.
        species: of the symmetry-unique sites.
        sites: fractional coordinates [m, 3] of one atom for each.
        multiplicities: atoms of each site in the conventional cell.
    """

    number: int
    symbol: str
    lattice: NDArray[np.float64]
    species: tuple[str, ...]
    sites: NDArray[np.float64]
    multiplicities: tuple[int, ...]

    @property
    def structure(self) -> Structure:
        """All atoms of the conventional cell."""
        return expand(self.number, self.lattice, self.species, self.sites)

    @property
    def unique_t(self) -> int:
        """Symmetry-unique silicons."""
        return self.species.count("Si")


@lru_cache(maxsize=4)  # a relaxer, a design and a table ask for that of the same structure, one after another
def crystal_of(structure: Structure, tolerance: float = TOLERANCE) -> Crystal | None:
    """The space group of a structure and its unique atoms; None when the search finds none.

    Args:
        structure: of silicon and oxygen.
        tolerance: angstrom.
    """
    dataset = moyo_dataset(structure, tolerance)
    if dataset is None:
        return None
    standard = dataset.std_cell
    lattice, coords = np.array(standard.basis), np.array(standard.positions)
    numbers = np.array(standard.numbers)
    found = _unique_sites(coords, numbers, lattice, operations(dataset.number))
    elements = elements_of(structure)
    return Crystal(
        number=dataset.number,
        symbol=moyopy.SpaceGroupType(dataset.number).hm_short,
        lattice=lattice,
        species=tuple(elements[numbers[first] - 1] for first, _ in found),
        sites=coords[[first for first, _ in found]] % 1.0,
        multiplicities=tuple(count for _, count in found),
    )


def moyo_dataset(structure: Structure, tolerance: float) -> Any | None:
    """What moyopy finds of the symmetry of a structure; None where the operations it finds form no group.

    Args:
        structure: any cell and elements, which are numbered from 1 in the order of :func:`elements_of`.
        tolerance: angstrom.

    Raises:
        InputError: a cell that has collapsed or is badly skewed, on which moyopy would panic.
    """
    short_basis(structure.lattice)
    elements = elements_of(structure)
    numbers = [elements.index(element) + 1 for element in structure.species]
    cell = moyopy.Cell(structure.lattice.tolist(), structure.frac_coords.tolist(), numbers)
    try:
        return moyopy.MoyoDataset(cell, symprec=tolerance)
    except ValueError:
        return None


def elements_of(structure: Structure) -> list[str]:
    """The elements in a structure, in alphabetical order."""
    return sorted(set(structure.species))


def expand(
    number: int, lattice: NDArray[np.float64], species: Sequence[str], sites: NDArray[np.float64]
) -> Structure:
    """All atoms of the conventional cell from the unique ones of a space group in its standard setting."""
    rotations, translations = operations(number)
    orbits = [orbit(site, rotations, translations, lattice, TOLERANCE) for site in sites]
    elements = [element for element, images in zip(species, orbits, strict=True) for _ in images]
    return Structure(lattice, elements, np.concatenate(orbits))


def operations(number: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Rotations [k, 3, 3] and translations [k, 3] of a space group in its standard setting."""
    found = moyopy.operations_from_number(number)
    return np.array(found.rotations), np.array(found.translations)


def orbit(
    site: NDArray[np.float64],
    rotations: NDArray[Any],
    translations: NDArray[np.float64],
    lattice: NDArray[np.float64],
    tolerance: float,
) -> NDArray[np.float64]:
    """The images of a site in the cell, [m, 3]; those that coincide on a special position are averaged.

    Args:
        site: fractional [3].
        rotations: [k, 3, 3].
        translations: [k, 3].
        lattice: [3, 3].
        tolerance: angstrom within which images coincide.
    """
    images = rotations @ site + translations
    offsets = images - images[:, None]
    offsets -= np.round(offsets)
    near = np.linalg.norm(offsets @ lattice, axis=2) < tolerance
    if near.sum() == len(images):
        return images % 1.0  # a general position
    distinct, left = [], np.full(len(images), True)
    for number, image in enumerate(images):
        if left[number]:
            same = near[number] & left
            distinct.append(image + offsets[number, same].mean(axis=0))
            left &= ~same
    return np.array(distinct) % 1.0


def _unique_sites(
    coords: NDArray[np.float64],
    numbers: NDArray[np.int64],
    lattice: NDArray[np.float64],
    group: tuple[NDArray[np.int64], NDArray[np.float64]],
) -> list[tuple[int, int]]:
    """The first atom of every orbit and how many atoms the orbit has."""
    rotations, translations = group
    free = np.ones(len(coords), dtype=bool)
    found = []
    while free.any():
        first = int(np.argmax(free))
        images = rotations @ coords[first] + translations
        possible = np.flatnonzero(free & (numbers == numbers[first]))
        offsets = coords[possible, None] - images[None]
        offsets -= np.round(offsets)
        near = (np.linalg.norm(offsets @ lattice, axis=2) < TOLERANCE).any(axis=1)
        found.append((first, int(near.sum())))
        free[possible[near]] = False
    return found
