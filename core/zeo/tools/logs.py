"""Log entries of one process, carried to another."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import QueueHandler
from queue import SimpleQueue


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
