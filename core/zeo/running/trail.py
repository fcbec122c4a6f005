"""The trail of a batch: where the process that works on it is, so that a kill can be accounted for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

DRAWING = -1
"""Position before the first stage: a candidate is being drawn."""

_LINE = re.compile(r"(\d+) (-?\d+)\n")


@frozen
class Place:
    """Where work on a batch is.

    Args:
        index: of the candidate.
        position: of the stage that it is in, from 0; :data:`DRAWING` before the first.
    """

    index: int
    position: int


@contextmanager
def trail(path: Path | None) -> Iterator[Callable[[int, int], object]]:
    """What leaves index and position of a :class:`Place` in a file, where they outlive a kill.

    Args:
        path: of the file; None leaves nothing anywhere, as one that cannot be written.
    """
    try:
        opened = None if path is None else path.open("a", buffering=1)
    except OSError:  # elsewhere, where the folder of the run cannot be seen
        opened = None
    if opened is None:
        yield lambda _index, _position: None
        return
    with opened as file:  # each line is with the system before the work goes on
        yield lambda index, position: file.write(f"{index} {position}\n")


def last_place(path: Path) -> Place | None:
    """Where a trail ends; None where no work was begun."""
    try:
        lines = _LINE.findall(path.read_text())
    except FileNotFoundError:
        return None
    return Place(*map(int, lines[-1])) if lines else None
