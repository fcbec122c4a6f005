"""The same work on one item after another, shared out over processes; the results in the order of the items.

Each process prepares itself once (plugins, options) and is then handed one item at a time. It runs on one
thread, so that results do not depend on how many processes there are. When this process goes, however it
goes, the others find their pipe closed and end; when one of them is killed, the work stops with an error.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import Any, Generic, TypeVar

from attrs import define, field

from zeo.errors import ZeoError
from zeo.tools.foreign import describe

Item = TypeVar("Item")
Result = TypeVar("Result")

AHEAD = 16
"""Items for each process that may be done or under way while an earlier one is still awaited."""

THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Workers(Generic[Item, Result]):
    """Processes that share out work; a context, at whose end they are stopped.

    Args:
        prepare: a function of a module. Called with ``arguments`` in each process, it returns the function
            that turns an item into a result.
        arguments: that pickle can carry, as items and results must be.
        jobs: processes, started as they are needed; 0 does the work in this one, on all its threads.
    """

    def __init__(
        self, prepare: Callable[..., Callable[[Item], Result]], arguments: tuple[Any, ...], jobs: int
    ) -> None:
        self._prepare, self._arguments, self._jobs = prepare, arguments, jobs
        self._workers: list[_Worker] = []

    def __enter__(self) -> Workers[Item, Result]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def map(self, items: Iterable[Item]) -> Generator[tuple[Item, Result | Exception], None, None]:
        """Each item with its result, or with the exception that the work on it raised; in order.

        Raises:
            ZeoError: a process was killed.
            Exception: what ``prepare`` raises.
        """
        if self._jobs == 0:
            yield from self._map_here(items)
            return
        waiting: deque[_Task[Item]] = deque()
        source = iter(items)
        more = True
        try:
            while more or waiting:
                while more and len(waiting) < AHEAD * self._jobs and (worker := self._free_worker()):
                    try:
                        task = _Task(next(source))
                    except StopIteration:
                        more = False
                        break
                    worker.start(task)
                    waiting.append(task)
                if waiting and waiting[0].done:
                    task = waiting.popleft()
                    yield task.item, task.outcome
                elif waiting:
                    self._await_one()
        finally:
            if waiting:
                self.stop()

    def stop(self) -> None:
        """End the processes, whatever they are doing."""
        for worker in self._workers:
            worker.stop()
        self._workers = []

    def _map_here(self, items: Iterable[Item]) -> Iterator[tuple[Item, Result | Exception]]:
        work = self._prepare(*self._arguments)
        for item in items:
            try:
                outcome: Result | Exception = work(item)
            except Exception as error:
                outcome = error
            yield item, outcome

    def _free_worker(self) -> _Worker | None:
        for worker in self._workers:
            if worker.task is None:
                return worker
        if len(self._workers) == self._jobs:
            return None
        self._workers.append(_Worker.spawn(self._prepare, self._arguments))
        return self._workers[-1]

    def _await_one(self) -> None:
        busy = {worker.connection: worker for worker in self._workers if worker.task is not None}
        for connection in wait(list(busy)):
            busy[connection].finish()  # type: ignore[index]


@define
class _Task(Generic[Item]):
    item: Item
    done: bool = False
    outcome: Any = None


@define
class _Worker:
    """A process, and what it is working on."""

    process: SpawnProcess
    connection: Connection
    task: _Task[Any] | None = field(default=None)

    @classmethod
    def spawn(cls, prepare: Callable[..., Any], arguments: tuple[Any, ...]) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, prepare, arguments), daemon=True)
        with _one_thread(), _interrupts_held_back():
            process.start()
        theirs.close()  # else the pipe would outlive the process, whose end is how we know of it
        return cls(process, ours)

    def start(self, task: _Task[Any]) -> None:
        try:
            self.connection.send(task.item)
        except OSError as error:
            raise self._killed() from error
        self.task = task

    def finish(self) -> None:
        """Take the outcome of the task; the process must have sent one, or ended."""
        assert self.task is not None
        try:
            prepared, self.task.outcome = self.connection.recv()
        except (EOFError, OSError) as error:
            raise self._killed() from error
        if not prepared:
            raise self.task.outcome
        self.task.done, self.task = True, None

    def stop(self) -> None:
        self.process.terminate()
        self.process.join()
        self.connection.close()

    def _killed(self) -> ZeoError:
        self.process.join(1.0)
        code = self.process.exitcode
        how = signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"
        return ZeoError(
            f"a worker process ended before its work was done ({how}); if memory ran out, use fewer --jobs"
        )


def _serve(connection: Connection, prepare: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """What a worker process does until its pipe is closed."""
    work: Any = None
    try:
        work = prepare(*arguments)
    except Exception as error:
        failure = error
    with suppress(EOFError, OSError):
        while True:
            item = connection.recv()
            connection.send((False, _portable(failure)) if work is None else (True, _outcome(work, item)))


def _outcome(work: Callable[[Any], Any], item: Any) -> Any:
    try:
        return work(item)
    except Exception as error:
        return _portable(error)


def _portable(error: Exception) -> Exception:
    """The error, or what it says where pickle cannot carry it."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return ZeoError(str(error) if isinstance(error, ZeoError) else describe(error))
    return error


@contextmanager
def _one_thread() -> Iterator[None]:
    """Processes started meanwhile compute on one thread each, unless the user said otherwise."""
    missing = [name for name in THREAD_LIMITS if name not in os.environ]
    os.environ.update(dict.fromkeys(missing, "1"))
    try:
        yield
    finally:
        for name in missing:
            del os.environ[name]


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
