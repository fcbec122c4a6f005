"""Ctrl-C at any instant of a command, from its start to its end."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

RIGHT = ("interrupted", "finished before")

BEGUN = b"."
COMMAND = f"""
import os
os.write(1, {BEGUN!r})
from zeo.__main__ import main
main()
"""
"""What the script ``zeo`` does, and a sign of life once Python has started."""

SHORTEST = 0.03
"""Seconds, in which the first lines of zeo are read, before which an interrupt is Python's own affair."""

RUN = ("run", "--generator", "search", "--relax", "none", "-n", "2", "--top", "0")


def interrupt(folder: Path, delay: float, arguments: tuple[str, ...] = RUN) -> tuple[int, str]:
    """Start a command, interrupt it, and await its end.

    Args:
        folder: where it works.
        delay: seconds from the start of Python.
        arguments: of the command.

    Returns:
        The exit code and what it wrote on standard error.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert os.read(process.stdout.fileno(), 1) == BEGUN
    time.sleep(delay)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=120)
    return process.returncode, error.decode()


def interrupts(folder: Path, count: int, longest: float = 1.5, seed: int = 0) -> Counter[str]:
    """Interrupt a run at random instants.

    Args:
        folder: where it works.
        count: of runs.
        longest: delay in seconds.
        seed: of the delays.

    Returns:
        Those of :data:`RIGHT`; everything else is a fault, in words.
    """
    instants = random.Random(seed)
    return Counter(verdict(*interrupt(folder, instants.uniform(SHORTEST, longest))) for _ in range(count))


def verdict(code: int, error: str) -> str:
    """What came of one: a line at most besides those of progress, and the exit code that says why."""
    lines = [line for line in error.splitlines() if not line.startswith("zeo run: ")]
    if code == 0 and not lines:
        return "finished before"
    told = all(line.startswith(("Interrupted.", "Stopped. Continue with: ")) for line in lines)
    if code == 130 and told and len(lines) <= 1:  # none where the table says how to go on
        return "interrupted"
    return f"exit code {code}: {error}"
