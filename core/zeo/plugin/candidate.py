"""A candidate: a sample on its way through the pipeline, with all that happened to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from attrs import evolve, field, frozen

from zeo.plugin.facts import JSON as JSON
from zeo.plugin.facts import Facts
from zeo.plugin.quantity import Quantity

if TYPE_CHECKING:
    from zeo.crystal.net import Net
    from zeo.crystal.structure import Structure
    from zeo.grids.grid import Grid


@frozen
class Rejection:
    """Why a candidate stopped: a reason from a small vocabulary (the funnel counts it) and particulars."""

    reason: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}".removesuffix(": ")


@frozen(eq=False, kw_only=True)
class Sample:
    """What a generator emits: something encoded, a structure, or the reason why there is neither.

    Args:
        seed: the seed it was drawn with.
        encoded: what the representation of the generator decodes, such as a grid; its ``encode`` returns the
            like.
        structure: for generators that emit atoms.
        source: where it comes from, for the record (JSON).
        rejection: why nothing came of this seed, which is no error of the generator; None for all others.
    """

    seed: int
    encoded: Any = None
    structure: Structure | None = None
    source: Mapping[str, JSON] = field(factory=dict)
    rejection: Rejection | None = None

    @property
    def grid(self) -> Grid | None:
        """What is encoded, where that is a grid."""
        return _grid(self.encoded)


@frozen(kw_only=True)
class Identity:
    """What a framework's net is called.

    Args:
        key: the exact canonical key of the net.
        name: IZA code, or name in a reference folder; None when the net is in no reference.
        matched_by: ``"key"`` or ``"coordination-sequence"``.
        t_atoms: T atoms in the cell.
        unique_t: T atoms not equivalent under the symmetry of the net.
        coordination_sequences: shells 1-12 of each unique T atom, [unique_t][12].
        vertex_symbols: of each unique T atom.
        multiplicities: how many T atoms of the cell each unique one stands for.
        td10: topological density, the mean over T atoms of the sum of shells 0-10.
        novelty: what a run says of it, see :data:`zeo.plugin.framework.NOVELTIES`; None outside of runs.
    """

    key: str
    name: str | None
    matched_by: Literal["key", "coordination-sequence"] = "key"
    t_atoms: int
    unique_t: int
    coordination_sequences: tuple[tuple[int, ...], ...]
    vertex_symbols: tuple[str, ...]
    multiplicities: tuple[int, ...]
    td10: float
    novelty: str | None = None

    @property
    def is_new(self) -> bool:
        """Whether it is in nothing that it was compared with."""
        return self.name is None if self.novelty is None else self.novelty == "new"


@frozen(kw_only=True)
class Energy:
    """How much less stable than quartz a relaxed framework is.

    Args:
        value: kJ/mol per Si above alpha-quartz, which was relaxed with the same potential.
        potential: its name. Energies of different potentials cannot be compared.
    """

    value: float
    potential: str


@frozen(kw_only=True)
class StageRecord:
    """What one stage did to a candidate. Durations go to the log, so that records stay byte-identical."""

    stage: str
    plugin: str
    outcome: Literal["passed", "rejected", "failed"]
    reason: str = ""
    detail: str = ""
    notes: Mapping[str, JSON] = field(factory=dict)


Properties = Mapping[str, Mapping[str, Quantity]]
"""Quantities by probe, then by name."""


@frozen(eq=False, kw_only=True)
class Candidate:
    """A sample on its way through the pipeline. Stages return changed copies.

    Args:
        index: position in the run.
        seed: that it was drawn with: the run's base seed plus the index, or plus the number of its path
            between two frameworks.
        encoded: as drawn; None for generators that emit structures.
        structure: the atoms as the last stage left them.
        net: of ``structure``, once ``identify`` has seen it.
        identity: likewise.
        energy: of ``structure``, once a relaxation has converged.
        properties: measured on the final atoms.
        unrelaxed_properties: the same probes on the atoms before relaxation; empty when there was none.
        grid_properties: the same probes on what was drawn, where that is a grid.
        notes: facts that the current stage reports; the pipeline moves them into the history.
        rejection: set when a stage gives up.
        history: one record for each stage passed through.
    """

    index: int
    seed: int
    source: Mapping[str, JSON] = field(factory=dict)
    encoded: Any = None
    structure: Structure | None = None
    net: Net | None = None
    identity: Identity | None = None
    energy: Energy | None = None
    properties: Properties = field(factory=dict)
    unrelaxed_properties: Properties = field(factory=dict)
    grid_properties: Properties = field(factory=dict)
    notes: Mapping[str, JSON] = field(factory=dict)
    rejection: Rejection | None = None
    history: tuple[StageRecord, ...] = ()

    @classmethod
    def of(cls, structure: Structure, encoded: Any = None) -> Candidate:
        """Atoms that no run has drawn, for a stage that is used by itself."""
        return cls(index=0, seed=0, structure=structure, encoded=encoded)

    @property
    def id(self) -> str:
        return f"{self.index:06d}"

    @property
    def grid(self) -> Grid | None:
        """What was drawn, where that is a grid."""
        return _grid(self.encoded)

    def reject(self, reason: str, detail: str = "") -> Candidate:
        """Give up on this candidate. ``reason`` is a short constant phrase, ``detail`` may hold numbers."""
        return evolve(self, rejection=Rejection(reason, detail))

    def note(self, **facts: JSON) -> Candidate:
        """Add facts of one's own to the record of the current stage."""
        return evolve(self, notes={**self.notes, **facts})

    def state(self, facts: Facts) -> Candidate:
        """Add facts that the contract knows to that record; see :mod:`zeo.plugin.facts`."""
        return self.note(**facts.notes())


def _grid(encoded: Any) -> Grid | None:
    from zeo.grids.grid import Grid  # imports numpy, which whoever draws grids has imported already

    return encoded if isinstance(encoded, Grid) else None
