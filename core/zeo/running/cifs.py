"""CIFs of survivors: the atoms and what is known of them."""

from __future__ import annotations

from collections.abc import Sequence

from zeo.crystal.cif import cif_text, items_of
from zeo.crystal.structure import Structure
from zeo.plugin.framework import FRAMEWORK
from zeo.records.columns import ancestor_in
from zeo.records.record import Record
from zeo.records.values import final_values
from zeo.running.plan import Plan
from zeo.running.rundir import RunDirectory

OF_CELL = ("volume", "a", "b", "c", "alpha", "beta", "gamma", "t_atoms")
"""What a CIF has anyway, and what changes with the setting that it is written in."""


MOST_CIFS = 1000
"""Survivors of a run that have a CIF each: the best; the atoms of all are in the records."""


def write_cifs(directory: RunDirectory, best: Sequence[int]) -> None:
    """Have the CIFs of the best survivors in the run directory, and no others of survivors.

    Args:
        directory: of the run.
        best: indices of survivors, the best first.

    Raises:
        RunDirectoryError: atoms or records are damaged, or a CIF cannot be written.
    """
    wanted = set(best[:MOST_CIFS])
    there = directory.indices_of_cifs()
    directory.remove_cifs(there - wanted)
    missing = wanted - there
    records = directory.records_at(missing)
    for index, structure in directory.structures_at(missing):
        directory.write_cif(index, cif_of(records[index], structure, directory.plan))


def cif_of(record: Record, structure: Structure, plan: Plan) -> str:
    """All atoms of the cell, with what the record says.

    Args:
        record: of the survivor.
        structure: its atoms.
        plan: of its run.
    """
    name = record.identity.name if record.identity else None
    label = f"zeo_{record.id}" + (f"_{name}" if name else "")
    return cif_text(structure, label, cif_items(record, plan))


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
        ("parent", "", ancestor_in(record.source)),
        ("key", "", identity.key if identity else None),
        ("potential", "", energy.potential if energy else None),
    ]
    units = {quantity.name: quantity.unit for quantity in FRAMEWORK if quantity.name not in OF_CELL}
    units |= {column.name: column.quantity.unit for column in plan.columns}
    values = final_values(record, plan.columns)
    return items_of([*stated, *((name, unit, values[name]) for name, unit in units.items())])
