"""The Sanders-Leslie-Catlow energy of a framework, with forces on cores and shells and the stress.

Sites are numbered silicon, oxygen cores, oxygen shells. Coulomb interactions are summed by Ewald's method.
"""

from __future__ import annotations

import math

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.tools.compiled import njit
from zeo_cleanup.relax.kernels import add_angles, add_pairs, add_reciprocal, add_springs
from zeo_cleanup.relax.pair_lists import SKIN, PairKind, PairLists, image_offsets, pair_lists
from zeo_cleanup.relax.pair_tables import STEP, buckingham, intervals_within, screened_coulomb, with_wall
from zeo_cleanup.relax.parameters import Buckingham, Parameters, sanders_leslie_catlow

ACCURACY = 1e-7
"""What is neglected of a charge's interaction, relative, at the ends of both of Ewald's sums."""

COST_RATIO = 12.0
"""What a pair of sites costs, in units of what a site costs for each wave vector."""

COULOMB_CUTOFF = (4.0, 10.0)
"""Bounds on the cutoff of the real-space sum, A."""


COULOMB_TAPER = 0.5
"""Width of the taper before that cutoff, A."""


@frozen(eq=False)
class Tetrahedra:
    """The four oxygens of each silicon.

    Args:
        oxygen: int64 [silicon, 4].
        shifts: int64 [silicon, 4, 3], lattice offset of each oxygen relative to the silicon.
    """

    oxygen: NDArray[np.int64]
    shifts: NDArray[np.int64]

    @property
    def n_silicon(self) -> int:
        return len(self.oxygen)

    @property
    def n_oxygen(self) -> int:
        return 2 * len(self.oxygen)


@frozen(eq=False)
class Evaluation:
    """Energy and derivatives at one geometry.

    Args:
        energy: eV for the cell.
        gradient: [sites, 3], eV/A; minus the forces.
        virial: [3, 3], derivative of the energy by a homogeneous strain, eV; symmetric.
    """

    energy: float
    gradient: NDArray[np.float64]
    virial: NDArray[np.float64]


class CoreShellPotential:
    """The energy of one net near one cell.

    The wave vectors and the width of the screening are chosen for the cell given and then kept, so that the
    energy is a smooth function of sites and cell. Pair lists renew themselves as the sites move.

    Args:
        lattice: [3, 3], rows a, b, c in angstrom.
        tetrahedra: the bonds, which the three-body terms follow.
        parameters: of the potential.
        accuracy: see :data:`ACCURACY`.
    """

    def __init__(
        self,
        lattice: NDArray[np.float64],
        tetrahedra: Tetrahedra,
        parameters: Parameters | None = None,
        accuracy: float = ACCURACY,
    ) -> None:
        self.parameters = parameters or sanders_leslie_catlow()
        self.tetrahedra = tetrahedra
        silicon, oxygen = tetrahedra.n_silicon, tetrahedra.n_oxygen
        self.charges: NDArray[np.float64] = np.repeat(
            [self.parameters.silicon, self.parameters.oxygen_core, self.parameters.oxygen_shell],
            [silicon, oxygen, oxygen],
        )
        width = math.sqrt(-math.log(accuracy))
        self._cutoff = _coulomb_cutoff(abs(np.linalg.det(lattice)), len(self.charges), width)
        self.alpha = width / self._cutoff
        self._waves = wave_rows(lattice, 2 * self.alpha * width)
        self._tables, self._table_start, self._kinds = self._tabulate()
        self._lists: PairLists | None = None
        self._listed_sites = np.empty((0, 3))
        self._listed_lattice = np.empty((3, 3))
        self._self_energy = (
            -self.parameters.coulomb * self.alpha / math.sqrt(math.pi) * float(self.charges @ self.charges)
        )

    def evaluate(self, lattice: NDArray[np.float64], sites: NDArray[np.float64]) -> Evaluation:
        """Energy, gradient and virial.

        Args:
            lattice: [3, 3], not far from the one that the potential was made for.
            sites: cartesian [sites, 3]; the shifts of the bonds must hold for them as they are.
        """
        if self._lists is None or self._moved(lattice, sites) > SKIN:
            self._lists = pair_lists(sites, lattice, self._kinds)
            self._listed_sites, self._listed_lattice = sites.copy(), lattice.copy()
        lists, p = self._lists, self.parameters
        gradient, virial = np.zeros_like(sites), np.zeros((3, 3))
        energy = _total(
            sites,
            lattice,
            np.linalg.inv(lattice),
            image_offsets(lattice, lists.reach),
            (lists.start, lists.site, lists.kind, lists.partner, lists.image),
            (self._tables, self._table_start, STEP),
            (self.charges, self.alpha, p.coulomb, self._waves),
            (p.spring, p.oxygen_core * p.oxygen_shell * p.coulomb),
            (self.tetrahedra.oxygen, self.tetrahedra.shifts, p.angle, math.radians(p.ideal_angle)),
            gradient,
            virial,
        )
        return Evaluation(energy + self._self_energy, gradient, virial)

    def _moved(self, lattice: NDArray[np.float64], sites: NDArray[np.float64]) -> float:
        """How much nearer any pair of sites may have come since the lists were made, at most."""
        strain = np.linalg.inv(self._listed_lattice) @ lattice
        drift = sites - self._listed_sites @ strain
        farthest = max(kind.cutoff for kind in self._kinds) + SKIN
        shrinkage = 1.0 - 1.0 / float(np.linalg.norm(np.linalg.inv(strain), 2))
        return 2.0 * math.sqrt(float((drift * drift).sum(axis=1).max())) + farthest * max(0.0, shrinkage)

    def _tabulate(self) -> tuple[NDArray[np.float64], NDArray[np.int64], list[PairKind]]:
        """The tables of all kinds of pairs one after the other, and where each begins."""
        p = self.parameters
        silicon, oxygen = self.tetrahedra.n_silicon, self.tetrahedra.n_oxygen
        si, core, shell = (
            (0, silicon),
            (silicon, silicon + oxygen),
            (silicon + oxygen, silicon + 2 * oxygen),
        )
        coulomb = p.coulomb * screened_coulomb(self.alpha, self._cutoff, COULOMB_TAPER)
        pairs: list[tuple[tuple[int, int], tuple[int, int], float, Buckingham | None]] = [
            (si, si, p.silicon * p.silicon, None),
            (si, core, p.silicon * p.oxygen_core, None),
            (core, core, p.oxygen_core * p.oxygen_core, None),
            (core, shell, p.oxygen_core * p.oxygen_shell, None),
            (si, shell, p.silicon * p.oxygen_shell, p.silicon_shell),
            (shell, shell, p.oxygen_shell * p.oxygen_shell, p.shell_shell),
        ]
        tables, kinds = [], []
        for first, second, charges, term in pairs:
            values = charges * coulomb
            if term is not None:
                values = _sum(values, buckingham(term, p.taper))
            tables.append(with_wall(values))
            cutoff = math.sqrt(len(values) * STEP)
            kinds.append(PairKind(first, second, cutoff, same_atom=(first, second) == (core, shell)))
        starts = np.concatenate([[0], np.cumsum([len(values) for values in tables])])
        return np.concatenate(tables), starts, kinds


def _sum(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of two tables, one of which may reach farther."""
    total = np.zeros((max(len(one), len(other)), 6))
    total[: len(one)] += one
    total[: len(other)] += other
    return total


def _coulomb_cutoff(volume: float, sites: int, width: float) -> float:
    """The real-space cutoff at which both of Ewald's sums together cost least.

    There are (2 pi / 3) sites^2 / volume r^3 pairs within r, and volume k^3 / (12 pi^2) wave vectors up to
    k = 2 width^2 / r, half of those in the sphere, each of which meets all sites. A sum of terms in r^3 and
    1 / r^3 is least where they are equal.
    """
    pairs = 2 * math.pi / 3 * sites**2 / volume * COST_RATIO
    waves = (2 * width**2) ** 3 * volume / (12 * math.pi**2) * sites
    best = (waves / pairs) ** (1 / 6)
    cutoff = min(max(best, COULOMB_CUTOFF[0]), COULOMB_CUTOFF[1])
    return math.sqrt(intervals_within(cutoff) * STEP)


def wave_rows(lattice: NDArray[np.float64], longest: float) -> NDArray[np.int64]:
    """Which multiples of the reciprocal vectors are shorter than ``longest`` (1/A), one of each h and -h.

    Returns:
        int64 [rows, 3]: h1, h2 and the largest |h3|.
    """
    top = np.floor(longest * np.linalg.norm(lattice, axis=1) / (2 * math.pi)).astype(np.int64)
    h1, h2, h3 = np.meshgrid(*(np.arange(-m, m + 1) for m in top), indexing="ij")
    waves = 2 * math.pi * np.stack([h1, h2, h3], axis=-1) @ np.linalg.inv(lattice).T
    within = np.einsum("abck,abck->abc", waves, waves) < longest**2
    highest = np.where(within, np.abs(h3), -1).max(axis=2)
    half = (highest >= 0) & ((h1[:, :, 0] > 0) | ((h1[:, :, 0] == 0) & (h2[:, :, 0] >= 0)))
    return np.column_stack([h1[:, :, 0][half], h2[:, :, 0][half], highest[half]])


@njit()
def _total(sites, lattice, inverse, offsets, lists, tables, ewald, springs, angles, gradient, virial):
    start, row_site, row_kind, partner, image = lists
    values, table_start, step = tables
    charges, alpha, coulomb, waves = ewald
    spring, product = springs
    oxygen, shifts, stiffness, ideal = angles
    n_silicon = len(oxygen)
    n_oxygen = 2 * n_silicon
    volume = abs(np.linalg.det(lattice))
    energy = add_pairs(
        sites, offsets, start, row_site, row_kind, partner, image, values, table_start, step, gradient, virial
    )
    energy += add_reciprocal(sites, inverse, volume, charges, alpha, coulomb, waves, gradient, virial)
    energy += add_springs(sites, n_silicon, n_oxygen, spring, product, alpha, gradient, virial)
    shells = oxygen + (n_silicon + n_oxygen)
    return energy + add_angles(sites, lattice, shells, shifts, stiffness, ideal, gradient, virial)
