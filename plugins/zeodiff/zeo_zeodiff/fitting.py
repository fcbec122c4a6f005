"""From a set of frameworks to a training: what is learned from, how it is scaled, where it goes on."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from zeo.data.cells import translated
from zeo.data.frameworks import FrameworkSet, is_silica
from zeo.errors import ConfigError
from zeo.interfaces import Progress, Representation
from zeo.registry import Plugins
from zeo_zeodiff.condition import Conditions
from zeo_zeodiff.drawing import DrawnSamples
from zeo_zeodiff.examples import Examples, TrainingFramework
from zeo_zeodiff.keeper import STATE
from zeo_zeodiff.model import DESCRIPTION, Model
from zeo_zeodiff.orbits import grid_symmetry
from zeo_zeodiff.scaling import Scaling
from zeo_zeodiff.schedule import Before, Hardware, Schedule
from zeo_zeodiff.templates import Template, Templates
from zeo_zeodiff.training import train
from zeo_zeodiff.unet import NetworkOptions
from zeo_zeodiff.validation import EXAMPLES, ValidationLoss

if TYPE_CHECKING:
    from zeo_zeodiff.generator import ZeoDiffOptions

QUANTITIES = ("methane.void_fraction", "methane.qst", "methane.kh")
"""What the network can be told besides the cell, where the data set knows it."""

SCALED_ON = 256
"""Frameworks whose grids give the mean and the spread of the channels."""

WARM_UP = 100
"""Steps over which the learning rate rises."""

LEAST_SPLIT = 40
"""Frameworks, below which none is spared for the validation."""


def fit(data: FrameworkSet, out: Path, progress: Progress, options: ZeoDiffOptions, plugins: Plugins) -> Path:
    """Train on frameworks, or go on where ``out`` stopped; returns the folder of the model."""
    torch.set_float32_matmul_precision("high")
    representation = plugins.create("representation", "voxel")
    n = representation.options.n
    learned, judged = learned_and_judged(data, options, n)
    if (out / STATE).exists():
        model, before = resumed(out)
    else:
        torch.manual_seed(options.seed)
        model, before = new_model(learned, representation, n, options), Before()

    def examples(chosen: Sequence[TrainingFramework], seed: int) -> Examples:
        share = options.symmetric_share
        return Examples(chosen, representation, n, model.scaling, model.conditions, share, seed)

    facts = {
        "frameworks": len(learned),
        "batch": options.batch,
        "learning_rate": options.learning_rate,
        "processor": processor(),
    }
    train(
        model,
        examples(learned, options.seed),
        ValidationLoss(examples(judged, options.seed + 1)),
        DrawnSamples(options, plugins),
        out,
        schedule(options),
        hardware(options),
        before,
        facts,
        progress,
    )
    return out


def learned_and_judged(
    data: FrameworkSet, options: ZeoDiffOptions, n: int
) -> tuple[list[TrainingFramework], list[TrainingFramework]]:
    """The frameworks to train on and those to validate on: the validation split of the data set; without one,
    some of the frameworks given; of very few, the same.

    Raises:
        ConfigError: there are none.
    """
    learned = usable(data, options, n)
    if not learned:
        raise ConfigError("no SiO2 framework in an orthogonal cell within max_t and max_edge to train on")
    judged = usable(data.validation, options, n) if data.validation is not None else []
    if judged or len(learned) < LEAST_SPLIT:
        return learned, judged or learned
    every = max(20, len(learned) // EXAMPLES)
    return [framework for k, framework in enumerate(learned) if k % every], learned[::every]


def usable(data: FrameworkSet, options: ZeoDiffOptions, n: int) -> list[TrainingFramework]:
    """The frameworks that fit, each with its origin where its symmetry maps the grid onto itself."""
    found = []
    for framework in data:
        structure = framework.structure
        if not structure.is_orthogonal or not is_silica(structure):
            continue
        if structure.count("Si") > options.max_t or structure.lengths.max() > options.max_edge:
            continue
        origin, symmetry = grid_symmetry(structure, n)
        found.append(TrainingFramework(translated(structure, -origin), symmetry, framework.properties))
    return found


def new_model(
    frameworks: Sequence[TrainingFramework], representation: Representation, n: int, options: ZeoDiffOptions
) -> Model:
    """With random weights, scaled to the frameworks."""
    some = frameworks[:: max(1, len(frameworks) // SCALED_ON)]
    scaling = Scaling.of(
        representation.channels, (representation.encode(framework.structure).values for framework in some)
    )
    templates = [
        Template(
            framework.structure.lengths,
            framework.structure.count("Si"),
            framework.symmetry,
            {name: value for name, value in framework.properties.items() if name in QUANTITIES},
        )
        for framework in frameworks
    ]
    return Model.new(
        n,
        scaling,
        Conditions.of(QUANTITIES, [framework.properties for framework in frameworks]),
        Templates.of(templates),
        NetworkOptions(width=options.width),
    )


def resumed(out: Path) -> tuple[Model, Before]:
    """The model of an earlier slice, and what was done then.

    Raises:
        ConfigError: the folder holds no model that fits its state.
    """
    model = Model.load(out)
    try:
        done = model.training
        return model, Before(
            steps=int(done["steps"]), samples_seen=int(done["samples_seen"]), hours=float(done["hours"])
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{out / DESCRIPTION} does not say how long it was trained") from error


def processor() -> str:
    """What trains: the GPU's name, or the CPU's."""
    return torch.cuda.get_device_name() if torch.cuda.is_available() else platform.processor() or "CPU"


def schedule(options: ZeoDiffOptions) -> Schedule:
    return Schedule(
        steps=options.steps,
        minutes=options.minutes,
        batch=options.batch,
        learning_rate=options.learning_rate,
        warm_up=WARM_UP,
        decay=options.decay,
        average=options.average,
        save_every=options.save_every,
        check_every=options.check_every,
        draw_every=options.draw_every,
    )


def hardware(options: ZeoDiffOptions) -> Hardware:
    accelerator = options.accelerator
    if accelerator == "auto":
        accelerator = "gpu" if torch.cuda.is_available() else "cpu"
    return Hardware(
        accelerator=accelerator,
        devices=options.devices,
        nodes=options.nodes,
        strategy=options.strategy,
        precision=options.precision,
        workers=options.workers,
    )
