"""The trained model: both networks with all that is needed to draw from one and to go on from both.

model.json           recipe, grid size, channels, width of the networks, how they were trained
weights.safetensors  averaged weights of the generator, weights of the critic (bfloat16), and the templates of
                     the training set in recipes that draw for them
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from attrs import evolve, field, frozen
from torch import Tensor, nn

from zeo_learning.condition import GEOMETRY
from zeo_learning.folder import below, fitting_together, part, read_model, stored, write_model
from zeo_learning.templates import Templates
from zeo_zeogan.networks import GridCritic, GridGenerator
from zeo_zeogan.recipes import RECIPES, Recipe
from zeo_zeogan.scaling import Scaling

Network = TypeVar("Network", bound=nn.Module)


@frozen(eq=False, kw_only=True)
class Model:
    """A generator, its critic and what surrounds them.

    Args:
        recipe: how they are trained and drawn from.
        n: grid points along each axis.
        scaling: of the channels.
        templates: cells, sizes and symmetries to draw for; None in recipes without.
        width: of the networks.
        generator: with its weights.
        critic: likewise.
        training: how they came about.
    """

    recipe: Recipe
    n: int
    scaling: Scaling
    templates: Templates | None
    width: int
    generator: GridGenerator
    critic: GridCritic
    training: Mapping[str, Any] = field(factory=dict)

    @classmethod
    def new(cls, recipe: Recipe, n: int, scaling: Scaling, templates: Templates | None, width: int) -> Model:
        """With random weights."""
        shape = (len(scaling.channels), GEOMETRY if recipe.templated else 0, n, width)
        return cls(
            recipe=recipe,
            n=n,
            scaling=scaling,
            templates=templates,
            width=width,
            generator=channels_last(recipe.generator(*shape)),
            critic=channels_last(recipe.critic(*shape)),
        )

    def with_weights(
        self, generator: Mapping[str, Tensor], critic: Mapping[str, Tensor], training: Mapping[str, Any]
    ) -> Model:
        """The same around copies of the networks with other weights."""
        new = self.new(self.recipe, self.n, self.scaling, self.templates, self.width)
        for network, weights in ((new.generator, generator), (new.critic, critic)):
            network.load_state_dict(weights)
        return evolve(new, training=training)

    def save(self, folder: Path) -> None:
        """Write the folder; each file is replaced as a whole."""
        tensors = below("generator.", stored(self.generator)) | below("critic.", stored(self.critic))
        if self.templates is not None:
            tensors |= below("templates.", self.templates.tensors())
        description = {
            "recipe": self.recipe.name,
            "n": self.n,
            "channels": list(self.scaling.channels),
            "width": self.width,
            "training": dict(self.training),
        }
        write_model(folder, "zeogan", description, tensors)

    @classmethod
    def load(cls, folder: Path) -> Model:
        """Read a folder.

        Raises:
            ConfigError: it is missing, of another kind or a newer format, or its files do not fit together.
        """
        description, tensors = read_model(folder, "zeogan")
        with fitting_together(folder):
            recipe = RECIPES[description["recipe"]]
            model = cls.new(
                recipe,
                description["n"],
                Scaling(channels=description["channels"]),
                Templates.from_tensors(part(tensors, "templates.")) if recipe.templated else None,
                description["width"],
            )
            return model.with_weights(
                part(tensors, "generator."), part(tensors, "critic."), description["training"]
            )


def channels_last(network: Network) -> Network:
    """The network, its weights in the order that its convolutions want."""
    return network.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload, no-any-return]
