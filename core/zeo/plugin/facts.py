"""What a stage states about a candidate: typed records, one for each stage of which others read facts.

A repair or a relaxer states its facts with :meth:`zeo.plugin.candidate.Candidate.state`, and whoever shows or
counts them reads them back with :meth:`Facts.read`. None stands for what is not known, and is shown as such::

    candidate.state(RepairFacts(perfect_before=False, connectivity_before=0.93, further={"moves": 17}))

On disk they are the ``notes`` of a step in the history of a record: one key for each fact that is known.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, ClassVar, Self

import attrs
from attrs import field, frozen
from attrs.validators import instance_of, optional

JSON = Any
"""Anything that the json module writes."""


def _plain(value: Any) -> Any:
    """numpy's scalars as Python's."""
    return value.item() if hasattr(value, "item") else value


def _number(value: Any) -> float | None:
    """A number as it is; None for one that is not finite, which nothing can be concluded from."""
    number = _plain(value)
    if number is None:
        return None
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise TypeError(f"{value!r} is no number")
    return number if math.isfinite(number) else None


def _texts(value: Iterable[str] | None) -> tuple[str, ...] | None:
    if isinstance(value, str):
        raise TypeError(f"{value!r} is one text, not several")
    texts = None if value is None else tuple(value)
    for text in texts or ():
        if not isinstance(text, str):
            raise TypeError(f"{text!r} is no text")
    return texts


def _fact(kind: type) -> Any:
    """A fact of this type, or None where it is not known."""
    return field(default=None, converter=_plain, validator=optional(instance_of(kind)))


def _measured() -> Any:
    """A number, or None where it is not known."""
    return field(default=None, converter=_number)


@frozen(kw_only=True)
class Facts:
    """What the facts of all stages share.

    Args:
        further: a plugin's own facts by name, which go into the record for people to read.

    Raises:
        TypeError: a fact of another type.
        ValueError: a further fact with the name of one that the contract knows.
    """

    stage: ClassVar[str]
    """The stage of the pipeline that states them."""

    further: Mapping[str, JSON] = field(factory=dict)

    @further.validator
    def _are_further(self, _attribute: Any, value: Mapping[str, JSON]) -> None:
        known = sorted(set(value) & set(self.names()))
        if known:
            raise ValueError(f"{', '.join(known)} is no further fact: {type(self).__name__} has it")

    @classmethod
    @cache
    def names(cls) -> tuple[str, ...]:
        """Of the facts that the contract knows."""
        return tuple(each.name for each in attrs.fields(cls) if each.name != "further")

    @classmethod
    def read(cls, notes: Mapping[str, JSON]) -> Self:
        """The facts among the notes of a stage.

        Raises:
            TypeError: one of another type than the contract says.
        """
        known = {name: notes[name] for name in cls.names() if name in notes}
        return cls(**known, further={name: value for name, value in notes.items() if name not in known})

    def notes(self) -> dict[str, JSON]:
        """What is known, by name, as it goes into the record."""
        stated = {name: getattr(self, name) for name in self.names()}
        known = {name: value for name, value in stated.items() if value is not None}
        return {**self.further, **{k: list(v) if isinstance(v, tuple) else v for k, v in known.items()}}


@frozen(kw_only=True)
class DecodeFacts(Facts):
    """What decoding found; zeo itself states it.

    Args:
        si: Si atoms.
        o: O atoms.
    """

    stage = "decode"
    si: int | None = _fact(int)
    o: int | None = _fact(int)


@frozen(kw_only=True)
class RepairFacts(Facts):
    """What a repair has to state, of the atoms as they came, before it changed any.

    It may leave them out only where it rejects a candidate that has no silicon.

    Args:
        perfect_before: whether they were four-connected by the 2.5 A rule of Kim, Lee & Kim (2020).
        connectivity_before: share of the atoms with their proper number of bonds by that rule, 0 to 1.
    """

    stage = "repair"
    perfect_before: bool | None = _fact(bool)
    connectivity_before: float | None = _measured()


@frozen(kw_only=True)
class RelaxFacts(Facts):
    """What a relaxer states.

    It has to state ``potential``, and ``net_unchanged`` of what it passes on. Where the net changed, or where
    it does not say, whoever relaxes identifies the candidate again.

    Args:
        potential: what energies are labelled with; known before any is computed.
        cell: what the cell was free to do.
        net_unchanged: whether every oxygen still is bonded to the same two silicons.
        space_group: of the relaxed atoms, Hermann-Mauguin symbol.
        symmetry_unique_t: T atoms that this space group does not make equal.
        lid_violations: local interatomic distances out of bounds; empty where all are within, None where
            nobody looked.
        volume_change: of the cell, relative to the start.
        largest_force: at the end, eV/A; on what, is the relaxer's to say.
        largest_stress: at the end, of the components that the cell could follow, bar.
        pressure: at the end, hydrostatic, bar.
        iterations: of the minimiser.
    """

    stage = "relax"
    potential: str | None = _fact(str)
    cell: str | None = _fact(str)
    net_unchanged: bool | None = _fact(bool)
    space_group: str | None = _fact(str)
    symmetry_unique_t: int | None = _fact(int)
    lid_violations: tuple[str, ...] | None = field(default=None, converter=_texts)
    volume_change: float | None = _measured()
    largest_force: float | None = _measured()
    largest_stress: float | None = _measured()
    pressure: float | None = _measured()
    iterations: int | None = _fact(int)

    @property
    def lid_verdict(self) -> str | None:
        """Which local distances are out of bounds, "none" where all are within; None where unknown."""
        return None if self.lid_violations is None else "; ".join(self.lid_violations) or "none"


FACTS: Mapping[str, type[Facts]] = {each.stage: each for each in (DecodeFacts, RepairFacts, RelaxFacts)}
"""The facts of the stages of which others read any."""


def check_facts(stage: str, notes: Mapping[str, JSON]) -> None:
    """Find out whether the notes of a stage are what the contract says.

    Raises:
        TypeError: a fact of another type.
    """
    if stage in FACTS:
        FACTS[stage].read(notes)
