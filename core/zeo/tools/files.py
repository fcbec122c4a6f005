"""Safe writing: a file is as it was or complete, nothing is written through a link, one process at a time
works in a folder.

The folder that a user asks for may be a link. What is in it may not, where it is written to: a folder that
came from somebody else would decide what is written over.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import stat
from collections.abc import Iterable, Iterator
from io import FileIO
from pathlib import Path
from typing import TextIO

from zeo.errors import BusyError, ZeoError

NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP)
"""What network file systems without locks say; two processes in one directory are then the user's care."""

LOCK_FILE = ".lock"
"""There while a folder is held, or was by a process that was killed."""

NO_PAGE = ".no-report"
"""There where whoever began the work wants no page of what comes of it."""

_UNFINISHED = re.compile(r"\.zeo-[0-9a-f]{16}\.tmp")
"""Names of what becomes a file or folder once it is complete."""


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


def write_atomically(path: Path, content: str | bytes | Iterable[str], overwrite: bool = True) -> None:
    """Write ``content`` to a temporary sister of ``path``, flush it to disk and rename it.

    Args:
        path: of a file, which the user's umask decides who may read.
        content: of it, perhaps in pieces.
        overwrite: whether it may be there already.

    Raises:
        ZeoError: what is there is no file but a link, a pipe or the like.
        OSError: a full or read-only disk, or a file that may not be overwritten; ``path`` is then as it was.
    """
    require_plain(path)
    pieces = [content] if isinstance(content, str | bytes) else content
    temporary = _unfinished_in(path.parent)
    try:
        with temporary.open("xb") as file:
            for piece in pieces:
                # a file name that is not UTF-8 is written as the bytes that it came as
                file.write(piece.encode(errors="surrogateescape") if isinstance(piece, str) else piece)
            file.flush()
            os.fsync(file.fileno())
        if overwrite:
            os.replace(temporary, path)
        else:
            _rename_to_new(temporary, path)
    except OSError as error:
        # which named the temporary one, or none
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()  # where it has not been renamed


def is_free(folder: Path) -> bool:
    """Whether work can begin there: nothing is, or but hidden files that a killed process or the system left.

    Raises:
        OSError: nobody can tell.
    """
    if not folder.exists():
        return True
    return folder.is_dir() and all(file.name.startswith(".") for file in folder.iterdir())


def require_free(path: Path) -> None:
    """Refuse to write over what is there.

    Raises:
        ZeoError: there is something of that name.
    """
    if os.path.lexists(path):
        raise ZeoError(f"{path} exists; choose another name, or give --force")


@contextlib.contextmanager
def made_whole(path: Path) -> Iterator[Path]:
    """A place for a new file or folder, which gets its name once it is complete.

    Raises:
        OSError: there is something of that name already, or it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = _unfinished_in(path.parent)
    try:
        folder.mkdir()
        yield folder / path.name
        _rename_to_new(folder / path.name, path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def scratch(parent: Path) -> Iterator[Path]:
    """A folder for what is needed only meanwhile; what a kill leaves of it goes when ``parent`` is held next.

    Raises:
        OSError: it cannot be made.
    """
    folder = _unfinished_in(parent)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def open_to_append(path: Path) -> TextIO:
    """A text file to add lines to.

    Raises:
        ZeoError: it is a link, a pipe or the like, or a file that has another name elsewhere.
        OSError: it cannot be written.
    """
    _require_own(path)
    return open(path, "a", encoding="utf-8", errors="backslashreplace", opener=_open_without_link)


def append_only(path: Path) -> FileIO:
    """The same for bytes, which go to the system as they are written.

    Raises:
        ZeoError, OSError: likewise.
    """
    _require_own(path)
    return open(path, "ab", buffering=0, opener=_open_without_link)


def _require_own(path: Path) -> None:
    require_plain(path)
    if path.exists() and path.stat().st_nlink > 1:
        raise ZeoError(f"{path} has another name elsewhere (a hard link): put a copy in its place")


def make_folder(path: Path) -> None:
    """A folder in one that is held, made if need be, and cleared of what killed writers left in it.

    Raises:
        ZeoError: it is a link, a pipe or the like.
        OSError: it cannot be made.
    """
    require_plain(path)
    path.mkdir(exist_ok=True)
    _remove_unfinished(path)


@contextlib.contextmanager
def held(directory: Path) -> Iterator[None]:
    """Hold a directory, made if need be, for one process; its end, however it comes, sets it free.

    Raises:
        BusyError: another process holds it.
        ZeoError: its lock file is a link.
        OSError: it cannot be written.
    """
    from filelock import FileLock, Timeout  # takes a tenth of a second to import

    directory.mkdir(parents=True, exist_ok=True)
    file = directory / LOCK_FILE
    require_plain(file)
    # a soft lock, the file itself, would stay when this process is killed
    lock = FileLock(file, blocking=False, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout:
        raise BusyError(f"another process is working in {directory}") from None
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
    try:
        _remove_unfinished(directory)
        yield
    finally:
        with contextlib.suppress(OSError):
            file.unlink()  # while it is locked: whoever waits for it sees that it has gone
        lock.release()


def require_plain(path: Path) -> None:
    """Raise an error if what is going to be written to is something else than a file or folder, or nothing.

    Raises:
        ZeoError: a symbolic link, through which something else would be written, a pipe or a device.
        OSError: nobody can tell.
    """
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if stat.S_ISLNK(mode):
        raise ZeoError(f"{path} is a link to {os.readlink(path)}, which is left alone: remove the link")
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise ZeoError(f"{path} is a pipe, a device or the like, which is left alone: remove it")


def _unfinished_in(folder: Path) -> Path:
    return folder / f".zeo-{os.urandom(8).hex()}.tmp"


def _remove_unfinished(directory: Path) -> None:
    """Remove what writers that were killed left in a directory that is held."""
    with os.scandir(directory) as entries:
        left = [entry for entry in entries if _UNFINISHED.fullmatch(entry.name)]
    for entry in left:
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                os.unlink(entry)


def _rename_to_new(temporary: Path, path: Path) -> None:
    """Rename a file or folder unless the new name is taken; an empty folder does not count.

    Raises:
        OSError: it is taken.
    """
    if temporary.is_dir():
        os.rename(temporary, path)
        return
    try:
        os.link(temporary, path)  # unlike a renaming, it never replaces another file
    except FileExistsError:
        raise
    except OSError:  # a disk without hard links
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        os.rename(temporary, path)


def _open_without_link(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)
