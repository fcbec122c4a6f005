"""The ``relax`` stage: how stable is this framework, and what does it look like at rest?"""

from __future__ import annotations

from typing import cast

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from zeo.crystal.structure import Structure
from zeo.crystal.symmetry import crystal_of
from zeo.plugin.candidate import Candidate, Energy
from zeo.plugin.interfaces import Postprocessor
from zeo.plugin.options import option
from zeo_cleanup.relax.framework import nearest_bonds
from zeo_cleanup.relax.lid import distances, limits, violations
from zeo_cleanup.relax.minimise import Cell
from zeo_cleanup.relax.relaxation import Relaxation, relax

CELLS = ("full", "orthorhombic", "isotropic", "fixed")


class Relax(Postprocessor):
    """Minimises the Sanders-Leslie-Catlow energy of cores, shells and cell at zero pressure.

    A candidate that does not converge, collapses, or is not four-connected before or after is rejected and
    gets no energy. One whose net changed is identified again.
    """

    @frozen(kw_only=True)
    class Options:
        cell: str = option("full", "what the cell may do; orthorhombic keeps right angles", choices=CELLS)
        rattle: float = option(
            0.0,
            "standard deviation of a seeded shake, to leave symmetric saddle points",
            unit="A",
            at_least=0.0,
        )
        keep_symmetry: bool = option(True, "stay in the space group that the atoms have; a rattle ends it")
        lid: str = option(
            "slc",
            "limits on local distances: fitted to our relaxed IZA types, or published (unverified)",
            choices=("slc", "published"),
        )
        max_iterations: int = option(600, "steps of the minimiser", at_least=1)

    options: Options

    def apply(self, candidate: Candidate) -> Candidate:
        """Replace the atoms by relaxed ones and set the energy, or reject the candidate."""
        structure, options = candidate.structure, self.options
        if structure is None:
            return candidate.reject("no structure")
        if options.cell == "orthorhombic" and not _has_right_angles(structure.lattice):
            angles = ", ".join(f"{angle:.2f}" for angle in structure.angles)
            return candidate.reject("cell without right angles", f"{angles}; relax.cell is orthorhombic")
        cell = cast(Cell, options.cell)
        found = relax(
            structure,
            cell=cell,
            rattle=options.rattle,
            seed=candidate.seed,
            max_iterations=options.max_iterations,
            keep_symmetry=options.keep_symmetry,
        )
        candidate = candidate.note(**_facts(found, options))
        if found.reason:
            return candidate.reject(found.reason, found.detail)
        assert found.energy is not None
        candidate = candidate.note(**_local_distances(found.structure, options.lid))
        crystal = crystal_of(found.structure)
        if crystal is not None:
            candidate = candidate.note(space_group=crystal.symbol, symmetry_unique_t=crystal.unique_t)
        relaxed = evolve(
            candidate,
            structure=found.structure,
            energy=Energy(value=found.energy, potential=found.potential),
        )
        if found.net_unchanged:
            return relaxed
        return self.plugins.create("postprocessor", "identify").apply(relaxed)


def _local_distances(structure: Structure, limits_name: str) -> dict[str, object]:
    """The verdict on the local distances, for relaxed structures only."""
    found = distances(structure, nearest_bonds(structure))
    return {"lid_limits": limits_name, "lid_violations": violations(found, limits(limits_name))}


def _has_right_angles(lattice: NDArray[np.float64]) -> bool:
    """Whether the cell vectors lie along the cartesian axes, which strains then keep them on."""
    off = lattice - np.diag(np.diag(lattice))
    return float(np.abs(off).max()) < 1e-6


def _facts(found: Relaxation, options: Relax.Options) -> dict[str, object]:
    """What goes into the record; nothing for what was never computed."""
    facts: dict[str, object] = {"potential": found.potential, "cell": options.cell}
    if options.rattle:
        facts["rattle"] = options.rattle
    rounded = {
        "volume_change": (found.volume_change, 6),
        "largest_force": (found.force, 5),
        "largest_stress": (found.stress, 1),
        "pressure": (found.pressure, 1),
    }
    facts |= {name: round(value, digits) for name, (value, digits) in rounded.items() if value is not None}
    counted = {
        "iterations": found.iterations,
        "evaluations": found.evaluations,
        "net_unchanged": found.net_unchanged,
    }
    return facts | {name: value for name, value in counted.items() if value is not None}
