"""What the processes of a design are asked, and what they answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from attrs import field, frozen

from zeo.crystal.structure import Structure
from zeo.data.known.frameworks import FrameworkSet
from zeo.data.known.nets import symbols_by_key
from zeo.data.sets.entry import Entry, how_made
from zeo.designing.arms import Arm
from zeo.designing.improvement import Direction
from zeo.plugin.candidate import Identity

ORIGIN = "design"
"""Of the frameworks of a design, in its data set."""


@frozen
class Proposing:
    """Ask an arm.

    Args:
        arm: the source.
        seed: of what it does.
        parents: frameworks to change.
        weights: folder of those that draw; the generator's own when None.
    """

    arm: Arm
    seed: int
    parents: FrameworkSet
    weights: str | None = None

    @property
    def name(self) -> str:
        return f"{self.arm.name}, seed {self.seed}"


@frozen(eq=False)
class Proposal:
    """A framework before relaxation.

    Args:
        structure: all atoms.
        identity: of its net.
        arm: where it comes from, by name.
        values: what is known of it by name; NaN where undefined.
        source: how it came about, as the generator says.
    """

    structure: Structure = field(repr=False)
    identity: Identity = field(repr=False)
    arm: str
    values: Mapping[str, Any]
    source: Mapping[str, Any] = field(factory=dict)

    @property
    def name(self) -> str:
        return f"{self.arm}, net {self.key}"

    @property
    def key(self) -> str:
        return self.identity.key

    @property
    def t_atoms(self) -> int:
        return self.structure.count("Si")


@frozen(eq=False)
class Proposed:
    """What came of asking an arm: frameworks, each net once, how many were asked for, and losses by
    reason."""

    proposals: tuple[Proposal, ...]
    asked: int
    lost: Mapping[str, int]


@frozen(eq=False)
class Trial:
    """Relax a proposal, measure it, and confirm it if it hits.

    Args:
        proposal: which.
        entry: what the data set will say of it.
        direction: in which the objectives have to get beyond what was found.
    """

    proposal: Proposal
    entry: Entry
    direction: Direction

    @property
    def name(self) -> str:
        return self.entry.name


@frozen(eq=False)
class Tried:
    """What came of it.

    Args:
        row: of the data set, a table with one row.
        values: after relaxation by name, numbers alone; None where undefined.
        hit: whether it meets every wish, and did so after the shake.
        met: whether it did before.
    """

    row: pa.Table
    values: Mapping[str, float | None]
    hit: bool
    met: bool


@frozen(eq=False)
class Survey:
    """Measure a known framework, of which the data set does not say all."""

    name: str
    structure: Structure


Task = Proposing | Proposal | Trial | Survey


def entry_of(proposal: Proposal, name: str) -> Entry:
    """What a data set says of a proposal before anything is measured."""
    parent, identity, made = proposal.source.get("parent"), proposal.identity, how_made(proposal.source)
    return Entry(
        name=name,
        structure=proposal.structure,
        key=identity.key,
        origin=ORIGIN,
        code=symbols_by_key().get(identity.key),
        parent=parent if isinstance(parent, str) else None,
        unique_t=identity.unique_t,
        smallest_ring=proposal.values.get("smallest_ring"),
        largest_ring=proposal.values.get("largest_ring"),
        three_ring_share=proposal.values.get("three_ring_share"),
        **{**made, "operation": made["operation"] or proposal.arm},
    )
