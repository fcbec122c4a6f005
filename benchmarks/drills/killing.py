"""Kills a process at each of its file operations in turn, goes on, and compares what comes out.

Some work writes a folder by way of some dozens of file operations. Each of them in turn becomes the last: the
process kills itself by SIGKILL in its place. The same work is then done again, and what it leaves is to be
what it leaves when nobody disturbs it, byte for byte.
"""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

Work = Callable[[Path], object]
"""Writes a folder, or goes on with one."""

Contents = Callable[[Path], Mapping[str, bytes]]
"""What of a folder is to be the same."""


class FileOperations:
    """Counts what is done to files in a folder, and kills this process in the place of one of them.

    Args:
        folder: to watch.
        last: the operation that is not done; 0 for none.
    """

    def __init__(self, folder: Path, last: int) -> None:
        self.folder, self.last, self.count = str(folder), last, 0
        for name in ("replace", "unlink", "mkdir", "chmod"):
            self._interpose(name, lambda *arguments: any(map(self._is_there, arguments)))
        self._interpose(
            "open", lambda path, flags, *_: self._is_there(path) and bool(flags & (os.O_WRONLY | os.O_RDWR))
        )
        for name in ("fsync", "write"):
            self._interpose(name, lambda *_: True)

    def _is_there(self, argument: Any) -> bool:
        return isinstance(argument, str | os.PathLike) and os.fspath(argument).startswith(self.folder)

    def _interpose(self, name: str, concerns: Callable[..., bool]) -> None:
        function = getattr(os, name)

        def interposed(*arguments: Any, **named: Any) -> Any:
            if concerns(*arguments):
                self.count += 1
                if self.count == self.last:
                    os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments, **named)

        setattr(os, name, interposed)


def in_child(work: Callable[[], Any]) -> int:
    """The exit code of a process that was forked for some work, negative where a signal ended it."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def killed(work: Work, contents: Contents, folder: Path, kills: int) -> Iterator[str]:
    """What became of some kills, spread over all file operations: ``same``, ``different`` or ``lost``.

    Args:
        work: done, killed and done again.
        contents: compared.
        folder: empty, for all of that.
        kills: how many, at most one for each file operation.
    """
    undisturbed = folder / "undisturbed" / "out"
    undisturbed.parent.mkdir()
    operations = operations_of(work, undisturbed)
    expected = contents(undisturbed)
    kills = min(kills, operations)
    for number in range(kills):
        last = 1 + number * operations // kills
        out = folder / str(last) / "out"  # of one name, which data sets keep
        out.parent.mkdir()

        def until_killed(out: Path = out, last: int = last) -> None:
            FileOperations(out, last)
            work(out)

        if in_child(until_killed) != -signal.SIGKILL:
            yield "not killed"
        elif in_child(lambda out=out: work(out)):
            yield "lost"
        else:
            yield "same" if contents(out) == expected else "different"


def operations_of(work: Work, out: Path) -> int:
    """How many file operations undisturbed work takes."""
    counted = out.with_suffix(".count")

    def count() -> None:
        operations = FileOperations(out, 0)
        work(out)
        counted.write_text(str(operations.count))

    assert in_child(count) == 0
    return int(counted.read_text())
