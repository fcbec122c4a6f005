"""What is said of a run directory that cannot be written."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zeo.errors import RunDirectoryError, ZeoError
from zeo.running.runfile import NAME as RUN_FILE


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn errors of the operating system into one line that says what to do.

    Args:
        path: of the run directory.

    Raises:
        RunDirectoryError: in their place.
    """
    try:
        yield
    except ZeoError:
        raise
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        if (path / RUN_FILE).exists():
            cure = "free some space" if full else "make it writable"
            advice = f"everything written so far is kept: {cure} and continue with: zeo run --resume {path}"
        else:
            advice = "free some space or choose another --out" if full else "choose a writable --out"
        raise RunDirectoryError(f"cannot write in {path}: {error.strerror or error}; {advice}") from error
