"""Lightning, told what to do: slices of any length chain into one training, exactly resumed."""

from __future__ import annotations

import logging
import platform
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch
import torch.distributed as dist
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.loggers import TensorBoardLogger
from torch.utils.data import DataLoader, Dataset, Sampler

from zeo.errors import ConfigError, ZeoError
from zeo_learning.callback import CheckpointCallback
from zeo_learning.checkpoint import STATE, SafetensorsIO
from zeo_learning.memory import refusing_large_batches
from zeo_learning.schedule import Hardware, ProgressSoFar, Schedule
from zeo_learning.stopping import Stopped

Collate = Callable[[Any], Any]


class BatchesToCome(Sampler[Sequence[int]]):
    """The numbers of the examples that one device has yet to see, a batch at a time.

    Lightning begins anew when it resumes and when it believes that an epoch is over; only what the whole
    training has seen counts. A batch is a range: its size costs no memory.

    Args:
        trainer: knows the step and the devices.
        schedule: steps and batch.
        so_far: what earlier slices did, perhaps on another number of devices.
    """

    def __init__(self, trainer: pl.Trainer, schedule: Schedule, so_far: ProgressSoFar) -> None:
        self.trainer, self.schedule, self.so_far = trainer, schedule, so_far

    def __iter__(self) -> Iterator[Sequence[int]]:
        rank, world = self.trainer.global_rank, self.trainer.world_size
        size = self.schedule.batch * world
        for step in range(self.trainer.global_step, self.schedule.steps):
            first = self.so_far.samples_seen + (step - self.so_far.steps) * size
            yield range(first + rank, first + size, world)

    def __len__(self) -> int:
        return self.schedule.steps


def fit(
    module: pl.LightningModule,
    examples: Dataset[Any],
    hardware: Hardware,
    callback: CheckpointCallback,
    clip: float | None,
    collate: Collate,
) -> None:
    """Train until the steps or the minutes are over or a signal comes; continue from the state in the folder
    if there is one.

    Args:
        module: what a step does.
        examples: numbered; everything random in a step comes with them.
        hardware: where.
        callback: saves, measures and stops; knows the schedule.
        clip: largest norm of a gradient, where Lightning takes the steps.
        collate: makes a batch of what ``examples`` gives for several numbers.

    Raises:
        ConfigError: hardware that is not there, or a batch too large for its memory.
        ZeoError: another process of the training was lost.
    """
    _quiet()
    trainer = _trainer(hardware, callback, clip)
    loader = DataLoader(
        examples,
        batch_sampler=BatchesToCome(trainer, callback.schedule, callback.so_far),  # type: ignore[arg-type]
        collate_fn=collate,
        num_workers=hardware.workers,
        persistent_workers=hardware.workers > 0,
        pin_memory=hardware.accelerator == "gpu",
    )
    state: Path = callback.out / STATE
    batch = refusing_large_batches(callback.schedule.batch, callback.out)
    with batch, _together(callback.out), suppress(Stopped):  # the callback has saved the state
        trainer.fit(module, loader, ckpt_path=str(state) if state.exists() else None)


def _trainer(hardware: Hardware, callback: CheckpointCallback, clip: float | None) -> pl.Trainer:
    try:
        return pl.Trainer(
            accelerator=hardware.accelerator,
            devices=hardware.devices,
            num_nodes=hardware.nodes,
            strategy=hardware.strategy,
            precision=hardware.precision,  # type: ignore[arg-type]
            max_steps=callback.schedule.steps,
            gradient_clip_val=clip,
            callbacks=[callback],
            plugins=[SafetensorsIO()],
            logger=TensorBoardLogger(callback.out, "tensorboard", version=""),
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            use_distributed_sampler=False,
            log_every_n_steps=20,
            default_root_dir=callback.out,
        )
    except (MisconfigurationException, RuntimeError, ValueError) as error:
        raise ConfigError(f"Lightning cannot train like this here: {error}") from error


@contextmanager
def _together(out: Path) -> Iterator[None]:
    """Where several processes train: one that is lost ends the others.

    Raises:
        ZeoError: one was lost.
    """
    try:
        yield
    except RuntimeError as error:  # gloo has no class of its own
        if not isinstance(error, dist.DistError) and "/gloo/" not in str(error):
            raise
        raise ZeoError(
            f"another process of this training was lost; the same command goes on with what is saved in {out}"
        ) from error


def _quiet() -> None:
    """Lightning tells of tips, deprecations and the hardware it did not find; none of it helps our user."""
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"lightning\..*")
    warnings.filterwarnings("ignore", message="Grad strides do not match bucket view strides")


def processor(accelerator: str) -> str:
    """What trains: the GPU's name, or the CPU's."""
    return torch.cuda.get_device_name() if accelerator == "gpu" else platform.processor() or "CPU"
