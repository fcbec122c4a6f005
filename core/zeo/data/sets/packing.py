"""A framework as its symmetry-unique atoms, and all atoms of its cell again.

The sites are fractional coordinates in the conventional cell of the space group, in the standard setting of
the International Tables (unique axis b, hexagonal axes, origin on a centre of inversion). The cell that is
kept need not be that one: its edges are rational combinations of its axes, such as (a + b) / 2 in faujasite.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from zeo.crystal.cells import cosets, upright
from zeo.crystal.structure import Structure, cell_vectors
from zeo.crystal.symmetry import TOLERANCE, moyo_dataset, operations
from zeo.errors import InputError
from zeo.tools.arrays import float32_array
from zeo.tools.compiled import njit

ACCURACY = 1e-3
"""Angstrom: no atom comes back farther than this from where it was."""

RESOLUTION = 4e-4
"""Angstrom. Coordinates are multiples of a power of two of about this size: the digits beyond are noise, and
noise is what cannot be compressed."""

SEARCH_TOLERANCES = (1e-2, 1e-3)
"""Angstrom, for the space group; where the atoms do not come back within :data:`ACCURACY`, the next."""

DENOMINATOR = 24
"""Of the components of the edges in conventional axes: halves, thirds, quarters and so on."""

ELEMENTS = ("Si", "O")
"""That a data set holds."""


def _site_array(value: Any) -> NDArray[np.float32]:
    return float32_array(np.reshape(value, (-1, 3)))


@frozen(eq=False, kw_only=True)
class Packed:
    """A framework in any cell by its unique atoms.

    Args:
        group: number of the space group.
        setting: float32 [3, 3], rows: the edges a, b, c of the cell in the conventional axes.
        shift: float32 [3], origin of the conventional cell, fractional in the cell.
        edges: float32 [3], lengths of a, b, c in angstrom.
        angles: float32 [3], alpha, beta, gamma in degrees.
        si: float32 [m, 3], unique silicons, fractional in the conventional axes.
        o: float32 [k, 3], unique oxygens.
    """

    group: int
    setting: NDArray[np.float32] = field(converter=_site_array)
    shift: NDArray[np.float32] = field(converter=float32_array)
    edges: NDArray[np.float32] = field(converter=float32_array)
    angles: NDArray[np.float32] = field(converter=float32_array)
    si: NDArray[np.float32] = field(converter=_site_array)
    o: NDArray[np.float32] = field(converter=_site_array)

    @property
    def lattice(self) -> NDArray[np.float64]:
        """[3, 3], rows a, b, c in angstrom; a along x, b in the xy plane."""
        return cell_vectors(self.edges, self.angles)


def pack(structure: Structure, known: Packed | None = None) -> Packed:
    """The unique atoms of a framework, in the highest symmetry that gives back every atom to 1e-3 A.

    Args:
        structure: in any cell.
        known: unique atoms that are looked at first: where they give back every atom, none are looked for.

    Raises:
        InputError: atoms other than silicon and oxygen.
    """
    if strange := set(structure.species) - set(ELEMENTS):
        raise InputError(f"a data set holds silicon and oxygen only, not {', '.join(sorted(strange))}")
    structure = upright(structure)
    for packed in _candidates(structure, known):
        if _largest_error(structure, packed) < ACCURACY:
            return packed
    return _without_symmetry(structure)


def unpack(packed: Packed) -> Structure:
    """All atoms of the cell, silicon first; a along x, b in the xy plane.

    The atoms are those that were packed, in another order.
    """
    rotations, translations = _operations_in_cell(packed.group, packed.setting.tobytes())
    lattice = packed.lattice
    sites = np.concatenate([packed.si, packed.o]).astype(np.float64)
    coords, counts = _all_images(sites, rotations, translations, lattice, TOLERANCE)
    silicons = int(counts[: len(packed.si)].sum())
    species = ("Si",) * silicons + ("O",) * (len(coords) - silicons)
    return Structure(lattice, species, (coords + packed.shift) % 1.0)


def _candidates(structure: Structure, known: Packed | None) -> Iterator[Packed]:
    if known is not None:
        yield evolve(known, edges=structure.lengths, angles=structure.angles)
    for tolerance in SEARCH_TOLERANCES:
        found = moyo_dataset(structure, tolerance)
        if found is None:
            continue
        linear = np.array(found.std_linear)
        setting = np.round(np.linalg.inv(linear).T * DENOMINATOR) / DENOMINATOR
        if found.number > 1 and np.abs(np.linalg.inv(setting).T - linear).max() < 1e-4:
            yield _of_dataset(structure, found, setting)


def _of_dataset(structure: Structure, found: Any, setting: NDArray[np.float64]) -> Packed:
    """One refined atom of each orbit."""
    refined = np.array(found.std_cell.positions)
    lattice = np.array(found.std_cell.basis)
    atoms = np.unique(found.orbits)
    near = (structure.frac_coords[atoms] - found.std_origin_shift) @ setting
    offsets = refined - near[:, None]
    offsets -= np.round(offsets)
    sites = refined[np.linalg.norm(offsets @ lattice, axis=2).argmin(axis=1)]
    silicon = np.array(structure.species)[atoms] == "Si"
    return Packed(
        group=found.number,
        setting=setting,
        shift=_rounded(np.array(found.std_origin_shift), structure.lengths),
        edges=structure.lengths,
        angles=structure.angles,
        si=_rounded(sites[silicon], np.linalg.norm(lattice, axis=1)),
        o=_rounded(sites[~silicon], np.linalg.norm(lattice, axis=1)),
    )


def _without_symmetry(structure: Structure) -> Packed:
    lengths = structure.lengths
    return Packed(
        group=1,
        setting=np.eye(3),
        shift=np.zeros(3),
        edges=lengths,
        angles=structure.angles,
        si=_rounded(structure.coords_of("Si"), lengths),
        o=_rounded(structure.coords_of("O"), lengths),
    )


def _rounded(coords: NDArray[np.float64], lengths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fractional coordinates between 0 and 1, in steps of at most :data:`RESOLUTION`."""
    steps = 2.0 ** np.ceil(np.log2(lengths / RESOLUTION))
    rounded: NDArray[np.float64] = np.round(coords * steps) / steps % 1.0
    return rounded


def _largest_error(structure: Structure, packed: Packed) -> float:
    """The distance in angstrom by which the atom farthest off is displaced; infinite if any are lost."""
    back = unpack(packed)
    largest = 0.0
    for element in ELEMENTS:
        wanted, found = structure.coords_of(element), back.coords_of(element)
        if len(found) != len(wanted):
            return np.inf
        box = structure.lengths  # right angles find the same partners, which lie as good as on each other
        tree = cKDTree(found % 1.0 * box, boxsize=box)
        _, partners = tree.query(wanted % 1.0 % 1.0 * box)
        if len(np.unique(partners)) != len(wanted):
            return np.inf
        offsets = found[partners] - wanted
        offsets -= np.round(offsets)
        largest = max(largest, float(np.linalg.norm(offsets @ structure.lattice, axis=1).max()))
    return largest


@lru_cache(maxsize=4096)
def _operations_in_cell(group: int, setting: bytes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What maps a site in conventional axes onto its images in the cell that is kept.

    Args:
        group: number of the space group.
        setting: bytes of the float32 matrix.

    Returns:
        Matrices [k, 3, 3] and translations [k, 3]: image = matrix @ site + translation.
    """
    rows = np.frombuffer(setting, dtype=np.float32).reshape(3, 3).astype(np.float64)
    linear = np.linalg.inv(np.round(rows * DENOMINATOR) / DENOMINATOR).T
    rotations, translations = operations(group)
    lattice = cosets(linear.T)
    matrices = np.repeat(linear @ rotations, len(lattice), axis=0)
    moves = ((translations @ linear.T)[:, None] + lattice).reshape(-1, 3)
    # the centrings of the conventional cell may be whole edges of the one that is kept
    flat = np.round(np.column_stack([matrices.reshape(-1, 9), moves % 1.0]), 6)
    flat[:, 9:] %= 1.0
    _, first = np.unique(flat, axis=0, return_index=True)
    return matrices[np.sort(first)], moves[np.sort(first)]


@njit()
def _all_images(sites, rotations, translations, lattice, tolerance):  # type: ignore[no-untyped-def]
    """The images of all sites, [n, 3], and how many each site has; those that coincide are averaged."""
    general = len(rotations)
    coords = np.empty((len(sites) * general, 3))
    counts = np.zeros(len(sites), dtype=np.int64)
    merged = np.empty(general)
    offset = np.empty(3)
    n = 0
    for s in range(len(sites)):
        start = n
        for k in range(general):
            image = translations[k] + rotations[k] @ sites[s]
            known = -1
            for j in range(start, n):
                for axis in range(3):
                    offset[axis] = image[axis] - coords[j, axis]
                    offset[axis] -= np.round(offset[axis])
                square = 0.0
                for axis in range(3):
                    distance = 0.0
                    for edge in range(axis, 3):  # the lattice is lower triangular
                        distance += offset[edge] * lattice[edge, axis]
                    square += distance**2
                if square < tolerance**2:
                    known = j
                    break
            if known < 0:
                coords[n] = image
                merged[n - start] = 1.0
                n += 1
            else:
                merged[known - start] += 1.0
                coords[known] += offset / merged[known - start]
        counts[s] = n - start
    return coords[:n].copy(), counts
