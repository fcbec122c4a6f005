"""The main job on one page: samples become candidates, and candidates go from stage to stage.

    generate -> decode -> repair -> identify -> relax -> probe        (this module)
    -> rank -> report                                                  (zeo.report)

A plugin does the work of a stage; this module owns the order, the seeds, the errors and the records. Every
candidate ends in the run directory, whatever its fate, and is then forgotten, so that memory does not grow
with the number of samples.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from zeo.candidate import Candidate, Sample, StageRecord
from zeo.config import RunConfig
from zeo.errors import ConfigError, GridError, PluginError, PluginTypeError
from zeo.interfaces import Generator, PropertyProbe, Representation
from zeo.io import cif_text
from zeo.record import Record
from zeo.registry import Plugins
from zeo.rundir import RunDirectory
from zeo.targets import parse_target

logger = logging.getLogger("zeo")


@frozen
class Stage:
    """A step of the pipeline: its name, the plugin behind it and what it does to a candidate."""

    name: str
    plugin: str
    apply: Callable[[Candidate], Candidate]


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
    generator: Generator = plugins.create("generator", config.generator)
    generator.load(Path(config.checkpoint) if config.checkpoint else None, config.device)
    condition = prepare_condition(config, plugins)
    pending = directory.pending()
    for start in range(0, config.n, config.batch_size):
        batch = range(start, min(start + config.batch_size, config.n))
        if pending.isdisjoint(batch):
            continue
        records = []
        for candidate in draw(generator, config, batch, condition):
            if candidate.index in pending:
                started = time.perf_counter()
                finished = process(candidate, stages)
                records.append(Record.of(finished))
                directory.write(records[-1], survivor_cif(finished))
                logger.info("%s took %.3f s", finished.id, time.perf_counter() - started)
                on_record(records[-1])
        stop_if_all_failed(records)


def build_stages(config: RunConfig, plugins: Plugins) -> list[Stage]:
    """The stages after generation, in the order in which a candidate meets them."""
    stages = []
    representation = config.representation or plugins.find("generator", config.generator).spec.representation
    if representation is not None:
        decoder: Representation = plugins.create("representation", representation)
        stages.append(Stage("decode", representation, decoding(decoder)))
    for stage, name in (
        ("repair", config.repair),
        ("identify", config.identify),
        ("relax", config.relax),
    ):
        if name is not None:
            declared = plugins.find("postprocessor", name).spec.stage
            if declared != stage:
                raise ConfigError(f"{name} fills the {declared} stage, not {stage}")
            stages.append(Stage(stage, name, plugins.create("postprocessor", name).apply))
    for name in config.probes:
        stages.append(Stage("probe", name, measuring(name, plugins)))
    return stages


def prepare_condition(config: RunConfig, plugins: Plugins) -> Any:
    """What the generator is steered by; None when nothing steers it."""
    if config.conditioner is None:
        return None
    targets = [parse_target(text) for text in config.targets]
    return plugins.create("conditioner", config.conditioner).prepare(targets)


def draw(
    generator: Generator, config: RunConfig, batch: Sequence[int], condition: Any
) -> Iterator[Candidate]:
    """One candidate for each index of a batch.

    An error of the generator costs the sample that it strikes; the rest of the batch is drawn anew after it.
    """
    drawn = 0
    while drawn < len(batch):
        try:
            samples = iter(generator.sample([config.seed + index for index in batch[drawn:]], condition))
            for index in batch[drawn:]:
                candidate = from_sample(next(samples), index, config)
                drawn += 1
                yield candidate
        except Exception as error:
            index = batch[drawn]
            drawn += 1
            blank = Candidate(index=index, seed=config.seed + index)
            if isinstance(error, StopIteration):
                error = PluginTypeError("emitted fewer samples than it was given seeds")
            yield fail(blank, "generate", config.generator, error)


def from_sample(sample: Sample, index: int, config: RunConfig) -> Candidate:
    """A candidate that has just been drawn."""
    if not isinstance(sample, Sample):
        raise PluginTypeError(f"emitted {type(sample).__name__}, not a Sample")
    return Candidate(
        index=index,
        seed=config.seed + index,
        source=sample.source,
        grid=sample.grid,
        structure=sample.structure,
        history=(StageRecord(stage="generate", plugin=config.generator, outcome="passed"),),
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
        result = stage.apply(candidate)
        if not isinstance(result, Candidate):
            raise PluginTypeError(f"returned {type(result).__name__}, not a Candidate")
    except Exception as error:
        return fail(candidate, stage.name, stage.plugin, error)
    record = StageRecord(
        stage=stage.name,
        plugin=stage.plugin,
        outcome="rejected" if result.rejection else "passed",
        reason=result.rejection.reason if result.rejection else "",
        detail=result.rejection.detail if result.rejection else "",
        notes=result.notes,
    )
    return evolve(result, notes={}, history=(*candidate.history, record))


def fail(candidate: Candidate, stage: str, plugin: str, error: Exception) -> Candidate:
    """Record that a plugin raised; the traceback goes to the log and the run goes on."""
    logger.warning("%s: %s failed in stage %s", candidate.id, plugin, stage, exc_info=error)
    reason, detail = "error in the plugin", f"{type(error).__name__}: {error}"
    record = StageRecord(stage=stage, plugin=plugin, outcome="failed", reason=reason, detail=detail)
    return evolve(candidate.reject(reason, detail), notes={}, history=(*candidate.history, record))


def stop_if_all_failed(records: Sequence[Record]) -> None:
    """A plugin that raises on a whole batch is broken, and more samples would only burn time."""
    if records and all(record.history[-1].outcome == "failed" for record in records):
        last = records[-1].history[-1]
        raise PluginError(
            f"{last.plugin} ({last.stage}) failed on all {len(records)} candidates of a batch: {last.detail}"
        )


def decoding(representation: Representation) -> Callable[[Candidate], Candidate]:
    """The decode stage: from the grid to atoms."""

    def decode(candidate: Candidate) -> Candidate:
        if candidate.grid is None:
            raise PluginTypeError("the generator emitted no grid to decode")
        structure = representation.decode(candidate.grid)
        decoded = evolve(candidate, structure=structure)
        return decoded.note(si=structure.count("Si"), o=structure.count("O"))

    return decode


def measuring(name: str, plugins: Plugins) -> Callable[[Candidate], Candidate]:
    """The probe stage: the quantities on the final atoms and, where the grid allows, on the grid as drawn."""
    declared = plugins.find("probe", name).spec.quantities
    probe: PropertyProbe = plugins.create("probe", name)

    def measure(candidate: Candidate) -> Candidate:
        if candidate.structure is None:
            raise PluginTypeError("there are no atoms to measure")
        measured = dict(probe.properties(candidate.structure))
        for spec in declared:
            if spec.name not in measured or measured[spec.name].unit != spec.unit:
                raise PluginTypeError(f"did not return {spec.name} in {spec.unit}, as it declares")
        drawn = dict(candidate.grid_properties)
        if candidate.grid is not None:
            try:
                drawn[name] = dict(probe.properties(candidate.grid))
            except GridError:
                pass  # the generator does not draw the channel that this probe reads
        return evolve(candidate, properties={**candidate.properties, name: measured}, grid_properties=drawn)

    return measure


def survivor_cif(candidate: Candidate) -> str | None:
    """The CIF of a candidate that every stage passed on; None for the others."""
    if candidate.rejection is not None or candidate.structure is None:
        return None
    name = candidate.identity.name if candidate.identity else None
    return cif_text(candidate.structure, f"zeo_{candidate.id}" + (f"_{name}" if name else ""))
