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
from zeo.interfaces import Progress
from zeo.registry import Plugins
from zeo_zeodiff.drawing import DrawnSamples
from zeo_zeodiff.examples import Examples, TrainingFramework
from zeo_zeodiff.keeper import STATE
from zeo_zeodiff.orbits import grid_symmetry, unique_atoms
from zeo_zeodiff.recipes import RECIPES
from zeo_zeodiff.schedule import Before, Hardware, Schedule
from zeo_zeodiff.start import new_model, resumed, settled
from zeo_zeodiff.training import train
from zeo_zeodiff.validation import EXAMPLES, ValidationLoss

if TYPE_CHECKING:
    from zeo_zeodiff.generator import ZeoDiffOptions

LEAST_SPLIT = 40
"""Frameworks, below which none is spared for the validation."""


def fit(data: FrameworkSet, out: Path, progress: Progress, options: ZeoDiffOptions, plugins: Plugins) -> Path:
    """Train on frameworks, or go on where ``out`` stopped; returns the folder of the model."""
    torch.set_float32_matmul_precision("high")
    representation = plugins.create("representation", "voxel")
    options = settled(options, representation)
    learned, judged = learned_and_judged(data, options, representation.options.n)
    if (out / STATE).exists():
        model, before = resumed(out, representation, options)
    else:
        torch.manual_seed(options.seed)
        model, before = new_model(learned, representation, options), Before()

    def examples(chosen: Sequence[TrainingFramework], seed: int) -> Examples:
        return Examples(chosen, representation, model, options.symmetric_share, seed)

    facts = {
        "frameworks": len(learned),
        "loss": options.loss,
        "told": options.told,
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
        raise ConfigError(
            "no SiO2 framework in an orthogonal cell within max_t, max_unique and max_edge to train on"
            + (f" whose {options.told} is known" if options.told else "")
        )
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
        if options.told is not None and framework.properties.get(options.told) is None:
            continue
        if structure.count("Si") > options.max_t or structure.lengths.max() > options.max_edge:
            continue
        origin, symmetry = grid_symmetry(structure, n)
        moved = translated(structure, -origin)
        if unique_atoms(moved.coords_of("Si"), symmetry, n) > options.max_unique:
            continue
        found.append(TrainingFramework(moved, symmetry, framework.properties))
    return found


def processor() -> str:
    """What trains: the GPU's name, or the CPU's."""
    return torch.cuda.get_device_name() if torch.cuda.is_available() else platform.processor() or "CPU"


def schedule(options: ZeoDiffOptions) -> Schedule:
    """From :func:`zeo_zeodiff.start.settled` options."""
    assert options.loss is not None
    assert options.learning_rate is not None
    assert options.average is not None
    return Schedule(
        steps=options.steps,
        minutes=options.minutes,
        batch=options.batch,
        loss=options.loss,
        learning_rate=options.learning_rate,
        warm_up=RECIPES[options.recipe].warm_up,
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
