"""The Sanders-Leslie-Catlow energy of a framework, with forces on cores and shells and the stress.

Sites are numbered silicon, oxygen cores, oxygen shells. Coulomb interactions are summed by Ewald's method.
"""

from __future__ import annotations

import math

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.tools.compiled import njit
from zeo_cleanup.relax.kernels import add_angles, add_pairs, add_reciprocal, add_springs, drift_and_stretch
from zeo_cleanup.relax.orbits import Orbits
from zeo_cleanup.relax.pair_lists import SKIN, PairKind, PairLists, pair_lists
from zeo_cleanup.relax.pair_tables import STEP, buckingham, intervals_within, screened_coulomb, with_wall
from zeo_cleanup.relax.parameters import Buckingham, Parameters, sanders_leslie_catlow
from zeo_cleanup.relax.symmetrise import Symmetry
from zeo_cleanup.relax.waves import stars_of, waves_within

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
        symmetry: of all geometries to come, which saves time; None for none.
    """

    def __init__(
        self,
        lattice: NDArray[np.float64],
        tetrahedra: Tetrahedra,
        parameters: Parameters | None = None,
        accuracy: float = ACCURACY,
        symmetry: Symmetry | None = None,
    ) -> None:
        self.parameters = parameters or sanders_leslie_catlow()
        self.tetrahedra, self.symmetry = tetrahedra, symmetry
        silicon, oxygen = tetrahedra.n_silicon, tetrahedra.n_oxygen
        self.charges: NDArray[np.float64] = np.repeat(
            [self.parameters.silicon, self.parameters.oxygen_core, self.parameters.oxygen_shell],
            [silicon, oxygen, oxygen],
        )
        width = math.sqrt(-math.log(accuracy))
        self.cutoff = _coulomb_cutoff(abs(np.linalg.det(lattice)), len(self.charges), width)
        self.alpha = width / self.cutoff
        self.waves = waves_within(lattice, 2 * self.alpha * width)
        self._stars = stars_of(self.waves, lattice, symmetry)
        self._atoms = _orbits_of_atoms(symmetry, silicon + oxygen)
        self._sites = _with_shells(self._atoms, silicon, oxygen)
        operations = 1 if symmetry is None else len(symmetry.rotations)
        self._shares = self.charges[self._sites.first] * self._sites.multiplicity / operations
        silicons, oxygens = self._atoms.between(0, silicon), self._atoms.between(silicon, silicon + oxygen)
        self._silicons = silicons.first, silicons.multiplicity
        self._oxygens = oxygens.first, oxygens.multiplicity
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
            self._lists = pair_lists(sites, lattice, self._kinds, self._sites if self.symmetry else None)
            self._listed_sites, self._listed_lattice = sites.copy(), lattice.copy()
        lists, stars, p = self._lists, self._stars, self.parameters
        gradient, virial = np.zeros_like(sites), np.zeros((3, 3))
        energy = _total(
            sites,
            lattice,
            (
                lists.start,
                lists.site,
                lists.kind,
                lists.weight,
                lists.partner,
                lists.image_site,
                lists.image_cell,
            ),
            (self._tables, self._table_start, STEP),
            (self._shares, self._sites.first, self.alpha, p.coulomb),
            (stars.waves.rows, stars.first, stars.size, stars.start, stars.place, stars.turn),
            (*self._oxygens, p.spring, p.oxygen_core * p.oxygen_shell * p.coulomb),
            (
                self.tetrahedra.oxygen,
                self.tetrahedra.shifts,
                *self._silicons,
                p.angle,
                math.radians(p.ideal_angle),
            ),
            gradient,
            virial,
        )
        return Evaluation(energy + self._self_energy, *self._averaged(gradient, virial))

    def _averaged(
        self, gradient: NDArray[np.float64], virial: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The derivatives of the whole energy from those of the sum over one of every orbit."""
        virial = (virial + virial.T) / 2
        if self.symmetry is None:
            return gradient, virial
        atoms = self.symmetry.source.shape[1]
        shells = slice(self.tetrahedra.n_silicon, atoms)
        averaged = np.concatenate(
            [self.symmetry.vectors(gradient[:atoms]), self.symmetry.vectors(gradient[atoms:], shells)]
        )
        return averaged, self.symmetry.tensor(virial)

    def _moved(self, lattice: NDArray[np.float64], sites: NDArray[np.float64]) -> float:
        """How much nearer any pair of sites may have come since the lists were made, at most."""
        farthest = max(kind.cutoff for kind in self._kinds) + SKIN
        drift, stretch = drift_and_stretch(lattice, sites, self._listed_lattice, self._listed_sites)
        return float(2.0 * drift + farthest * (1.0 - 1.0 / stretch))

    def _tabulate(self) -> tuple[NDArray[np.float64], NDArray[np.int64], list[PairKind]]:
        """The tables of all kinds of pairs one after the other, and where each begins."""
        p = self.parameters
        silicon, oxygen = self.tetrahedra.n_silicon, self.tetrahedra.n_oxygen
        si, core, shell = (
            (0, silicon),
            (silicon, silicon + oxygen),
            (silicon + oxygen, silicon + 2 * oxygen),
        )
        coulomb = p.coulomb * screened_coulomb(self.alpha, self.cutoff, COULOMB_TAPER)
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
            tables.append(np.concatenate([with_wall(values), np.zeros((1, 6))]))
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


def _orbits_of_atoms(symmetry: Symmetry | None, atoms: int) -> Orbits:
    return Orbits.trivial(atoms) if symmetry is None else Orbits.of_atoms(symmetry)


def _with_shells(atoms: Orbits, silicon: int, oxygen: int) -> Orbits:
    """Orbits of all sites: atoms, then the shells of the oxygens among them."""
    shells = atoms.between(silicon, silicon + oxygen)
    return Orbits(
        np.concatenate([atoms.first, shells.first + silicon + oxygen]),
        np.concatenate([atoms.multiplicity, shells.multiplicity]),
    )


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


@njit()
def _total(sites, lattice, lists, tables, ewald, stars, springs, angles, gradient, virial):
    values, table_start, step = tables
    charges, orbits, alpha, coulomb = ewald
    oxygens, oxygen_weights, spring, product = springs
    oxygen, shifts, silicons, silicon_weights, stiffness, ideal = angles
    n_silicon = len(oxygen)
    n_oxygen = 2 * n_silicon
    inverse, volume = np.linalg.inv(lattice), abs(np.linalg.det(lattice))
    energy = add_pairs(sites, lattice, lists, values, table_start, step, gradient, virial)
    energy += add_reciprocal(sites, inverse, volume, charges, alpha, coulomb, orbits, stars, gradient, virial)
    energy += add_springs(
        sites, n_silicon, n_oxygen, oxygens, oxygen_weights, spring, product, alpha, gradient, virial
    )
    shells = oxygen + (n_silicon + n_oxygen)
    return energy + add_angles(
        sites, lattice, shells, shifts, silicons, silicon_weights, stiffness, ideal, gradient, virial
    )
