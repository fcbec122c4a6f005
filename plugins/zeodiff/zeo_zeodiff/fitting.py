"""From a set of frameworks to a training: what is learned from, how it is scaled, where it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from zeo.data.known.frameworks import FrameworkSet
from zeo.plugin.interfaces import Progress
from zeo.plugin.registry import Plugins
from zeo_learning.drawing import DrawnSamples
from zeo_learning.frameworks import TrainingFramework, learned_and_judged
from zeo_learning.keeper import STATE
from zeo_learning.schedule import Before, Hardware, Schedule
from zeo_learning.trainer import processor
from zeo_zeodiff.examples import Examples
from zeo_zeodiff.generator import ZeoDiff
from zeo_zeodiff.recipes import RECIPES
from zeo_zeodiff.start import new_model, resumed, settled, started
from zeo_zeodiff.training import train
from zeo_zeodiff.validation import ValidationLoss

if TYPE_CHECKING:
    from zeo_zeodiff.generator import ZeoDiffOptions


def fit(
    data: FrameworkSet,
    out: Path,
    progress: Progress,
    options: ZeoDiffOptions,
    plugins: Plugins,
    start: Path | None = None,
) -> Path:
    """Train on frameworks, or go on where ``out`` stopped; returns the folder of the model.

    A new training begins with the weights of the model in ``start``, if one is given.
    """
    torch.set_float32_matmul_precision("high")
    representation = plugins.create("representation", "voxel")
    options = settled(options, representation)
    learned, judged = learned_and_judged(data, options, representation.options.n, options.told)
    if (out / STATE).exists():
        model, before = resumed(out, representation, options)
    else:
        torch.manual_seed(options.seed)
        model, before = new_model(learned, representation, options), Before()
        if start is not None:
            model = started(start, model, representation, options)

    def examples(chosen: Sequence[TrainingFramework], seed: int) -> Examples:
        return Examples(chosen, representation, model, options.symmetric_share, seed)

    facts = {
        "frameworks": len(learned),
        "loss": options.loss,
        "told": options.told,
        "batch": options.batch,
        "learning_rate": options.learning_rate,
        "started_from": None if start is None else start.name,
        "processor": processor(),
    }
    assert options.loss is not None
    train(
        model,
        examples(learned, options.seed),
        ValidationLoss(examples(judged, options.seed + 1)),
        DrawnSamples("zeodiff", ZeoDiff(options, plugins), options.drawn_samples, plugins),
        out,
        options.loss,
        Schedule.of(options, options.batch, RECIPES[options.recipe].warm_up),
        Hardware.of(options),
        before,
        facts,
        progress,
    )
    return out
