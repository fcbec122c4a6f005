"""The two recipes side by side: everything in which they differ.

``zeo`` is what works best under a small budget: noise levels and weights of EDM, a network that is told the
cell, noise that has the space group. ``paper`` is the reference as released (J. Park et al., J. Mater. Chem.
A 2024, 12, 6507), for a fair comparison. Training, checkpoints and samplers are the same for both: to them, a
network is a denoiser.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from attrs import evolve, frozen
from torch import Tensor, nn
from torch.optim import Optimizer

from zeo.errors import ConfigError
from zeo_learning import views
from zeo_learning.condition import Conditions
from zeo_learning.optimiser import Muon
from zeo_learning.unet import NetworkOptions, UNet
from zeo_zeodiff import ddpm, edm, lengths
from zeo_zeodiff.paper_condition import PaperConditions
from zeo_zeodiff.paper_unet import PaperNetwork, PaperNetworkOptions
from zeo_zeodiff.scaling import Scaling, SignFlipped, Standardised

Loss = Callable[[Tensor, Tensor, Tensor], Tensor]
"""From clean grids, their estimates and the noise levels [B] to errors [B, C]."""


@frozen(kw_only=True)
class Recipe:
    """One way to train and to draw.

    Args:
        name: as the user types it.
        losses: by name.
        defaults: of the options that depend on the recipe; one that is not here the recipe does not take.
        around: makes a denoiser of the network.
        training_levels: noise levels from numbers uniform in (0, 1).
        sampling_levels: noise levels, falling to zero, for so many evaluations.
        network: builds it from the number of channels, of scalars, and its shape.
        shape: the class of that shape.
        optimiser: of the parameters of a network, with a learning rate.
        warm_up: steps over which the learning rate rises.
        scaling: of the channels.
        conditions: what the network is told.
        known_share: how often it is told a property in training.
        view: how an example sees its framework.
        templated: whether a sample is drawn for the cell, the size and the space group of a framework of the
            training set; otherwise the network brings a regressor that finds the cell of a finished grid.
    """

    name: str
    losses: Mapping[str, Loss]
    defaults: Mapping[str, Any]
    around: Callable[[edm.Denoiser], edm.Denoiser]
    training_levels: Callable[[Tensor], Tensor]
    sampling_levels: Callable[[int], list[float]]
    network: Callable[[int, int, Any], nn.Module]
    shape: type
    optimiser: Callable[[nn.Module, float], Optimizer]
    warm_up: int
    scaling: type[Scaling]
    conditions: type[Conditions] | type[PaperConditions]
    known_share: float
    view: views.ViewOf
    templated: bool

    def resolved(self, options: Any) -> Any:
        """Options in which those that the user left open have the defaults of the recipe.

        Raises:
            ConfigError: one that this recipe does not take, or a loss of another.
        """
        for name in DEPENDENT:
            if getattr(options, name) is not None and name not in self.defaults:
                raise ConfigError(f"zeodiff.{name} is nothing that recipe={self.name} takes: leave it out")
        open_ones = {name: value for name, value in self.defaults.items() if getattr(options, name) is None}
        resolved = evolve(options, **open_ones)
        if resolved.loss not in self.losses:
            raise ConfigError(
                f"zeodiff.loss: recipe={self.name} has {' and '.join(self.losses)}, not {resolved.loss!r}"
            )
        return resolved


def adam(network: nn.Module, learning_rate: float) -> Optimizer:
    """Adam for a :class:`PaperNetwork`, whose regressor learns at a rate of its own."""
    assert isinstance(network, PaperNetwork)
    return torch.optim.Adam(
        [
            {"params": network.unet.parameters(), "lr": learning_rate},
            {"params": network.lengths.parameters(), "lr": lengths.LEARNING_RATE},
        ]
    )


ZEO = Recipe(
    name="zeo",
    losses={"edm": edm.weighted_error},
    defaults={
        "loss": "edm",
        "learning_rate": 1e-3,
        "average": 0.9995,
        "width": 64,
        "symmetric_share": 0.85,
    },
    around=edm.precondition,
    training_levels=edm.training_levels,
    sampling_levels=edm.sampling_levels,
    network=UNet,
    shape=NetworkOptions,
    optimiser=Muon,
    warm_up=100,
    scaling=Standardised,
    conditions=Conditions,
    known_share=0.5,
    view=views.anywhere,
    templated=True,
)

PAPER = Recipe(
    name="paper",
    losses={"huber": ddpm.huber, "eq5": ddpm.weighted_error},
    defaults={"loss": "huber", "learning_rate": 1e-4, "average": 0.9999, "width": 32, "told": None},
    around=ddpm.predicting_noise,
    training_levels=ddpm.training_levels,
    sampling_levels=ddpm.sampling_levels,
    network=PaperNetwork,
    shape=PaperNetworkOptions,
    optimiser=adam,
    warm_up=1,
    scaling=SignFlipped,
    conditions=PaperConditions,
    known_share=1.0,
    view=views.one_of_three,
    templated=False,
)

RECIPES = {recipe.name: recipe for recipe in (ZEO, PAPER)}

DEPENDENT = ("loss", "learning_rate", "average", "width", "symmetric_share", "told")
"""The options whose default, or whose sense, depends on the recipe."""
