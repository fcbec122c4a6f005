"""How much faster two processes make a run than one, each on one thread.

    python benchmarks/jobs.py --samples 200

Both run one after another on the same machine, start-up and loading included, and their records are compared.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GENERATORS = ("search", "zeosym")


def seconds_of(generator: str, samples: int, jobs: int, out: Path) -> float:
    """Wall-clock time of a run."""
    command = [sys.executable, "-m", "zeo", "run", "--generator", generator, "--probe", "methane"]
    command += ["-n", str(samples), "--jobs", str(jobs), "--out", str(out)]
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


def records(path: Path) -> list[bytes]:
    """What holds the records of a run, in order."""
    return [file.read_bytes() for file in sorted((path / "records").iterdir())]


def main() -> None:
    """Print the times and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=200)
    samples = parser.parse_args().samples
    for generator in GENERATORS:
        with tempfile.TemporaryDirectory() as folder:
            one, two = Path(folder) / "one", Path(folder) / "two"
            alone, shared = seconds_of(generator, samples, 1, one), seconds_of(generator, samples, 2, two)
            same = "the same records" if records(one) == records(two) else "OTHER RECORDS"
        print(f"{generator}, {samples} samples: {alone:.1f} s by one process, {shared:.1f} s by two", end="")
        print(f" ({alone / shared:.2f} times), {same}")


if __name__ == "__main__":
    main()
