"""Training on Lightning: slices of any length chain into one training, exactly resumed.

Everything random in a step comes with its examples, which are numbered; the state of a training is therefore
its weights, their running average, the optimiser and the number of steps.
"""

from __future__ import annotations

import copy
import logging
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch
from attrs import frozen
from lightning.pytorch.loggers import TensorBoardLogger
from torch import Tensor
from torch.utils.data import DataLoader, Sampler

from zeo.interfaces import Progress
from zeo_zeodiff import edm
from zeo_zeodiff.checkpoint import SafetensorsIO
from zeo_zeodiff.examples import Examples
from zeo_zeodiff.model import Model
from zeo_zeodiff.symmetric import symmetric_noise, symmetrised

WARM_UP = 100
"""Steps over which the learning rate rises."""

STATE = "state.safetensors"
"""The file, beside the model, that a training resumes from."""

CURVE = "curve.csv"
"""The learning curve: losses against steps and samples seen."""


@frozen(kw_only=True)
class Schedule:
    """How long and how fast to train.

    Args:
        steps: in all, earlier slices included.
        minutes: at most, of this slice; None for no limit.
        batch: examples in a step, on each device.
        learning_rate: after warm-up.
        average: largest decay of the running average of the weights.
        save_every: seconds between checkpoints.
        check_every: steps between validations.
    """

    steps: int
    minutes: float | None
    batch: int
    learning_rate: float
    average: float
    save_every: float
    check_every: int


@frozen(kw_only=True)
class Hardware:
    """Where to train, in Lightning's words."""

    accelerator: str
    devices: int
    nodes: int
    precision: str
    workers: int


@frozen
class Before:
    """What earlier slices of a training did."""

    steps: int = 0
    hours: float = 0.0


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
        """The weighted squared error of the denoiser on one batch."""
        clean, labels = batch["grid"], batch["labels"]
        noise = symmetric_noise(batch["noise"], labels)
        sigma = edm.training_levels(batch["level"].clamp(1e-4, 1 - 1e-4))
        denoise = self.model.denoiser(batch["scalars"], network)
        estimate = symmetrised(denoise(clean + sigma[:, None, None, None, None] * noise, sigma), labels)
        return edm.weighted_error(clean, estimate, sigma).mean()

    @torch.no_grad()
    def on_train_batch_end(self, *_: Any) -> None:
        """Move the average toward the weights: young averages forget fast."""
        decay = min(self.schedule.average, 1.0 - 8.0 / (self.global_step + 8.0))
        for mean, weight in zip(self.average.parameters(), self.network.parameters(), strict=True):
            mean.lerp_(weight, 1.0 - decay)

    def configure_optimizers(self) -> Any:
        optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=self.schedule.learning_rate, betas=(0.9, 0.99), weight_decay=0.01
        )
        warm_up = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: min(1.0, (step + 1) / WARM_UP))
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": warm_up, "interval": "step"}}


class NumbersToCome(Sampler[int]):
    """The numbers of the examples that one device has yet to see, from the step that the training is at.

    Lightning begins anew when it resumes and when it believes that an epoch is over; only the step counts.
    """

    def __init__(self, step: Callable[[], int], steps: int, batch: int, rank: int, world: int) -> None:
        self.step, self.steps, self.batch, self.rank, self.world = step, steps, batch, rank, world

    def __iter__(self) -> Iterator[int]:
        size = self.batch * self.world
        return iter(range(self.step() * size + self.rank, self.steps * size, self.world))

    def __len__(self) -> int:
        return self.steps * self.batch


class Keeper(pl.Callback):
    """Saves the state and the averaged model, validates, and reports progress."""

    def __init__(
        self,
        out: Path,
        schedule: Schedule,
        validate: Callable[[DiffusionTraining], dict[str, float]],
        before: Before,
        facts: dict[str, Any],
        progress: Progress,
    ) -> None:
        self.out, self.schedule, self.validate = out, schedule, validate
        self.before, self.facts, self.progress = before, facts, progress
        self.due = time.monotonic() + schedule.save_every
        self.started = time.monotonic()
        self.recent: float | None = None

    def on_train_batch_end(self, trainer: pl.Trainer, module: Any, outputs: Any, *_: Any) -> None:
        loss = float(outputs["loss"])
        self.recent = loss if self.recent is None else 0.98 * self.recent + 0.02 * loss
        step = trainer.global_step
        self.progress(step, self.schedule.steps, f"loss {self.recent:.4f}")
        if step % self.schedule.check_every == 0 and trainer.is_global_zero:
            self.note(trainer, self.validate(module))
        if time.monotonic() >= self.due:
            self.keep(trainer, module)

    def note(self, trainer: pl.Trainer, measured: dict[str, float]) -> None:
        """Add a row to the learning curve and tell TensorBoard; what a resumed slice repeats is in twice."""
        seen = trainer.global_step * self.schedule.batch * trainer.world_size
        row = {"step": trainer.global_step, "samples_seen": seen, "loss": self.recent, **measured}
        curve = self.out / CURVE
        if not curve.exists():
            curve.write_text(",".join(row) + "\n")
        with curve.open("a") as file:
            file.write(",".join(f"{value:.6g}" for value in row.values()) + "\n")
        for logger in trainer.loggers:
            logger.log_metrics(measured, trainer.global_step)

    def on_train_end(self, trainer: pl.Trainer, pl_module: Any) -> None:
        self.keep(trainer, pl_module)

    def keep(self, trainer: pl.Trainer, module: Any) -> None:
        """Write the state and the model."""
        trainer.save_checkpoint(self.out / STATE)
        if trainer.is_global_zero:
            seen = trainer.global_step * self.schedule.batch * trainer.world_size
            hours = self.before.hours + (time.monotonic() - self.started) / 3600
            training = {
                **self.facts,
                "steps": trainer.global_step,
                "samples_seen": seen,
                "hours": round(hours, 3),
            }
            model = module.model.with_weights(module.average.state_dict(), training)
            model.save(self.out)
        self.due = time.monotonic() + self.schedule.save_every


def train(
    model: Model,
    examples: Examples,
    validate: Callable[[DiffusionTraining], dict[str, float]],
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
        validate: measures the averaged weights; its results are logged.
        out: folder of the model, the state and the logs.
        schedule: how long and how fast.
        hardware: where.
        before: what earlier slices did.
        facts: recorded with the model.
        progress: called with (steps, steps in all, message).
    """
    _quiet()
    module = DiffusionTraining(model, schedule)
    state = out / STATE
    keeper = Keeper(out, schedule, validate, before, facts, progress)
    trainer = pl.Trainer(
        accelerator=hardware.accelerator,
        devices=hardware.devices,
        num_nodes=hardware.nodes,
        precision=hardware.precision,  # type: ignore[arg-type]
        max_steps=schedule.steps,
        max_time=None if schedule.minutes is None else timedelta(minutes=schedule.minutes),
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
    world = hardware.devices * hardware.nodes
    loader = DataLoader(
        examples,
        batch_size=schedule.batch,
        sampler=NumbersToCome(
            lambda: trainer.global_step, schedule.steps, schedule.batch, trainer.global_rank, world
        ),
        num_workers=hardware.workers,
        persistent_workers=hardware.workers > 0,
        pin_memory=hardware.accelerator == "gpu",
    )
    trainer.fit(module, loader, ckpt_path=str(state) if state.exists() else None)


def _quiet() -> None:
    """Lightning tells of tips, deprecations and the hardware it did not find; none of it helps our user."""
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"lightning\..*")
