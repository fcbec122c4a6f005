"""The main job on one page: samples become candidates, and candidates go from stage to stage.

    generate -> decode -> repair -> identify -> relax -> probe -> rank -> report

This module draws the samples and takes them through the stages that :mod:`zeo.running.stages` lists;
:mod:`zeo.running.summary` ranks and :mod:`zeo.running.report` reports. Plugins do the work; here are the
seeds, the errors and the records. Every candidate ends in the run directory, whatever its fate, and is then
forgotten: memory does not grow with the number of samples.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from attrs import evolve

from zeo.crystal.cif import cif_text
from zeo.errors import ConfigError, PluginError, PluginTypeError
from zeo.plugin.candidate import Candidate, Sample, StageRecord
from zeo.plugin.conditioning import Condition, conditioner_of
from zeo.plugin.facts import check_facts
from zeo.plugin.interfaces import Generator
from zeo.plugin.registry import Plugins
from zeo.plugin.targets import Target
from zeo.running.config import RunConfig
from zeo.running.interpolation import interpolating
from zeo.running.record import Record, plain_json
from zeo.running.rundir import RunDirectory
from zeo.running.stages import Stage, build_stages
from zeo.running.summary import targets_on
from zeo.running.timing import Seconds, log_line
from zeo.tools.foreign import describe, foreign_code

logger = logging.getLogger("zeo")

Sampling = Callable[[Sequence[int]], Iterator[Sample]]
"""Draws the samples with some indices, in order."""


def run(
    directory: RunDirectory, plugins: Plugins, on_record: Callable[[Record], None] = lambda _: None
) -> None:
    """Draw, clean up and measure every candidate of a run that has no record yet.

    Args:
        directory: new or resumed; its configuration decides everything.
        plugins: the installed plugins with the run's options.
        on_record: called with each record once it is on disk.

    Raises:
        ZeoError: before the first candidate when the configuration cannot work, after a batch on all of which
            a plugin fails, or at any time when the directory cannot be written.
    """
    config = directory.config
    stages = build_stages(config, plugins)
    generator = plugins.create("generator", config.generator)
    with foreign_code(f"loading {config.generator}"):
        generator.load(Path(config.checkpoint) if config.checkpoint else None, config.device)
    samples_at = sampling(config, plugins, generator)
    pending = directory.pending()
    for start in range(0, config.n, config.batch_size):
        batch = range(start, min(start + config.batch_size, config.n))
        if pending.isdisjoint(batch):
            continue
        records = []
        started = time.perf_counter()
        for candidate in draw(samples_at, config, batch):
            if candidate.index in pending:
                drawn = time.perf_counter()
                finished = process(candidate, stages)
                records.append(Record.of(finished))
                directory.write(records[-1], survivor_cif(finished))
                seconds = Seconds(drawn - started, time.perf_counter() - drawn)
                logger.info(log_line(finished.id, seconds))
                on_record(records[-1])
                started = time.perf_counter()
        stop_if_all_failed(records)


def sampling(config: RunConfig, plugins: Plugins, generator: Generator) -> Sampling:
    """What draws the samples of a run.

    Raises:
        ZeoError: targets that the generator cannot be steered by, or frameworks that it cannot interpolate.
    """
    if config.between:
        return interpolating(config, plugins, generator)
    condition = prepare_condition(config, plugins, generator)
    return lambda indices: generator.sample([config.seed_of(index) for index in indices], condition)


def prepare_condition(config: RunConfig, plugins: Plugins, generator: Generator) -> Any:
    """What the generator is steered by; None when nothing steers it.

    Raises:
        ConfigError: a target that cannot be steered, or that no probe of the run measures, or a conditioner
            that the generator does not support.
    """
    targets = targets_on(config.targets, [plugins.find("probe", name).spec for name in config.probes])
    name = conditioner_of(config, plugins)
    if name is not None:
        return condition_by(name, targets, config, plugins, generator)
    takes_targets = plugins.find("generator", config.generator).spec.takes_targets
    return tuple(targets) if targets and takes_targets and config.conditioner is not None else None


def condition_by(
    name: str, targets: Sequence[Target], config: RunConfig, plugins: Plugins, generator: Generator
) -> Condition:
    """The targets, taken on by a conditioner.

    Raises:
        ConfigError: see :func:`prepare_condition`.
    """
    parts = plugins.find("conditioner", name).spec.parts
    if parts == ("loss",):
        raise ConfigError(f"{name} works in training alone: zeo train {config.generator} --target ...")
    supported = plugins.find("generator", config.generator).spec.parts
    missing = [part for part in parts if part not in supported]
    if missing:
        raise ConfigError(
            f"{name} steers by its {' and '.join(missing)}, which {config.generator} does not support"
            f" (it supports: {', '.join(supported) or 'no conditioner'})"
        )
    conditioner = plugins.create("conditioner", name)
    with foreign_code(f"preparing {name}"):
        narrowed = conditioner.prepare(targets, generator.known())
    return Condition(conditioner=conditioner, parts=parts, targets=tuple(narrowed))


def draw(samples_at: Sampling, config: RunConfig, batch: Sequence[int]) -> Iterator[Candidate]:
    """One candidate for each index of a batch.

    An error of the generator costs the sample that it strikes; the rest of the batch is drawn anew after it.
    """
    drawn = 0
    while drawn < len(batch):
        try:
            with foreign_code():
                samples = iter(samples_at(batch[drawn:]))
            for index in batch[drawn:]:
                with foreign_code():
                    sample = next(samples)
                candidate = from_sample(sample, index, config)
                drawn += 1
                yield candidate
        except Exception as error:
            index = batch[drawn]
            drawn += 1
            blank = Candidate(index=index, seed=config.seed_of(index))
            if isinstance(error, StopIteration):
                error = PluginTypeError("emitted fewer samples than it was given seeds")
            yield fail(blank, "generate", config.generator, error)


def from_sample(sample: Sample, index: int, config: RunConfig) -> Candidate:
    """A candidate that has just been drawn, or rejected when nothing came of its seed."""
    if not isinstance(sample, Sample):
        raise PluginTypeError(f"emitted {type(sample).__name__}, not a Sample")
    rejection = sample.rejection
    record = StageRecord(
        stage="generate",
        plugin=config.generator,
        outcome="rejected" if rejection else "passed",
        reason=rejection.reason if rejection else "",
        detail=rejection.detail if rejection else "",
    )
    return Candidate(
        index=index,
        seed=config.seed_of(index),
        source=plain_json(sample.source),
        encoded=sample.encoded,
        structure=sample.structure,
        rejection=rejection,
        history=(record,),
    )


def process(candidate: Candidate, stages: Sequence[Stage]) -> Candidate:
    """Take a candidate through the stages until one gives up on it."""
    for stage in stages:
        if candidate.rejection is not None:
            break
        candidate = pass_through(candidate, stage)
    return candidate


def pass_through(candidate: Candidate, stage: Stage) -> Candidate:
    """One stage: what the plugin did becomes history, and an exception becomes a reason."""
    try:
        with foreign_code():
            result = stage.apply(candidate)
        if not isinstance(result, Candidate):
            raise PluginTypeError(f"returned {type(result).__name__}, not a Candidate")
        notes = plain_json(result.notes)
        check_facts(stage.name, notes)
        Record.of(result).to_json()  # what no record can hold is found here, where the plugin is known
    except Exception as error:
        return fail(candidate, stage.name, stage.plugin, error)
    record = StageRecord(
        stage=stage.name,
        plugin=stage.plugin,
        outcome="rejected" if result.rejection else "passed",
        reason=result.rejection.reason if result.rejection else "",
        detail=result.rejection.detail if result.rejection else "",
        notes=notes,
    )
    return evolve(result, notes={}, history=(*candidate.history, record))


def fail(candidate: Candidate, stage: str, plugin: str, error: Exception) -> Candidate:
    """Record that a plugin raised; the traceback goes to the log and the run goes on."""
    logger.warning("%s: %s failed in stage %s", candidate.id, plugin, stage, exc_info=error)
    reason, detail = "error in the plugin", describe(error)
    record = StageRecord(stage=stage, plugin=plugin, outcome="failed", reason=reason, detail=detail)
    return evolve(candidate.reject(reason, detail), notes={}, history=(*candidate.history, record))


def stop_if_all_failed(records: Sequence[Record]) -> None:
    """A plugin that raises on a whole batch is broken, and more samples would only burn time."""
    if records and all(record.history[-1].outcome == "failed" for record in records):
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
