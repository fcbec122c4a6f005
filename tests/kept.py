"""What a run keeps of its candidates, as tests look at it and change it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from zeo.records.parts import SIZE, Parts
from zeo.records.record import Record
from zeo.records.store import record_in
from zeo.records.table import atoms_in, line_of, table_of
from zeo.running.cifs import cif_of
from zeo.running.rundir import RunDirectory

Plain = dict[str, Any]


def records_of(run: str | Path) -> list[Plain]:
    """The records as JSON holds them, in the order of their index."""
    tables = RunDirectory.open(Path(run)).tables(["record"])
    return [json.loads(text) for table in tables for text in table["record"].to_pylist()]


def recorded(run: str | Path) -> list[int]:
    """Indices of the candidates that have a record; none where there is no run yet."""
    return [int(index) for index in Parts(Path(run)).indices()]


def files_of(run: Path) -> list[Path]:
    """What holds the candidates, and the CIFs."""
    return sorted([*run.glob("records/*"), *run.glob("structures/*")])


def forget(run: Path, *indices: int) -> None:
    """As if some candidates had not been made yet."""
    change(run, lambda record: None if record["index"] in indices else record)


def change(run: Path, to: Callable[[Plain], Plain | None]) -> None:
    """Keep other records in the place of those that there are; none in the place of some."""
    directory = RunDirectory.open(run)
    lines: dict[int, list[bytes]] = {}
    for table in list(directory.tables(["record", "lattice", "species", "coords"])):
        for row in range(len(table)):
            record = record_in(table, row, directory.store)
            changed = to(json.loads(record.to_json()))
            part = lines.setdefault(record.index // SIZE, [])
            if changed is not None:
                made = Record.from_json(json.dumps(changed))
                part.append(line_of(made, atoms_in(table, row), directory.plan.columns))
    parts = Parts(run)
    parts.drop_from(0)
    for number, kept in lines.items():
        if kept:
            parts.put(number, table_of(kept))


def loosen(run: Path) -> None:
    """Make it a run of before there were parts: each record a file, and each survivor a CIF."""
    directory = RunDirectory.open(run)
    (run / "candidates").mkdir()
    survivors = [record.index for record in directory.records() if record.survived and record.cell]
    structures = dict(directory.structures_at(survivors))
    for record in directory.records():
        if record.index in structures:
            cif = cif_of(record, structures[record.index], directory.plan)
            directory.cif_path(record.id).write_text(cif)
        text = json.dumps(json.loads(record.to_json()), indent=1, sort_keys=True) + "\n"
        (run / "candidates" / f"{record.id}.json").write_text(text)
    remove(run.glob("records/*"))
    (run / "records").rmdir()
    contents = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(contents | {"format": 2}, indent=1, sort_keys=True) + "\n")


def remove(files: Iterable[Path]) -> None:
    for file in files:
        file.unlink()
