"""What the CIF of a survivor says of it besides its atoms."""

from __future__ import annotations

from zeo.crystal.cif import items_of
from zeo.plugin.framework import FRAMEWORK
from zeo.running.plan import Plan
from zeo.running.record import Record
from zeo.running.wanted import final_values

OF_CELL = ("volume", "a", "b", "c", "alpha", "beta", "gamma", "t_atoms")
"""What a CIF has anyway, and what changes with the setting that it is written in."""


def cif_items(record: Record, plan: Plan) -> dict[str, str]:
    """Where a survivor comes from, its energy, its net and all that was measured, by CIF tag.

    Args:
        record: of the survivor.
        plan: of its run.
    """
    energy, identity = record.energy, record.identity
    stated = [
        ("id", "", record.id),
        ("generator", "", plan.generator),
        ("seed", "", record.seed),
        ("parent", "", record.source.get("framework")),
        ("key", "", identity.key if identity else None),
        ("potential", "", energy.potential if energy else None),
    ]
    units = {quantity.name: quantity.unit for quantity in FRAMEWORK if quantity.name not in OF_CELL}
    units |= {column.name: column.quantity.unit for column in plan.columns}
    values = final_values(record, plan.columns)
    return items_of([*stated, *((name, unit, values[name]) for name, unit in units.items())])
