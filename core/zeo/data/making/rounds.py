"""What all work in rounds shares: errors of plugins cost single items, and a failing disk one clear line."""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from zeo.errors import ConfigError, PluginError, ZeoError
from zeo.tools.foreign import describe
from zeo.tools.parallel import Workers

logger = logging.getLogger("zeo")


def outcomes(
    workers: Workers[Any, Any],
    items: Sequence[Any],
    doing: str,
    name_of: Callable[[Any], str],
    on_error: Callable[[], object] = lambda: None,
) -> Iterator[tuple[int, Any]]:
    """What came of the work on some items, by their positions; an error of a plugin costs one of them.

    Args:
        workers: that do it.
        items: in order.
        doing: what, for messages.
        name_of: of an item, for messages.
        on_error: called for each item that is lost.

    Raises:
        PluginError: there was an error in each.
        ConfigError: options that cannot work.
    """
    failures = 0
    for index, (item, outcome) in enumerate(workers.map(items)):
        if isinstance(outcome, ConfigError):
            raise outcome
        if isinstance(outcome, Exception):
            failures += 1
            on_error()
            what = describe(outcome)
            logger.warning("Warning: %s %s: %s", doing, name_of(item), what)
            if failures == len(items):
                raise PluginError(f"{doing} failed on all of {failures}, the last time with {what}")
        else:
            yield index, outcome


@contextmanager
def told_how_to_go_on(out: Path, how: str = "run the same command again") -> Iterator[None]:
    """A disk that fails becomes one clear line.

    Args:
        out: what is worked on.
        how: to go on with it.

    Raises:
        ZeoError: the disk is full, or cannot be written.
    """
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        cure = "free some space" if full else "make it writable"
        raise ZeoError(
            f"cannot write in {out}: {error.strerror or error}; finished rounds are kept: {cure} and {how}"
        ) from error
