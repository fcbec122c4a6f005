"""The record of a candidate: all that is worth keeping but the atoms; as JSON, the same for equal ones."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import attrs
from attrs import field, frozen
from attrs.validators import max_len, min_len

from zeo.crystal.structure import Structure
from zeo.plugin.candidate import Candidate, Energy, Identity, Properties, StageRecord
from zeo.plugin.columns import Column
from zeo.plugin.facts import Facts, check_facts

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
        """On one line, the same for equal records.

        Raises:
            TypeError, ValueError: something that JSON cannot hold, NaN included.
        """
        # attrs.asdict would take ten times as long, which is felt where one process writes for hundreds
        data = {"id": self.id, **attrs.asdict(self, recurse=False)}
        data["source"] = dict(self.source)
        data["history"] = [
            {**attrs.asdict(step, recurse=False), "notes": dict(step.notes)} for step in self.history
        ]
        for name in ("cell", "identity", "energy"):
            part = getattr(self, name)
            data[name] = None if part is None else attrs.asdict(part, recurse=False)
        for name in ("properties", "unrelaxed_properties", "grid_properties"):
            data[name] = _plain_properties(getattr(self, name))
        return json.dumps(data, sort_keys=True, allow_nan=False, separators=(",", ":"))

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

    def require_part_of(self, stages: Sequence[str], columns: Sequence[Column]) -> None:
        """Find out whether a run can have written it.

        Args:
            stages: of the run.
            columns: what its probes measure.

        Raises:
            ValueError: it cannot.
        """
        if not self.history or self.survived != (self.history[-1].outcome == "passed"):
            raise ValueError("its history does not end as it did")
        for step in self.history:
            if step.stage not in stages:
                raise ValueError(f"the run has no stage {step.stage!r}")
            try:
                check_facts(step.stage, step.notes)
            except (TypeError, ValueError) as error:
                raise ValueError(f"the facts of {step.stage}: {error.args[0]}") from error
        lacking = [column.name for column in columns if self._lacks(column)]
        if lacking:
            raise ValueError(f"it lacks {', '.join(lacking)}")

    def _lacks(self, column: Column) -> bool:
        """Whether a survivor was not measured, or its grid only in a part of what the probe measures."""
        name = column.quantity.name
        is_final = not self.survived or name in self.properties.get(column.probe, {})
        is_drawn = column.probe not in self.grid_properties or name in self.grid_properties[column.probe]
        return not (is_final and is_drawn)


def _plain_properties(properties: Properties) -> dict[str, dict[str, dict[str, Any]]]:
    return {
        probe: {name: quantity.as_json() for name, quantity in quantities.items()}
        for probe, quantities in properties.items()
    }
