"""Cores, shells and cell at the minimum of the energy, at zero pressure."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo_cleanup.relax.lbfgs import minimise
from zeo_cleanup.relax.potential import CoreShellPotential, Tetrahedra
from zeo_cleanup.relax.preconditioner import SpringModel
from zeo_cleanup.relax.symmetrise import Symmetry

Array = NDArray[np.float64]
Cell = Literal["full", "orthorhombic", "isotropic", "fixed"]

FORCE_LIMIT = 2.5e-3
"""Largest component of a force on a core or a shell at the end, eV/A."""

STRESS_LIMIT = 2.5e-5
"""Largest component of the stress that the cell may follow at the end, eV/A3 (40 bar)."""

BAR = 1.602176634e6
"""One eV/A3 in bar."""

FARTHEST = 0.6
STRAIN = 0.06
"""When a core has moved so far (A) or the cell so much, the model of the second derivatives is renewed."""

FINAL_STRAIN = 0.02
"""When the cell has changed more, the wave vectors are chosen anew and the minimum is approached again."""

LONGEST_STEP = 0.3
LARGEST_STRAIN = 0.03
"""In one step: of an atom, A, and of the cell."""

LOWEST_ENERGY = -135.0
"""eV per silicon; no framework is below quartz, at -128.7."""

FARTHEST_SHELL = 0.6
"""Of its core, A."""

ROUNDS = 8

IDENTITY = np.eye(3)


@frozen(eq=False)
class CoreShells:
    """A framework with its shells.

    Args:
        lattice: [3, 3].
        cores: cartesian [n, 3], silicon first.
        shells: [oxygen, 3], relative to their cores.
    """

    lattice: Array
    cores: Array
    shells: Array

    @property
    def sites(self) -> Array:
        """Silicon, oxygen cores, shells; [n + oxygen, 3]."""
        oxygen = self.cores[len(self.cores) - len(self.shells) :]
        return np.concatenate([self.cores, oxygen + self.shells])

    @property
    def volume(self) -> float:
        return abs(float(np.linalg.det(self.lattice)))


@frozen(eq=False, kw_only=True)
class Relaxed:
    """Where the minimisation ended.

    Args:
        framework: at the end.
        energy: eV per silicon; of no meaning unless converged.
        force: largest component on a core or shell, eV/A.
        stress: largest component that the cell may follow, bar.
        pressure: hydrostatic, bar; not zero when the cell is held.
        iterations: steps of the minimiser.
        evaluations: of energy and forces.
        converged: whether forces and stress are below their limits.
        collapsed: what shows that atoms fell into each other; empty otherwise.
    """

    framework: CoreShells
    energy: float
    force: float
    stress: float
    pressure: float
    iterations: int
    evaluations: int
    converged: bool
    collapsed: str = ""


def strain_basis(cell: Cell) -> Array:
    """The strains that a cell may take, orthonormal [k, 3, 3]; axes are those of space."""
    diagonal = [np.diag(row) for row in np.eye(3)]
    if cell == "fixed":
        return np.zeros((0, 3, 3))
    if cell == "isotropic":
        return np.eye(3)[None] / math.sqrt(3.0)
    if cell == "orthorhombic":
        return np.array(diagonal)
    shears = []
    for a, b in ((0, 1), (0, 2), (1, 2)):
        shear = np.zeros((3, 3))
        shear[a, b] = shear[b, a] = math.sqrt(0.5)
        shears.append(shear)
    return np.array([*diagonal, *shears])


def relax_sites(
    start: CoreShells,
    tetrahedra: Tetrahedra,
    cell: Cell,
    max_iterations: int,
    symmetry: Symmetry | None = None,
) -> Relaxed:
    """Minimise the energy by cores, shells and strain.

    Args:
        start: a framework with sane distances.
        tetrahedra: its bonds.
        cell: what the cell may do.
        max_iterations: in all.
        symmetry: of the start, which is kept; None for none.
    """
    framework, iterations, evaluations = start, 0, 0
    for _ in range(ROUNDS):
        surface = _Surface(framework, tetrahedra, strain_basis(cell), symmetry)
        end = minimise(
            surface.energy_and_gradient,
            np.zeros(surface.size),
            surface.model.apply,
            surface.longest,
            surface.stop,
            max_iterations - iterations,
        )
        iterations += end.iterations
        evaluations += end.evaluations + 1
        found = surface.judge(end.y)
        framework = surface.framework
        done = found.converged and surface.largest_strain <= FINAL_STRAIN
        if done or found.collapsed or iterations >= max_iterations or not (end.stopped or end.iterations):
            break
    return Relaxed(
        framework=framework,
        energy=found.energy,
        force=found.force,
        stress=found.stress * BAR,
        pressure=found.pressure * BAR,
        iterations=iterations,
        evaluations=evaluations,
        converged=found.converged and not found.collapsed,
        collapsed=found.collapsed,
    )


@frozen
class _Judgement:
    """Energy (eV per silicon), force (eV/A), stress and pressure (eV/A3) at a point."""

    energy: float
    force: float
    stress: float
    pressure: float
    collapsed: str

    @property
    def converged(self) -> bool:
        return self.force < FORCE_LIMIT and self.stress < STRESS_LIMIT


@frozen(eq=False)
class _Point:
    """A geometry with its energy and derivatives.

    Args:
        framework: the geometry.
        deformation: [3, 3], of the cell since the origin.
        energy: eV.
        cores: [n, 3], derivatives by cores that take their shells along, eV/A.
        shells: [oxygen, 3], derivatives by shells.
        strain: [3, 3], derivative by a strain that leaves the shells' arms alone, eV.
    """

    framework: CoreShells
    deformation: Array
    energy: float
    cores: Array
    shells: Array
    strain: Array


class _Surface:
    """The energy as a function of one vector: cores, shells relative to their cores, strains.

    Cores are in the unstrained cell, so that they follow the strain; shells keep their arms.

    Args:
        origin: where all variables are zero.
        tetrahedra: the bonds.
        strains: [k, 3, 3], what the cell may do.
        symmetry: of the origin, which all derivatives keep.
    """

    def __init__(
        self, origin: CoreShells, tetrahedra: Tetrahedra, strains: Array, symmetry: Symmetry | None
    ) -> None:
        self.origin = origin
        self._strains = strains.reshape(-1, 9)
        self.potential = CoreShellPotential(origin.lattice, tetrahedra, symmetry=symmetry)
        self.model = SpringModel(origin.lattice, origin.cores, tetrahedra, strains, symmetry)
        self.n_core, self.n_shell = origin.cores.size, origin.shells.size
        self.size = self.n_core + self.n_shell + len(strains)
        self._last: _Point | None = None

    def energy_and_gradient(self, y: Array) -> tuple[float, Array]:
        point = self._last = self._point(y)
        by_strain = np.linalg.inv(point.deformation).T @ point.strain
        gradient = np.concatenate(
            [
                (point.cores @ point.deformation.T).ravel(),
                point.shells.ravel(),
                self._strains @ by_strain.ravel(),
            ]
        )
        return point.energy, gradient

    def longest(self, step: Array) -> float:
        """The multiple of a step at which an atom or the cell reaches the limits of one step."""
        moved = float(np.abs(step[: self.n_core + self.n_shell]).max())
        strained = float(np.abs(step[self.n_core + self.n_shell :]).max(initial=0.0))
        return min(LONGEST_STEP / max(moved, 1e-12), LARGEST_STRAIN / max(strained, 1e-12))

    def stop(self, y: Array) -> bool:
        """At the minimum, at a collapse, or so far from the origin that the model no longer holds."""
        assert self._last is not None
        found = self._judgement(self._last)
        moved = float(np.abs(y[: self.n_core]).max())
        return found.converged or bool(found.collapsed) or moved > FARTHEST or self.largest_strain > STRAIN

    def judge(self, y: Array) -> _Judgement:
        self._last = self._point(y)
        return self._judgement(self._last)

    @property
    def framework(self) -> CoreShells:
        """Where the energy was last asked for."""
        assert self._last is not None
        return self._last.framework

    @property
    def largest_strain(self) -> float:
        """Where the energy was last asked for, since the origin."""
        assert self._last is not None
        return float(np.abs(self._last.deformation - IDENTITY).max())

    def _point(self, y: Array) -> _Point:
        """Geometry, energy and derivatives."""
        displacements, arms, strain = np.split(y, [self.n_core, self.n_core + self.n_shell])
        deformation = IDENTITY + (strain @ self._strains).reshape(3, 3)
        framework = CoreShells(
            self.origin.lattice @ deformation,
            (self.origin.cores + displacements.reshape(-1, 3)) @ deformation,
            self.origin.shells + arms.reshape(-1, 3),
        )
        found = self.potential.evaluate(framework.lattice, framework.sites)
        n, oxygen = len(framework.cores), len(framework.shells)
        cores, shells = found.gradient[:n], found.gradient[n:]
        cores[n - oxygen :] += shells
        by_strain = found.virial - framework.shells.T @ shells
        return _Point(framework, deformation, found.energy, cores, shells, (by_strain + by_strain.T) / 2)

    def _judgement(self, point: _Point) -> _Judgement:
        framework = point.framework
        energy = point.energy / self.potential.tetrahedra.n_silicon
        farthest = math.sqrt(float(np.einsum("oa,oa->o", framework.shells, framework.shells).max()))
        collapsed = ""
        if not energy > LOWEST_ENERGY:
            collapsed = f"energy {energy:.1f} eV per Si"
        elif farthest > FARTHEST_SHELL:
            collapsed = f"a shell is {farthest:.2f} A from its core"
        allowed = self._strains @ point.strain.ravel()
        volume = framework.volume
        return _Judgement(
            energy=energy,
            force=max(float(np.abs(point.cores).max()), float(np.abs(point.shells).max())),
            stress=float(np.abs(allowed).max(initial=0.0)) / volume,
            pressure=-float(point.strain.trace()) / (3.0 * volume),
            collapsed=collapsed,
        )
