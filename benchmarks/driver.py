"""How many records the one process that holds a run can write: what bounds the workers that it can feed."""

from __future__ import annotations

import pickle
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import evolve

import zeo
from zeo.records.table import line_of
from zeo.running.pipeline import Finished
from zeo.running.rundir import RunDirectory
from zeo.running.timing import Seconds

SAMPLES, COPIES, BATCH = 8, 5000, 64


def main() -> None:
    with TemporaryDirectory() as folder:
        run = zeo.run("search", "methane", n=SAMPLES, out=Path(folder) / "run")
        atoms, columns = run.structures(), run.plan.columns
        records = list(run.records()) * (COPIES // SAMPLES + 1)
        copies = [
            Finished(copy, line_of(copy, atoms.get(record.id), columns), Seconds(0.0, 0.0))
            for index, record in enumerate(records)
            for copy in [evolve(record, index=index)]
        ]
        size = len(pickle.dumps(copies)) / len(copies)
        target = RunDirectory.create(Path(folder) / "copies", run.plan, len(copies), {})
        sent = [pickle.dumps(copies[start : start + BATCH]) for start in range(0, len(copies), BATCH)]
        started, worked = time.perf_counter(), time.process_time()
        with target.session():
            for batch in sent:
                for one in pickle.loads(batch):
                    target.write(one.record.index, one.line)
                target.sync()
        each = (time.perf_counter() - started) / len(copies)
        cpu = (time.process_time() - worked) / len(copies)
    print(f"{1000 * each:.2f} ms a record, taken over and written: {1 / each:,.0f} in a second")
    print(f"{1000 * cpu:.2f} ms of CPU a record")
    print(f"{size / 1000:.1f} kB a record on the wire")


if __name__ == "__main__":
    main()
