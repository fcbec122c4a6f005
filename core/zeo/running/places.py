"""Where a run may begin: in a folder that is free, or in the first free one of a row."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from zeo.errors import RunDirectoryError
from zeo.running.disk import disk_errors
from zeo.running.runfile import FORMAT, RunFile
from zeo.running.runfile import NAME as RUN_FILE
from zeo.tools.differences import differences, in_short
from zeo.tools.files import is_free


def require_free(path: Path, contents: RunFile) -> None:
    """Raise an error unless a run can begin there.

    Raises:
        RunDirectoryError: it is taken, or cannot be read.
    """
    if (path / RUN_FILE).exists():
        raise RunDirectoryError(_occupied(path, contents))
    with disk_errors(path):
        free = is_free(path)
    if not free:
        raise RunDirectoryError(f"{path} is in use and is not a run directory; choose another --out")


def claimed(stem: str, parent: Path) -> Path:
    """The first free directory of a row, made by this process and no other.

    Raises:
        RunDirectoryError: it cannot be made.
    """
    with disk_errors(parent):
        parent.mkdir(parents=True, exist_ok=True)
        for number in count(1):
            path = parent / f"{stem}-{number:03d}"
            try:
                path.mkdir()
            except FileExistsError:
                continue
            return path
    raise AssertionError("numbers do not end")


def _occupied(path: Path, contents: RunFile) -> str:
    there = RunFile.read(path)
    if there.format != FORMAT:
        return f"{path} holds a run of an older zeo; continue it with: zeo run --resume {path}"
    changed = differences(_decided(there), _decided(contents))
    if not changed:
        return f"{path} already holds this run; continue it with: zeo run --resume {path}"
    return f"{path} holds a run of another configuration: {in_short(changed)}; choose another --out"


def _decided(contents: RunFile) -> dict[str, object]:
    """All that decides what a run becomes, and of a shard which part of it."""
    own = {"n": contents.n, "goal": contents.goal, "shard": contents.shard and str(contents.shard)}
    return own | contents.plan.as_json()
