"""The record of a candidate: everything worth keeping, as JSON that is byte-identical for the same result."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import attrs
from attrs import field, frozen
from attrs.validators import max_len, min_len

from zeo.crystal.structure import Structure
from zeo.plugin.candidate import Candidate, Energy, Identity, Properties, StageRecord
from zeo.plugin.columns import Column
from zeo.plugin.facts import Facts, check_facts
from zeo.plugin.quantity import is_said
from zeo.running.plan import Plan

StageFacts = TypeVar("StageFacts", bound=Facts)


def _rounded(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(round(float(value), 6) for value in values)


@frozen(kw_only=True)
class Cell:
    """The cell of the final atoms: lengths in angstrom, angles in degrees, volume in cubic angstrom."""

    lengths: tuple[float, ...] = field(converter=_rounded, validator=[min_len(3), max_len(3)])
    angles: tuple[float, ...] = field(converter=_rounded, validator=[min_len(3), max_len(3)])
    volume: float
    framework_density: float

    @classmethod
    def of(cls, structure: Structure) -> Cell:
        return cls(
            lengths=structure.lengths,
            angles=structure.angles,
            volume=round(structure.volume, 6),
            framework_density=round(structure.framework_density, 6),
        )


@frozen(kw_only=True)
class Record:
    """What a run keeps of a candidate; see :class:`zeo.plugin.candidate.Candidate` for the fields.

    Args:
        survived: whether every stage passed it on.
        cell: of the final atoms; None when it has none.
    """

    index: int
    seed: int
    survived: bool
    source: Mapping[str, Any]
    history: tuple[StageRecord, ...]
    cell: Cell | None
    identity: Identity | None
    energy: Energy | None
    properties: Properties
    unrelaxed_properties: Properties
    grid_properties: Properties

    @property
    def id(self) -> str:
        return f"{self.index:06d}"

    @property
    def lost_at(self) -> StageRecord | None:
        """The stage that gave up on it, with the reason; None for a survivor."""
        return None if self.survived else self.history[-1]

    def notes_of(self, stage: str) -> Mapping[str, Any]:
        """The facts that a stage reported; empty when it did not run."""
        return next((step.notes for step in self.history if step.stage == stage), {})

    def facts(self, of: type[StageFacts]) -> StageFacts:
        """What the stage of these facts stated; all unknown when it did not run."""
        return of.read(self.notes_of(of.stage))

    @classmethod
    def of(cls, candidate: Candidate) -> Record:
        return cls(
            index=candidate.index,
            seed=candidate.seed,
            survived=candidate.rejection is None,
            source=candidate.source,
            history=candidate.history,
            cell=Cell.of(candidate.structure) if candidate.structure is not None else None,
            identity=candidate.identity,
            energy=candidate.energy,
            properties=candidate.properties,
            unrelaxed_properties=candidate.unrelaxed_properties,
            grid_properties=candidate.grid_properties,
        )

    def to_json(self) -> str:
        data = {"id": self.id, **attrs.asdict(self, filter=is_said)}
        return json.dumps(data, indent=1, sort_keys=True, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Record:
        """The record that a file holds.

        Raises:
            ValueError: it holds none; the message names the first place that is wrong.
        """
        from zeo.tools.typed_json import parsed, structured  # cattrs takes a while, and who writes needs none

        data = parsed(text)
        if not isinstance(data, dict):
            raise ValueError("it is not what zeo writes")
        record = structured({name: value for name, value in data.items() if name != "id"}, cls)
        if data.get("id") != record.id:
            raise ValueError(f"its id is not {record.id}")
        return record

    def require_part_of(self, plan: Plan) -> None:
        """Find out whether a run by this plan can have written it.

        Raises:
            ValueError: it cannot.
        """
        if not self.history or self.survived != (self.history[-1].outcome == "passed"):
            raise ValueError("its history does not end as it did")
        for step in self.history:
            if step.stage not in plan.stages:
                raise ValueError(f"the run has no stage {step.stage!r}")
            try:
                check_facts(step.stage, step.notes)
            except (TypeError, ValueError) as error:
                raise ValueError(f"the facts of {step.stage}: {error.args[0]}") from error
        lacking = [column.name for column in plan.columns if self._lacks(column)]
        if lacking:
            raise ValueError(f"it lacks {', '.join(lacking)}")

    def _lacks(self, column: Column) -> bool:
        """Whether a survivor was not measured, or its grid only in a part of what the probe measures."""
        name = column.quantity.name
        is_final = not self.survived or name in self.properties.get(column.probe, {})
        is_drawn = column.probe not in self.grid_properties or name in self.grid_properties[column.probe]
        return not (is_final and is_drawn)
