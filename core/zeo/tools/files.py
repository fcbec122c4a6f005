"""Safe writing: a file is as it was or complete, and one process at a time works in a directory."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from zeo.errors import BusyError

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # Windows has no advisory locks; two processes in one directory are then the user's care
    fcntl = None

LOCK_FILE = ".lock"
"""Stays in a directory that was held."""


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write ``content`` to a temporary sister of ``path``, flush it to disk and rename it.

    Raises:
        OSError: a full or read-only disk; ``path`` is then as it was.
    """
    # a file name that is not UTF-8 is written as the bytes that it came as
    data = content.encode(errors="surrogateescape") if isinstance(content, str) else content
    try:
        _write_and_rename(path, data)
    except OSError as error:
        error.filename = str(path)  # not the temporary one, nor none
        raise


def _write_and_rename(path: Path, data: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


@contextlib.contextmanager
def held(directory: Path) -> Iterator[None]:
    """Hold a directory for one process; its end, however it comes, sets it free.

    Raises:
        BusyError: another process holds it.
        OSError: it cannot be written.
    """
    if fcntl is None:
        yield
        return
    with (directory / LOCK_FILE).open("w") as file:  # to write: else network file systems do not lock it
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(f"another process is working in {directory}") from None
        except OSError:  # a network file system without locks: two processes are then the user's care
            pass
        yield
