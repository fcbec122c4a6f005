"""How zeodiff is trained: its frameworks, its model, its examples and its losses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from attrs import evolve

from zeo.data.known.frameworks import FrameworkSet
from zeo.errors import ConfigError
from zeo_learning.channels import require_atoms
from zeo_learning.frameworks import TrainingFramework
from zeo_learning.generator import LearnedGenerator
from zeo_learning.grid_plan import GridPlan
from zeo_learning.schedule import Schedule
from zeo_learning.split import Split
from zeo_learning.templates import Template, Templates
from zeo_zeodiff.examples import Examples
from zeo_zeodiff.model import Model
from zeo_zeodiff.paper_condition import UNITS
from zeo_zeodiff.recipes import RECIPES
from zeo_zeodiff.training import DiffusionTraining
from zeo_zeodiff.validation import ValidationLoss

QUANTITIES = ("methane.void_fraction", "methane.qst", "methane.kh")
"""What a network can be told of a framework besides its cell, where the data set knows it."""

SCALED_ON = 256
"""Frameworks whose grids give the scaling of the channels."""


class ZeoDiffPlan(GridPlan[Model]):
    """A denoiser of grids, by one of the recipes.

    Args:
        generator: whose options may leave open what the recipe decides.

    Raises:
        ConfigError: options that do not fit the recipe, or grids without atoms.
    """

    clip = 1.0
    judged_by = "validation_loss"
    identifying = ("recipe", "loss", "width", "told", "symmetric_share")

    def __init__(self, generator: LearnedGenerator) -> None:
        options = generator.options
        if options.told is not None and options.told not in UNITS:
            raise ConfigError(f"zeodiff.told is one of {', '.join(UNITS)}, not {options.told!r}")
        self.recipe = RECIPES[options.recipe]
        super().__init__(generator, self.recipe.resolved(options))
        require_atoms(self.representation.channels)

    @property
    def schedule(self) -> Schedule:
        return Schedule.of(self.options, self.options.batch, self.recipe.warm_up)

    def split(self, data: FrameworkSet) -> Split[TrainingFramework]:
        return self.split_grids(data, self.options.told)

    def new_model(self, frameworks: Sequence[TrainingFramework]) -> Model:
        """With random weights, scaled to the frameworks."""
        some = frameworks[:: max(1, len(frameworks) // SCALED_ON)]
        grids = (self.representation.encode(framework.structure).values for framework in some)
        templates = [
            Template(
                framework.structure.lengths,
                framework.structure.count("Si"),
                framework.symmetry,
                {name: value for name, value in framework.properties.items() if name in QUANTITIES},
            )
            for framework in frameworks
        ]
        known = [framework.properties for framework in frameworks]
        return Model.new(
            self.recipe,
            self.representation.options.n,
            self.recipe.scaling.of(self.representation.channels, grids),
            self.recipe.conditions.of(self.quantities, known),
            Templates.of(templates),
            self.recipe.shape(width=self.options.width),
        )

    @property
    def quantities(self) -> tuple[str, ...]:
        """What the network is told, where it is known: everything, or in some recipes what the user wants."""
        if "told" not in self.recipe.defaults:
            return QUANTITIES
        return () if self.options.told is None else (self.options.told,)

    def architecture(self, model: Model) -> dict[str, Any]:
        told = (
            {}
            if "told" not in model.recipe.defaults
            else {"zeodiff.told": _only(model.conditions.quantities)}
        )
        return {
            "zeodiff.recipe": model.recipe.name,
            "zeodiff.width": model.shape.width,
            **told,
            **self.grids(model.n, model.scaling.channels),
        }

    def starting_from(self, found: Model, new: Model) -> Model:
        return evolve(found, templates=new.templates, training={})

    def module(self, model: Model) -> DiffusionTraining:
        torch.set_float32_matmul_precision("high")
        return DiffusionTraining(model, self.options.loss, self.schedule)

    def examples(self, frameworks: Sequence[TrainingFramework], model: Model, seed: int) -> Examples:
        return Examples(frameworks, self.representation, model, self.options.symmetric_share, seed)

    def validation(self, examples: Any) -> ValidationLoss:
        return ValidationLoss(examples)


def _only(quantities: Sequence[str]) -> str | None:
    return quantities[0] if quantities else None
