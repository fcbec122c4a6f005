"""The same work on one item after another, shared out over an executor; results in the order of the items.

The work on an item follows from the item alone, so that it can be done anywhere, and again when it was lost
with the process that did it. This process takes the items, one as there is room for one, and keeps nothing
but those under way and the results that wait for an earlier one.
"""

from __future__ import annotations

import pickle
import threading
import time
from abc import abstractmethod
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from itertools import islice
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Generic, TypeVar

from attrs import define, field

from zeo.errors import LostError, ZeoError
from zeo.tools.foreign import describe
from zeo.tools.interrupts import INTERRUPTS
from zeo.tools.processes import Processes
from zeo.tools.progress import announce

Item = TypeVar("Item")
Result = TypeVar("Result")

AHEAD = 16
"""Items for each job that may be done or under way while an earlier one is still awaited."""

TRIES = 3
"""Processes that an item may cost before it is given up; for the last it has the executor to itself."""

PATIENCE = 1.0
"""Seconds without a result after which it is looked whether all processes are alive."""


SHARE = 4
"""A call has no more items than this part of what a worker has done before, so that all end together."""


class Elastic(Executor):
    """An executor whose workers come and go."""

    @property
    @abstractmethod
    def capacity(self) -> int:
        """Calls that it can have under way now."""

    @property
    @abstractmethod
    def has_workers(self) -> bool:
        """Whether any is there now."""

    @property
    @abstractmethod
    def state(self) -> str:
        """In a few words, for who waits: its workers, and what it lost."""

    @property
    @abstractmethod
    def place(self) -> str:
        """Where workers are to come to, such as ``the Dask scheduler at tcp://host:8786``."""


class Workers(Generic[Item, Result]):
    """Share out work; a context, at whose end our own processes are stopped.

    Args:
        prepare: a function of a module. Called with ``arguments``, once in each thread of a process that
            works, it returns the function that turns an item into a result.
        arguments: that pickle can carry, as items and results must be. They go with every item: name what is
            large, and let ``prepare`` load it.
        jobs: items under way at a time, each in a process of its own; 0 works in this process, on all its
            threads.
        executor: does the work instead of our own processes; it is left open, and should have as many threads
            as ``jobs``, unless it is :class:`Elastic`.
        call_seconds: how long a call to that executor is to take: as many items go with each. 0 sends items
            one by one.
    """

    def __init__(
        self,
        prepare: Callable[..., Callable[[Item], Result]],
        arguments: tuple[Any, ...],
        jobs: int,
        executor: Executor | None = None,
        call_seconds: float = 0.0,
    ) -> None:
        self._prepare, self._arguments, self._jobs = prepare, arguments, jobs
        self._call_seconds = call_seconds
        self._executor = executor
        self._processes = Processes(jobs) if jobs and executor is None else None
        self._work_here: Callable[[Item], Result] | None = None

    def __enter__(self) -> Workers[Item, Result]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def map(self, items: Iterable[Item]) -> Generator[tuple[Item, Result | Exception], None, None]:
        """Each item with its result, or with the exception that the work on it raised; in order.

        An item whose process was killed is worked on again; what has killed :data:`TRIES` of them has a
        ``LostError``.

        Args:
            items: taken one by one, in this process, as there is room for another.

        Raises:
            ZeoError: the executor that was given is broken.
            Exception: what ``prepare`` raises.
        """
        executor = self._executor or self._processes
        if self._jobs == 0 or executor is None:
            yield from self._map_here(items)
            return
        preparation = pickle.dumps((self._prepare, self._arguments))
        sharing: _Sharing[Item] = _Sharing(executor, preparation, self._jobs, self._call_seconds, iter(items))
        try:
            while not sharing.is_over:
                sharing.collect()
                if sharing.has_room:
                    sharing.take()
                if sharing.first_is_done:
                    task = sharing.tasks.popleft()
                    yield task.item, task.outcome
                elif sharing.tasks and not sharing.has_room:
                    sharing.wait()
        finally:
            if sharing.tasks:
                self._abandon(sharing)

    def stop(self) -> None:
        """End our own processes, whatever they are doing."""
        if self._processes is not None:
            self._processes.stop()

    def _abandon(self, sharing: _Sharing[Item]) -> None:
        """End what is under way in our own processes; of other executors it can only be asked for."""
        self.stop()
        if self._executor is not None:
            sharing.cancel()

    def _map_here(self, items: Iterable[Item]) -> Iterator[tuple[Item, Result | Exception]]:
        if self._work_here is None:
            self._work_here = self._prepare(*self._arguments)
        for item in items:
            try:
                outcome: Result | Exception = self._work_here(item)
            except Exception as error:
                outcome = error
            INTERRUPTS.raise_if_received()
            yield item, outcome


@define(eq=False)
class _Task(Generic[Item]):
    """An item, and what has become of it.

    Args:
        item: that is worked on.
        losses: calls that never came back.
        done: whether there is an outcome.
        outcome: result or exception.
    """

    item: Item
    losses: int = 0
    done: bool = False
    outcome: Any = None

    @property
    def is_suspect(self) -> bool:
        """Whether its next call is the last: with nothing beside it, which it would take with it."""
        return self.losses == TRIES - 1

    def finish(self, outcome: Any) -> None:
        """Take what has become of it."""
        self.done, self.outcome = True, outcome

    def lose(self) -> None:
        """A call with it never came back."""
        self.losses += 1
        if self.losses == TRIES:
            self.done = True
            self.outcome = LostError(
                f"given up: it killed its worker process {TRIES} times; if memory ran out, use fewer --jobs"
            )


@define
class _Sharing(Generic[Item]):
    """The items that are shared out. The labour with each does not grow with how many there are.

    Args:
        executor: that does the work.
        preparation: ``prepare`` and its arguments, pickled.
        jobs: calls under way at a time, unless the executor says.
        call_seconds: that a call is to take; 0 for one item each.
        source: of the items.
        has_more: whether it may have more of them.
        tasks: in their order, those that are not done and those done whose turn has not come.
    """

    executor: Executor
    preparation: bytes
    jobs: int
    call_seconds: float
    source: Iterator[Item]
    has_more: bool = True
    tasks: deque[_Task[Item]] = field(factory=deque)
    _under_way: dict[Future[Any], list[_Task[Item]]] = field(factory=dict)
    _together: int = 1  # items that go with a call
    _finished: int = 0
    _lost: list[_Task[Item]] = field(factory=list)
    _again: set[_Task[Item]] = field(factory=set)  # those under way that were lost before
    _back: SimpleQueue[Future[Any]] = field(factory=SimpleQueue)
    _is_deserted: bool = False  # the executor, as the user was told

    @property
    def is_over(self) -> bool:
        return not self.has_more and not self.tasks

    @property
    def first_is_done(self) -> bool:
        return bool(self.tasks) and self.tasks[0].done

    @property
    def most_calls(self) -> int:
        """Calls under way at a time."""
        return max(self.executor.capacity, 1) if isinstance(self.executor, Elastic) else self.jobs

    @property
    def has_room(self) -> bool:
        """Whether another item can be taken; none is until those that were lost have come back."""
        return (
            self.has_more
            and not self._lost
            and not self._again
            and len(self._under_way) < self.most_calls
            and len(self.tasks) < AHEAD * self.most_calls * self._together
        )

    def take(self) -> None:
        """Hand out the items of another call, if there are any."""
        tasks = [_Task(item) for item in islice(self.source, self._together)]
        self.has_more = len(tasks) == self._together
        if tasks:
            self.tasks.extend(tasks)
            self._submit(tasks)

    def collect(self) -> None:
        """Take what has come back, and hand out again what was lost, each item by itself."""
        while not self._back.empty():
            self._take_back(self._back.get())
        suspects = [task for task in self._lost if task.is_suspect]
        for task in self._lost:
            if not task.is_suspect:
                self._submit([task])
        if suspects and not self._under_way:
            self._submit([suspects.pop(0)])
        self._lost = suspects

    def wait(self) -> None:
        """Until something comes back, or for :data:`PATIENCE`."""
        self._tell_of_workers()
        try:
            self._take_back(self._back.get(timeout=PATIENCE))
        except Empty:
            if isinstance(self.executor, Processes):
                self.executor.stop_if_stuck()

    def _tell_of_workers(self) -> None:
        """Once when there are none any more, or none yet, and once when they have come."""
        if isinstance(self.executor, Elastic) and self._is_deserted == self.executor.has_workers:
            self._is_deserted = not self._is_deserted
            waiting = f"waiting for workers: {self.executor.place} has none"
            announce(waiting if self._is_deserted else f"workers have come: {self.executor.state}")

    def cancel(self) -> None:
        """Want nothing more of what has not begun yet."""
        for call in self._under_way:
            call.cancel()

    def _submit(self, tasks: list[_Task[Item]]) -> None:
        try:
            call = self.executor.submit(_call, self.preparation, [task.item for task in tasks])
        except Exception as error:
            said = str(error) if isinstance(error, BrokenExecutor) and str(error) else describe(error)
            raise ZeoError(
                f"the executor that does the work is broken: {said}; what is written is kept, and can be gone"
                " on with"
            ) from error
        self._under_way[call] = tasks
        self._again.update(task for task in tasks if task.losses)
        call.add_done_callback(self._back.put)

    def _take_back(self, call: Future[Any]) -> None:
        """Take what a call has come to.

        Raises:
            Exception: what ``prepare`` raised.
            ZeoError: a worker cannot even import what it is to call.
        """
        tasks = self._under_way.pop(call)
        self._again.difference_update(tasks)
        try:
            prepared, outcomes, seconds = call.result()
        except (BrokenExecutor, CancelledError):
            for task in tasks:
                task.lose()
        except ModuleNotFoundError as error:
            raise ZeoError(
                f"a worker cannot do this work: {error}; install the same software there"
            ) from error
        except Exception as error:  # of the executor, such as a result that pickle cannot carry
            if len(tasks) == 1:
                tasks[0].finish(error)
        else:
            if not prepared:
                raise outcomes
            for task, outcome in zip(tasks, outcomes, strict=True):
                task.finish(outcome)
            self._count(len(tasks), seconds)
            if self._is_deserted:  # the rest may be done before anything is waited for again
                self._tell_of_workers()
        self._lost += [task for task in tasks if not task.done]

    def _count(self, items: int, seconds: float) -> None:
        """Learn from a call how many items the next ones take."""
        self._finished += items
        if self.call_seconds:
            in_time = int(self.call_seconds * items / max(seconds, 1e-6))
            self._together = max(1, min(in_time, self._finished // (SHARE * self.most_calls)))


_prepared = threading.local()
"""What this thread was prepared for last, and the function that it prepared."""


def _call(preparation: bytes, items: list[Any]) -> tuple[bool, Any, float]:
    """Work on items, wherever this is called.

    Returns:
        Whether preparing succeeded; the outcomes, or why it did not; the seconds of work.
    """
    try:
        work = _work_of(preparation)
    except Exception as error:
        return False, portable(error), 0.0
    started = time.monotonic()
    outcomes = [_outcome(work, item) for item in items]
    return True, outcomes, time.monotonic() - started


def _outcome(work: Callable[[Any], Any], item: Any) -> Any:
    try:
        return work(item)
    except Exception as error:
        return portable(error)


def _work_of(preparation: bytes) -> Callable[[Any], Any]:
    if getattr(_prepared, "preparation", None) != preparation:
        prepare, arguments = pickle.loads(preparation)
        _prepared.work = prepare(*arguments)
        _prepared.preparation = preparation
    work: Callable[[Any], Any] = _prepared.work
    return work


def portable(error: Exception) -> Exception:
    """The error, or what it says where pickle cannot carry it."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return ZeoError(str(error) if isinstance(error, ZeoError) else describe(error))
    return error
