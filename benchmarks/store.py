"""What a run of very many records costs: opening, appending, resuming, its status and its report.

    python benchmarks/store.py                    # a million
    python benchmarks/store.py --records 50000 --old   # as runs were before there were parts

The records are copies of real ones, each with the index and the energy of its own. Every step is a process of
its own; printed are its seconds, its CPU seconds and its largest memory.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import pyarrow as pa
from attrs import evolve

import zeo
from zeo.records.parts import SIZE, Parts
from zeo.records.record import Record
from zeo.records.table import line_of, table_of
from zeo.running.cifs import cif_of
from zeo.running.rundir import RunDirectory

SAMPLES = 16
"""Real ones."""

APPENDED = 1000

STEPS = {
    "opening": "zeo.Run.open(run).drawn",
    "appending 1,000": "append(run)",
    "resuming": "resumed(run)",
    "zeo status": "zeo.status(run)",
    "zeo report": "zeo.report(run, out=run + '.html', force=True)",
    "summary.csv and CIFs": "zeo.Run.open(run).write_report()",
}

STEP = """
import sys
sys.path.insert(0, {here!r})
import zeo
from store import append, resumed
run = {run!r}
{step}
"""


@click.command()
@click.option("--records", default=1_000_000, show_default=True)
@click.option("--lost", default=0.5, show_default=True, help="Share of the records that are no survivors.")
@click.option("--old", is_flag=True, help="A file for each record, and for each survivor a CIF.")
def main(records: int, lost: float, old: bool) -> None:
    with TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        made = time.process_time()
        make(run, records, lost, old)
        size = sum(file.stat().st_size for file in run.rglob("*"))
        files = sum(1 for _ in run.rglob("*"))
        click.echo(f"{records:,} records made in {time.process_time() - made:.0f} s CPU: ", nl=False)
        click.echo(f"{size / 1e6:,.0f} MB in {files:,} files")
        for name, step in STEPS.items():
            if old and name.startswith("appending"):
                continue  # it would become a run of today
            click.echo(f"{name:<22} {cost(step, run)}")


def make(run: Path, count: int, lost: float, old: bool) -> None:
    """A finished run of so many records and one, in which the last thousand are still to be appended."""
    real = zeo.run("search", "methane", n=SAMPLES, relax="relax", out=run.with_name("real"), jobs=2)
    directory = RunDirectory.create(run, real.plan, count, real.directory.versions)
    samples = list(real.directory.records_at(range(SAMPLES)).values())
    atoms = dict(real.directory.structures_at([each.index for each in samples if each.survived]))
    rng = random.Random(0)
    copies = [
        copy_of(samples[index % SAMPLES], index, rng.random() < lost, rng)
        for index in range(count if old else SIZE)
    ]
    survivors = {each.index: atoms[each.index % SAMPLES] for each in copies if each.survived}
    if not old:
        lines = (line_of(each, survivors.get(each.index), real.plan.columns) for each in copies)
        first = table_of(lines)
        for number in range(count // SIZE):
            Parts(run).put(number, moved_to(first, number))
    else:
        (run / "candidates").mkdir()
        for record in copies:
            (run / "candidates" / f"{record.id}.json").write_text(record.to_json())
            if record.survived:
                cif = cif_of(record, survivors[record.index], real.plan)
                directory.cif_path(record.id).write_text(cif)
        contents = json.loads((run / "run.json").read_text())
        (run / "run.json").write_text(json.dumps(contents | {"format": 2}))


def moved_to(table: pa.Table, number: int) -> pa.Table:
    """The first part as another one, with indices and keys of its own."""
    start = number * SIZE
    columns = {name: table[name] for name in table.column_names}
    columns["index"] = pa.array(range(start, start + SIZE))
    columns["key"] = pa.array([key and f"{key[:-6]}{number:06d}" for key in table["key"].to_pylist()])
    columns["record"] = pa.array(
        [
            text.replace(f'"id":"{row:06d}","', f'"id":"{start + row:06d}","').replace(
                f'"index":{row},', f'"index":{start + row},'
            )
            for row, text in enumerate(table["record"].to_pylist())
        ]
    )
    return pa.table(columns)


def copy_of(record: Record, index: int, is_lost: bool, rng: random.Random) -> Record:
    """A record of the same kind; a lost one is one that the relaxation gave up on."""
    assert record.identity is not None
    assert record.energy is not None
    copied = evolve(record, index=index, seed=index)
    if is_lost:
        *passed, relax, _ = copied.history
        given_up = evolve(relax, outcome="rejected", reason="net changed", detail="an oxygen has moved")
        return evolve(
            copied, survived=False, history=(*passed, given_up), energy=None, properties={}, identity=None
        )
    key = f"{record.identity.key[:-8]}{rng.randrange(10**8):08d}"
    energy = evolve(record.energy, value=rng.uniform(3.0, 60.0))
    return evolve(copied, identity=evolve(record.identity, key=key), energy=energy)


def append(run: str) -> None:
    """A thousand further candidates, which are dropped again."""
    directory = RunDirectory.open(Path(run))
    last = directory.records_at([directory.n - 1])[directory.n - 1]
    first = directory.n
    with directory.session():
        for index in range(first, first + APPENDED):
            line = line_of(evolve(last, index=index), None, directory.plan.columns)
            directory.write(index, line)
        directory.sync()
        directory.drop_from(first)


def resumed(run: str) -> None:
    """All that happens before a run that lacks nothing or little goes on."""
    directory = RunDirectory.open(Path(run))
    with directory.session():
        directory.keep_plan()
        enough = directory.enough()
        assert directory.count_missing(enough.end) == 0
        directory.recorded()


def cost(step: str, run: Path) -> str:
    """What a step costs in a process of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    code = STEP.format(here=str(Path(__file__).parent), run=str(run), step=step)
    measured = f"{code}\nimport resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    done = subprocess.run([sys.executable, "-c", measured], capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        return f"failed: {done.stderr.strip().splitlines()[-1]}"
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return f"{seconds:7.1f} s {cpu:7.1f} s CPU {int(done.stdout.split()[-1]) / 1024:8,.0f} MB"


if __name__ == "__main__":
    main()
