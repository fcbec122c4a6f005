"""Where a training starts: from a new model, or where an earlier slice stopped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import evolve

from zeo.errors import ConfigError
from zeo.plugin.interfaces import GridRepresentation
from zeo_learning.channels import require_atoms
from zeo_learning.folder import DESCRIPTION, require_same
from zeo_learning.frameworks import TrainingFramework
from zeo_learning.schedule import Before
from zeo_learning.templates import Template, Templates
from zeo_zeodiff.model import Model
from zeo_zeodiff.paper_condition import UNITS
from zeo_zeodiff.recipes import RECIPES

if TYPE_CHECKING:
    from zeo_zeodiff.generator import ZeoDiffOptions

QUANTITIES = ("methane.void_fraction", "methane.qst", "methane.kh")
"""What a network can be told of a framework besides its cell, where the data set knows it."""

SCALED_ON = 256
"""Frameworks whose grids give the scaling of the channels."""


def settled(options: ZeoDiffOptions, representation: GridRepresentation) -> ZeoDiffOptions:
    """Options in which the recipe's defaults stand for those that the user left open.

    Raises:
        ConfigError: options that do not fit the recipe, or grids without atoms.
    """
    require_atoms(representation.channels)
    if options.told is not None and options.told not in UNITS:
        raise ConfigError(f"zeodiff.told is one of {', '.join(UNITS)}, not {options.told!r}")
    settled: ZeoDiffOptions = RECIPES[options.recipe].settled(options)
    return settled


def new_model(
    frameworks: Sequence[TrainingFramework], representation: GridRepresentation, options: ZeoDiffOptions
) -> Model:
    """With random weights, scaled to the frameworks."""
    recipe = RECIPES[options.recipe]
    some = frameworks[:: max(1, len(frameworks) // SCALED_ON)]
    grids = (representation.encode(framework.structure).values for framework in some)
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
        recipe,
        representation.options.n,
        recipe.scaling.of(representation.channels, grids),
        recipe.conditions.of(told(options), [framework.properties for framework in frameworks]),
        Templates.of(templates),
        recipe.shape(width=options.width),
    )


def told(options: ZeoDiffOptions) -> tuple[str, ...]:
    """What the network is told, where it is known: everything, or in some recipes what the user wants."""
    if "told" not in RECIPES[options.recipe].defaults:
        return QUANTITIES
    return () if options.told is None else (options.told,)


def started(start: Path, new: Model, representation: GridRepresentation, options: ZeoDiffOptions) -> Model:
    """A new model with the weights, and all that goes with them, of another.

    Raises:
        ConfigError: the folder holds a model of another kind.
    """
    found = Model.load(start)
    require_wanted(found, representation, options, start)
    return evolve(found, templates=new.templates, training={})


def resumed(out: Path, representation: GridRepresentation, options: ZeoDiffOptions) -> tuple[Model, Before]:
    """The model of an earlier slice, and what was done then.

    Raises:
        ConfigError: the folder holds no model that fits its state, or one of another training.
    """
    model = Model.load(out)
    require_wanted(model, representation, options, out)
    try:
        before = Before.recorded(model.training)
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{out / DESCRIPTION} does not say how it was trained") from error
    return model, before


def require_wanted(
    model: Model, representation: GridRepresentation, options: ZeoDiffOptions, folder: Path
) -> None:
    """Raises:
    ConfigError: the model in a folder is not of the kind that the options ask for, or does not say of which.
    """
    wanted: dict[str, Any] = {
        "zeodiff.recipe": options.recipe,
        "zeodiff.loss": options.loss,
        "zeodiff.width": options.width,
        "zeodiff.told": options.told,
        "voxel.n": representation.options.n,
        "voxel.channels": ",".join(representation.channels),
    }
    try:
        present = {
            "zeodiff.recipe": model.recipe.name,
            "zeodiff.loss": model.training["loss"],
            "zeodiff.width": model.shape.width,
            "zeodiff.told": model.training["told"],
            "voxel.n": model.n,
            "voxel.channels": ",".join(model.scaling.channels),
        }
    except KeyError as error:
        raise ConfigError(f"{folder / DESCRIPTION} does not say how it was trained") from error
    require_same(folder, present, wanted)
