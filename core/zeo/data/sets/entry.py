"""One framework of a data set with all that is known of it, and the columns that it becomes in a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import field, frozen
from attrs.validators import in_

from zeo.crystal.structure import Structure
from zeo.data.sets.packing import Packed
from zeo.plugin.columns import Column as Measured

FEASIBLE = "feasible"
"""The verdict on a framework that converged, kept its net and lies low enough in energy."""

NOT_RELAXED = "not relaxed"
"""The verdict on a framework whose energy is not known."""

SPLITS = ("train", "validation", "test")


@frozen(kw_only=True)
class Entry:
    """A framework of a data set. :data:`COLUMNS` has the unit and the meaning of each field.

    Args:
        structure: all atoms of a cell, silicon first.
        properties: by probe and quantity, such as ``"methane.kh"``; None where a quantity is undefined.
        packed: the unique atoms that it came with, which may no longer be those of the structure.
    """

    name: str
    structure: Structure = field(eq=False, repr=False)
    key: str
    origin: str
    verdict: str = FEASIBLE
    split: str | None = None
    code: str | None = None
    parent: str | None = None
    lineage: str | None = None
    generation: int = 0
    operation: str | None = None
    search_group: int | None = None
    residual: float | None = None
    space_group: int | None = None
    unique_t: int | None = None
    smallest_ring: int | None = None
    largest_ring: int | None = None
    three_ring_share: float | None = None
    energy: float | None = None
    lid_violations: int | None = None
    properties: Mapping[str, float | None] = field(factory=dict)
    packed: Packed | None = field(default=None, eq=False, repr=False)

    @property
    def feasible(self) -> bool:
        return self.verdict == FEASIBLE

    @property
    def t_atoms(self) -> int:
        return self.structure.count("Si")

    @property
    def density(self) -> float:
        """T atoms per 1000 cubic angstrom."""
        return self.structure.framework_density


GROUPS = 230
"""Space groups."""


def founder_of(lineage: str | None, code: str | None, key: str) -> str:
    """What the lineage of a framework's descendants is called: its own or, where it has none, its code or its
    net.

    Args:
        lineage: its first ancestor, if there is one.
        code: of the IZA type with its net, if there is one.
        key: of its net.
    """
    return lineage or code or key


def how_made(source: Mapping[str, Any]) -> dict[str, Any]:
    """Those fields of an :class:`Entry` that a generator states of a sample, in its own words; None where
    they are of another type, or no space group."""
    group = _of_type(source.get("space_group"), int)
    return {
        "operation": _of_type(source.get("operation"), str),
        "search_group": group if group is not None and 0 < group <= GROUPS else None,
        "residual": _of_type(source.get("residual"), float),
    }


def _of_type(value: Any, kind: type) -> Any:
    return value if type(value) is kind else None


@frozen
class Column:
    """A column of a data set.

    Args:
        name: in the table.
        type: ``"string"``, ``"int16"``, ``"int32"``, ``"float"`` (32 bits) or ``"list<float>"``.
        unit: ``""`` where there is none.
        meaning: one line.
    """

    name: str
    type: str = field(validator=in_(("string", "int16", "int32", "float", "list<float>")))
    unit: str
    meaning: str


FACTS = (
    Column("name", "string", "", "unique in the data set"),
    Column("key", "string", "", "exact key of the net: equal keys are equal nets"),
    Column("code", "string", "", "code of the IZA type with the same net"),
    Column("origin", "string", "", "the source: iza, hypothetical or the name of a file or folder"),
    Column("verdict", "string", "", "feasible, or why not"),
    Column("split", "string", "", "train, validation or test"),
    Column("parent", "string", "", "the framework that it was changed from"),
    Column("lineage", "string", "", "the first ancestor, which all its descendants share"),
    Column("generation", "int16", "", "changes since the first ancestor"),
    Column("operation", "string", "", "how it was made"),
    Column("search_group", "int16", "", "space group in which it was searched for"),
    Column("residual", "float", "A2 per T atom", "of distance least squares"),
    Column("space_group", "int16", "", "number of the space group of the atoms"),
    Column("unique_t", "int16", "", "T atoms not equivalent by symmetry"),
    Column("smallest_ring", "int16", "T atoms", "of the rings in the vertex symbols"),
    Column("largest_ring", "int16", "T atoms", "of the rings in the vertex symbols"),
    Column("three_ring_share", "float", "1", "T atoms in three-rings, share of all"),
    Column("energy", "float", "kJ/mol Si", "above alpha-quartz, by the Sanders-Leslie-Catlow potential"),
    Column("lid_violations", "int16", "", "local interatomic distances out of bounds"),
)
"""Columns that hold the fields of an :class:`Entry` as they are."""

MEASURES = (
    Column("t_atoms", "int32", "", "T atoms of the cell"),
    Column("density", "float", "T/1000 A3", "framework density"),
    Column("a", "float", "A", "first edge of the cell"),
    Column("b", "float", "A", "second edge"),
    Column("c", "float", "A", "third edge"),
    Column("alpha", "float", "degree", "angle between b and c"),
    Column("beta", "float", "degree", "angle between a and c"),
    Column("gamma", "float", "degree", "angle between a and b"),
)
"""Columns that follow from the structure."""

EDGES, ANGLES = ("a", "b", "c"), ("alpha", "beta", "gamma")
"""Those of the cell."""

ATOMS = (
    Column("site_group", "int16", "", "space group, standard setting, that makes all atoms of the sites"),
    Column("setting", "list<float>", "", "rows: a, b and c in the conventional axes of site_group"),
    Column("shift", "list<float>", "", "origin of the conventional axes, fractional in a, b, c"),
    Column("si_sites", "list<float>", "", "unique Si: x, y, z of each, fractional in the conventional axes"),
    Column("o_sites", "list<float>", "", "unique O, likewise"),
)
"""Columns from which all atoms follow; see :mod:`zeo.data.sets.packing`."""

COLUMNS = (*FACTS, *MEASURES, *ATOMS)
"""Every column but the properties, which differ from one data set to another."""


def property_columns(measured: Iterable[Measured]) -> tuple[Column, ...]:
    """The columns for what probes measure, by the names by which wishes speak of it."""
    return tuple(Column(each.name, "float", each.quantity.unit, each.quantity.summary) for each in measured)
