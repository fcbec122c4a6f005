"""How long a user waits for help and for the list of plugins, beside an empty Python program.

    python benchmarks/startup.py

Limits on one quiet core: 0.1 s for ``import zeo``, 0.15 s for ``zeo --help``, 0.3 s for ``zeo plugins list``.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

REPEATS = 15
ZEO = Path(sys.executable).with_name("zeo")

COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "import zeo": [sys.executable, "-c", "import zeo"],
    "zeo --help": [ZEO, "--help"],
    "zeo plugins list": [ZEO, "plugins", "list"],
    "import numpy": [sys.executable, "-c", "import numpy"],
}


def best_seconds(command: list[str | Path]) -> float:
    """Wall-clock time of a command, the shortest of :data:`REPEATS`."""
    seconds = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def main() -> None:
    measured = {name: best_seconds(command) for name, command in COMMANDS.items()}
    empty = measured["python -c pass"]
    for name, seconds in measured.items():
        print(f"{name:<18} {seconds:6.3f} s  {seconds / empty:5.1f} x an empty program")


if __name__ == "__main__":
    main()
