"""Work shared out over processes. Workers are given functions that any process can import."""

from __future__ import annotations

import operator
import os
import signal
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from zeo.crystal.net import Net
from zeo.crystal.structure import Structure
from zeo.errors import ZeoError
from zeo.tools.parallel import Workers


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


def test_a_late_item_keeps_its_place() -> None:
    delays = [0.5, 0.0, 0.0, 0.1]
    with workers(time.sleep, jobs=2) as pool:
        assert list(pool.map(delays)) == [(delay, None) for delay in delays]


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


def test_a_killed_process_is_one_clear_error() -> None:
    with workers(signal.raise_signal, jobs=2) as pool, pytest.raises(ZeoError, match=r"SIGKILL.*--jobs"):
        list(pool.map([signal.SIGKILL]))


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
