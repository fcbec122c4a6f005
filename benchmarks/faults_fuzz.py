"""Damaged files of every kind that zeo reads: how many end in a traceback, an unexpected error, or never.

``python benchmarks/faults_fuzz.py N [SEED]`` tries N inputs, one kind after another, in a process of bounded
memory that is started anew when it dies. All counts but the first have to be 0.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "faults"))
os.environ["ZEO_PLUGINS"] = ""

MEMORY = 1_000_000_000
"""Bytes that reading a file may take, beyond what the libraries do."""

EVERY = 100
"""One input of so many is of a kind that takes seconds."""

PATIENCE = 300
"""Seconds without a word after which a process is ended; before, it says itself that a command hangs."""


def main(n: int, seed: int) -> None:
    found: Counter[tuple[str, str]] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        done = 0
        while done < n:
            done += run_child(Path(folder), n - done, f"{seed} {done}", found)
    print(f"{n} inputs")
    for kind in ("traceback", "unexpected", "silence", "hang", "memory", "died"):
        print(f"{kind:<12}{sum(count for (what, _), count in found.items() if what == kind)}")


def run_child(folder: Path, n: int, seed: str, found: Counter[tuple[str, str]]) -> int:
    """Have inputs tried by a process, until it is done or dies; returns how many it tried."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=work, args=(folder, n, seed, theirs))
    child.start()
    theirs.close()
    done = 0
    subject = "the preparation"
    while True:
        try:
            message = ours.recv() if ours.poll(PATIENCE if done else 10 * PATIENCE) else None
        except EOFError:
            message = None
        if message is None:
            break
        subject, kinds = message
        done += 1
        for kind, detail in kinds:
            found[kind, subject] += 1
            if found[kind, subject] <= 3:
                print(f"{kind}: {subject}: {detail}", flush=True)
    if done == 0:
        raise SystemExit("the sound files could not be made")
    if done < n:
        print(f"died: after {subject}", flush=True)
        found["died", subject] += 1
        child.kill()
        done += 1
    child.join()
    return done


def work(folder: Path, n: int, seed: str, connection: Connection) -> None:
    """Try inputs and tell of each."""
    from fuzzing import costly, subjects, tried

    sound = Path(tempfile.mkdtemp(dir=folder))
    cheap, dear = subjects(sound), list(costly(sound))
    rng = random.Random(seed)
    for index in range(n):
        costs = index % EVERY == EVERY - 1
        subject = dear[index // EVERY % len(dear)] if costs else cheap[index % len(cheap)]
        if index == len(cheap):  # all libraries are here but torch
            bound_memory()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.monotonic()
        kinds = [(one.kind, one.detail) for one in tried(subject, rng, folder / "damaged")]
        grown = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
        if grown > MEMORY:
            kinds.append(("memory", f"{grown / 1e9:.1f} GB in {time.monotonic() - started:.1f} s"))
        connection.send((subject.name, kinds))


def bound_memory() -> None:
    """What is out of bounds raises MemoryError, as on a machine that has no more."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 6 * MEMORY, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000, int(sys.argv[2]) if len(sys.argv) > 2 else 0)
