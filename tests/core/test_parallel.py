"""Work shared out over processes. Workers are given functions that any process can import."""

from __future__ import annotations

import contextlib
import multiprocessing
import operator
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

import pytest

from zeo.crystal.net import Net
from zeo.crystal.structure import Structure
from zeo.errors import LostError, ZeoError
from zeo.tools.parallel import Elastic, Workers
from zeo.tools.processes import Processes

sys.path.insert(0, str(Path(__file__).parent))  # other processes are told of it
import chores


def workers(function: Callable[..., Any], *arguments: Any, jobs: int) -> Workers[Any, Any]:
    """Workers that call a function with the arguments and an item."""
    return Workers(partial, (function, *arguments), jobs)


@pytest.mark.parametrize("jobs", [0, 1, 2])
def test_results_and_errors_come_in_order(jobs: int) -> None:
    with workers(operator.floordiv, 60, jobs=jobs) as pool:
        done = list(pool.map(iter([3, 0, *range(1, 60)])))
        again = list(pool.map([5]))
    assert [item for item, _ in done] == [3, 0, *range(1, 60)]
    assert isinstance(done[1][1], ZeroDivisionError)
    assert [result for item, result in done if item] == [60 // item for item, _ in done if item]
    assert again == [(5, 12)]


def test_a_late_item_keeps_its_place(tmp_path: Path) -> None:
    items = [("late", "third"), ("second", None), ("third", "second"), ("fourth", None)]
    with Workers(chores.following, (tmp_path,), 2) as pool:
        assert list(pool.map(items)) == [(item, item[0]) for item in items]


def test_items_are_taken_as_they_are_needed() -> None:
    taken = []

    def items() -> Any:
        for item in range(1000):
            taken.append(item)
            yield item

    with workers(abs, jobs=2) as pool:
        results = pool.map(items())
        assert next(results) == (0, 0)
        results.close()
        assert len(taken) < 100
        assert list(pool.map([-1])) == [(-1, 1)]


@pytest.mark.parametrize("jobs", [1, 3])
@pytest.mark.parametrize("kills", [1, 2])
def test_a_killed_process_costs_a_retry(tmp_path: Path, jobs: int, kills: int) -> None:
    with Workers(chores.killing, (tmp_path, kills), jobs) as pool:
        assert list(pool.map([*range(-2, 6)])) == [(item, item * item) for item in range(-2, 6)]


def test_what_kills_every_process_is_given_up_and_takes_nothing_with_it(tmp_path: Path) -> None:
    items = [*range(-2, 8)]
    with Workers(chores.killing, (tmp_path, 1000), 2) as pool:
        done = dict(pool.map(items))
    lost = done.pop(0)
    assert isinstance(lost, LostError)
    assert "killed its worker process 3 times" in str(lost)
    assert "--jobs" in str(lost)
    assert done == {item: item * item for item in items if item}
    assert (tmp_path / "0").stat().st_size == 3


def test_processes_killed_from_outside_are_replaced(tmp_path: Path) -> None:
    with Workers(chores.reporting, (tmp_path,), 2) as pool:
        results = pool.map(range(40))
        for _, (process, _) in results:
            if process not in (killed := {int(file.name) for file in tmp_path.glob("*")}) and len(killed) < 2:
                with contextlib.suppress(ProcessLookupError):  # it went with the other, which broke the pool
                    os.kill(process, signal.SIGKILL)
                    (tmp_path / str(process)).touch()
        assert len(list(tmp_path.glob("*"))) == 2
        assert [result for _, (_, result) in pool.map(range(5))] == [0, 1, 4, 9, 16]


def test_half_a_result_is_no_result(tmp_path: Path) -> None:
    with Workers(chores.dying_half_way, (tmp_path / "died",), 2) as pool:
        assert list(pool.map(range(5))) == [(item, -item) for item in range(5)]
    assert (tmp_path / "died").exists()


def test_a_pool_that_breaks_while_it_starts_a_process_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pool closes its pipes meanwhile, in another thread: starting fails in one of several ways."""
    processes = Processes(2)
    start = SpawnProcess.start

    def broken_meanwhile(process: SpawnProcess) -> None:
        pool: Any = processes._pool
        if pool._processes and not pool._broken:
            os.kill(next(iter(pool._processes)), signal.SIGKILL)
            while not pool._call_queue._reader.closed:
                time.sleep(0.001)
        start(process)

    monkeypatch.setattr(SpawnProcess, "start", broken_meanwhile)
    try:
        assert processes.submit(operator.neg, 1).result() == -1
        lost = processes.submit(time.sleep, 100)
        assert processes.submit(operator.neg, 2).result() == -2
        with pytest.raises(BrokenExecutor):
            lost.result()
    finally:
        processes.stop()


def test_a_call_that_the_pool_forgot_fails_when_it_is_stopped() -> None:
    """So it is with a call that comes between the end of a pool's list and the end of the pool."""
    processes = Processes(1)
    assert processes.submit(operator.neg, 1).result() == -1
    call = processes.submit(time.sleep, 100)
    while not call.running():
        time.sleep(0.001)
    pool: Any = processes._pool
    pool._pending_work_items.clear()
    processes.stop()
    with pytest.raises(BrokenExecutor):
        call.result(timeout=10)


class Inline(Executor):
    """Somebody else's executor, of the simplest kind: the call is made when it is submitted."""

    def submit(self, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(call(*args, **kwargs))
        return future


class Forgetful(Inline):
    """Loses every second call, as a cluster may."""

    calls = 0

    def submit(self, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.calls += 1
        future: Future[Any] = Future()
        if self.calls % 2:
            future.cancel()
            future.set_running_or_notify_cancel()
            return future
        return super().submit(call, *args, **kwargs)


@pytest.mark.parametrize("executor", [ThreadPoolExecutor(2), Inline(), Forgetful()])
def test_another_executor_does_the_same(executor: Executor) -> None:
    items = [3, 0, *range(1, 60)]
    with executor:
        for _ in range(2):  # it stays open
            with Workers(partial, (operator.floordiv, 60), 2, executor) as pool:
                done = list(pool.map(iter(items)))
            assert [item for item, _ in done] == items
            assert isinstance(done[1][1], ZeroDivisionError)
            assert [result for item, result in done if item] == [60 // item for item in items if item]
        with pytest.raises(AttributeError, match="nothing"):
            list(Workers(getattr, ("text", "nothing"), 2, executor).map([1]))


def test_what_is_done_does_not_wait_for_items_to_come() -> None:
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        for item in range(20):
            taken += 1
            yield item

    for item, _ in Workers(partial, (abs,), 4, Inline()).map(items()):
        assert taken <= item + 2


def test_a_broken_executor_is_one_clear_error() -> None:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as executor:
        pool: Workers[Any, None] = Workers(partial, (signal.raise_signal,), 1, executor)
        with pytest.raises(ZeoError, match="the executor that does the work is broken"):
            list(pool.map([signal.SIGKILL]))


def test_an_item_or_a_result_that_does_not_travel_is_told() -> None:
    with workers(memoryview, jobs=1) as pool:
        outcomes = [outcome for _, outcome in pool.map([b"text", lambda: 1, b"text"])]
    assert all(isinstance(outcome, Exception) and "pickle" in str(outcome) for outcome in outcomes)


def is_gone(process: int) -> bool:
    """Whether there is no such process, or one that has ended and is only waited for."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


ENDLESS = """
from functools import partial
from multiprocessing.context import SpawnProcess
from zeo.tools.parallel import Elastic, Workers
from zeo.tools.processes import Processes

if __name__ == "__main__":
    forever = "import os, time; open(str(os.getpid()), 'w'); time.sleep(1000)"
    with Workers(partial, (exec, forever), 2) as pool:
        list(pool.map([{}, {}, {}]))
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_workers_end_with_their_parent(tmp_path: Path, how: signal.Signals) -> None:
    script = tmp_path / "endless.py"
    script.write_text(ENDLESS)
    parent = subprocess.Popen([sys.executable, script], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    while len(found := [int(file.name) for file in tmp_path.glob("[0-9]*")]) < 2:
        assert parent.poll() is None
        time.sleep(0.01)
    parent.send_signal(how)
    _, said = parent.communicate(timeout=30)
    assert (said.count("Traceback"), "KeyboardInterrupt" in said) == (
        (1, True) if how == signal.SIGINT else (0, False)
    )
    deadline = time.monotonic() + 30
    while not all(map(is_gone, found)):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_an_error_that_does_not_travel_is_told() -> None:
    lone = Structure([[5, 0, 0], [0, 5, 0], [0, 0, 5]], ["Si"], [[0, 0, 0]])
    with workers(Net.from_structure, jobs=1) as pool:
        ((_, outcome),) = pool.map([lone])
    assert isinstance(outcome, ZeoError)
    assert "not four-connected" in str(outcome)


@pytest.mark.parametrize("jobs", [0, 1])
def test_what_cannot_be_prepared_ends_the_work(jobs: int) -> None:
    pool: Workers[int, int] = Workers(getattr, ("text", "nothing"), jobs)
    with pool, pytest.raises(AttributeError, match="nothing"):
        list(pool.map([1, 2]))


def test_processes_have_one_thread_and_this_one_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with workers(os.getenv, jobs=1) as pool:
        assert list(pool.map(["OMP_NUM_THREADS"])) == [("OMP_NUM_THREADS", "1")]
    assert "OMP_NUM_THREADS" not in os.environ


class Latecomer(Elastic):
    """Its one worker comes once it was missed, and does all that there is at once."""

    capacity = 1
    has_workers = False
    place = "the hall"
    state = "1 worker"

    def __init__(self) -> None:
        self._calls: list[tuple[Future[Any], partial[Any]]] = []

    def submit(self, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self._calls.append((Future(), partial(call, *args, **kwargs)))
        return self._calls[-1][0]

    def work(self) -> None:
        self.has_workers = True
        for future, call in self._calls:
            future.set_result(call())


def test_workers_that_do_the_rest_at_once_are_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    executor = Latecomer()

    class Announced:
        def doing(self, what: str) -> None: ...

        def announce(self, what: str) -> None:
            said.append(what)
            if not executor.has_workers:
                executor.work()

    said: list[str] = []
    monkeypatch.setattr("zeo.tools.progress._shown", [Announced()])
    assert list(Workers(partial, (operator.neg,), 1, executor).map([4])) == [(4, -4)]
    assert said == ["waiting for workers: the hall has none", "workers have come: 1 worker"]
