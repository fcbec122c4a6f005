"""Training on Lightning; see :mod:`zeo_learning.trainer`.

Everything random in a step comes with its examples, which are numbered; the state of a training is therefore
its weights, their running average, the optimiser and the number of steps.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch
from torch import Tensor

from zeo.plugin.interfaces import Progress
from zeo_learning.average import move_average
from zeo_learning.keeper import Keeper, Measure
from zeo_learning.schedule import Before, Hardware, Schedule
from zeo_learning.symmetric import symmetric_noise, symmetrised
from zeo_learning.trainer import fit
from zeo_zeodiff import lengths
from zeo_zeodiff.edm import column
from zeo_zeodiff.examples import Examples
from zeo_zeodiff.model import Model
from zeo_zeodiff.paper_unet import PaperNetwork


class DiffusionTraining(pl.LightningModule):
    """One step of training and the running average of the weights.

    Args:
        model: to train; its network is trained in place.
        loss: by its name in the recipe.
        schedule: learning rate and average.
    """

    def __init__(self, model: Model, loss: str, schedule: Schedule) -> None:
        super().__init__()
        self.model = model
        self.loss_name = loss
        self.schedule = schedule
        self.network = model.network
        self.average = copy.deepcopy(model.network).requires_grad_(requires_grad=False)

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

    def on_train_batch_end(self, *_: Any) -> None:
        """Move the average."""
        move_average(self.average, self.network, self.schedule.average, self.global_step)

    def trained(self, facts: Mapping[str, Any]) -> Model:
        """The model with the averaged weights, and what is known of its training."""
        return self.model.with_weights(self.average.state_dict(), facts)

    def configure_optimizers(self) -> Any:
        optimiser = self.model.recipe.optimiser(self.network, self.schedule.learning_rate)
        self.rates = [group["lr"] for group in optimiser.param_groups]
        return optimiser

    def on_train_batch_start(self, *_: Any) -> None:
        """Set the learning rate of the step."""
        share = self.schedule.share_of_learning_rate(self.global_step)
        for group, rate in zip(self.trainer.optimizers[0].param_groups, self.rates, strict=True):
            group["lr"] = share * rate
        self.log("share_of_learning_rate", share)


def train(
    model: Model,
    examples: Examples,
    validate: Measure,
    judge: Measure,
    out: Path,
    loss: str,
    schedule: Schedule,
    hardware: Hardware,
    before: Before,
    facts: dict[str, Any],
    progress: Progress,
) -> None:
    """Train until the steps or the minutes are over, and continue from the state in ``out`` if there is one.

    Args:
        model: new, or of an earlier slice.
        examples: to learn from.
        validate: measures the loss of the averaged weights; its results are logged.
        judge: likewise for the samples that they draw.
        out: folder of the model, the state and the logs.
        loss: by its name in the recipe.
        schedule: how long and how fast.
        hardware: where.
        before: what earlier slices did.
        facts: recorded with the model.
        progress: called with (steps, steps in all, message).

    Raises:
        ConfigError: hardware that is not there, or a training that is over.
    """
    keeper = Keeper(out, schedule, validate, judge, before, facts, progress)
    fit(DiffusionTraining(model, loss, schedule), examples, schedule, hardware, keeper, clip=1.0)
