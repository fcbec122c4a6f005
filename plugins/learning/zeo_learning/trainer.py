"""Lightning, told what to do: slices of any length chain into one training, exactly resumed."""

from __future__ import annotations

import logging
import platform
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.loggers import TensorBoardLogger
from torch.utils.data import DataLoader, Dataset, Sampler

from zeo.errors import ConfigError
from zeo_learning.checkpoint import SafetensorsIO
from zeo_learning.keeper import STATE, Keeper
from zeo_learning.schedule import Before, Hardware, Schedule

Collate = Callable[[Any], Any]


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


def fit(
    module: pl.LightningModule,
    examples: Dataset[Any],
    schedule: Schedule,
    hardware: Hardware,
    keeper: Keeper,
    clip: float | None = None,
    collate: Collate | None = None,
) -> None:
    """Train until the steps or the minutes are over, and continue from the keeper's state if there is one.

    Args:
        module: what a step does; see :class:`zeo_learning.keeper.Trained`.
        examples: numbered; everything random in a step comes with them.
        schedule: how long and how fast.
        hardware: where.
        keeper: saves, measures and stops.
        clip: largest norm of a gradient, where Lightning takes the steps.
        collate: makes a batch of what ``examples`` gives for several numbers; stacked arrays when None.

    Raises:
        ConfigError: hardware that is not there, or a training that is over.
    """
    _quiet()
    trainer = _trainer(schedule, hardware, keeper, clip)
    loader = DataLoader(
        examples,
        batch_size=schedule.batch,
        sampler=NumbersToCome(trainer, schedule, keeper.before),
        collate_fn=collate,
        num_workers=hardware.workers,
        persistent_workers=hardware.workers > 0,
        pin_memory=hardware.accelerator == "gpu",
    )
    state: Path = keeper.out / STATE
    trainer.fit(module, loader, ckpt_path=str(state) if state.exists() else None)


def _trainer(schedule: Schedule, hardware: Hardware, keeper: Keeper, clip: float | None) -> pl.Trainer:
    try:
        return pl.Trainer(
            accelerator=hardware.accelerator,
            devices=hardware.devices,
            num_nodes=hardware.nodes,
            strategy=hardware.strategy,
            precision=hardware.precision,  # type: ignore[arg-type]
            max_steps=schedule.steps,
            gradient_clip_val=clip,
            callbacks=[keeper],
            plugins=[SafetensorsIO()],
            logger=TensorBoardLogger(keeper.out, "tensorboard", version=""),
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            use_distributed_sampler=False,
            log_every_n_steps=20,
            default_root_dir=keeper.out,
        )
    except (MisconfigurationException, RuntimeError, ValueError) as error:
        raise ConfigError(f"Lightning cannot train like this here: {error}") from error


def _quiet() -> None:
    """Lightning tells of tips, deprecations and the hardware it did not find; none of it helps our user."""
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"lightning\..*")
    warnings.filterwarnings("ignore", message="Grad strides do not match bucket view strides")


def processor() -> str:
    """What trains: the GPU's name, or the CPU's."""
    return torch.cuda.get_device_name() if torch.cuda.is_available() else platform.processor() or "CPU"
