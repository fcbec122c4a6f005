"""From a set of frameworks to a training: what is learned from, how it is scaled, where it goes on."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from zeo.data.cells import translated
from zeo.data.frameworks import FrameworkSet, is_silica
from zeo.errors import ConfigError
from zeo.interfaces import Progress, Representation
from zeo.registry import Plugins
from zeo_zeodiff.condition import Conditions
from zeo_zeodiff.examples import Examples, TrainingFramework
from zeo_zeodiff.model import DESCRIPTION, Model
from zeo_zeodiff.orbits import grid_symmetry
from zeo_zeodiff.scaling import Scaling
from zeo_zeodiff.templates import Template, Templates
from zeo_zeodiff.training import STATE, Before, DiffusionTraining, Hardware, Schedule, train
from zeo_zeodiff.unet import NetworkOptions

if TYPE_CHECKING:
    from zeo_zeodiff.generator import ZeoDiffOptions

QUANTITIES = ("methane.void_fraction", "methane.qst", "methane.kh")
"""What the network can be told besides the cell, where the data set knows it."""

SCALED_ON = 256
"""Frameworks whose grids give the mean and the spread of the channels."""

VALIDATED_ON = 32
"""Examples of the validation loss: always the same."""


def fit(data: FrameworkSet, out: Path, progress: Progress, options: ZeoDiffOptions, plugins: Plugins) -> Path:
    """Train on frameworks, or go on where ``out`` stopped; returns the folder of the model."""
    torch.set_float32_matmul_precision("high")
    representation = plugins.create("representation", "voxel")
    n = representation.options.n
    frameworks = usable(data, options, n)
    validation = frameworks[:: max(20, len(frameworks) // VALIDATED_ON)] if len(frameworks) > 40 else []
    if (out / STATE).exists():
        model, before = resumed(out)
    else:
        torch.manual_seed(options.seed)
        model, before = new_model(frameworks, representation, n, options), Before()
    learned = [framework for framework in frameworks if framework not in validation]

    def examples(chosen: Sequence[TrainingFramework], seed: int) -> Examples:
        share = options.symmetric_share
        return Examples(chosen, representation, n, model.scaling, model.conditions, share, seed)

    facts = {
        "frameworks": len(learned),
        "batch": options.batch,
        "learning_rate": options.learning_rate,
        "processor": processor(),
    }
    validate = validation_of(examples(validation or learned, options.seed + 1))
    train(
        model,
        examples(learned, options.seed),
        validate,
        out,
        schedule(options),
        hardware(options),
        before,
        facts,
        progress,
    )
    return out


def usable(data: FrameworkSet, options: ZeoDiffOptions, n: int) -> list[TrainingFramework]:
    """The frameworks that fit, each with its origin where its symmetry maps the grid onto itself.

    Raises:
        ConfigError: there are none.
    """
    found = []
    for framework in data:
        structure = framework.structure
        if not structure.is_orthogonal or not is_silica(structure):
            continue
        if structure.count("Si") > options.max_t or structure.lengths.max() > options.max_edge:
            continue
        origin, symmetry = grid_symmetry(structure, n)
        found.append(TrainingFramework(translated(structure, -origin), symmetry, framework.properties))
    if not found:
        raise ConfigError("no SiO2 framework in an orthogonal cell within max_t and max_edge to train on")
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
        return model, Before(int(model.training["steps"]), float(model.training["hours"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{out / DESCRIPTION} does not say how long it was trained") from error


def processor() -> str:
    """What trains: the GPU's name, or the CPU's."""
    return torch.cuda.get_device_name() if torch.cuda.is_available() else platform.processor() or "CPU"


def validation_of(examples: Examples) -> Any:
    """What measures the loss of the averaged weights on the same examples every time."""
    numbers = range(VALIDATED_ON)

    @torch.no_grad()
    def validate(module: DiffusionTraining) -> dict[str, float]:
        losses = []
        for first in range(0, VALIDATED_ON, 16):
            items = [examples[number] for number in numbers[first : first + 16]]
            batch = {
                name: torch.from_numpy(np.stack([np.asarray(item[name]) for item in items])).to(module.device)
                for name in items[0]
            }
            with torch.autocast(module.device.type, dtype=torch.bfloat16):
                losses.append(float(module.loss(module.average, batch)))
        return {"validation_loss": float(np.mean(losses))}

    return validate


def schedule(options: ZeoDiffOptions) -> Schedule:
    return Schedule(
        steps=options.steps,
        minutes=options.minutes,
        batch=options.batch,
        learning_rate=options.learning_rate,
        average=options.average,
        save_every=options.save_every,
        check_every=options.check_every,
    )


def hardware(options: ZeoDiffOptions) -> Hardware:
    accelerator = options.accelerator
    if accelerator == "auto":
        accelerator = "gpu" if torch.cuda.is_available() else "cpu"
    return Hardware(
        accelerator=accelerator,
        devices=options.devices,
        nodes=options.nodes,
        precision=options.precision,
        workers=options.workers,
    )
