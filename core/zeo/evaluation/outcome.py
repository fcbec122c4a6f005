"""What became of one sample, as far as an evaluation asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from zeo.plugin.candidate import Identity, Properties, StageRecord
from zeo.running.feasibility import net_kept
from zeo.running.record import Cell, Record

SLC = "SLC"
"""The potential on whose scale feasibility is judged."""

Values = Mapping[str, float]
"""What is known and defined, by probe and quantity: ``"methane.qst"``."""


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
        unique_t: T atoms not equivalent under the symmetry of the net.
        cell: of the final atoms.
        potential: by which it was relaxed, if that converged.
        energy: kJ/mol Si above alpha-quartz by that potential.
        net_kept: whether that relaxation kept the net.
        survived: whether every stage passed it on.
        measured: whether any probe measured the grid as drawn, which may yet leave a quantity undefined.
        drawn: measured on the grid as drawn.
        final: measured on the final atoms.
    """

    si: int | None
    o: int | None
    connectivity: float | None
    perfect_before: bool | None
    perfect: bool
    key: str | None
    name: str | None
    unique_t: int | None
    cell: Cell | None = field(repr=False)
    potential: str | None
    energy: float | None
    net_kept: bool
    survived: bool
    measured: bool
    drawn: Values
    final: Values

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
        return self.relaxed and self.energy is not None and self.energy <= limit


def outcome_of(record: Record) -> Outcome:
    """What a record says; a run without a repair has perfect samples where it identifies a net."""
    steps = {step.stage: step for step in record.history}
    decoded, repaired = _notes(steps.get("decode")), _notes(steps.get("repair"))
    si = decoded.get("si")
    identity, energy = record.identity, record.energy
    return Outcome(
        si=si,
        o=decoded.get("o"),
        connectivity=repaired.get("connectivity_before", 0.0 if si == 0 else None),
        perfect_before=repaired.get("perfect_before", False if si == 0 else None),
        perfect=_is_perfect(steps, identity),
        key=identity.key if identity else None,
        name=identity.name if identity else None,
        unique_t=identity.unique_t if identity else None,
        cell=record.cell,
        potential=energy.potential if energy else None,
        energy=energy.value if energy else None,
        net_kept=energy is not None and net_kept(_notes(steps.get("relax"))),
        survived=record.survived,
        measured=bool(record.grid_properties),
        drawn=_values(record.grid_properties),
        final=_values(record.properties),
    )


def _is_perfect(steps: Mapping[str, StageRecord], identity: Identity | None) -> bool:
    repair = steps.get("repair")
    return identity is not None if repair is None else repair.outcome == "passed"


def _notes(step: StageRecord | None) -> Mapping[str, Any]:
    return step.notes if step else {}


def _values(properties: Properties) -> Values:
    return {
        f"{probe}.{name}": quantity.value
        for probe, quantities in properties.items()
        for name, quantity in quantities.items()
        if quantity.value is not None
    }
