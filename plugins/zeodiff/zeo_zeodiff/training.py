"""Training on Lightning; see :mod:`zeo_learning.trainer`.

Everything random in a step comes with its examples, which are numbered; the state of a training is therefore
its weights, their running average, the optimiser and the number of steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from zeo_learning.module import TrainedModule
from zeo_learning.schedule import Schedule
from zeo_learning.symmetric import symmetric_noise, symmetrised
from zeo_zeodiff import lengths
from zeo_zeodiff.edm import column
from zeo_zeodiff.model import Model
from zeo_zeodiff.paper_unet import PaperNetwork


class DiffusionTraining(TrainedModule[nn.Module]):
    """One step of training.

    Args:
        model: to train; its network is trained in place.
        loss: by its name in the recipe.
        schedule: learning rate and average.
    """

    def __init__(self, model: Model, loss: str, schedule: Schedule) -> None:
        super().__init__(model.network, schedule)
        self.model, self.loss_name = model, loss

    def training_step(self, batch: dict[str, Tensor], _number: int) -> Tensor:
        loss = self.loss(self.network, batch)
        self.log("loss", loss, on_step=True)
        return loss

    def loss(self, network: torch.nn.Module, batch: dict[str, Tensor]) -> Tensor:
        """The error of the denoiser on one batch, and of the regressor of the cell where there is one."""
        recipe, clean, noise = self.model.recipe, batch["grid"], batch["noise"]
        labels = batch.get("labels")
        if labels is not None:
            noise = symmetric_noise(noise, labels)
        sigma = recipe.training_levels(batch["level"])
        denoise = self.model.denoiser(batch["scalars"], network)
        estimate = denoise(clean + column(sigma) * noise, sigma)
        if labels is not None:
            estimate = symmetrised(estimate, labels)
        loss = recipe.losses[self.loss_name](clean, estimate, sigma).mean()
        if isinstance(network, PaperNetwork):
            loss = loss + lengths.error(network.lengths(clean), batch["lengths"])
        return loss

    def trained(self, facts: Mapping[str, Any]) -> Model:
        return self.model.with_weights(self.ema.state_dict(), facts)

    def optimisers(self) -> Sequence[Optimizer]:
        return [self.model.recipe.optimiser(self.network, self.schedule.learning_rate)]
