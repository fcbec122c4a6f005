"""The log of a run: what is written to it, and the times that it tells."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from zeo.running.timing import LINE, Seconds, seconds_in, times_in
from zeo.tools.logs import PrintableFormatter

logger = logging.getLogger("zeo")

NAME = "log.txt"
"""In the run directory."""


@contextmanager
def logging_to(file: TextIO) -> Iterator[None]:
    """What is logged meanwhile is written to a file, which is then closed."""
    handler = _LogHandler(file)
    handler.setFormatter(PrintableFormatter("%(asctime)s %(levelname)s %(message)s"))
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)
        with contextlib.suppress(OSError):  # what a full disk did not take
            file.close()


class _LogHandler(logging.StreamHandler[TextIO]):
    """A log line that a full disk does not take is lost without a word: the next record will say it."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        pass


def seconds_of(run: Path) -> dict[int, Seconds]:
    """How long the candidates of a run took, by index, as far as its log tells."""
    try:
        with (run / NAME).open(encoding="utf-8", errors="replace") as log:
            return seconds_in(log)
    except OSError:
        return {}


def recent_times(run: Path, most: int) -> list[float]:
    """When the last candidates of a run were finished, as far as its log tells: seconds since 1970, in order.

    Args:
        run: its directory.
        most: candidates that are looked for; their lines are at the end of the log.
    """
    try:
        with (run / NAME).open("rb") as log:
            log.seek(max(0, os.fstat(log.fileno()).st_size - most * LINE))
            return times_in(log.read().decode("utf-8", errors="replace").splitlines())[-most:]
    except OSError:
        return []
