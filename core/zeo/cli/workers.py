"""Relaxing structures in this process or in several, with the results in the order of the files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from concurrent.futures import Future

    from zeo.candidate import Candidate
    from zeo.stages import Stage
    from zeo.structure import Structure

Submit = Callable[["Structure"], "Future[Candidate]"]


def create_relaxer(name: str, options: Mapping[str, Mapping[str, Any]]) -> Stage:
    """The relax stage with the plugin of that name.

    Raises:
        ZeoError: there is none of that name, it does something else, or an option cannot work.
    """
    from zeo.registry import installed_plugins
    from zeo.stages import postprocessing

    return postprocessing("relax", name, installed_plugins().configured(options))


@contextmanager
def workers(relaxer: str, options: Mapping[str, Mapping[str, Any]], jobs: int) -> Iterator[Submit]:
    """What relaxes a structure: this process, or ``jobs`` others."""
    import multiprocessing
    import os
    from concurrent.futures import Future, ProcessPoolExecutor

    if jobs == 1:
        stage = create_relaxer(relaxer, options)

        def at_once(structure: Structure) -> Future[Candidate]:
            done: Future[Candidate] = Future()
            try:
                done.set_result(_relaxed(stage, structure))
            except Exception as error:
                done.set_exception(error)
            return done

        yield at_once
        return
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # each process is one thread
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, context, initializer=_start_worker, initargs=(relaxer, options))
    try:
        yield lambda structure: pool.submit(_work, structure)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def results(files: Sequence[Path], submit: Submit, ahead: int) -> Iterator[tuple[str, Candidate | Exception]]:
    """Name and outcome of each structure, in order; ``ahead`` of them may be under way or waiting."""
    from collections import deque

    from zeo.io import iterate_structures

    waiting: deque[tuple[str, Future[Candidate] | Exception]] = deque()
    for name, structure in iterate_structures(files):
        waiting.append((name, structure if isinstance(structure, Exception) else submit(structure)))
        while len(waiting) > ahead:
            yield _outcome(*waiting.popleft())
    while waiting:
        yield _outcome(*waiting.popleft())


def _outcome(name: str, work: Future[Candidate] | Exception) -> tuple[str, Candidate | Exception]:
    if isinstance(work, Exception):
        return name, work
    try:
        return name, work.result()
    except Exception as error:
        return name, error


_stage: Stage | None = None


def _start_worker(relaxer: str, options: Mapping[str, Mapping[str, Any]]) -> None:
    import signal

    global _stage
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent stops the work
    _stage = create_relaxer(relaxer, options)


def _work(structure: Structure) -> Candidate:
    assert _stage is not None
    return _relaxed(_stage, structure)


def _relaxed(stage: Stage, structure: Structure) -> Candidate:
    from zeo.candidate import Candidate

    return stage.apply(Candidate(index=0, seed=0, structure=structure))
