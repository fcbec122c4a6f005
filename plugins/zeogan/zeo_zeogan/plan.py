"""How zeogan is trained: its frameworks, its networks, its examples, and the targets it is drawn toward."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import asdict, evolve

from zeo.data.known.frameworks import FrameworkSet
from zeo.plugin.conditioning import Condition
from zeo_learning.frameworks import TrainingFramework
from zeo_learning.generator import LearnedGenerator
from zeo_learning.grid_plan import GridPlan
from zeo_learning.schedule import Hardware, Schedule
from zeo_learning.split import Split
from zeo_learning.templates import Template, Templates
from zeo_zeogan.examples import Examples
from zeo_zeogan.model import Model
from zeo_zeogan.recipes import RECIPES
from zeo_zeogan.scaling import Scaling
from zeo_zeogan.training import AdversarialTraining
from zeo_zeogan.validation import PropertyDistances

MEASURED = 32
"""Frameworks whose grids say where a new generator begins, about."""


class ZeoGANPlan(GridPlan[Model]):
    """A generator of grids and its critic, by one of the recipes.

    Args:
        generator: whose options may leave open what the recipe decides.
        condition: what drawn grids are to meet; None for nothing.

    Raises:
        ConfigError: grids that the networks cannot halve.
    """

    identifying = ("recipe", "width", "critic_updates", "penalty")

    def __init__(self, generator: LearnedGenerator, condition: Condition | None) -> None:
        self.recipe, self.condition = RECIPES[generator.options.recipe], condition
        super().__init__(generator, self.recipe.resolved(generator.options))
        self.recipe.check_side(self.representation.options.n)
        self.scaling = Scaling.of(self.representation.channels)

    @property
    def identity(self) -> dict[str, Any]:
        if self.condition is None:
            return super().identity
        steering = type(self.condition.conditioner)
        target = f"{steering.__module__}:{steering.__qualname__}"
        entries = self.generator.plugins.entries("conditioner")
        name = next((entry.spec.name for entry in entries if entry.spec.target == target), target)
        targets = "; ".join(map(str, self.condition.targets))
        weights = {f"conditioner.{k}": v for k, v in asdict(self.condition.conditioner.options).items()}
        return super().identity | {"targets": targets, "conditioner": name} | weights

    @property
    def schedule(self) -> Schedule:
        """A step takes the examples of all updates in it."""
        batch = self.options.batch * self.options.critic_updates
        return Schedule.of(self.options, batch, self.recipe.warm_up)

    @property
    def hardware(self) -> Hardware:
        """Where several devices work together, each backward pass leaves one network out."""
        found = super().hardware
        if found.devices * found.nodes == 1:
            return found
        strategy = "ddp" if found.strategy == "auto" else found.strategy
        return evolve(found, strategy=f"{strategy}_find_unused_parameters_true")

    def split(self, data: FrameworkSet) -> Split[TrainingFramework]:
        return self.split_grids(data)

    def new_model(self, frameworks: Sequence[TrainingFramework]) -> Model:
        n, width = self.representation.options.n, self.options.width
        model = Model.new(self.recipe, n, self.scaling, self._templates(frameworks), width)
        some = frameworks[:: max(1, len(frameworks) // MEASURED)]
        grids = [
            self.scaling.to_network(self.representation.encode(framework.structure).values)
            for framework in some
        ]
        over = (0, 2, 3, 4)
        model.generator.begin_at(np.mean(grids, axis=over).tolist(), np.std(grids, axis=over).tolist())
        return model

    def _templates(self, frameworks: Sequence[TrainingFramework]) -> Templates | None:
        """What grids are drawn for, in recipes that draw them for frameworks."""
        if not self.recipe.templated:
            return None
        return Templates.of(
            [
                Template(framework.structure.lengths, framework.structure.count("Si"), framework.symmetry)
                for framework in frameworks
            ]
        )

    def architecture(self, model: Model) -> dict[str, Any]:
        return {
            "zeogan.recipe": model.recipe.name,
            "zeogan.width": model.width,
            **self.grids(model.n, model.scaling.channels),
        }

    def starting_from(self, found: Model, new: Model) -> Model:
        return evolve(found, templates=new.templates, training={})

    def module(self, model: Model) -> AdversarialTraining:
        options = self.options
        return AdversarialTraining(
            model, self.schedule, options.critic_updates, options.penalty, self.condition, options.seed
        )

    def examples(self, frameworks: Sequence[TrainingFramework], model: Model, seed: int) -> Examples:
        return Examples(frameworks, self.representation, model.scaling, model.recipe.templated, seed)

    def validation(self, examples: Any) -> PropertyDistances:
        return PropertyDistances(examples, self.options.passes)
