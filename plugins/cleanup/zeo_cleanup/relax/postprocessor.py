"""The ``relax`` stage: how stable is this framework, and what does it look like at rest?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from textwrap import shorten
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from zeo.crystal.cells import upright
from zeo.crystal.structure import Structure
from zeo.errors import ConfigError, RequirementError
from zeo.plugin.candidate import Candidate, Rejection
from zeo.plugin.facts import RelaxFacts
from zeo.plugin.options import option
from zeo.tools.foreign import describe
from zeo_cleanup.relax.framework import nearest_bonds
from zeo_cleanup.relax.lid import distances, limits, violations
from zeo_cleanup.relax.minimise import FORCE_LIMIT, Cell, CoreShells, Relaxed, relax_sites
from zeo_cleanup.relax.parameters import sanders_leslie_catlow
from zeo_cleanup.relax.relaxation import Minimum, Prepared, Relaxation, bond_fault, contact_fault
from zeo_cleanup.relax.relaxer import Relaxer

if TYPE_CHECKING:
    from zeo.plugin.registry import Plugins

CELLS = ("full", "orthorhombic", "isotropic", "fixed")

AT_ONCE = 64
"""Structures that a device is given; Ctrl-C loses those under way."""


class Relax(Relaxer):
    """Minimises the Sanders-Leslie-Catlow energy of cores, shells and cell; forces are those on either."""

    @frozen(kw_only=True)
    class Options:
        cell: str = option("full", "what the cell may do; orthorhombic keeps right angles", choices=CELLS)
        rattle: float = option(
            0.0,
            "standard deviation of a seeded shake, to leave symmetric saddle points",
            unit="A",
            at_least=0.0,
            at_most=1.0,
        )
        keep_symmetry: bool | None = option(
            None, "stay in the space group that the atoms have; a rattle ends it; none: unless on a device"
        )
        regularise: bool = option(
            True, "distance least squares first; to be left out where a minimum is shaken to see if it holds"
        )
        lid: str = option(
            "slc",
            "limits on local distances: fitted to our relaxed IZA types, or published (unverified)",
            choices=("slc", "published"),
        )
        max_iterations: int = option(600, "steps of the minimiser", at_least=1)
        device: str | None = option(
            None,
            "relax many at once in torch: cpu, cuda, ...; none: compiled code, one by one, fastest on a CPU",
        )

    options: Options

    def __init__(self, options: Any = None, plugins: Plugins | None = None) -> None:
        super().__init__(options, plugins)
        if self.options.device is not None:
            _check_device(self.options.device, self.options)

    @property
    def potential(self) -> str:
        return sanders_leslie_catlow().name

    @property
    def keeps_symmetry(self) -> bool:
        """As the user wants it; atoms that are shaken have none, and on a device nobody looks for it."""
        wanted = self.options.keep_symmetry is not False
        return wanted and not self.options.rattle and self.options.device is None

    @property
    def regularises(self) -> bool:
        return self.options.regularise

    @property
    def at_once(self) -> int:
        return 1 if self.options.device is None else AT_ONCE

    @cached_property
    def quartz_energy(self) -> float:
        return sanders_leslie_catlow().quartz_energy

    def refusal(self, structure: Structure) -> Rejection | None:
        if self.options.cell != "orthorhombic" or structure.is_orthogonal:
            return None
        angles = ", ".join(f"{angle:.2f}" for angle in structure.angles)
        return Rejection("cell without right angles", f"{angles}; relax.cell is orthorhombic")

    def apply_many(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        if self.options.device is None:
            return super().apply_many(candidates)
        tried = {
            k: candidate.structure
            for k, candidate in enumerate(candidates)
            if candidate.structure is not None and self.refusal(candidate.structure) is None
        }
        found = dict(zip(tried, self._relaxed_together(list(tried.values())), strict=True))
        return [
            self.told(candidate, found[k]) if k in found else self.apply(candidate)
            for k, candidate in enumerate(candidates)
        ]

    def relaxed(self, structure: Structure, seed: int = 0) -> Relaxation:
        if self.options.device is None:
            return super().relaxed(self._turned(structure), seed)
        return self._relaxed_together([structure])[0]

    def _relaxed_together(self, structures: Sequence[Structure]) -> list[Relaxation]:
        from zeo_cleanup.relax.batched import relax_many

        cell = cast(Cell, self.options.cell)
        turned = [self._turned(structure) for structure in structures]
        return relax_many(turned, self.options.device or "cpu", cell, self.options.max_iterations)

    def _turned(self, structure: Structure) -> Structure:
        """With right angles along the cartesian axes where strains along these are to keep them right."""
        if self.options.cell != "orthorhombic" or _lies_along_axes(structure.lattice):
            return structure
        return upright(structure)

    def minimise(self, start: Prepared, cell: str, seed: int) -> Minimum:
        shaken = _shaken(start.start, self.options.rattle, seed)
        may = cast(Cell, cell)
        end = relax_sites(shaken, start.tetrahedra, may, self.options.max_iterations, start.symmetry)
        return minimum(start, end)

    def facts(self, found: Relaxation) -> RelaxFacts:
        further: dict[str, Any] = {"rattle": self.options.rattle} if self.options.rattle else {}
        if found.evaluations is not None:
            further["evaluations"] = found.evaluations
        facts = super().facts(found)
        if found.energy is None:
            return evolve(facts, further=further)
        local = distances(found.structure, nearest_bonds(found.structure))
        outside = violations(local, limits(self.options.lid))
        return evolve(facts, lid_violations=outside, further={**further, "lid_limits": self.options.lid})


def relax(structure: Structure, seed: int = 0, **options: Any) -> Relaxation:
    """Relax one structure.

    Args:
        structure: of SiO2, with bonds that the distances show.
        seed: of the rattle.
        options: those of :class:`Relax`.
    """
    return Relax(Relax.Options(**options)).relaxed(structure, seed)


def minimum(start: Prepared, end: Relaxed) -> Minimum:
    """Where cores, shells and cell ended, as other potentials see it: without the shells."""
    lattice = end.framework.lattice
    coords = end.framework.cores @ np.linalg.inv(lattice)
    relaxed = Structure(lattice, start.regular.species, coords)
    fault = end.collapsed or bond_fault(relaxed, start.bonds) or contact_fault(relaxed, start.bonds)
    return Minimum(
        structure=relaxed,
        energy=end.energy,
        force=end.force,
        stress=end.stress,
        pressure=end.pressure,
        iterations=end.iterations,
        evaluations=end.evaluations,
        collapsed=fault,
        unconverged="" if end.converged else _unconverged(end),
    )


def _check_device(device: str, options: Relax.Options) -> None:
    """Refuse what is not done on a device, and a device on which nothing can be done.

    Raises:
        ConfigError: an option does not go with it, or torch has no such device.
        RequirementError: torch is not installed.
    """
    if options.rattle:
        raise ConfigError("relax.rattle does not go with relax.device: leave out one of them")
    if not options.regularise:
        raise ConfigError("relax.device always regularises first: leave out relax.regularise=false")
    if options.keep_symmetry:
        raise ConfigError("relax.device keeps no symmetry: leave it out, or set relax.keep_symmetry=false")
    try:
        import torch
    except ImportError as error:
        raise RequirementError("relax.device needs torch: pip install 'zeo-framework[torch]'") from error
    try:
        torch.ones(1, dtype=torch.float64, device=device).item()
    except Exception as error:  # of many kinds, by device
        why = shorten(describe(error), 200)  # torch may list all that it was compiled with
        raise ConfigError(f"relax.device: torch cannot compute on {device!r}: {why}") from error


def _unconverged(end: Relaxed) -> str:
    return (
        f"after {end.iterations} iterations the largest force is {end.force:.2g} eV/A"
        f" (limit {FORCE_LIMIT:g}) and the largest stress {end.stress:.3g} bar"
    )


def _shaken(start: CoreShells, rattle: float, seed: int) -> CoreShells:
    if not rattle:
        return start
    shake = np.random.default_rng(seed).normal(0.0, rattle, start.cores.shape)
    return CoreShells(start.lattice, start.cores + shake, start.shells)


def _lies_along_axes(lattice: NDArray[np.float64]) -> bool:
    off = lattice - np.diag(np.diag(lattice))
    return float(np.abs(off).max()) < 1e-6
