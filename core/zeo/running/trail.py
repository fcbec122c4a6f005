"""The trail of a batch: where the process that works on it is, so that a kill can be accounted for."""

from __future__ import annotations

import faulthandler
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

DRAWING = -1
"""Position before the first stage: a candidate is being drawn."""

_LINE = re.compile(r"(\d+) (-?\d+)\n")

_TIMEOUT = "Timeout ("
"""How the traceback begins that a process leaves which is ended for its time."""


@frozen
class Place:
    """Where work on a batch is.

    Args:
        index: of the candidate.
        position: of the stage that it is in, from 0; :data:`DRAWING` before the first.
        hung: whether the process was ended there because it took too long.
    """

    index: int
    position: int
    hung: bool = False


@contextmanager
def trail(path: Path | None, time_limit: float | None = None) -> Iterator[Callable[[int, int], object]]:
    """What leaves index and position of a :class:`Place` in a file, where they outlive a kill.

    Args:
        path: of the file; None leaves nothing anywhere, as one that cannot be written.
        time_limit: seconds at one place after which this process ends, whatever it is doing; None for ever.
    """
    try:
        opened = None if path is None else path.open("a", buffering=1)
    except OSError:  # elsewhere, where the folder of the run cannot be seen
        opened = None
    if opened is None:
        yield lambda _index, _position: None
        return
    with opened as file:

        def enter(index: int, position: int) -> None:
            file.write(f"{index} {position}\n")  # each line is with the system before the work goes on
            if time_limit is not None:  # not by a thread of Python's, which code that hangs may hold up
                faulthandler.dump_traceback_later(time_limit, exit=True, file=file)

        try:
            yield enter
        finally:
            faulthandler.cancel_dump_traceback_later()


def last_place(path: Path) -> Place | None:
    """Where a trail ends; None where no work was begun."""
    try:
        text = path.read_text(errors="replace")
    except FileNotFoundError:
        return None
    lines = list(_LINE.finditer(text))
    if not lines:
        return None
    last = lines[-1]
    return Place(int(last[1]), int(last[2]), hung=_TIMEOUT in text[last.end() :])
