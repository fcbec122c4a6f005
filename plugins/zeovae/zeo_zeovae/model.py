"""The trained model: the autoencoder with all that is needed to draw from it, in one folder.

model.json           representation and its shape, sizes of the networks, the properties that the branch knows
weights.safetensors  averaged weights (bfloat16), the templates of the training set, and the latent vectors of
                     some of its frameworks, the anchors
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from attrs import asdict, evolve, field, frozen
from torch import Tensor

from zeo.plugin.registry import Plugins, installed_plugins
from zeo_learning.condition import Conditions
from zeo_learning.folder import below, fitting_together, part, read_model, stored, write_model
from zeo_learning.templates import Templates
from zeo_zeovae.forms import Form, form_of
from zeo_zeovae.networks import Autoencoder
from zeo_zeovae.region import Anchors


@frozen(eq=False, kw_only=True)
class Model:
    """An autoencoder and what surrounds it.

    Args:
        form: how it sees frameworks.
        latent: D.
        width: of its layers.
        properties: those that the branch knows, on the scale of learning.
        templates: cells, sizes and symmetries of the training set, to draw for.
        autoencoder: with its weights.
        anchors: latent vectors of some frameworks of the training set; None before there are any.
        training: how it came about.
    """

    form: Form
    latent: int
    width: int
    properties: Conditions
    templates: Templates
    autoencoder: Autoencoder
    anchors: Anchors | None = None
    training: Mapping[str, Any] = field(factory=dict)

    @classmethod
    def new(cls, form: Form, latent: int, width: int, properties: Conditions, templates: Templates) -> Model:
        """With random weights.

        Raises:
            ConfigError: sizes that do not fit.
        """
        encoder, decoder = form.networks(latent, width)
        count = len(properties.quantities)
        network = Autoencoder(encoder, decoder, latent, count)
        if form.is_grid:
            network.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
        return cls(
            form=form,
            latent=latent,
            width=width,
            properties=properties,
            templates=templates,
            autoencoder=network,
        )

    def with_weights(
        self,
        weights: Mapping[str, Tensor],
        anchors: Anchors | None,
        training: Mapping[str, Any],
    ) -> Model:
        """The same around a copy of the autoencoder with other weights."""
        new = self.new(self.form, self.latent, self.width, self.properties, self.templates)
        new.autoencoder.load_state_dict({name: tensor.float() for name, tensor in weights.items()})
        return evolve(new, anchors=anchors, training=training)

    def save(self, folder: Path) -> None:
        """Write the folder; each file is replaced as a whole."""
        tensors = below("autoencoder.", stored(self.autoencoder)) | below(
            "templates.", self.templates.tensors()
        )
        if self.anchors is not None:
            tensors |= below("anchors.", self.anchors.tensors())
        description = {
            "representation": self.form.name,
            "settings": self.form.settings,
            "latent": self.latent,
            "width": self.width,
            "properties": asdict(self.properties),
            "training": dict(self.training),
        }
        write_model(folder, "zeovae", description, tensors)

    @classmethod
    def load(cls, folder: Path) -> Model:
        """Read a folder.

        Raises:
            ConfigError: it is missing, of another kind or a newer format, or its files do not fit together.
        """
        return cls.loaded(folder, installed_plugins())

    @classmethod
    def loaded(cls, folder: Path, plugins: Plugins) -> Model:
        """The same, with representations that have the user's options."""
        description, tensors = read_model(folder, "zeovae")
        with fitting_together(folder):
            model = cls.new(
                form_of(description["representation"], plugins, description["settings"]),
                description["latent"],
                description["width"],
                Conditions(**description["properties"]),
                Templates.from_tensors(part(tensors, "templates.")),
            )
            anchors = part(tensors, "anchors.")
            return model.with_weights(
                part(tensors, "autoencoder."),
                Anchors.from_tensors(anchors) if anchors else None,
                description["training"],
            )
