"""The two recipes side by side: everything in which they differ.

``paper`` is the reference as published (B. Kim, S. Lee, J. Kim, Sci. Adv. 2020, 6, eaax9324). ``zeo`` is what
does better under a small budget: cell, density and space group come from the training set, the grid is drawn
from a field of noise that has this space group, and one update of the critic is enough for one of the
generator. Training, checkpoints and sampling are the same for both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from attrs import evolve, frozen
from torch import nn
from torch.optim import Optimizer

from zeo.errors import ConfigError
from zeo_learning.optimiser import Muon
from zeo_zeogan.field_networks import FieldCritic, FieldGenerator
from zeo_zeogan.losses import Game, Relativistic, Wasserstein
from zeo_zeogan.networks import GridCritic, GridGenerator
from zeo_zeogan.paper_networks import PaperCritic, PaperGenerator


@frozen(kw_only=True)
class Recipe:
    """One way to train and to draw.

    Args:
        name: as the user types it.
        defaults: of the options that depend on the recipe.
        generator: builds one from the numbers of channels, of scalars, of grid points, and its width.
        critic: likewise.
        game: the adversarial loss, from the weight of its gradient penalty.
        matching: weight of the feature matching of the generator.
        fidelity: weight of its :func:`zeo_zeogan.losses.infidelity`.
        gap: what the mean difference of the critic's scores is called.
        optimiser: of the parameters of a network, with a learning rate.
        warm_up: steps over which the learning rate rises.
        templated: whether a grid is drawn for the cell, the size and the space group of a framework of the
            training set; otherwise the networks find a cell for each grid.
        sides: a multiple of this is the number of grid points along each axis.
    """

    name: str
    defaults: Mapping[str, Any]
    generator: Callable[[int, int, int, int], GridGenerator]
    critic: Callable[[int, int, int, int], GridCritic]
    game: Callable[[float], Game]
    matching: float
    fidelity: float
    gap: str
    optimiser: Callable[[nn.Module, float], Optimizer]
    warm_up: int
    templated: bool
    sides: int

    def resolved(self, options: Any) -> Any:
        """Options in which those that the user left open have the defaults of the recipe."""
        open_ones = {name: value for name, value in self.defaults.items() if getattr(options, name) is None}
        return evolve(options, **open_ones)

    def check_side(self, n: int) -> None:
        """Raises:
        ConfigError: grids of so many points along each axis, which the networks cannot halve.
        """
        if n % self.sides:
            raise ConfigError(f"voxel.n: zeogan needs a multiple of {self.sides} with recipe={self.name}")


def adam(network: nn.Module, learning_rate: float) -> Optimizer:
    """As published."""
    return torch.optim.Adam(network.parameters(), lr=learning_rate, betas=(0.5, 0.9))


PAPER = Recipe(
    name="paper",
    defaults={
        "batch": 32,
        "critic_updates": 5,
        "learning_rate": 1e-4,
        "average": 0.0,
        "width": 32,
        "penalty": 10.0,
    },
    generator=PaperGenerator,
    critic=PaperCritic,
    game=Wasserstein,
    matching=1.0,
    fidelity=0.0,
    gap="earth_mover_distance",
    optimiser=adam,
    warm_up=0,
    templated=False,
    sides=8,
)

ZEO = Recipe(
    name="zeo",
    defaults={
        "batch": 16,
        "critic_updates": 1,
        "learning_rate": 1e-3,
        "average": 0.999,
        "width": 32,
        "penalty": 0.3,
    },
    generator=FieldGenerator,
    critic=FieldCritic,
    game=Relativistic,
    matching=0.1,
    fidelity=30.0,
    gap="score_gap",
    optimiser=partial(Muon, momentum=0.5, betas=(0.0, 0.99), weight_decay=0.0),
    warm_up=100,
    templated=True,
    sides=8,
)

RECIPES = {recipe.name: recipe for recipe in (ZEO, PAPER)}
