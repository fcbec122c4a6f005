"""Parquet parts beside one table of SQLite, for the records of a run: what appending and reading cost.

python benchmarks/stores_compared.py
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import zeo
from zeo.records.parts import Parts
from zeo.records.table import line_of

SAMPLES, COPIES, BATCH = 8, 20_000, 64


def main() -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        run = zeo.run("dataset", "methane", n=SAMPLES, relax=None, out=folder / "run")
        atoms, columns = run.structures(), run.plan.columns
        lines = [line_of(record, atoms.get(record.id), columns) for record in run.records()] * (
            COPIES // SAMPLES
        )
        lines = [line.replace(b'{"index":', b'{"was":', 1) for line in lines]
        lines = [
            line.replace(b'\t{"was":%d,' % (place % SAMPLES), b'\t{"index":%d,' % place, 1)
            for place, line in enumerate(lines)
        ]
        print(f"{'':<22}{'append, us':>12}{'read all, us':>14}{'index, us':>11}{'bytes':>8}   a record")
        told("Parquet parts", parquet(folder, lines))
        for mode in ("DELETE", "WAL"):
            told(f"SQLite, {mode}", sqlite(folder / f"{mode}.db", mode, lines))


def told(name: str, figures: tuple[float, float, float, float]) -> None:
    append, read, index, size = figures
    print(f"{name:<22}{append:12.0f}{read:14.1f}{index:11.2f}{size:8.0f}")


def seconds(work: Callable[[], object]) -> float:
    """CPU, of this process."""
    started = time.process_time()
    work()
    return time.process_time() - started


def parquet(folder: Path, lines: list[bytes]) -> tuple[float, float, float, float]:
    parts = Parts(folder)
    parts.prepare()

    def append() -> None:
        for index, line in enumerate(lines):
            parts.append(index, line)
            if index % BATCH == 0:
                parts.sync()
        parts.finish()

    size = 1e-6 * len(lines)
    figures = (
        seconds(append) / size,
        seconds(lambda: sum(len(table) for table in parts.tables() if not isinstance(table, Exception)))
        / size,
        seconds(parts.indices) / size,
    )
    return *figures, sum(file.stat().st_size for file in parts.folder.iterdir()) / len(lines)


def sqlite(file: Path, mode: str, lines: list[bytes]) -> tuple[float, float, float, float]:
    database = sqlite3.connect(file)
    database.execute(f"PRAGMA journal_mode={mode}")
    database.execute("CREATE TABLE candidates (number INTEGER PRIMARY KEY, line BLOB)")
    database.commit()

    def append() -> None:
        for index, line in enumerate(lines):
            database.execute("INSERT INTO candidates VALUES (?, ?)", (index, line))
            if index % BATCH == 0:
                database.commit()
        database.commit()

    size = 1e-6 * len(lines)
    figures = (
        seconds(append) / size,
        seconds(lambda: sum(1 for _ in database.execute("SELECT * FROM candidates"))) / size,
        seconds(lambda: list(database.execute("SELECT number FROM candidates"))) / size,
    )
    database.close()
    return *figures, file.stat().st_size / len(lines)


if __name__ == "__main__":
    main()
