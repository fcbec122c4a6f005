"""From a set of frameworks to a training: what is learned from, what is told, where it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from attrs import evolve

from zeo.data.known.frameworks import FrameworkSet
from zeo.errors import ConfigError
from zeo.plugin.interfaces import Progress
from zeo_learning.condition import Conditions
from zeo_learning.folder import DESCRIPTION
from zeo_learning.keeper import STATE, Keeper
from zeo_learning.schedule import Before, Hardware, Schedule
from zeo_learning.trainer import fit as fit_module
from zeo_learning.trainer import processor
from zeo_zeosym.blueprint import Blueprints
from zeo_zeosym.collection import Crystals
from zeo_zeosym.examples import Examples
from zeo_zeosym.frameworks import TrainingNet, learned_and_judged
from zeo_zeosym.layers import Shape
from zeo_zeosym.model import Model
from zeo_zeosym.training import NetTraining
from zeo_zeosym.validation import DrawnNets, ValidationError

if TYPE_CHECKING:
    from zeo_zeosym.generator import ZeoSymOptions

TOLD = ("density", "energy", "largest_ring", "pores.included_sphere", "pores.free_sphere")
"""What the network is told where the data set knows it, beside what is measured of every gas."""

TOLD_OF_GASES = ("qst", "kh", "void_fraction")

WARM_UP = 100
"""Steps over which the learning rate rises."""


def fit(
    data: FrameworkSet, out: Path, progress: Progress, options: ZeoSymOptions, start: Path | None = None
) -> Path:
    """Train on frameworks, or go on where ``out`` stopped; returns the folder of the model.

    Raises:
        ConfigError: no framework to learn from, a folder of another training, or a checkpoint of another
            network to start from.
    """
    progress(0, options.steps, "looking for the symmetry of the frameworks")
    learned, judged = learned_and_judged(data, options)
    model, before = _beginning(learned, out, options, start)
    schedule = Schedule.of(options, options.batch, WARM_UP)
    facts = {
        "frameworks": len(learned),
        "batch": options.batch,
        "learning_rate": options.learning_rate,
        "started_from": None if start is None else start.name,
        "processor": processor(),
    }
    keeper = Keeper(
        out,
        schedule,
        ValidationError(_examples(judged, model, options.seed + 1)),
        _drawn_nets(judged, options),
        before,
        facts,
        progress,
    )
    fit_module(
        NetTraining(model, schedule),
        _examples(learned, model, options.seed),
        schedule,
        Hardware.of(options),
        keeper,
        clip=1.0,
        collate=lambda batch: batch,
    )
    return out


def _beginning(
    learned: Sequence[TrainingNet], out: Path, options: ZeoSymOptions, start: Path | None
) -> tuple[Model, Before]:
    """The model to train, and what earlier slices did with it."""
    shape = Shape(width=options.width, layers=options.layers)
    if (out / STATE).exists():
        model = Model.load(out)
        _require_same(model.shape, shape, out)
        try:
            return model, Before.recorded(model.training)
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigError(f"{out / DESCRIPTION} does not say how it was trained") from error
    torch.manual_seed(options.seed)
    new = new_model(learned, shape)
    if start is None:
        return new, Before()
    found = Model.load(start)
    _require_same(found.shape, shape, start)
    return evolve(found, blueprints=new.blueprints, training={}), Before()


def new_model(learned: Sequence[TrainingNet], shape: Shape) -> Model:
    """With random weights and the blueprints of some nets."""
    known = [net.properties for net in learned]
    names = {name for properties in known for name in properties}
    told = sorted(name for name in names if name in TOLD or name.rpartition(".")[2] in TOLD_OF_GASES)
    conditions = Conditions.of(told, known)
    blueprints = Blueprints.of([net.crystal for net in learned], known, conditions.quantities)
    return Model.new(conditions, blueprints, shape)


def _examples(nets: Sequence[TrainingNet], model: Model, seed: int) -> Examples:
    told = np.stack([model.conditions.told(net.properties) for net in nets])
    return Examples(Crystals.of([net.crystal for net in nets]), told, seed)


def _drawn_nets(nets: Sequence[TrainingNet], options: ZeoSymOptions) -> DrawnNets:
    """For blueprints spread over all of the nets."""
    chosen = np.linspace(0, len(nets), options.drawn_samples, endpoint=False).astype(int)
    blueprints = Blueprints.of([net.crystal for net in nets], [{} for _ in nets], ())
    return DrawnNets(blueprints, chosen.tolist(), options.evaluations, options.fresh, options.at_once)


def _require_same(present: Shape, wanted: Shape, folder: Path) -> None:
    for name in ("width", "layers"):
        here, there = getattr(present, name), getattr(wanted, name)
        if here != there:
            raise ConfigError(
                f"{folder} holds a training with zeosym.{name}={here}, not {there}:"
                f" go on with --set zeosym.{name}={here}, or choose another folder"
            )
