"""Whether a relaxed framework is at a minimum: shaken, and relaxed again without symmetry, it stays."""

from __future__ import annotations

import numpy as np
from attrs import evolve

from zeo.crystal.cells import repeated
from zeo.crystal.orthogonal import primitive_cell
from zeo.data.making.measuring import RELAXER
from zeo.data.making.preparation import verdict_on
from zeo.data.sets.entry import Entry
from zeo.plugin.candidate import Candidate
from zeo.plugin.facts import RelaxFacts
from zeo.plugin.registry import Plugins
from zeo.running.stages import postprocessing
from zeo.tools.foreign import foreign_code

RATTLE = 0.05
"""Angstrom, of the shake that a minimum survives and a saddle point does not."""

SADDLE = 0.02
"""kJ/mol Si. Atoms that fall by more when they are shaken were at no minimum."""


class Shaking:
    """Relaxation of all atoms and of the cell, without symmetry, after a shake of what is relaxed already.

    Args:
        plugins: with the user's options.
    """

    def __init__(self, plugins: Plugins) -> None:
        options = {RELAXER: {"rattle": RATTLE, "keep_symmetry": False, "cell": "full", "regularise": False}}
        self._relax = postprocessing("relax", RELAXER, plugins.configured(options)).apply

    def shaken(self, entry: Entry) -> Entry | None:
        """The entry, at the minimum that it falls into when its primitive cell is shaken; None where it is
        lost."""
        small = primitive_cell(entry.structure)
        with foreign_code():
            found = self._relax(Candidate.of(small))
        if found.rejection is not None or not RelaxFacts.read(found.notes).net_unchanged:
            return None
        assert found.structure is not None
        assert found.energy is not None
        assert entry.energy is not None
        if found.energy.value > entry.energy - SADDLE:
            return entry
        verdict = verdict_on(found.energy.value)
        edges = np.rint(entry.structure.lattice @ np.linalg.inv(small.lattice)).astype(np.int64)
        structure = repeated(found.structure, edges)
        return evolve(entry, structure=structure, energy=found.energy.value, verdict=verdict)
