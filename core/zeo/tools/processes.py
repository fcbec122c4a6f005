"""An executor of processes that can lose some: what was under way fails, and the next call finds new ones.

Each process computes on one thread, so that results do not depend on how many there are, and ends when this
one does, however that ends.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import resource_tracker
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.queues import SimpleQueue
from types import ModuleType
from typing import Any, ParamSpec, TypeVar

from zeo.tools.logs import log_libraries
from zeo.tools.threads import one_thread_for_children

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class Processes(Executor):
    """A ``ProcessPoolExecutor`` that starts again after one of its processes was killed.

    Args:
        count: of processes, started as they are needed.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._context = _Context()
        self._pool: ProcessPoolExecutor | None = None
        self._awaited: set[Future[Any]] = set()

    def submit(
        self, call: Callable[Arguments, Result], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Future[Result]:
        """As in any executor; the future raises ``BrokenExecutor`` if a process is killed meanwhile."""
        try:
            future = self._running_pool().submit(call, *args, **kwargs)
        except (BrokenExecutor, OSError, ValueError):  # the latter two: it broke while it started a process
            self.stop()
            future = self._running_pool().submit(call, *args, **kwargs)
        self._awaited.add(future)
        future.add_done_callback(self._awaited.discard)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """As in any executor: what is under way is awaited."""
        if self._pool is not None:
            self._pool.shutdown(wait, cancel_futures=cancel_futures)

    def stop(self) -> None:
        """End all processes, whatever they are doing. Later calls find new ones.

        A call that came while its pool broke is in no list of the pool's: it fails here.
        """
        self._context.end()
        self.shutdown(cancel_futures=True)
        self._pool = None
        for future in list(self._awaited):
            if not future.done():
                future.set_exception(BrokenExecutor("its process was ended"))

    def stop_if_stuck(self) -> None:
        """End all processes if one is dead; to be called when nothing has come back for a while.

        A death breaks the pool at once, except that of a process that was sending a result: the pool waits
        for the rest of it for ever.
        """
        if self._context.has_lost_one:
            self.stop()

    def _running_pool(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._context = _Context()
            self._pool = ProcessPoolExecutor(self._count, self._context, _begin)
        return self._pool


class _Context(SpawnContext):
    """Starts the processes of a pool as they are to be, and can end them; the pool itself can only wait."""

    def __init__(self) -> None:
        super().__init__()
        self._started: list[SpawnProcess] = []
        self._results: SimpleQueue[Any] | None = None

    def Process(self, *args: Any, **kwargs: Any) -> SpawnProcess:  # type: ignore[override]  # noqa: N802
        process = _Process(*args, **kwargs, daemon=True)
        self._started.append(process)
        return process

    def SimpleQueue(self) -> SimpleQueue[Any]:  # noqa: N802
        self._results = super().SimpleQueue()
        return self._results

    @property
    def has_lost_one(self) -> bool:
        return not all(process.is_alive() for process in self._started)

    def end(self) -> None:
        """End the processes; a pool that waits for the rest of a result finds that there is none."""
        alive = [process for process in self._started if process.is_alive()]
        for process in alive:
            process.terminate()
        for process in alive:
            process.join()
        if self._results is not None:
            self._results._writer.close()  # type: ignore[attr-defined]  # else the pool never sees its end


class _Process(SpawnProcess):
    def start(self) -> None:
        with one_thread_for_children(), _interrupts_held_back(), _without_main():
            super().start()


def _begin() -> None:
    log_libraries()
    _end_with_parent()


def _end_with_parent() -> None:
    """End this process when the one that started it has gone."""
    threading.Thread(target=_await_end_of_parent, daemon=True).start()


def _await_end_of_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


@contextmanager
def _without_main() -> Iterator[None]:
    """Processes started meanwhile do not import the script that this one runs.

    Its work is in modules; a script without ``if __name__ == "__main__"`` would run anew in each of them.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Processes started meanwhile never hear Ctrl-C, which reaches all of them: this one decides what to do.

    It is held back, not ignored, so that one that comes at this moment still comes.
    """
    resource_tracker.ensure_running()  # starting it later would lift the block
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
