"""Drawing: from seeds to candidates, steered by the targets where something steers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from zeo.errors import ConfigError, NotSteerableError, PluginTypeError
from zeo.plugin.candidate import Candidate, Sample, StageRecord
from zeo.plugin.conditioning import Condition, Known
from zeo.plugin.interfaces import Conditioner, Generator
from zeo.plugin.registry import Plugins
from zeo.plugin.targets import Target
from zeo.running.interpolation import interpolating
from zeo.running.passing import failed
from zeo.running.plan import Plan
from zeo.running.wanted import framework_targets_of, wishes_of
from zeo.tools.foreign import foreign_code
from zeo.tools.plain import plain_json

logger = logging.getLogger("zeo")

Sampling = Callable[[Sequence[int]], Iterator[Sample]]
"""Draws the samples with some indices, in order."""


def sampling(plan: Plan, plugins: Plugins, generator: Generator) -> Sampling:
    """What draws the samples of a run.

    Raises:
        ZeoError: targets that the generator cannot be steered by, or frameworks that it cannot interpolate.
    """
    if plan.between:
        return interpolating(plan, generator)
    condition = prepare_condition(plan, plugins, generator)
    return lambda indices: generator.sample([plan.seed_of(index) for index in indices], condition)


def prepare_condition(plan: Plan, plugins: Plugins, generator: Generator) -> Any:
    """What the generator is steered by; None when nothing steers it.

    A target that it cannot be steered by is left to ranking, with a warning. What is wanted of the framework
    itself, such as its energy, steers a network that was told it in training.

    Raises:
        ConfigError: a target outside of what the generator has learned.
    """
    if plan.conditioner is None:
        return plan.targets if plan.targets and plan.takes_targets else None
    parts = plugins.find("conditioner", plan.conditioner).spec.parts
    conditioner = plugins.create("conditioner", plan.conditioner)
    with foreign_code(f"preparing {plan.conditioner}"):
        known, wanted = generator.known(), framework_targets_of(wishes_of(plan.wishes, plan.catalogue))
        learned = (target for target in wanted if target.name in known.inputs)
        told = [target for target in (*plan.targets, *learned) if _steers(conditioner, target, known, plan)]
        narrowed = conditioner.prepare(told, known) if told or not plan.wishes else ()
    if not narrowed:
        return None
    return Condition(conditioner=conditioner, parts=parts, targets=tuple(narrowed), wanted=tuple(told))


def _steers(conditioner: Conditioner, target: Target, known: Known, plan: Plan) -> bool:
    """Whether a conditioner can steer by a target alone.

    Raises:
        ConfigError: a target of a probe outside of what the generator has learned.
    """
    try:
        conditioner.prepare([target], known)
    except ConfigError as error:
        if target.probe is not None and not isinstance(error, NotSteerableError):
            raise
        told = str(error).replace(str(target), _as_written(target, plan))
        logger.warning("Warning: %s; it is measured and ranked by", told)
        return False
    return True


def _as_written(target: Target, plan: Plan) -> str:
    """The wishes of which a target was made, as the user wrote them."""
    wishes = zip(plan.wishes, wishes_of(plan.wishes, plan.catalogue), strict=True)
    return " and ".join(each.text for each, wish in wishes if wish.formula.names == (target.name,)) or str(
        target
    )


def draw(
    samples_at: Sampling, generator: str, seed_of: Callable[[int], int], batch: Sequence[int]
) -> Iterator[Candidate]:
    """One candidate for each index of a batch.

    An error of the generator costs the sample that it strikes; the rest of the batch is drawn anew after it.

    Args:
        samples_at: see :func:`sampling`.
        generator: by name.
        seed_of: the seed of the sample with some index.
        batch: indices.
    """
    drawn = 0
    while drawn < len(batch):
        try:
            with foreign_code():
                samples = iter(samples_at(batch[drawn:]))
            for index in batch[drawn:]:
                with foreign_code():
                    sample = next(samples)
                candidate = from_sample(sample, index, generator, seed_of(index))
                drawn += 1
                yield candidate
        except Exception as error:
            index = batch[drawn]
            drawn += 1
            blank = Candidate(index=index, seed=seed_of(index))
            if isinstance(error, StopIteration):
                error = PluginTypeError("emitted fewer samples than it was given seeds")
            yield failed(blank, "generate", generator, error)


def from_sample(sample: Sample, index: int, generator: str, seed: int) -> Candidate:
    """A candidate that has just been drawn, or rejected when nothing came of its seed."""
    if not isinstance(sample, Sample):
        raise PluginTypeError(f"emitted {type(sample).__name__}, not a Sample")
    rejection = sample.rejection
    record = StageRecord(
        stage="generate",
        plugin=generator,
        outcome="rejected" if rejection else "passed",
        reason=rejection.reason if rejection else "",
        detail=rejection.detail if rejection else "",
    )
    return Candidate(
        index=index,
        seed=seed,
        source=plain_json(sample.source),
        encoded=sample.encoded,
        structure=sample.structure,
        rejection=rejection,
        history=(record,),
    )
