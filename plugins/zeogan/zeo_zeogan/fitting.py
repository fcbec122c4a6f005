"""From a set of frameworks to a training: what is learned from, and where it begins or goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from attrs import evolve

from zeo.conditioning import Condition
from zeo.data.frameworks import FrameworkSet
from zeo.errors import ConfigError
from zeo.interfaces import Progress, Representation
from zeo.registry import Plugins
from zeo_learning.drawing import DrawnSamples
from zeo_learning.folder import DESCRIPTION
from zeo_learning.frameworks import TrainingFramework, learned_and_judged
from zeo_learning.keeper import STATE, Keeper
from zeo_learning.schedule import Before, Hardware, Schedule
from zeo_learning.templates import Template, Templates
from zeo_learning.trainer import fit as fit_module
from zeo_learning.trainer import processor
from zeo_zeogan.examples import Examples
from zeo_zeogan.generator import ZeoGAN
from zeo_zeogan.model import Model
from zeo_zeogan.recipes import RECIPES
from zeo_zeogan.scaling import Scaling
from zeo_zeogan.training import AdversarialTraining
from zeo_zeogan.validation import PropertyDistances

if TYPE_CHECKING:
    from zeo_zeogan.generator import ZeoGANOptions


MEASURED = 32
"""Frameworks whose grids say where a new generator begins, about."""


def fit(
    data: FrameworkSet,
    out: Path,
    progress: Progress,
    options: ZeoGANOptions,
    plugins: Plugins,
    start: Path | None,
    condition: Condition | None,
) -> Path:
    """Train on frameworks, or go on where ``out`` stopped; returns the folder of the model.

    Raises:
        ConfigError: no framework that the grids can hold, a folder of another training, or a checkpoint of
            other networks to start from.
    """
    recipe = RECIPES[options.recipe]
    options = recipe.settled(options)
    representation = plugins.create("representation", "voxel")
    recipe.check_side(representation.options.n)
    scaling = Scaling.of(representation.channels)
    learned, judged = learned_and_judged(data, options, representation.options.n)
    facts = {
        "frameworks": len(learned),
        "batch": options.batch,
        "critic_updates": options.critic_updates,
        "learning_rate": options.learning_rate,
        "penalty": options.penalty,
        "started_from": None if start is None else start.name,
        "targets": [str(target) for target in condition.targets] if condition else [],
        "processor": processor(),
    }
    torch.manual_seed(options.seed)
    model, before = model_and_past(out, start, new_model(learned, representation, options), facts)

    def examples(chosen: Sequence[TrainingFramework], seed: int) -> Examples:
        return Examples(chosen, representation, scaling, recipe.templated, seed)

    assert options.batch is not None
    assert options.critic_updates is not None
    plan = Schedule.of(options, options.batch * options.critic_updates, recipe.warm_up)
    keeper = Keeper(
        out,
        plan,
        PropertyDistances(examples(judged, options.seed + 1)),
        DrawnSamples("zeogan", ZeoGAN(options, plugins), options.drawn_samples, plugins),
        before,
        facts,
        progress,
    )
    assert options.penalty is not None
    module = AdversarialTraining(
        model, plan, options.critic_updates, options.penalty, condition, options.seed
    )
    fit_module(module, examples(learned, options.seed), plan, hardware(options), keeper)
    return out


def new_model(
    frameworks: Sequence[TrainingFramework], representation: Representation, options: ZeoGANOptions
) -> Model:
    """With random weights."""
    recipe = RECIPES[options.recipe]
    templates = [
        Template(framework.structure.lengths, framework.structure.count("Si"), framework.symmetry)
        for framework in frameworks
    ]
    assert options.width is not None
    scaling = Scaling.of(representation.channels)
    model = Model.new(
        recipe,
        representation.options.n,
        scaling,
        Templates.of(templates) if recipe.templated else None,
        options.width,
    )
    some = frameworks[:: max(1, len(frameworks) // MEASURED)]
    grids = [scaling.to_network(representation.encode(framework.structure).values) for framework in some]
    model.generator.begin_at(np.mean(grids, axis=(0, 2, 3, 4)).tolist())
    return model


def model_and_past(
    out: Path, start: Path | None, new: Model, facts: Mapping[str, Any]
) -> tuple[Model, Before]:
    """The model to train and what was done before: the new one, one that starts from a checkpoint, or that of
    the training that ``out`` holds."""
    if (out / STATE).exists():
        found = Model.load(out)
        require_same(found, new, out)
        return found, past(out, found, facts)
    if start is None:
        return new, Before()
    found = Model.load(start)
    require_same(found, new, start)
    return evolve(found, templates=new.templates, training={}), Before()


def require_same(found: Model, wanted: Model, folder: Path) -> None:
    """Raises:
    ConfigError: the model in a folder is of another kind than the one wanted.
    """
    for name, here, there in (
        ("zeogan.recipe", found.recipe.name, wanted.recipe.name),
        ("zeogan.width", found.width, wanted.width),
        ("voxel.n", found.n, wanted.n),
        ("voxel.channels", ",".join(found.scaling.channels), ",".join(wanted.scaling.channels)),
    ):
        if here != there:
            raise ConfigError(
                f"{folder} holds a model with {name}={here}, not {there}:"
                f" go on with --set {name}={here}, or choose another folder"
            )


def past(out: Path, model: Model, facts: Mapping[str, Any]) -> Before:
    """What the training in ``out`` did so far.

    Raises:
        ConfigError: it does not say, or it was a training toward other targets or with other batches.
    """
    try:
        for name in ("targets", "batch", "critic_updates"):
            if model.training[name] != facts[name]:
                raise ConfigError(
                    f"{out} holds a training with {name} {model.training[name]}, not {facts[name]}:"
                    " choose another folder"
                )
        return Before.recorded(model.training)
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{out / DESCRIPTION} does not say how it was trained") from error


def hardware(options: ZeoGANOptions) -> Hardware:
    """From the options; where several devices work together, each backward pass leaves one network out."""
    found = Hardware.of(options)
    if found.devices * found.nodes == 1:
        return found
    strategy = "ddp" if found.strategy == "auto" else found.strategy
    return evolve(found, strategy=f"{strategy}_find_unused_parameters_true")
