"""Taking a candidate through stages: what each did becomes history, and what went wrong a reason."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from attrs import evolve

from zeo.errors import PluginTypeError
from zeo.plugin.candidate import Candidate, StageRecord
from zeo.plugin.facts import check_facts
from zeo.records.record import Record
from zeo.running.stages import Stage
from zeo.tools.foreign import describe, foreign_code
from zeo.tools.plain import plain_json
from zeo.tools.progress import doing

logger = logging.getLogger("zeo")

RAISED = "error in the plugin"
"""Why a candidate is lost whose plugin raised."""


def process(
    candidate: Candidate, stages: Sequence[Stage], entering: Callable[[int], object] = lambda _: None
) -> Candidate:
    """Take a candidate through the stages until one gives up on it.

    Args:
        candidate: that was drawn.
        stages: in order.
        entering: called with the position of each stage that it enters.
    """
    for position, stage in enumerate(stages):
        if candidate.rejection is not None:
            break
        entering(position)
        doing(f"{stage.name}: {stage.plugin}")
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
        return failed(candidate, stage.name, stage.plugin, error)
    record = StageRecord(
        stage=stage.name,
        plugin=stage.plugin,
        outcome="rejected" if result.rejection else "passed",
        reason=result.rejection.reason if result.rejection else "",
        detail=result.rejection.detail if result.rejection else "",
        notes=notes,
    )
    return evolve(result, notes={}, history=(*candidate.history, record))


def failed(candidate: Candidate, stage: str, plugin: str, error: Exception) -> Candidate:
    """Record that a plugin raised; the traceback goes to the log and the run goes on."""
    logger.warning("%s: %s failed in stage %s", candidate.id, plugin, stage, exc_info=error)
    return fail(candidate, stage, plugin, RAISED, describe(error))


def fail(candidate: Candidate, stage: str, plugin: str, reason: str, detail: str) -> Candidate:
    """End a candidate for what is no fault of its own."""
    record = StageRecord(stage=stage, plugin=plugin, outcome="failed", reason=reason, detail=detail)
    return evolve(candidate.reject(reason, detail), notes={}, history=(*candidate.history, record))
