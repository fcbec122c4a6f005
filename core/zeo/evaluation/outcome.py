"""What became of one sample, as far as an evaluation asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import field, frozen

from zeo.plugin.candidate import Energy, Identity, Properties, StageRecord
from zeo.plugin.columns import Column
from zeo.plugin.facts import DecodeFacts, RelaxFacts, RepairFacts
from zeo.plugin.feasibility import SLC, is_feasible
from zeo.plugin.framework import framework_values
from zeo.records.record import Cell, Record

Values = Mapping[str, float]
"""What is known and defined, by the names that wishes have for it: ``"methane.qst"``."""


@frozen(kw_only=True)
class Outcome:
    """One sample after the pipeline. None stands for what is not known.

    Args:
        si: Si atoms decoded.
        o: O atoms decoded.
        connectivity: share of the decoded atoms with their proper number of bonds closer than 2.5 A.
        perfect_before: whether the decoded atoms are four-connected as they are.
        perfect: whether it is four-connected after repair.
        key: of its net.
        name: of its net, if a reference has it.
        novelty: of its net, as the run says: what its generator has seen is not new.
        unique_t: T atoms not equivalent under the symmetry of the net.
        cell: of the final atoms.
        potential: by which it was relaxed, if that converged.
        energy: kJ/mol Si above alpha-quartz by that potential.
        net_kept: whether that relaxation kept the net.
        survived: whether every stage passed it on.
        measured: what probes measured of the grid as drawn, even if it came out as undefined.
        drawn: the defined values of these.
        final: measured on the final atoms.
        facts: what zeo knows of them beside, :data:`zeo.plugin.framework.FRAMEWORK`; without what is unknown.
    """

    si: int | None
    o: int | None
    connectivity: float | None
    perfect_before: bool | None
    perfect: bool
    key: str | None
    name: str | None
    novelty: str | None = None
    unique_t: int | None
    cell: Cell | None = field(repr=False)
    potential: str | None
    energy: float | None
    net_kept: bool
    survived: bool
    measured: frozenset[str] = field(repr=False)
    drawn: Values
    final: Values
    facts: Mapping[str, Any] = field(factory=dict, repr=False)

    @property
    def t_atoms(self) -> int | None:
        """In the cell of the final atoms, which are SiO2 if it is perfect."""
        return None if self.cell is None else round(self.cell.framework_density * self.cell.volume / 1000.0)

    @property
    def converged(self) -> bool:
        """Perfect, and relaxed to a minimum of the potential."""
        return self.perfect and self.potential == SLC

    @property
    def relaxed(self) -> bool:
        """Converged with its net kept."""
        return self.converged and self.net_kept

    def below(self, limit: float) -> bool:
        """Relaxed, and at most ``limit`` kJ/mol Si above quartz."""
        if not self.perfect or self.energy is None or self.potential is None:
            return False
        return is_feasible(Energy(value=self.energy, potential=self.potential), self.net_kept, limit)


def outcome_of(record: Record, columns: Sequence[Column]) -> Outcome:
    """What a record says; a run without a repair has perfect samples where it identifies a net.

    Args:
        record: of a run.
        columns: what its probes measure.
    """
    steps = {step.stage: step for step in record.history}
    decoded, repaired = record.facts(DecodeFacts), record.facts(RepairFacts)
    si = decoded.si
    nothing = si == 0  # which no repair states anything of
    identity, energy = record.identity, record.energy
    return Outcome(
        si=si,
        o=decoded.o,
        connectivity=0.0 if nothing else repaired.connectivity_before,
        perfect_before=False if nothing else repaired.perfect_before,
        perfect=_is_perfect(steps, identity),
        key=identity.key if identity else None,
        name=identity.name if identity else None,
        novelty=identity.novelty if identity else None,
        unique_t=identity.unique_t if identity else None,
        cell=record.cell,
        potential=energy.potential if energy else None,
        energy=energy.value if energy else None,
        net_kept=energy is not None and record.facts(RelaxFacts).net_unchanged is True,
        survived=record.survived,
        measured=frozenset(each.name for each in columns if each.measured_in(record.grid_properties)),
        drawn=_values(record.grid_properties, columns),
        final=_values(record.properties, columns),
        facts=_facts(record),
    )


def _facts(record: Record) -> dict[str, Any]:
    relaxed = record.facts(RelaxFacts)
    facts = framework_values(record.cell, record.identity, record.energy, relaxed)
    return {name: value for name, value in facts.items() if value is not None}


def _is_perfect(steps: Mapping[str, StageRecord], identity: Identity | None) -> bool:
    repair = steps.get("repair")
    return identity is not None if repair is None else repair.outcome == "passed"


def _values(properties: Properties, columns: Sequence[Column]) -> Values:
    values = {column.name: column.value(properties) for column in columns}
    return {name: value for name, value in values.items() if value is not None}
