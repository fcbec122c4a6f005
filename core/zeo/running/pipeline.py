"""The main job on one page: samples become candidates, and candidates go from stage to stage.

    generate -> decode -> repair -> identify -> relax -> probe -> filter -> rank -> report

:mod:`zeo.running.planning` decided what is to be done, :mod:`zeo.running.drawing` draws,
:mod:`zeo.running.stages` builds the stages that :mod:`zeo.running.passing` takes candidates through, and
:mod:`zeo.running.report` tells what came of it. Plugins do the work; here are the batches and the
records. Every candidate ends in the run directory, whatever its fate, and is then forgotten: memory does not
grow with the number of samples.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Executor
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from attrs import evolve, frozen

from zeo.errors import LostError
from zeo.plugin.candidate import Candidate, StageRecord
from zeo.plugin.registry import Plugins, installed_plugins
from zeo.records.record import Record
from zeo.records.table import line_of
from zeo.running.drawing import draw, sampling
from zeo.running.enough import Enough, in_time
from zeo.running.failing import Failing
from zeo.running.passing import fail, process
from zeo.running.plan import Plan
from zeo.running.rundir import RunDirectory
from zeo.running.seen import seen_by
from zeo.running.sharing import workers as sharing_out
from zeo.running.stages import build_stages
from zeo.running.timing import Seconds, log_line
from zeo.running.trail import DRAWING, Place, last_place, trail
from zeo.tools.files import scratch
from zeo.tools.foreign import foreign_code
from zeo.tools.logs import kept_log
from zeo.tools.parallel import TRIES, Workers
from zeo.tools.progress import doing
from zeo.tools.threads import one_thread

logger = logging.getLogger("zeo")


@frozen
class Batch:
    """Samples that are drawn together.

    Args:
        indices: of the samples.
        pending: those of them that have no record yet.
        trail: a file in which to leave where the work is; None where nobody will ask.
    """

    indices: range
    pending: frozenset[int]
    trail: Path | None = None


@frozen
class Finished:
    """What is kept of a candidate.

    Args:
        record: of it.
        line: the same with the atoms of a survivor, as it is written; see
            :func:`zeo.records.table.line_of`.
        seconds: that it took.
    """

    record: Record
    line: bytes
    seconds: Seconds


def run(
    directory: RunDirectory,
    plugins: Plugins,
    on_record: Callable[[Record], None] = lambda _: None,
    jobs: int = 1,
    minutes: float | None = None,
    executor: Executor | None = None,
    time_limit: float | None = None,
) -> None:
    """Draw, clean up and measure every candidate of a run that has no record yet, until there is enough.

    Args:
        directory: new or resumed; its plan decides everything.
        plugins: the installed plugins.
        on_record: called with each record once it is on disk.
        jobs: processes that share out the batches, each on one thread; this process alone when 1.
        minutes: after which no further batch is begun; None for all of them.
        executor: whose workers share out the batches instead of our own processes.
        time_limit: seconds that a stage may take with one sample, or the drawing of a batch, before the
            process that does it is ended; None for ever.

    Raises:
        ZeoError: before the first candidate when the plan cannot work, when plugins fail on many candidates
            in a row or on all of them, or at any time when the directory cannot be written.
    """
    enough, failing = directory.enough(), Failing()
    batches = in_time(batches_of(directory, enough), minutes)
    with closing(finished_batches(directory, plugins, batches, jobs, executor, time_limit)) as results:
        for finished in results:
            for one in finished:
                if one.record.index >= enough.end:
                    break
                directory.write(one.record.index, one.line)
                logger.info(log_line(one.record.id, one.seconds))
                on_record(one.record)
                enough.count(one.record)
                failing.count(one.record)
            directory.sync()
            failing.stop_after_many()
            if enough.is_reached and not directory.count_missing(enough.end):
                break
    if enough.is_reached:
        directory.drop_from(enough.end)
    if not directory.count_missing(enough.end):
        failing.stop_if_all(directory.records())


def batches_of(directory: RunDirectory, enough: Enough) -> Iterator[Batch]:
    """The batches in which a candidate has no record yet; a resumed run forms the same ones."""
    size, recorded, wanted = directory.plan.batch_size, directory.recorded(), directory.indices
    for start in range(wanted.start, wanted.stop, size):
        if start >= enough.end:
            return
        indices = range(start, min(start + size, wanted.stop))
        if pending := frozenset(range(start, min(indices.stop, enough.end))) - recorded:
            yield Batch(indices, pending)


def finished_batches(
    directory: RunDirectory,
    plugins: Plugins,
    batches: Iterable[Batch],
    jobs: int,
    executor: Executor | None = None,
    time_limit: float | None = None,
) -> Generator[Iterable[Finished], None, None]:
    """What came of each batch, made here or by several processes: the result is the same."""
    plan = directory.plan
    if jobs == 1 and executor is None and time_limit is None:
        with one_thread():
            yield from map(Line(plan, plugins), batches)
        return
    where = f"in {jobs} processes" if executor is None else "elsewhere"
    doing(f"loading {plan.generator} and drawing {where}")
    with (
        folder_of_trails(directory, executor) as trails,
        sharing_out(line_in_process, (plan, time_limit, this_process()), jobs, executor) as workers,
    ):
        lost = []
        for batch, outcome in workers.map(trailed(batch, trails) for batch in batches):
            if isinstance(outcome, LostError):
                lost.append(batch)
            else:
                yield taken_over(outcome)
        for batch in lost:
            yield without_killers(batch, workers, plan)


@contextmanager
def folder_of_trails(directory: RunDirectory, executor: Executor | None) -> Iterator[Path]:
    """Where trails are left: our own processes see any folder, workers elsewhere that of the run."""
    if executor is not None:
        with scratch(directory.path.resolve()) as folder:
            yield folder
    else:
        with TemporaryDirectory(prefix="zeo-") as name:
            yield Path(name)


def trailed(batch: Batch, trails: Path) -> Batch:
    """The batch with a trail of its own."""
    return evolve(batch, trail=trails / str(batch.indices.start))


def without_killers(batch: Batch, workers: Workers[Batch, Any], plan: Plan) -> list[Finished]:
    """A batch that killed its processes: what did it, by the trail, is given up; the rest is done again."""
    finished = []
    lost = [batch]
    while lost:
        rest = []
        for part in lost:
            place = place_of_kill(part, plan)
            if place.index in part.pending:
                finished.append(given_up(place, plan))
            rest += parts_without(part, place)
        lost = []
        for part, outcome in workers.map(rest):
            if isinstance(outcome, LostError):
                lost.append(part)
            else:
                finished += taken_over(outcome)
    return sorted(finished, key=lambda one: one.record.index)


def place_of_kill(batch: Batch, plan: Plan) -> Place:
    """Where the last process that a batch killed was.

    Raises:
        LostError: it had not begun with the batch.
    """
    assert batch.trail is not None, "batches that other processes work on have a trail"
    place = last_place(batch.trail)
    if place is None:
        raise LostError(
            f"{TRIES} processes were killed while they loaded {plan.generator}; if memory ran out, use fewer"
            " --jobs (and workers elsewhere have to see the folder of the run, where they note what they do)"
        )
    return place


def parts_without(batch: Batch, place: Place) -> list[Batch]:
    """What is left of a batch without the candidate that kills; what cannot be drawn is no part of it.

    As after an error of the generator, what comes behind is then drawn anew.
    """
    assert batch.trail is not None
    pending = batch.pending - {place.index}
    if place.position != DRAWING:
        batch.trail.unlink()
        return [evolve(batch, pending=pending)] if pending else []
    behind = range(place.index + 1, batch.indices.stop)
    parts = [
        (batch.indices, pending & set(range(batch.indices.start, place.index))),
        (behind, pending & set(behind)),
    ]
    batch.trail.unlink()
    return [trailed(Batch(*part), batch.trail.parent) for part in parts if part[1]]


def taken_over(outcome: Any) -> list[Finished]:
    """What another process finished; what it logged goes to our log.

    Raises:
        Exception: what the process ended with.
    """
    if isinstance(outcome, Exception):
        raise outcome
    finished, log = outcome
    for entry in log:
        logger.handle(entry)
    return list(finished)


def given_up(place: Place, plan: Plan) -> Finished:
    """A candidate that kills whatever process works on it, with the stages that it passed before."""
    steps = [("generate", plan.generator), *((step.stage, step.plugin) for step in plan.steps)]
    *before, (stage, plugin) = steps[: place.position + 2]
    passed = tuple(StageRecord(stage=name, plugin=filling, outcome="passed") for name, filling in before)
    blank = Candidate(index=place.index, seed=plan.seed_of(place.index), history=passed)
    if place.hung:
        lost = fail(blank, stage, plugin, "took too long", f"{TRIES} times; its process was ended")
    else:
        lost = fail(blank, stage, plugin, "killed its process", f"{TRIES} times; memory may have run out")
    return finished_with(lost, plan, Seconds(0.0, 0.0))


def finished_with(candidate: Candidate, plan: Plan, seconds: Seconds) -> Finished:
    """What is kept of a candidate; of the atoms, those of a survivor."""
    record = Record.of(candidate)
    structure = candidate.structure if record.survived else None
    return Finished(record, line_of(record, structure, plan.columns), seconds)


class Line:
    """The production line of a run: draws a batch and takes its candidates through all stages.

    What it makes of a batch depends on the plan and the batch alone.

    Args:
        plan: of the run.
        plugins: the installed ones.
        time_limit: see :func:`run`.

    Raises:
        ZeoError: a plan that cannot work.
    """

    def __init__(self, plan: Plan, plugins: Plugins, time_limit: float | None = None) -> None:
        self.time_limit = time_limit
        plugins = plugins.configured(plan.options)
        self.plan = plan
        generator = plugins.create("generator", plan.generator)
        self.stages = build_stages(plan, plugins, seen_by(generator, plan, plugins))
        with foreign_code(f"loading {plan.generator}"):
            generator.load(Path(plan.checkpoint) if plan.checkpoint else None, plan.device)
        self.samples_at = sampling(plan, plugins, generator)

    def __call__(self, batch: Batch) -> Iterator[Finished]:
        """The pending candidates of a batch, one after another."""
        first, last = batch.indices.start, batch.indices.stop - 1
        doing(f"drawing samples {first} to {last} with {self.plan.generator}")
        candidates = draw(self.samples_at, self.plan.generator, self.plan.seed_of, batch.indices)
        started = time.perf_counter()
        with trail(batch.trail, self.time_limit) as enter:
            for index in range(batch.indices.start, max(batch.pending) + 1):
                enter(index, DRAWING)
                candidate = next(candidates)
                if index in batch.pending:
                    drawn = time.perf_counter()
                    done = process(candidate, self.stages, partial(enter, index))
                    seconds = Seconds(drawn - started, time.perf_counter() - drawn)
                    yield finished_with(done, self.plan, seconds)
                    started = time.perf_counter()


def this_process() -> tuple[str, int]:
    """What tells it from all others."""
    return socket.gethostname(), os.getpid()


def line_in_process(
    plan: Plan, time_limit: float | None, driver: tuple[str, int]
) -> Callable[[Batch], tuple[list[Finished], list[logging.LogRecord]]]:
    """The line in a process of its own: a whole batch at a time, with what it would have logged.

    Where an executor of threads has it work in the process that holds the run, that is never ended.
    """
    line = Line(plan, installed_plugins(), None if driver == this_process() else time_limit)

    def finish(batch: Batch) -> tuple[list[Finished], list[logging.LogRecord]]:
        with kept_log(logger) as log:
            return list(line(batch)), log

    return finish
