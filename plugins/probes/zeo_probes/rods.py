"""Energies of a rigid linear molecule in a framework.

Moving a site off the grid by a vector is the same as moving the framework by its opposite, so each
orientation costs one lattice sum for each site off the centre, and no interpolation. Most orientations put a
site into an atom. They are found on the grid of the site itself: its energy at the point nearest to the site
tells, if it is so high that no place as near can be low, that the sum is not worth its time.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.structure import Structure
from zeo.tools.compiled import njit
from zeo_probes.electrostatics import FourierPotential
from zeo_probes.force_fields import Pairs, RodSite
from zeo_probes.gases import interacting_sites
from zeo_probes.lattice_sum import Sites, energies_at
from zeo_probes.symmetry import GridPoints

HOPELESS = 60.0
"""Energy, k T, of part of a molecule from which nothing that the rest gains brings it back."""


@frozen(eq=False)
class Rod:
    """A linear molecule in a framework.

    Args:
        structure: the framework.
        sites: of the molecule.
        cutoff: of its Lennard-Jones pairs, angstrom.
        potential: of the framework's charges.
        shape: grid points along a, b, c, on which the molecule is centred.
    """

    structure: Structure
    sites: Sequence[RodSite]
    cutoff: float
    potential: FourierPotential
    shape: tuple[int, int, int]

    @property
    def middle(self) -> list[RodSite]:
        """The sites that no turning moves."""
        return [site for site in self.sites if site.position == 0]

    @property
    def ends(self) -> list[RodSite]:
        """The others."""
        return [site for site in self.sites if site.position != 0]

    def offset(self, site: RodSite, direction: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of a site from the centre, fractional."""
        offset: NDArray[np.float64] = site.position * direction @ np.linalg.inv(self.structure.lattice)
        return offset

    def repulsion(
        self, sites: Iterable[RodSite], direction: NDArray[np.float64], points: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Lennard-Jones energy [m] of sites, in kelvin.

        Args:
            sites: of the molecule.
            direction: [3], Cartesian unit vector along which it lies.
            points: [m], flat indices, rising.
        """
        total = np.zeros(len(points), dtype=np.float32)
        for site in sites:
            offset = self.offset(site, direction)
            moved = [
                Sites(atoms.frac_coords - offset, atoms.epsilon, atoms.sigma)
                for atoms in interacting_sites(self.structure, site.pairs)
            ]
            total += energies_at(self.structure.lattice, moved, self.cutoff, self.shape, points)
        return total

    def coulomb(self, sites: Sequence[RodSite], direction: NDArray[np.float64]) -> NDArray[np.float32]:
        """Coulomb energy [X, Y, Z] of sites, in kelvin."""
        offsets = np.array([self.offset(site, direction) for site in sites]).reshape(-1, 3)
        charges = np.array([site.charge for site in sites])
        return self.potential.felt_by(offsets, charges).on_grid(self.shape, np.zeros(3)).astype(np.float32)

    def energy(self, sites: Sequence[RodSite], direction: NDArray[np.float64]) -> NDArray[np.float32]:
        """Energy [X, Y, Z] of sites, in kelvin."""
        everywhere = np.arange(math.prod(self.shape))
        repulsion = self.repulsion(sites, direction, everywhere).reshape(self.shape)
        return self.coulomb(sites, direction) + repulsion


class Screen:
    """Where some sites of a rod sit in atoms.

    Args:
        rod: the molecule in its framework.
        sites: of the rod.
        points: of the grid.
        hopeless: energy in kelvin above which it need not be known.
    """

    def __init__(self, rod: Rod, sites: Sequence[RodSite], points: GridPoints, hopeless: float) -> None:
        self._rod, self._sites, self._hopeless = rod, sites, hopeless
        self._grids: list[NDArray[np.float32]] = []
        distinct: list[Pairs] = []
        for site in sites:
            if site.pairs not in distinct:
                distinct.append(site.pairs)
                energy = rod.repulsion([site], np.zeros(3), points.unique)
                self._grids.append(points.spread(energy))
        self._grid_of = [distinct.index(site.pairs) for site in sites]

    def repulsion(self, direction: NDArray[np.float64], points: NDArray[np.int64]) -> NDArray[np.float32]:
        """Lennard-Jones energy [m] of the sites; where it is hopeless, that at the nearest points instead."""
        nearby = np.zeros(len(points), dtype=np.float32)
        low = np.ones(len(points), dtype=bool)
        for site, number in zip(self._sites, self._grid_of, strict=True):
            steps = self._rod.offset(site, direction) * self._rod.shape
            whole = np.round(steps)
            apart = float(np.linalg.norm((steps - whole) / self._rod.shape @ self._rod.structure.lattice))
            energy = _moved_on(self._grids[number], points, whole.astype(np.int64))
            low &= energy <= self._limit(site.pairs, apart)
            nearby += energy
        nearby[low] = self._rod.repulsion(self._sites, direction, points[low])
        return nearby

    def _limit(self, pairs: Pairs, apart: float) -> float:
        """Kelvin: where a site has more, it is hopeless wherever it is so far away (angstrom).

        A site that no atom makes hopeless is at least at the distance where one atom does. Moving it by no
        more than ``apart`` from there multiplies no r^-12 by more than this.
        """
        distances = [
            pair.sigma * (4.0 * pair.epsilon / self._hopeless) ** (1 / 12)
            for pair in pairs.values()
            if pair is not None
        ]
        nearest = min(distances, default=0.0)
        return math.inf if nearest <= apart else self._hopeless * (nearest / (nearest - apart)) ** 12


@njit()
def _moved_on(grid: Any, points: Any, steps: Any) -> Any:
    """Values [m] of a grid at points, flat indices, moved by whole steps along its axes."""
    nx, ny, nz = grid.shape
    sx, sy, sz = steps[0] % nx, steps[1] % ny, steps[2] % nz
    values = np.empty(len(points), grid.dtype)
    for p in range(len(points)):
        row, z = divmod(points[p], nz)
        x, y = divmod(row, ny)
        x, y, z = x + sx, y + sy, z + sz
        values[p] = grid[x - nx if x >= nx else x, y - ny if y >= ny else y, z - nz if z >= nz else z]
    return values
