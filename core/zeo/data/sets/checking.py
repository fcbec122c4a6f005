"""Whether a part of a data set holds what its columns say: found out once, where it is read."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zeo.data.sets.entry import ANGLES, ATOMS, EDGES, MEASURES

REQUIRED = ("name", "key", "origin", "verdict", "generation", *(one.name for one in (*MEASURES, *ATOMS)))
"""Columns that have a value for each framework."""

LONGEST_EDGE = 10_000.0
"""Angstrom."""

SMALLEST_SQUARE = 1e-4
"""Of the volume of a cell with these angles whose edges are all 1."""

NUMBERS = {"setting": 9, "shift": 3}
"""How many a list has; those of sites have three for each site."""


def check_table(table: pa.Table, schema: pa.Schema) -> None:
    """Find out whether some columns of a part are as they were written.

    Args:
        table: what was read.
        schema: of all columns of the data set.

    Raises:
        ValueError: a column of another type, a missing value, or numbers that are no atoms in a cell.
    """
    table.validate(full=True)
    for name in table.column_names:
        if name not in schema.names:
            raise ValueError(f"there is no column {name}")
        if table[name].type != schema.field(name).type:
            raise ValueError(f"{name} is of type {table[name].type}, not {schema.field(name).type}")
        if name in REQUIRED and table[name].null_count:
            raise ValueError(f"{name} has no value in places")
    _check_cells(table)
    for name in set(table.column_names) & {"setting", "shift", "si_sites", "o_sites"}:
        _check_lists(name, table[name])


def _check_cells(table: pa.Table) -> None:
    for name in set(table.column_names) & set(EDGES):
        edges = table[name].to_numpy()
        if not ((edges > 0) & (edges < LONGEST_EDGE)).all():
            raise ValueError(f"{name} is no edge of a cell")
    if set(ANGLES) <= set(table.column_names):
        cosines = [np.cos(np.radians(table[name].to_numpy().astype(np.float64))) for name in ANGLES]
        volumes = 1 - sum(cosine**2 for cosine in cosines) + 2 * np.prod(cosines, axis=0)
        if not (volumes > SMALLEST_SQUARE).all():
            raise ValueError("alpha, beta and gamma are the angles of no cell")
    if "site_group" in table.column_names:
        groups = table["site_group"].to_numpy()
        if not ((groups >= 1) & (groups <= 230)).all():
            raise ValueError("site_group is no space group")


def _check_lists(name: str, column: pa.ChunkedArray) -> None:
    lengths = pc.list_value_length(column).to_numpy()
    numbers = pc.list_flatten(column).to_numpy()
    fits = lengths == NUMBERS[name] if name in NUMBERS else lengths % 3 == 0
    if not fits.all() or not np.isfinite(numbers).all() or np.abs(numbers).max(initial=0.0) > LONGEST_EDGE:
        raise ValueError(f"{name} does not hold coordinates")
    if name == "setting" and np.abs(np.linalg.det(numbers.reshape(-1, 3, 3))).min(initial=1.0) < 1e-6:
        raise ValueError("setting has no inverse")
