"""The conditioner ``latent``: latent vectors go down the gradient of what a property branch lacks.

R. Gómez-Bombarelli et al., *Automatic chemical design using a data-driven continuous representation of
molecules*, ACS Cent. Sci. 2018, 4, 268; of crystals Ren et al. (Matter 2022, 5, 314) and Long et al. (npj
Comput. Mater. 2021, 7, 66). A branch is wrong far from its data, and a gradient goes where it is wrong: what
lies beyond the distance at which known frameworks lie from each other is penalised.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from attrs import frozen
from torch import Tensor

from zeo.plugin.conditioning import Known, Latent, Move
from zeo.plugin.interfaces import Conditioner
from zeo.plugin.options import option
from zeo.plugin.targets import Target


class LatentSearch(Conditioner):
    """Moves latent vectors by Adam, each by itself."""

    @frozen(kw_only=True)
    class Options:
        steps: int = option(100, "of the search", at_least=0)
        rate: float = option(0.03, "length of a step in each latent number", above=0)
        nearness: float = option(
            1.0, "weight of what lies farther from known frameworks than these from each other", at_least=0
        )

    options: Options

    def prepare(self, targets: Sequence[Target], known: Known) -> Sequence[Target]:
        """The targets, as far as the branch of the generator knows their quantities.

        Raises:
            ConfigError: see :meth:`zeo.plugin.conditioning.Known.narrowed`.
        """
        return known.narrowed(targets, known.inputs, "the property branch of this model")

    def latent(self, space: Latent) -> Move:
        """From where vectors begin to where their samples should have what they aim at."""

        def move(latents: Tensor) -> Tensor:
            moving = latents.detach().clone().requires_grad_()
            optimiser = torch.optim.Adam([moving], self.options.rate)
            for _ in range(self.options.steps):
                optimiser.zero_grad()
                with torch.enable_grad():
                    beyond = (space.away(moving) - 1.0).clamp(min=0.0)
                    loss = (
                        space.lacking(moving).square().sum() + self.options.nearness * beyond.square().sum()
                    )
                loss.backward()
                optimiser.step()
            return moving.detach()

        return move
