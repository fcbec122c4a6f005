"""The trained model: the network with all that is needed to draw from it, in one folder.

model.json           what the network is told, its shape, how it was trained
weights.safetensors  averaged weights (bfloat16) and the blueprints of the training set
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import asdict, evolve, field, frozen
from torch import Tensor

from zeo_learning.condition import Conditions
from zeo_learning.folder import below, fitting_together, part, read_model, stored, write_model
from zeo_zeosym.batch import GEOMETRY
from zeo_zeosym.blueprint import Blueprints
from zeo_zeosym.layers import Shape
from zeo_zeosym.network import Network


@frozen(eq=False, kw_only=True)
class Model:
    """A network and what surrounds it.

    Args:
        conditions: what the network is told.
        blueprints: to draw from.
        shape: of the network.
        network: with its weights.
        training: how it came about: data, samples seen, hours, hardware.
    """

    conditions: Conditions
    blueprints: Blueprints
    shape: Shape
    network: Network
    training: Mapping[str, Any] = field(factory=dict)

    @classmethod
    def new(cls, conditions: Conditions, blueprints: Blueprints, shape: Shape) -> Model:
        """With random weights."""
        shape = evolve(shape, scalars=GEOMETRY + 2 * len(conditions.quantities))
        return cls(conditions=conditions, blueprints=blueprints, shape=shape, network=Network(shape))

    def with_weights(self, weights: Mapping[str, Tensor], training: Mapping[str, Any]) -> Model:
        """The same around a copy of the network with other weights."""
        new = self.new(self.conditions, self.blueprints, self.shape)
        new.network.load_state_dict({name: tensor.float() for name, tensor in weights.items()})
        return evolve(new, training=training)

    def save(self, folder: Path) -> None:
        """Write the folder; each file is replaced as a whole."""
        tensors = below("network.", stored(self.network)) | below("blueprints.", self.blueprints.tensors())
        description = {
            "conditions": asdict(self.conditions),
            "network": asdict(self.shape),
            "training": dict(self.training),
        }
        write_model(folder, "zeosym", description, tensors)

    @classmethod
    def load(cls, folder: Path) -> Model:
        """Read a folder.

        Raises:
            ConfigError: it is missing, of another kind or a newer format, or its files do not fit together.
        """
        description, tensors = read_model(folder, "zeosym")
        with fitting_together(folder):
            model = cls.new(
                Conditions(**description["conditions"]),
                Blueprints.from_tensors(part(tensors, "blueprints.")),
                Shape(**description["network"]),
            )
            return model.with_weights(part(tensors, "network."), description["training"])
