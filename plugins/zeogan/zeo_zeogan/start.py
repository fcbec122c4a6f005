"""Where a training starts: a new model, the weights of another, or where an earlier slice stopped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve

from zeo.errors import ConfigError
from zeo.plugin.interfaces import GridRepresentation
from zeo_learning.folder import DESCRIPTION, require_same
from zeo_learning.frameworks import TrainingFramework
from zeo_learning.keeper import STATE
from zeo_learning.schedule import Before
from zeo_learning.templates import Template, Templates
from zeo_zeogan.model import Model
from zeo_zeogan.recipes import RECIPES, Recipe
from zeo_zeogan.scaling import Scaling

if TYPE_CHECKING:
    from zeo_zeogan.generator import ZeoGANOptions

MEASURED = 32
"""Frameworks whose grids say where a new generator begins, about."""


def new_model(
    frameworks: Sequence[TrainingFramework], representation: GridRepresentation, options: ZeoGANOptions
) -> Model:
    """With random weights."""
    recipe = RECIPES[options.recipe]
    assert options.width is not None
    scaling = Scaling.of(representation.channels)
    model = Model.new(
        recipe,
        representation.options.n,
        scaling,
        templates_of(frameworks, recipe),
        options.width,
    )
    some = frameworks[:: max(1, len(frameworks) // MEASURED)]
    grids = [scaling.to_network(representation.encode(framework.structure).values) for framework in some]
    over = (0, 2, 3, 4)
    model.generator.begin_at(np.mean(grids, axis=over).tolist(), np.std(grids, axis=over).tolist())
    return model


def templates_of(frameworks: Sequence[TrainingFramework], recipe: Recipe) -> Templates | None:
    """What grids are drawn for, in recipes that draw them for frameworks."""
    if not recipe.templated:
        return None
    return Templates.of(
        [
            Template(framework.structure.lengths, framework.structure.count("Si"), framework.symmetry)
            for framework in frameworks
        ]
    )


def beginning(
    out: Path,
    start: Path | None,
    frameworks: Sequence[TrainingFramework],
    representation: GridRepresentation,
    options: ZeoGANOptions,
    facts: Mapping[str, Any],
) -> tuple[Model, Before]:
    """The model to train and what was done before: that of the training that ``out`` holds, one that starts
    from a checkpoint, or a new one."""
    if (out / STATE).exists():
        found = Model.load(out)
        require_wanted(found, representation, options, out)
        return found, past(out, found, facts)
    if start is None:
        return new_model(frameworks, representation, options), Before()
    found = Model.load(start)
    require_wanted(found, representation, options, start)
    return evolve(found, templates=templates_of(frameworks, found.recipe), training={}), Before()


def require_wanted(
    model: Model, representation: GridRepresentation, options: ZeoGANOptions, folder: Path
) -> None:
    """Raises:
    ConfigError: the model in a folder is not of the kind that the options ask for.
    """
    present = {
        "zeogan.recipe": model.recipe.name,
        "zeogan.width": model.width,
        "voxel.n": model.n,
        "voxel.channels": ",".join(model.scaling.channels),
    }
    wanted = {
        "zeogan.recipe": options.recipe,
        "zeogan.width": options.width,
        "voxel.n": representation.options.n,
        "voxel.channels": ",".join(representation.channels),
    }
    require_same(folder, present, wanted)


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
