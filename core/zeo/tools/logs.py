"""The log: entries of other processes and warnings of libraries in it, and what is printed of it."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import QueueHandler
from queue import SimpleQueue
from typing import Any

from zeo.tools.printing import print_line, printable, printable_lines

ROOT = "zeo"
LIBRARIES = logging.getLogger(f"{ROOT}.libraries")
"""Where warnings of numpy, pymatgen, torch and others are logged."""


@contextmanager
def kept_log(logger: logging.Logger) -> Iterator[list[logging.LogRecord]]:
    """Keeps what is logged meanwhile, so that pickle can carry it to another logger's ``handle``."""
    queue: SimpleQueue[logging.LogRecord] = SimpleQueue()
    handler, kept = QueueHandler(queue), list[logging.LogRecord]()
    logger.addHandler(handler)
    try:
        yield kept
    finally:
        logger.removeHandler(handler)
        while not queue.empty():
            kept.append(queue.get())


@contextmanager
def log_of_libraries() -> Iterator[None]:
    """Meanwhile, warnings of libraries go to the log of the run, if there is one, and are never printed.

    Without a log, our own entries are printed, each on one line.
    """
    last_resort = logging.lastResort
    try:
        with warnings.catch_warnings():
            log_libraries()
            yield
    finally:
        logging.lastResort = last_resort


def log_libraries() -> None:
    """The same from now on, for a process that does nothing else."""
    logging.lastResort = _Printed(logging.WARNING)
    warnings.showwarning = _log_warning


class PrintableFormatter(logging.Formatter):
    """Entries of a file that someone will look at in a terminal."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        return printable(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802
        return printable_lines(super().formatException(ei))


class _Printed(logging.Handler):
    """For entries that no handler takes."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.partition(".")[0] == ROOT and record.name != LIBRARIES.name:
            print_line(record.getMessage(), err=True)


def _log_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: Any = None,  # noqa: ARG001
    line: str | None = None,  # noqa: ARG001
) -> None:
    LIBRARIES.warning("%s: %s (%s:%d)", category.__name__, message, filename, lineno)
