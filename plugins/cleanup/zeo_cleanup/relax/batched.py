"""Relaxation of many frameworks at once on torch, on a GPU or any other device; ``zeo-framework[torch]``.

The minima, their energies and the limits on forces and stress are those of
:func:`zeo_cleanup.relax.minimise.relax_sites`.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from attrs import evolve, frozen
from numpy.typing import NDArray
from torch import Tensor

from zeo.crystal.structure import Structure
from zeo_cleanup.relax import minimise as limits
from zeo_cleanup.relax.batched_lbfgs import minimise
from zeo_cleanup.relax.batched_potential import BatchedPotential
from zeo_cleanup.relax.minimise import BAR, Cell, CoreShells, Relaxed, strain_basis
from zeo_cleanup.relax.parameters import sanders_leslie_catlow
from zeo_cleanup.relax.postprocessor import minimum
from zeo_cleanup.relax.potential import Tetrahedra
from zeo_cleanup.relax.preconditioner import SHELL, SpringModel
from zeo_cleanup.relax.relaxation import Prepared, Relaxation, outcome, prepare

Array = NDArray[np.float64]

ROOM = 64 * 600**2
"""Largest number of structures times the square of the atoms of the largest that are relaxed at once; their
preconditioners then take 1.7 GB."""


def relax_many(
    structures: Sequence[Structure],
    device: torch.device | str = "cpu",
    cell: Cell = "full",
    max_iterations: int = 600,
    batch: int = 64,
) -> list[Relaxation]:
    """Relax structures as :func:`zeo_cleanup.relax.postprocessor.relax` does, but without keeping symmetry.

    Args:
        structures: of SiO2, with bonds that the distances show.
        device: ``cpu``, ``cuda`` or any other with double precision.
        cell: what the cells may do.
        max_iterations: of each minimisation.
        batch: structures that are relaxed at once, at most; those of like size go together, large ones by
            fewer.
    """
    prepared = [prepare(structure, keep_symmetry=False) for structure in structures]
    ready = [k for k, found in enumerate(prepared) if isinstance(found, Prepared)]
    ready.sort(key=lambda k: len(structures[k]))
    outcomes = {k: found for k, found in enumerate(prepared) if isinstance(found, Relaxation)}
    for rows in _batches(ready, [len(structure) for structure in structures], batch):
        some = {k: found for k in rows if isinstance(found := prepared[k], Prepared)}
        starts, tetrahedra = zip(*((found.start, found.tetrahedra) for found in some.values()), strict=True)
        ends = relax_sites_many(starts, tetrahedra, cell, max_iterations, device)
        quartz = sanders_leslie_catlow().quartz_energy
        outcomes |= {
            k: outcome(some[k], minimum(some[k], end), quartz) for k, end in zip(some, ends, strict=True)
        }
    return [outcomes[k] for k in range(len(structures))]


def _batches(ready: Sequence[int], sizes: Sequence[int], batch: int) -> Iterator[list[int]]:
    """What is relaxed at once, of structures from small to large."""
    rows: list[int] = []
    for k in ready:
        if rows and (len(rows) == batch or (len(rows) + 1) * sizes[k] ** 2 > ROOM):
            yield rows
            rows = []
        rows.append(k)
    if rows:
        yield rows


def relax_sites_many(
    starts: Sequence[CoreShells],
    tetrahedra: Sequence[Tetrahedra],
    cell: Cell = "full",
    max_iterations: int = 600,
    device: torch.device | str = "cpu",
) -> list[Relaxed]:
    """Minimise the energies of all frameworks by cores, shells and strain, in one tensor program.

    Frameworks of about the same size go together best, since all take the room of the largest.

    Args:
        starts: frameworks with sane distances.
        tetrahedra: their bonds.
        cell: what the cells may do.
        max_iterations: of each framework.
        device: ``cpu``, ``cuda`` or any other with double precision.
    """
    ends: list[Relaxed | None] = [None] * len(starts)
    frameworks = list(starts)
    iterations, evaluations = [0] * len(starts), [0] * len(starts)
    pending = list(range(len(starts)))
    for _ in range(limits.ROUNDS):
        if not pending:
            break
        surfaces = _Surfaces(
            [frameworks[k] for k in pending], [tetrahedra[k] for k in pending], strain_basis(cell), device
        )
        left = torch.tensor([max_iterations - iterations[k] for k in pending], device=device)
        start = torch.zeros((len(pending), surfaces.size), dtype=torch.float64, device=device)
        found = minimise(surfaces, start, left)
        again = []
        for row, (k, end) in enumerate(zip(pending, surfaces.judge(found.y), strict=True)):
            steps = int(found.iterations[row])
            iterations[k] += steps
            evaluations[k] += int(found.evaluations[row]) + 1
            strain = np.abs(np.linalg.solve(frameworks[k].lattice, end.framework.lattice) - np.eye(3)).max()
            frameworks[k] = end.framework
            ends[k] = evolve(end, iterations=iterations[k], evaluations=evaluations[k])
            done = end.converged and strain <= limits.FINAL_STRAIN
            stuck = not (found.stopped[row] or steps)
            if not (done or end.collapsed or stuck or iterations[k] >= max_iterations):
                again.append(k)
        pending = again
    return [end for end in ends if end is not None]


@frozen(eq=False)
class _Point:
    """Frameworks of a batch with energies and derivatives; all tensors have one row for each.

    Args:
        lattice: [batch, 3, 3].
        sites: [batch, places, 3].
        arms: [batch, oxygen, 3], shells relative to their cores.
        energy: [batch], eV.
        cores: [batch, cores, 3], derivatives by cores that take their shells along, eV/A.
        shells: [batch, oxygen, 3], derivatives by shells.
        strain: [batch, 3, 3], derivatives by strains that leave the arms alone, eV.
    """

    lattice: Tensor
    sites: Tensor
    arms: Tensor
    energy: Tensor
    cores: Tensor
    shells: Tensor
    strain: Tensor


class _Surfaces:
    """The energies as functions of cores, shells relative to their cores, and strains.

    As in :mod:`zeo_cleanup.relax.minimise`, cores are those of the unstrained cells.

    Args:
        origins: where all variables are zero.
        tetrahedra: the bonds.
        strains: [k, 3, 3], what the cells may do.
        device: of all tensors.
    """

    def __init__(
        self,
        origins: Sequence[CoreShells],
        tetrahedra: Sequence[Tetrahedra],
        strains: Array,
        device: torch.device | str,
    ) -> None:
        self.potential = BatchedPotential([origin.lattice for origin in origins], tetrahedra, device)
        self.strains = torch.tensor(strains, dtype=torch.float64, device=device)
        sites = self.potential.padded([origin.sites for origin in origins])
        self._lattices = torch.tensor(np.stack([o.lattice for o in origins]), device=device)
        self._silicon, self._oxygen = self.potential.silicon, self.potential.oxygen
        self._n_core, self._n_shell = 3 * (self._silicon + self._oxygen), 3 * self._oxygen
        self._cores = sites[:, : self._silicon + self._oxygen]
        self._arms = sites[:, self._silicon + self._oxygen :] - sites[:, self._silicon : -self._oxygen]
        self._n_silicon = torch.tensor([bonds.n_silicon for bonds in tetrahedra], device=device)
        self.size = self._n_core + self._n_shell + len(strains)
        self._inverse = torch.tensor(
            np.stack(
                [
                    self._padded_inverse(SpringModel(origin.lattice, origin.cores, bonds, strains), bonds)
                    for origin, bonds in zip(origins, tetrahedra, strict=True)
                ]
            ),
            device=device,
        )

    def select(self, rows: list[int]) -> _Surfaces:
        """Some of the functions."""
        some = copy.copy(self)
        some.potential = self.potential.select(rows)
        for name in ("_lattices", "_cores", "_arms", "_n_silicon", "_inverse"):
            setattr(some, name, getattr(self, name)[rows])
        return some

    def evaluate(self, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Energies, gradients, and whether each is at its minimum, collapsed, or far from its origin."""
        deformation = self._deformation(y)
        point = self._point(y)
        by_strain = torch.linalg.solve(deformation.mT, point.strain)
        gradient = torch.cat(
            [
                (point.cores @ deformation.mT).flatten(1),
                point.shells.flatten(1),
                torch.einsum("bij,kij->bk", by_strain, self.strains),
            ],
            dim=1,
        )
        force, stress = self._force_and_stress(point)
        moved = y[:, : self._n_core].abs().amax(1)
        strained = (deformation - torch.eye(3, dtype=y.dtype, device=y.device)).abs().amax((1, 2))
        stop = (force < limits.FORCE_LIMIT) & (stress < limits.STRESS_LIMIT)
        stop |= (moved > limits.FARTHEST) | (strained > limits.STRAIN)
        stop |= ~(point.energy > limits.LOWEST_ENERGY * self._n_silicon)
        stop |= point.arms.norm(dim=2).amax(1) > limits.FARTHEST_SHELL
        return point.energy, gradient, stop

    def precondition(self, gradient: Tensor) -> Tensor:
        """The spring models' inverses times vectors."""
        cores, shells, strains = gradient.split([self._n_core, self._n_shell, len(self.strains)], dim=1)
        followed = (self._inverse @ torch.cat([cores, strains], dim=1)[:, :, None])[:, :, 0]
        cores, strains = followed.split([self._n_core, len(self.strains)], dim=1)
        return torch.cat([cores, shells / SHELL, strains], dim=1)

    def longest(self, step: Tensor) -> Tensor:
        """The multiples of steps at which an atom or the cell reaches the limits of one step."""
        sites, strains = step.split([self._n_core + self._n_shell, len(self.strains)], dim=1)
        longest: Tensor = limits.LONGEST_STEP / sites.abs().amax(1).clamp(min=1e-12)
        if not len(self.strains):
            return longest
        return torch.minimum(longest, limits.LARGEST_STRAIN / strains.abs().amax(1).clamp(min=1e-12))

    def judge(self, y: Tensor) -> list[Relaxed]:
        """What each framework is like; iterations and evaluations are left at zero."""
        point = self._point(y)
        force, stress = (values.tolist() for values in self._force_and_stress(point))
        volume = torch.linalg.det(point.lattice).abs()
        pressure = (-point.strain.diagonal(dim1=1, dim2=2).sum(1) / (3.0 * volume)).tolist()
        energy = (point.energy / self._n_silicon).tolist()
        farthest = point.arms.norm(dim=2).amax(1).tolist()
        lattices, sites = point.lattice.cpu().numpy(), self.potential.own(point.sites)
        found = []
        for k, lattice in enumerate(lattices):
            silicon = int(self._n_silicon[k])
            cores, shells = sites[k][: 3 * silicon], sites[k][3 * silicon :]
            collapsed = ""
            if not energy[k] > limits.LOWEST_ENERGY:
                collapsed = f"energy {energy[k]:.1f} eV per Si"
            elif farthest[k] > limits.FARTHEST_SHELL:
                collapsed = f"a shell is {farthest[k]:.2f} A from its core"
            at_rest = force[k] < limits.FORCE_LIMIT and stress[k] < limits.STRESS_LIMIT
            found.append(
                Relaxed(
                    framework=CoreShells(lattice, cores, shells - cores[silicon:]),
                    energy=energy[k],
                    force=force[k],
                    stress=stress[k] * BAR,
                    pressure=pressure[k] * BAR,
                    iterations=0,
                    evaluations=0,
                    converged=at_rest and not collapsed,
                    collapsed=collapsed,
                )
            )
        return found

    def _padded_inverse(self, model: SpringModel, bonds: Tetrahedra) -> Array:
        """The model's inverse, dense, by cores and strains at their places in the batch."""
        n_core, n_shell, n_strain = 9 * bonds.n_silicon, 6 * bonds.n_silicon, len(self.strains)
        own = np.r_[:n_core, n_core + n_shell : n_core + n_shell + n_strain]
        unit = np.zeros((n_core + n_shell + n_strain, len(own)))
        unit[own, np.arange(len(own))] = 1.0
        silicon = 3 * bonds.n_silicon
        oxygen_at = 3 * self._silicon
        place = np.r_[:silicon, oxygen_at : oxygen_at + 2 * silicon, self._n_core : self._n_core + n_strain]
        inverse = np.zeros((self._n_core + n_strain, self._n_core + n_strain))
        inverse[np.ix_(place, place)] = model.apply(unit)[own]
        return inverse

    def _deformation(self, y: Tensor) -> Tensor:
        """The matrices [batch, 3, 3] that positions and lattices are multiplied with from the right."""
        strain = torch.einsum("bk,kij->bij", y[:, self._n_core + self._n_shell :], self.strains)
        return torch.eye(3, dtype=y.dtype, device=y.device) + strain

    def _point(self, y: Tensor) -> _Point:
        deformation = self._deformation(y)
        cores, shells, _ = y.split([self._n_core, self._n_shell, len(self.strains)], dim=1)
        lattice = self._lattices @ deformation
        cores = (self._cores + cores.reshape(self._cores.shape)) @ deformation
        arms = self._arms + shells.reshape(self._arms.shape)
        sites = torch.cat([cores, cores[:, self._silicon :] + arms], dim=1)
        found = self.potential.evaluate(lattice, sites)
        by_core, by_shell = found.gradient.split([self._silicon + self._oxygen, self._oxygen], dim=1)
        by_core = by_core.clone()
        by_core[:, self._silicon :] += by_shell
        strain = found.virial - arms.mT @ by_shell
        return _Point(lattice, sites, arms, found.energy, by_core, by_shell, (strain + strain.mT) / 2)

    def _force_and_stress(self, point: _Point) -> tuple[Tensor, Tensor]:
        """Largest force component, eV/A, and largest stress that the cell may follow, eV/A3."""
        force = torch.maximum(point.cores.abs().amax((1, 2)), point.shells.abs().amax((1, 2)))
        if not len(self.strains):
            return force, torch.zeros_like(force)
        allowed = torch.einsum("bij,kij->bk", point.strain, self.strains)
        return force, allowed.abs().amax(1) / torch.linalg.det(point.lattice).abs()
