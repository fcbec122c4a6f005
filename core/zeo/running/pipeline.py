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
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from zeo.crystal.cif import cif_text
from zeo.errors import LostError, PluginError
from zeo.plugin.candidate import Candidate
from zeo.plugin.registry import Plugins, installed_plugins
from zeo.running.drawing import draw, sampling
from zeo.running.passing import RAISED, fail, process
from zeo.running.plan import Plan
from zeo.running.record import Record
from zeo.running.rundir import RunDirectory
from zeo.running.stages import build_stages
from zeo.running.timing import Seconds, log_line
from zeo.tools.foreign import foreign_code
from zeo.tools.logs import kept_log
from zeo.tools.parallel import Workers
from zeo.tools.threads import one_thread

logger = logging.getLogger("zeo")


@frozen
class Batch:
    """Samples that are drawn together, by their indices, and those of them that have no record yet."""

    indices: range
    pending: frozenset[int]


@frozen
class Finished:
    """What is kept of a candidate: its record, the CIF of a survivor, and how long it took."""

    record: Record
    cif: str | None
    seconds: Seconds


def run(
    directory: RunDirectory,
    plugins: Plugins,
    on_record: Callable[[Record], None] = lambda _: None,
    jobs: int = 1,
) -> None:
    """Draw, clean up and measure every candidate of a run that has no record yet.

    Args:
        directory: new or resumed; its plan decides everything.
        plugins: the installed plugins.
        on_record: called with each record once it is on disk.
        jobs: processes that share out the batches, each on one thread; this process alone when 1.

    Raises:
        ZeoError: before the first candidate when the plan cannot work, after a batch on all of which a plugin
            fails, or at any time when the directory cannot be written.
    """
    for finished in finished_batches(directory.plan, plugins, batches_of(directory), jobs):
        records = []
        for one in finished:
            directory.write(one.record, one.cif)
            logger.info(log_line(one.record.id, one.seconds))
            on_record(one.record)
            records.append(one.record)
        stop_if_all_failed(records)


def batches_of(directory: RunDirectory) -> Iterator[Batch]:
    """The batches in which a candidate has no record yet; a resumed run forms the same ones."""
    size, recorded = directory.plan.batch_size, directory.recorded()
    for start in range(0, directory.n, size):
        indices = range(start, min(start + size, directory.n))
        if pending := frozenset(indices) - recorded:
            yield Batch(indices, pending)


def finished_batches(
    plan: Plan, plugins: Plugins, batches: Iterable[Batch], jobs: int
) -> Iterator[Iterable[Finished]]:
    """What came of each batch, made here or by several processes: the result is the same."""
    if jobs == 1:
        with one_thread():
            yield from map(Line(plan, plugins), batches)
        return
    with Workers(line_in_process, (plan,), jobs) as workers:
        lost = []
        for batch, outcome in workers.map(batches):
            if isinstance(outcome, LostError):
                lost.append(batch)
            else:
                yield taken_over(outcome)
        for batch in lost:
            yield one_by_one(batch, workers, plan)


def one_by_one(batch: Batch, workers: Workers[Batch, Any], plan: Plan) -> list[Finished]:
    """A batch that killed its processes, candidate by candidate: only what kills is then lost."""
    finished = []
    singles = (Batch(batch.indices, frozenset([index])) for index in sorted(batch.pending))
    for single, outcome in workers.map(singles):
        finished += [given_up(single, plan)] if isinstance(outcome, LostError) else taken_over(outcome)
    return finished


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


def given_up(batch: Batch, plan: Plan) -> Finished:
    """The one candidate of a batch that kills whatever process works on it."""
    (index,) = batch.pending
    blank = Candidate(index=index, seed=plan.seed_of(index))
    lost = fail(
        blank, "generate", plan.generator, "killed its process", "three times; memory may have run out"
    )
    return Finished(Record.of(lost), None, Seconds(0.0, 0.0))


class Line:
    """The production line of a run: draws a batch and takes its candidates through all stages.

    What it makes of a batch depends on the plan and the batch alone.

    Args:
        plan: of the run.
        plugins: the installed ones.

    Raises:
        ZeoError: a plan that cannot work.
    """

    def __init__(self, plan: Plan, plugins: Plugins) -> None:
        plugins = plugins.configured(plan.options)
        self.plan = plan
        self.stages = build_stages(plan, plugins)
        generator = plugins.create("generator", plan.generator)
        with foreign_code(f"loading {plan.generator}"):
            generator.load(Path(plan.checkpoint) if plan.checkpoint else None, plan.device)
        self.samples_at = sampling(plan, plugins, generator)

    def __call__(self, batch: Batch) -> Iterator[Finished]:
        """The pending candidates of a batch, one after another."""
        started = time.perf_counter()
        plan = self.plan
        for candidate in draw(self.samples_at, plan.generator, plan.seed_of, batch.indices):
            if candidate.index in batch.pending:
                drawn = time.perf_counter()
                done = process(candidate, self.stages)
                seconds = Seconds(drawn - started, time.perf_counter() - drawn)
                yield Finished(Record.of(done), survivor_cif(done), seconds)
                started = time.perf_counter()


def line_in_process(plan: Plan) -> Callable[[Batch], tuple[list[Finished], list[logging.LogRecord]]]:
    """The line in a process of its own: a whole batch at a time, with what it would have logged."""
    line = Line(plan, installed_plugins())

    def finish(batch: Batch) -> tuple[list[Finished], list[logging.LogRecord]]:
        with kept_log(logger) as log:
            return list(line(batch)), log

    return finish


def stop_if_all_failed(records: Sequence[Record]) -> None:
    """A plugin that raises on a whole batch is broken, and more samples would only burn time."""
    if records and all(record.history[-1].reason == RAISED for record in records):
        last = records[-1].history[-1]
        raise PluginError(
            f"{last.plugin} ({last.stage}) failed on all {len(records)} candidates of a batch: {last.detail}"
        )


def survivor_cif(candidate: Candidate) -> str | None:
    """The CIF of a candidate that every stage passed on; None for the others."""
    if candidate.rejection is not None or candidate.structure is None:
        return None
    name = candidate.identity.name if candidate.identity else None
    return cif_text(candidate.structure, f"zeo_{candidate.id}" + (f"_{name}" if name else ""))
