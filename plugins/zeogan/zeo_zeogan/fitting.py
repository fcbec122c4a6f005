"""From a set of frameworks to a training."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from attrs import evolve

from zeo.data.known.frameworks import FrameworkSet
from zeo.plugin.conditioning import Condition
from zeo.plugin.interfaces import Progress
from zeo.plugin.registry import Plugins
from zeo_learning.drawing import DrawnSamples
from zeo_learning.frameworks import TrainingFramework, learned_and_judged
from zeo_learning.keeper import Keeper
from zeo_learning.schedule import Hardware, Schedule
from zeo_learning.trainer import fit as fit_module
from zeo_learning.trainer import processor
from zeo_zeogan.examples import Examples
from zeo_zeogan.generator import ZeoGAN
from zeo_zeogan.recipes import RECIPES
from zeo_zeogan.scaling import Scaling
from zeo_zeogan.start import beginning
from zeo_zeogan.training import AdversarialTraining
from zeo_zeogan.validation import PropertyDistances

if TYPE_CHECKING:
    from zeo_zeogan.generator import ZeoGANOptions


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
    model, before = beginning(out, start, learned, representation, options, facts)

    def examples(chosen: Sequence[TrainingFramework], seed: int) -> Examples:
        return Examples(chosen, representation, scaling, recipe.templated, seed)

    assert options.batch is not None
    assert options.critic_updates is not None
    plan = Schedule.of(options, options.batch * options.critic_updates, recipe.warm_up)
    keeper = Keeper(
        out,
        plan,
        PropertyDistances(examples(judged, options.seed + 1), options.passes),
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


def hardware(options: ZeoGANOptions) -> Hardware:
    """From the options; where several devices work together, each backward pass leaves one network out."""
    found = Hardware.of(options)
    if found.devices * found.nodes == 1:
        return found
    strategy = "ddp" if found.strategy == "auto" else found.strategy
    return evolve(found, strategy=f"{strategy}_find_unused_parameters_true")
