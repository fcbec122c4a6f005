"""The trained model: the network with all that is needed to draw from it, in one folder.

model.json           recipe, grid size, scaling, conditions, shape of the network, how it was trained
weights.safetensors  averaged weights (bfloat16) and the templates of the training set
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from attrs import asdict, evolve, field, frozen
from numpy.typing import NDArray
from torch import Tensor, nn

from zeo_learning.condition import Conditions
from zeo_learning.folder import below, fitting_together, part, read_model, stored, write_model
from zeo_learning.templates import Template, Templates
from zeo_zeodiff import edm
from zeo_zeodiff.lengths import in_angstrom
from zeo_zeodiff.paper_condition import PaperConditions
from zeo_zeodiff.paper_unet import PaperNetwork
from zeo_zeodiff.recipes import RECIPES, Recipe
from zeo_zeodiff.scaling import Scaling


@frozen(eq=False, kw_only=True)
class Model:
    """A denoiser and what surrounds it.

    Args:
        recipe: how it is trained and drawn from.
        n: grid points along each axis.
        scaling: of the channels.
        conditions: what the network is told.
        templates: cells, sizes and symmetries to draw from.
        shape: of the network.
        network: with its weights.
        training: how it came about: data, samples seen, hours, hardware.
    """

    recipe: Recipe
    n: int
    scaling: Scaling
    conditions: Conditions | PaperConditions
    templates: Templates
    shape: Any
    network: nn.Module
    training: Mapping[str, Any] = field(factory=dict)

    @classmethod
    def new(
        cls,
        recipe: Recipe,
        n: int,
        scaling: Scaling,
        conditions: Conditions | PaperConditions,
        templates: Templates,
        shape: Any,
    ) -> Model:
        """With random weights."""
        return cls(
            recipe=recipe,
            n=n,
            scaling=scaling,
            conditions=conditions,
            templates=templates,
            shape=shape,
            network=recipe.network(len(scaling.channels), conditions.size, shape).to(
                memory_format=torch.channels_last_3d  # type: ignore[call-overload]
            ),
        )

    def denoiser(self, scalars: Tensor, network: nn.Module | None = None) -> edm.Denoiser:
        """The estimate of the clean grid for frameworks described by ``scalars`` [B, S]."""
        chosen = network or self.network

        def predict(x: Tensor, level: Tensor) -> Tensor:
            predicted: Tensor = chosen(x, level, scalars)
            return predicted

        return self.recipe.around(predict)

    @torch.no_grad()
    def cell(self, template: Template, drawn: NDArray[np.float32]) -> NDArray[np.float64]:
        """The edges [3] of a drawn grid's cell, in angstrom.

        They are those of the template that it was drawn for or, in recipes without templates, those that the
        regressor finds in it.

        Args:
            template: of the sample.
            drawn: [C, N, N, N], as the network sees it.
        """
        if not isinstance(self.network, PaperNetwork):
            return template.lengths
        device = next(self.network.parameters()).device
        edges = in_angstrom(self.network.lengths(torch.from_numpy(drawn)[None].to(device)))[0]
        return edges.double().cpu().numpy()

    def with_weights(self, weights: Mapping[str, Tensor], training: Mapping[str, Any]) -> Model:
        """The same around a copy of the network with other weights."""
        new = self.new(self.recipe, self.n, self.scaling, self.conditions, self.templates, self.shape)
        new.network.load_state_dict({name: tensor.float() for name, tensor in weights.items()})
        return evolve(new, training=training)

    def save(self, folder: Path) -> None:
        """Write the folder; each file is replaced as a whole."""
        tensors = below("network.", stored(self.network)) | below("templates.", self.templates.tensors())
        description = {
            "recipe": self.recipe.name,
            "n": self.n,
            "scaling": asdict(self.scaling),
            "conditions": asdict(self.conditions),
            "network": asdict(self.shape),
            "training": dict(self.training),
        }
        write_model(folder, "zeodiff", description, tensors)

    @classmethod
    def load(cls, folder: Path) -> Model:
        """Read a folder.

        Raises:
            ConfigError: it is missing, of another kind or a newer format, or its files do not fit together.
        """
        description, tensors = read_model(folder, "zeodiff")
        with fitting_together(folder):
            recipe = RECIPES[description["recipe"]]
            model = cls.new(
                recipe,
                description["n"],
                recipe.scaling(**description["scaling"]),
                recipe.conditions(**description["conditions"]),
                Templates.from_tensors(part(tensors, "templates.")),
                recipe.shape(**description["network"]),
            )
            return model.with_weights(part(tensors, "network."), description["training"])
