"""Atomic writing: a file is either as it was or complete, whatever kills the process."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


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
