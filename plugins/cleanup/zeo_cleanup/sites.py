"""Places where the atoms of a framework may be: what the decoder found, and what it may have missed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from attrs import frozen
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from zeo.crystal.neighbours import pairs_within
from zeo.crystal.structure import Structure
from zeo.grids.grid import Grid
from zeo.grids.peaks import separated
from zeo_cleanup.density import UnexplainedDensity
from zeo_cleanup.dls import SI_O

CLOSEST = {"Si": 2.0, "O": 1.6}
"""Angstrom. Atoms of one element closer than this are one atom found twice; the weaker is dropped."""

CHANNELS = {"Si": "si", "O": "o"}

WEAKEST = 0.3
"""A peak of unexplained density below this is no place for a missing atom."""

HOLE_REACH = 2.2
"""Angstrom. An oxygen that lacks a silicon lies no farther than this from the hole where it is missing."""

HOLE_DENSITY = 0.5
"""Density ascribed to a hole without a grid: neither for nor against an atom."""

Field = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""A density at fractional coordinates [n, 3], as [n]."""


@frozen(eq=False)
class Sites:
    """Places where atoms of one element may be.

    Args:
        coords: fractional [n, 3].
        density: [n]; 1 where the grid shows a whole atom, 0 where it shows none.
        decoded: bool [n], whether the decoder found an atom here.
        unexplained: density at other places, beyond what the decoded atoms account for; 0 without a grid.
    """

    coords: NDArray[np.float64]
    density: NDArray[np.float64]
    decoded: NDArray[np.bool_]
    unexplained: Field

    def __len__(self) -> int:
        return len(self.coords)


def oxygen_sites(decoded: Structure, grid: Grid | None) -> Sites:
    """The decoded oxygens and the peaks of oxygen density that they leave."""
    return _sites("O", decoded, grid)


def silicon_sites(decoded: Structure, grid: Grid | None) -> Sites:
    """The decoded silicons and the places of missing ones.

    With a grid these are the peaks of silicon density that the decoded ones leave. Without, they are the
    holes between oxygens that have one silicon where two belong.
    """
    found = _sites("Si", decoded, grid)
    if _channel(grid, "Si") is not None:
        return found
    holes = _holes(decoded.lattice, found.coords, decoded.coords_of("O"))
    return _with_missing(found, holes, np.full(len(holes), HOLE_DENSITY))


def _channel(grid: Grid | None, element: str) -> NDArray[np.float32] | None:
    name = CHANNELS[element]
    return grid.channel(name) if grid is not None and name in grid.channels else None


def _sites(element: str, decoded: Structure, grid: Grid | None) -> Sites:
    coords = decoded.coords_of(element)
    values = _channel(grid, element)
    if values is None:
        coords = separated(decoded.lattice, coords, CLOSEST[element])
        return Sites(
            coords,
            np.ones(len(coords)),
            np.ones(len(coords), dtype=bool),
            lambda points: np.zeros(len(points)),
        )
    strength = map_coordinates(values, (coords * values.shape).T, order=1, mode="grid-wrap")
    coords = separated(decoded.lattice, coords[np.argsort(-strength, kind="stable")], CLOSEST[element])
    left = UnexplainedDensity(values, decoded.lattice, coords)
    found = Sites(coords, 1 + left.at(coords), np.ones(len(coords), dtype=bool), left.at)
    peaks, heights = left.peaks(WEAKEST)
    free = np.ones(len(peaks), dtype=bool)
    free[pairs_within(decoded.lattice, peaks, coords, CLOSEST[element])[0]] = False
    return _with_missing(found, peaks[free], heights[free])


def _with_missing(found: Sites, coords: NDArray[np.float64], density: NDArray[np.float64]) -> Sites:
    return Sites(
        np.concatenate([found.coords, coords]),
        np.concatenate([found.density, density]),
        np.concatenate([found.decoded, np.zeros(len(coords), dtype=bool)]),
        found.unexplained,
    )


def _holes(
    lattice: NDArray[np.float64], silicon: NDArray[np.float64], oxygen: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Centres of three or more oxygens that each bond a single silicon, fractional [n, 3].

    Each such oxygen points away from its silicon; the centre of the dangling oxygens around the place it
    points at is a hole.
    """
    si, o, shifts, _ = pairs_within(lattice, silicon, oxygen, HOLE_REACH)
    bonds = np.bincount(o, minlength=len(oxygen))
    single = bonds[o] == 1
    si, o, shifts = si[single], o[single], shifts[single]
    outward = (oxygen[o] + shifts - silicon[si]) @ lattice
    length = np.linalg.norm(outward, axis=1, keepdims=True)
    dangling = oxygen[o]
    targets = dangling + outward / np.maximum(length, 1e-6) * SI_O @ np.linalg.inv(lattice)
    near, member, offset, _ = pairs_within(lattice, targets, dangling, HOLE_REACH)
    number = np.bincount(near, minlength=len(targets))
    centre = np.zeros_like(targets)
    np.add.at(centre, near, dangling[member] + offset)
    enough = number >= 3
    centre = centre[enough] / number[enough, None]
    # the fuller hole first: of holes on top of each other it is the one that stays
    centre = separated(lattice, centre[np.argsort(-number[enough], kind="stable")], CLOSEST["Si"])
    occupied = np.zeros(len(centre), dtype=bool)
    occupied[pairs_within(lattice, centre, silicon, CLOSEST["Si"])[0]] = True
    return centre[~occupied]
