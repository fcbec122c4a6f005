"""Work shared out over processes of our own or over somebody else's executor, whose workers are checked."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from contextlib import AbstractContextManager, chdir, nullcontext
from pathlib import Path
from typing import Any

import zeo
from zeo.errors import ZeoError
from zeo.plugin.registry import installed_plugins
from zeo.running.provenance import versions
from zeo.tools.differences import differences
from zeo.tools.parallel import Workers
from zeo.tools.threads import one_thread

CALL_SECONDS = 20.0
"""How long a call to somebody else's executor takes: far longer than it takes to send, and little to lose."""


def workers(
    prepare: Callable[..., Callable[[Any], Any]],
    arguments: tuple[Any, ...],
    jobs: int,
    executor: Executor | None = None,
) -> Workers[Any, Any]:
    """What shares out work; see :class:`zeo.tools.parallel.Workers` for the arguments.

    Workers of an executor have the same software as this process, or the work ends with one clear line.
    """
    if executor is None:
        return Workers(prepare, arguments, jobs)
    there = (software(), Path.cwd(), prepare, arguments)
    return Workers(_prepared_there, there, max(jobs, 1), executor, CALL_SECONDS)


def software() -> dict[str, str]:
    """Versions of everything that results depend on: zeo, the plugins, numerical libraries, the reference."""
    plugins = installed_plugins()
    found = {entry.distribution.name: entry.distribution.version for entry in plugins.entries()}
    return {"zeo": zeo.__version__, **found, **versions([], plugins)}


_alone = threading.Lock()
"""The log, the number of threads and the working folder are of the process: one thing at a time, however many
threads it has."""


def _prepared_there(
    expected: Mapping[str, str],
    folder: Path,
    prepare: Callable[..., Callable[[Any], Any]],
    arguments: tuple[Any, ...],
) -> Callable[[Any], Any]:
    """On a worker: what does the work, computing as our own processes do, in the same folder.

    Raises:
        ZeoError: it has other software.
    """
    with _alone, one_thread(), _working_in(folder):
        _require_same(expected)
        work = prepare(*arguments)

    def work_alone(item: Any) -> Any:
        with _alone, one_thread(), _working_in(folder):
            return work(item)

    return work_alone


def _working_in(folder: Path) -> AbstractContextManager[None]:
    """In a folder, where relative paths are those of who sends the work; nowhere else if it is not seen."""
    return chdir(folder) if folder.is_dir() else nullcontext()


def _require_same(expected: Mapping[str, str]) -> None:
    """What a worker has besides does not matter: it is named by nothing in the work."""
    here = software()
    changed = differences(expected, {name: here.get(name, "missing") for name in expected})
    if changed:
        raise ZeoError(
            f"the worker {socket.gethostname()}, process {os.getpid()}, has other software:"
            f" {'; '.join(changed)}; install the same there"
        )
