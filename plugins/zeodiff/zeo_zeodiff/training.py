"""Training on Lightning: slices of any length chain into one training, exactly resumed.

Everything random in a step comes with its examples, which are numbered; the state of a training is therefore
its weights, their running average, the optimiser and the number of steps.
"""

from __future__ import annotations

import copy
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.loggers import TensorBoardLogger
from torch import Tensor
from torch.utils.data import DataLoader, Sampler

from zeo.errors import ConfigError
from zeo.interfaces import Progress
from zeo_zeodiff import lengths
from zeo_zeodiff.checkpoint import SafetensorsIO
from zeo_zeodiff.edm import column
from zeo_zeodiff.examples import Examples
from zeo_zeodiff.keeper import STATE, Keeper, Measure
from zeo_zeodiff.model import Model
from zeo_zeodiff.paper_unet import PaperNetwork
from zeo_zeodiff.schedule import Before, Hardware, Schedule
from zeo_zeodiff.symmetric import symmetric_noise, symmetrised


class DiffusionTraining(pl.LightningModule):
    """One step of training and the running average of the weights.

    Args:
        model: to train; its network is trained in place.
        schedule: learning rate and average.
    """

    def __init__(self, model: Model, schedule: Schedule) -> None:
        super().__init__()
        self.model = model
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
        loss = recipe.losses[self.schedule.loss](clean, estimate, sigma).mean()
        if isinstance(network, PaperNetwork):
            loss = loss + lengths.error(network.lengths(clean), batch["lengths"])
        return loss

    @torch.no_grad()
    def on_train_batch_end(self, *_: Any) -> None:
        """Move the average toward the weights: young averages forget fast."""
        decay = min(self.schedule.average, 1.0 - 8.0 / (self.global_step + 8.0))
        for mean, weight in zip(self.average.parameters(), self.network.parameters(), strict=True):
            mean.lerp_(weight, 1.0 - decay)

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


class NumbersToCome(Sampler[int]):
    """The numbers of the examples that one device has yet to see.

    Lightning begins anew when it resumes and when it believes that an epoch is over; only what the whole
    training has seen counts.

    Args:
        trainer: knows the step and the devices.
        schedule: steps and batch.
        before: what earlier slices did, perhaps with batches of another size.
    """

    def __init__(self, trainer: pl.Trainer, schedule: Schedule, before: Before) -> None:
        self.trainer, self.schedule, self.before = trainer, schedule, before

    def __iter__(self) -> Iterator[int]:
        rank, world = self.trainer.global_rank, self.trainer.world_size
        seen, end = (
            self.before.samples_seen + (step - self.before.steps) * self.schedule.batch * world
            for step in (self.trainer.global_step, self.schedule.steps)
        )
        return iter(range(seen + rank, end, world))

    def __len__(self) -> int:
        return self.schedule.steps * self.schedule.batch


def train(
    model: Model,
    examples: Examples,
    validate: Measure,
    judge: Measure,
    out: Path,
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
        schedule: how long and how fast.
        hardware: where.
        before: what earlier slices did.
        facts: recorded with the model.
        progress: called with (steps, steps in all, message).

    Raises:
        ConfigError: hardware that is not there, or a training that is over.
    """
    _quiet()
    module = DiffusionTraining(model, schedule)
    state = out / STATE
    keeper = Keeper(out, schedule, validate, judge, before, facts, progress)
    trainer = trainer_of(out, schedule, hardware, keeper)
    loader = DataLoader(
        examples,
        batch_size=schedule.batch,
        sampler=NumbersToCome(trainer, schedule, before),
        num_workers=hardware.workers,
        persistent_workers=hardware.workers > 0,
        pin_memory=hardware.accelerator == "gpu",
    )
    trainer.fit(module, loader, ckpt_path=str(state) if state.exists() else None)


def trainer_of(out: Path, schedule: Schedule, hardware: Hardware, keeper: Keeper) -> pl.Trainer:
    """Lightning, told what to do.

    Raises:
        ConfigError: hardware that is not there.
    """
    try:
        return pl.Trainer(
            accelerator=hardware.accelerator,
            devices=hardware.devices,
            num_nodes=hardware.nodes,
            strategy=hardware.strategy,
            precision=hardware.precision,  # type: ignore[arg-type]
            max_steps=schedule.steps,
            gradient_clip_val=1.0,
            callbacks=[keeper],
            plugins=[SafetensorsIO()],
            logger=TensorBoardLogger(out, "tensorboard", version=""),
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            use_distributed_sampler=False,
            log_every_n_steps=20,
            default_root_dir=out,
        )
    except (MisconfigurationException, RuntimeError, ValueError) as error:
        raise ConfigError(f"Lightning cannot train like this here: {error}") from error


def _quiet() -> None:
    """Lightning tells of tips, deprecations and the hardware it did not find; none of it helps our user."""
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"lightning\..*")
    warnings.filterwarnings("ignore", message="Grad strides do not match bucket view strides")
