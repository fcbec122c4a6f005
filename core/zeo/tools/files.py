"""Safe writing: a file is as it was or complete, and one process at a time works in a directory."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from zeo.errors import BusyError, ZeoError

NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP)
"""What network file systems without locks say; two processes in one directory are then the user's care."""

LOCK_FILE = ".lock"
"""Stays in a directory that was held."""


def read_whole(path: Path, most: int) -> bytes:
    """The content of a file that is small by its nature; devices and pipes, which never end, are no files.

    Args:
        path: of the file.
        most: bytes.

    Raises:
        ZeoError: no such file, not a file, or a larger one.
    """
    try:
        if not path.is_file():
            raise ZeoError(f"cannot read {path}: {'not a file' if path.exists() else 'no such file'}")
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise ZeoError(f"cannot read {path}: {error.strerror}") from error
    if len(content) > most:
        raise ZeoError(f"cannot read {path}: larger than {most / 1e6:g} MB")
    return content


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
    """Hold a directory, made if need be, for one process; its end, however it comes, sets it free.

    Raises:
        BusyError: another process holds it.
        ZeoError: its lock file is a link.
        OSError: it cannot be written.
    """
    from filelock import FileLock, Timeout  # takes a tenth of a second to import

    refuse_link(directory / LOCK_FILE)
    # a soft lock, the file itself, would stay when this process is killed
    lock = FileLock(directory / LOCK_FILE, blocking=False, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout:
        raise BusyError(f"another process is working in {directory}") from None
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
    try:
        yield
    finally:
        lock.release()


def remove_unfinished(directory: Path) -> None:
    """Remove what writers that were killed left in a directory; to be called while it is held."""
    for file in directory.rglob(".*.tmp"):
        with contextlib.suppress(OSError):
            file.unlink()


def refuse_link(path: Path) -> None:
    """Raise an error if what is going to be written to would be written somewhere else.

    Raises:
        ZeoError: the path is a symbolic link.
    """
    if path.is_symlink():
        raise ZeoError(f"{path} is a link to {os.readlink(path)}, which is left alone: remove the link")
