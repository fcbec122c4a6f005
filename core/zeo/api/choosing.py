"""The best survivors of runs: ``zeo.best`` and what it returns."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from attrs import field, frozen

from zeo.api import arguments
from zeo.api.results import Result, Results, Row, csv_text
from zeo.api.runs import Run, directory_of
from zeo.crystal.cif import items_of
from zeo.crystal.formats.writing import shortest_cif_text
from zeo.crystal.structure import Structure
from zeo.data.looking.export import new_folder
from zeo.data.sets.runs import labelled
from zeo.errors import ConfigError, InputError
from zeo.plugin.catalogue import Catalogue, known_of
from zeo.plugin.columns import Column
from zeo.plugin.framework import FRAMEWORK, FrameworkQuantity
from zeo.records.arrays import values_in
from zeo.records.record import Record
from zeo.records.table import selected, table_of
from zeo.records.values import final_values
from zeo.running.cifs import cif_items
from zeo.running.ranking import OF_SURVIVORS, Aims, order_of
from zeo.running.summary import name
from zeo.running.unlike import unlike
from zeo.tools.files import write_atomically
from zeo.wishes.choosing import Choice
from zeo.wishes.expressions import Known

TABLE = "best.csv"
"""What lies beside the CIFs."""

STATED = ("label", "run", "id", "seed", "generator", "name", "key", "potential")
"""What the table has of each framework before its quantities."""

SHOWN = tuple(quantity for quantity in FRAMEWORK if quantity.name != "code")
"""What the table has of every framework; the code is its name."""


@frozen(kw_only=True)
class Chosen(Result):
    """One of the best survivors.

    Args:
        label: its place, run, id and name, as its CIF is called.
        run: that it is of.
        record: what the run keeps of it.
        columns: what the probes of all runs measure.
    """

    label: str
    run: Run = field(repr=False)
    record: Record = field(repr=False)
    columns: tuple[Column, ...] = field(repr=False)

    @property
    def structure(self) -> Structure:
        """The final atoms."""
        return self.run.structure(self.record.id)

    def cif(self) -> str:
        """The unique atoms in the space group that is found, with all that is known of them as items."""
        origin = items_of([("run", "", self.run.path)])
        return shortest_cif_text(self.structure, self.label, origin | cif_items(self.record, self.run.plan))

    def values(self) -> dict[str, Any]:
        return final_values(self.record, self.columns)

    def row(self) -> Row:
        record = self.record
        key = record.identity.key if record.identity else None
        potential = record.energy.potential if record.energy else None
        origin = (self.label, str(self.run.path), labelled(record.id), record.seed, self.run.plan.generator)
        stated = dict(zip(STATED, (*origin, name(record), key, potential), strict=True))
        values = {each: None if value != value else value for each, value in self.values().items()}
        facts = {_heading(quantity): values[quantity.name] for quantity in SHOWN}
        return stated | facts | {column.heading: values[column.name] for column in self.columns}


@frozen(eq=False)
class Best(Results[Chosen]):
    """The best survivors of some runs.

    Args:
        asked: the quantities that conditions and order speak of.
        remarks: on what cannot be compared between the runs.
    """

    asked: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    def write(self, out: str | Path, on_framework: Callable[[str], None] = lambda _: None) -> None:
        """A folder with a CIF for each framework and a table, :data:`TABLE`.

        Args:
            out: the folder.
            on_framework: called with the label of each framework that is written.

        Raises:
            ZeoError: it is there and not empty, or a CIF of a run has gone.
        """
        with new_folder(arguments.path(out, "out")) as folder:
            for chosen in self:
                write_atomically(folder / f"{chosen.label}.cif", chosen.cif())
                on_framework(chosen.label)
            write_atomically(folder / TABLE, csv_text(self.columns, [chosen.row() for chosen in self]))


def best(
    *runs: Run | str | Path,
    n: int = 5,
    sort: str | Iterable[str] = (),
    where: str | Iterable[str] = (),
    out: str | Path | None = None,
    unblocked: bool = False,
) -> Best:
    """The best survivors of one run or several, each net once: ``zeo best``.

        zeo.best("runs/search-001", n=10, sort="-methane.qst", where="energy<20").table()

    Args:
        runs: or their directories.
        n: frameworks, at most.
        sort: expressions, the smallest value first, such as ``"energy"`` or ``"-methane.qst"``; the order of
            the summary when there are none, which also decides between equal ones.
        where: conditions, such as ``"energy<20 kJ/mol"``; single values are exact.
        out: a new folder for CIFs and a table; nothing is written when None.
        unblocked: whether ``qst`` and the like count all pores, and not those alone that run through the
            crystal.

    Raises:
        ZeoError: no run there, a quantity that one of them did not measure, no survivor that meets the
            conditions, runs with different wishes and no order, or a folder that is not empty.
    """
    if not runs:
        raise ConfigError('name a run or more, as in zeo.best("runs/search-001")')
    orders, conditions = arguments.texts(sort, "sort"), arguments.texts(where, "where")
    count = arguments.whole_number(n, "n", 1)
    folder = arguments.path_or_none(out, "out")
    paths = {directory_of(run, "runs").resolve(): run for run in runs}
    opened = [run if isinstance(run, Run) else Run.open(run) for run in paths.values()]
    choice = _choice(opened, conditions, orders, arguments.truth(unblocked, "unblocked"))
    columns = tuple({column.name: column for run in opened for column in run.plan.columns}.values())
    found = _ordered(opened, choice)
    if not found:
        named = ", ".join(str(run.path) for run in opened)
        raise InputError(f"no survivor of {named} meets {' and '.join(conditions) or 'this: none is left'}")
    items = tuple(_labelled(found[:count], columns))
    chosen = Best(
        items,
        {},
        _headings(columns),
        _quantities(columns),
        choice.names,
        unlike([run.plan for run in opened]),
    )
    if folder is not None:
        chosen.write(folder)
    return chosen


def _headings(columns: Iterable[Column]) -> tuple[str, ...]:
    """Of the columns of the table."""
    facts = (_heading(quantity) for quantity in SHOWN)
    return (*STATED, *facts, *(column.heading for column in columns))


def _heading(quantity: FrameworkQuantity) -> str:
    """As that of a measured quantity."""
    return quantity.name if quantity.unit == "1" else f"{quantity.name} [{quantity.unit}]"


def _quantities(columns: Iterable[Column]) -> tuple[Known, ...]:
    return (*(quantity.known for quantity in FRAMEWORK), *map(known_of, columns))


def _choice(runs: Sequence[Run], conditions: Sequence[str], orders: Sequence[str], unblocked: bool) -> Choice:
    """What is asked for, in terms of what each of the runs measured.

    Raises:
        ConfigError: a name that one of them does not know, or that means something else there.
    """
    choices = []
    for run in runs:
        try:
            choices.append(Choice.of(conditions, orders, Catalogue(run.plan.columns, unblocked)))
        except ConfigError as error:
            raise ConfigError(f"{run.path}: {error}") from error
        if choices[-1] != choices[0]:
            meant = " and ".join(", ".join(choice.names) for choice in (choices[0], choices[-1]))
            raise ConfigError(
                f"{runs[0].path} and {run.path} know {meant} by one name: write it with probe and conditions"
            )
    return choices[0]


def _ordered(runs: Sequence[Run], choice: Choice) -> list[tuple[Run, int]]:
    """The survivors that are wanted by their indices, best first, of each net the best.

    Raises:
        ConfigError: they are not sorted, and the runs do not agree on what is good.
    """
    alike = _same_aims(runs)
    if not alike and not choice.order:
        raise ConfigError("these runs were to find different things: say with --sort which are best")
    table = _survivors(runs, choice)
    order = order_of(table, Aims.of(runs[0].plan)).tolist() if alike else range(len(table))
    values = values_in(table, choice.names)
    distinct: dict[Any, tuple[Run, int]] = {}
    of_run, indices, keys = (table[each].to_pylist() for each in ("run", "index", "key"))
    for row in choice.among(order, lambda row: {each: array[row] for each, array in values.items()}):
        net = (of_run[row], indices[row]) if keys[row] is None else keys[row]
        distinct.setdefault(net, (runs[of_run[row]], indices[row]))
    return list(distinct.values())


def _survivors(runs: Sequence[Run], choice: Choice) -> pa.Table:
    """Those of all runs, with all that they are ranked and chosen by, and the number of their run."""
    names = {*OF_SURVIVORS, *choice.names, *(name for run in runs for name in Aims.of(run.plan).names)}
    tables = []
    for number, run in enumerate(runs):
        for table in run.directory.tables([*sorted(names), "survived"]):
            survivors = table.filter(table["survived"]).select(sorted(names))
            tables.append(survivors.append_column("run", pa.array(np.full(len(survivors), number))))
    empty = selected(table_of([]), sorted(names)).append_column("run", pa.array([], pa.int64()))
    return pa.concat_tables([empty, *tables])


def _same_aims(runs: Sequence[Run]) -> bool:
    """Whether what is good is the same in all runs."""
    aims = [Aims.of(run.plan) for run in runs]
    return all((each.wishes, each.objectives) == (aims[0].wishes, aims[0].objectives) for each in aims)


def _labelled(found: Sequence[tuple[Run, int]], columns: tuple[Column, ...]) -> Iterable[Chosen]:
    digits = max(2, int(math.log10(max(len(found), 1))) + 1)
    records = {
        run.path: run.directory.records_at([index for other, index in found if other is run])
        for run, _ in found
    }
    for place, (run, index) in enumerate(found, start=1):
        record = records[run.path][index]
        parts = [f"{place:0{digits}d}", run.path.resolve().name, record.id, name(record) or ""]
        label = re.sub(r"[^\w.+-]+", "_", "_".join(part for part in parts if part), flags=re.ASCII)
        yield Chosen(label=label, run=run, record=record, columns=columns)
