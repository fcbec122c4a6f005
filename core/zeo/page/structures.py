"""What a page shows of structures that are of no run: net, properties and pores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from zeo.crystal.cif import cif_text
from zeo.crystal.structure import Structure
from zeo.page.frameworks import Frameworks, Line, details_of, net_facts, numbers_in
from zeo.page.pore_grid import DrawPores
from zeo.plugin.candidate import Identity, Properties
from zeo.plugin.columns import Column
from zeo.plugin.framework import framework_values


@frozen(kw_only=True)
class Seen:
    """A structure and what was found of it.

    Args:
        name: that it is shown by.
        structure: its atoms.
        identity: of its net; None where it has none.
        properties: that probes measured.
        remarks: what could not be found, and why.
    """

    name: str
    structure: Structure
    identity: Identity | None
    properties: Properties
    remarks: tuple[str, ...] = ()


def add_structures(
    structures: Sequence[Seen],
    source: int,
    columns: Sequence[Column],
    frameworks: Frameworks,
    draw: DrawPores,
) -> None:
    """Each of them with details."""
    for seen in structures:
        structure, identity = seen.structure, seen.identity
        known: Mapping[str, Any] = framework_values(structure, identity, None, None)
        measured = {column.name: column.value(seen.properties) for column in columns}
        values = numbers_in({name: _nan(value) for name, value in {**known, **measured}.items()})
        frameworks.add(
            Line(
                id=seen.name,
                source=source,
                name=(identity.name or "") if identity else "",
                novelty=str(known["novelty"] or ""),
                values={"after": values},
            )
        )
        facts = {"origin": {}, "past": [], "remarks": list(seen.remarks), **net_facts(identity)}
        detail, pores = details_of(structure, facts, draw)
        frameworks.add_detail(detail, cif_text(structure, seen.name), pores)


def _nan(value: Any) -> Any:
    return float("nan") if value is None else value
