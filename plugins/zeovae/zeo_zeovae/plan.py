"""How zeovae is trained: its frameworks, its networks, its examples and its losses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from attrs import evolve

from zeo.data.known.frameworks import FrameworkSet
from zeo.wishes.full_name import FullName
from zeo_learning.condition import Conditions
from zeo_learning.drawn_samples import DrawnSamples
from zeo_learning.frameworks import TrainingFramework, batch_of, split_grids
from zeo_learning.generator import LearnedGenerator
from zeo_learning.plan import TrainingPlan
from zeo_learning.precision import autocast
from zeo_learning.schedule import Schedule
from zeo_learning.split import Split
from zeo_learning.templates import Template, Templates
from zeo_zeovae.examples import Examples
from zeo_zeovae.forms import form_of
from zeo_zeovae.model import Model
from zeo_zeovae.networks import Autoencoder
from zeo_zeovae.region import Anchors
from zeo_zeovae.training import VariationalTraining
from zeo_zeovae.validation import Reconstruction

ANCHORS = 512
"""Frameworks of the training set whose latent vectors a model keeps, at most."""

TOGETHER = 32

WARM_UP = 200
"""Steps over which the learning rate rises."""


class ZeoVAEPlan(TrainingPlan[TrainingFramework, Model]):
    """An autoencoder of one representation.

    Args:
        generator: knows the representation.
    """

    judged_by = "validation_error"

    identifying = ("representation", "latent", "width", "beta", "warm_up", "property_weight")

    def __init__(self, generator: LearnedGenerator) -> None:
        options = generator.options
        self.form = form_of(options.representation, generator.plugins)
        defaults = self.form.defaults.items()
        left_open = {name: value for name, value in defaults if getattr(options, name) is None}
        super().__init__(generator.name, evolve(options, **left_open))
        self.generator = generator

    @property
    def identity(self) -> dict[str, Any]:
        return super().identity | {f"{self.form.name}.{k}": v for k, v in self.form.settings.items()}

    @property
    def schedule(self) -> Schedule:
        return Schedule.of(self.options, self.options.batch, WARM_UP)

    def split(self, data: FrameworkSet) -> Split[TrainingFramework]:
        """The frameworks that fit the options and the representation."""
        most = min(self.options.max_t, self.form.most_t or self.options.max_t)
        return split_grids(data, evolve(self.options, max_t=most), self.form.points)

    def new_model(self, frameworks: Sequence[TrainingFramework]) -> Model:
        known = [framework.properties for framework in frameworks]
        names = sorted({name for properties in known for name in properties if learnable(name)})
        properties = Conditions.of(names, known)
        templates = Templates.of([template_of(framework) for framework in frameworks])
        return Model.new(self.form, self.options.latent, self.options.width, properties, templates)

    def architecture(self, model: Model) -> dict[str, Any]:
        return {
            "zeovae.representation": model.form.name,
            "zeovae.latent": model.latent,
            "zeovae.width": model.width,
            **{f"{model.form.name}.{name}": value for name, value in model.form.settings.items()},
        }

    def starting_from(self, found: Model, new: Model) -> Model:
        """Where the properties are others, the branch begins anew."""
        weights: Mapping[str, torch.Tensor] = found.autoencoder.state_dict()
        if found.properties != new.properties:
            fresh = {f"branch.{name}": value for name, value in new.autoencoder.branch.state_dict().items()}
            weights = {**weights, **fresh}
        return new.with_weights(weights, None, {})

    def module(self, model: Model) -> VariationalTraining:
        options = self.options
        return VariationalTraining(
            model,
            self.schedule,
            options.beta,
            options.warm_up,
            options.property_weight,
            options.seed,
            self.anchors,
        )

    def examples(self, frameworks: Sequence[TrainingFramework], model: Model, seed: int) -> Examples:
        examples = Examples(frameworks, self.form, model.properties, seed)
        if seed == self.options.seed:
            self.learned = examples
        return examples

    @torch.no_grad()
    def anchors(self, network: Autoencoder) -> Anchors:
        """Of frameworks evenly spread over those that are learned from."""
        count = len(self.learned.frameworks)
        chosen = range(0, count, max(1, -(-count // ANCHORS)))
        device = next(network.parameters()).device
        latents = []
        for first in range(0, len(chosen), TOGETHER):
            batch = batch_of(self.learned.unturned(), chosen[first : first + TOGETHER], device)
            with autocast(device):
                latents.append(network.posterior(batch["array"], batch["told"])[0].float().cpu())
        return Anchors(torch.cat(latents), torch.tensor(chosen))

    def validation(self, examples: Any) -> Reconstruction:
        return Reconstruction(examples)

    def drawing(self, validation: Sequence[TrainingFramework]) -> DrawnSamples:  # noqa: ARG002
        """Of the same few seeds, decoded and repaired."""
        drawing = type(self.generator)(self.options, self.generator.plugins)
        return DrawnSamples(
            self.name, drawing, self.options.drawn_samples, self.generator.plugins, self.form.representation
        )


def learnable(name: str) -> bool:
    """Whether a property has a scale on which to learn it. Henry coefficients beside ``kh`` differ from it by
    a factor, or are zero where pores are closed."""
    full = FullName.of(name)
    return not full.is_henry_coefficient or full.quantity == "kh"


def template_of(framework: TrainingFramework) -> Template:
    """What a framework gives to those drawn for it."""
    structure = framework.structure
    known = {name: value for name, value in framework.properties.items() if learnable(name)}
    return Template(structure.lengths, structure.count("Si"), framework.symmetry, known)
