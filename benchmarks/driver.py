"""How many records the one process that holds a run can write: what bounds the workers that it can feed."""

from __future__ import annotations

import pickle
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import evolve

import zeo
from zeo.running.pipeline import Finished
from zeo.running.rundir import RunDirectory
from zeo.running.timing import Seconds

SAMPLES, COPIES = 8, 500


def main() -> None:
    with TemporaryDirectory() as folder:
        run = zeo.run("search", "methane", n=SAMPLES, out=Path(folder) / "run")
        made = [
            Finished(record, run.cif(record.id).read_text() if record.survived else None, Seconds(0.0, 0.0))
            for record in run.records()
        ]
        copies = [
            evolve(one, record=evolve(one.record, index=index))
            for index, one in enumerate(made * (COPIES // SAMPLES + 1))
        ]
        size = len(pickle.dumps(made)) / len(made)
        target = RunDirectory.create(Path(folder) / "copies", run.plan, len(copies), {})
        started = time.perf_counter()
        for one in pickle.loads(pickle.dumps(copies)):
            target.write(one.record, one.cif)
        each = (time.perf_counter() - started) / len(copies)
    print(f"{1000 * each:.2f} ms a record, taken over and written: {1 / each:,.0f} in a second")
    print(f"{size / 1000:.1f} kB a record on the wire")


if __name__ == "__main__":
    main()
