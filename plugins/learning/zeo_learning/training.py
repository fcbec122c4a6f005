"""Training, for all generators: new, with the weights of another, or going on where it stopped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins.environments.lightning import LightningEnvironment
from lightning.fabric.utilities.rank_zero import rank_zero_only

from zeo.data.known.frameworks import FrameworkSet
from zeo.errors import StoppedError
from zeo.plugin.interfaces import Progress
from zeo.tools.files import held, require_plain
from zeo_learning.callback import CheckpointCallback
from zeo_learning.checkpoint import STATE, recorded_facts
from zeo_learning.folder import require_same
from zeo_learning.identity import hash_of_frameworks, hash_of_weights, require_same_training
from zeo_learning.learned_nets import write_nets
from zeo_learning.memory import require_memory
from zeo_learning.plan import Item, Model, TrainingPlan
from zeo_learning.schedule import ProgressSoFar
from zeo_learning.split import Split
from zeo_learning.stopping import Stopped, Stopper
from zeo_learning.trainer import fit, processor


def train(
    plan: TrainingPlan[Item, Model],
    model_class: type[Model],
    data: FrameworkSet,
    out: Path,
    progress: Progress,
    start: Path | None = None,
) -> Path:
    """Train on frameworks, or go on where ``out`` stopped.

    Args:
        plan: of the generator.
        model_class: reads its models.
        data: frameworks, and perhaps those that validate.
        out: folder of the model and the state; made where it is missing.
        progress: called with (steps, steps in all, message).
        start: folder of a model with whose weights a new training begins.

    Returns:
        the folder of the model.

    Raises:
        ConfigError: no framework to learn from, a folder of another training, or a model of other networks to
            start from.
        BusyError: another process trains in the folder.
        StoppedError: a signal ended the training, whose state was saved.
    """
    found = None if start is None else found_model(plan, model_class, start)
    out.mkdir(parents=True, exist_ok=True)
    stopper = Stopper()
    with alone_in(out), closing(stopper):
        with interruptible(stopper, out):
            progress(0, plan.options.steps, "reading the frameworks")
            split = plan.split(data)
            facts = facts_of(plan, data, split, start)
            model, so_far = begun(plan, model_class, out, split, facts, found)
            seed = plan.options.seed
            examples = plan.examples(split.train, model, seed)
            require_memory(examples[0], plan.schedule.batch)
            progress(0, plan.options.steps, str(split))
            if plan.hardware.nodes > 1:
                progress(0, plan.options.steps, f"waiting for all {plan.hardware.nodes} nodes")
        callback = CheckpointCallback(
            out,
            plan.schedule,
            plan.validation(plan.examples(split.validation, model, seed + 1)),
            plan.drawing(split.validation),
            so_far,
            facts,
            progress,
            stopper,
        )
        if not (out / STATE).exists():  # a training that goes on has noted them, those it began with too
            write_nets(out, (item.source for item in split.train), data.title, start)
        fit(plan.module(model), examples, plan.hardware, callback, plan.clip, plan.collate)
    if stopper.by_signal is not None:
        raise StoppedError(f"the training was stopped and is saved in {out}", stopper.by_signal)
    return out


def begun(
    plan: TrainingPlan[Item, Model],
    model_class: type[Model],
    out: Path,
    split: Split[Item],
    facts: dict[str, Any],
    found: Model | None,
) -> tuple[Model, ProgressSoFar]:
    """The model to train, new or with the weights of one that was found, and what was done before. Where a
    training goes on, ``facts`` take over from it where it started from.

    Raises:
        ConfigError: see :func:`train`.
    """
    if (out / STATE).exists():
        earlier = recorded_facts(out)
        require_same_training(out, earlier, facts)
        facts |= {name: earlier[name] for name in ("started_from", "started_from_hash")}
        return model_class.load(out), ProgressSoFar.recorded(earlier)
    torch.manual_seed(plan.options.seed)
    new = plan.new_model(split.train)
    return new if found is None else plan.starting_from(found, new), ProgressSoFar()


def found_model(plan: TrainingPlan[Item, Model], model_class: type[Model], start: Path) -> Model:
    """A model to start from.

    Raises:
        ConfigError: there is none, or one of other networks.
    """
    found = model_class.load(start)
    require_same(start, plan.architecture(found), plan.identity)
    return found


@contextmanager
def interruptible(stopper: Stopper, out: Path) -> Iterator[None]:
    """Around what comes before the first step.

    Raises:
        StoppedError: a signal came.
    """
    stopper.listen()
    try:
        stopper.allow()
        yield
        stopper.defer()
    except Stopped:
        assert stopper.received is not None
        raise StoppedError(
            f"the training was stopped before its first step, and {out} is as it was", stopper.received
        ) from None


def facts_of(
    plan: TrainingPlan[Item, Model], data: FrameworkSet, split: Split[Item], start: Path | None
) -> dict[str, Any]:
    """What is recorded of a training; see :data:`zeo_learning.identity.Facts`."""
    return {
        "data": data.title,
        "data_hash": hash_of_frameworks(item.source for item in split.train),
        "validation_hash": hash_of_frameworks(item.source for item in split.validation),
        "frameworks": len(split.train),
        "options": plan.identity,
        "probes": plan.probes,
        "started_from": None if start is None else start.resolve().name,
        "started_from_hash": hash_of_weights(start),
        "processor": processor(plan.hardware.accelerator),
    }


@contextmanager
def alone_in(out: Path) -> Iterator[None]:
    """Around a training: one at a time in a folder. The other processes of the same training have no lock.

    Raises:
        BusyError: another process trains there.
        ZeoError: the lock or the folder of TensorBoard is a link.
    """
    # where Lightning starts the processes of a node itself, the first has no rank but that of its node
    if getattr(rank_zero_only, "rank", None) or LightningEnvironment().node_rank():
        yield
        return
    with held(out):
        require_plain(out / "tensorboard")
        yield
