"""How long, how fast and where to train."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from attrs import frozen

from zeo_learning.precision import has_fast_bfloat16


@frozen(kw_only=True)
class Schedule:
    """How long and how fast to train.

    Args:
        steps: in all, earlier slices included.
        minutes: at most, of this slice; None for no limit.
        batch: examples in a step, on each device.
        learning_rate: after warm-up.
        warm_up: the first so many of ``steps``, over which the learning rate rises.
        decay: the last so many of ``steps``, over which the learning rate falls to zero.
        ema_decay: largest decay of the moving average of the weights.
        save_every: seconds between checkpoints.
        check_every: steps between validations.
        draw_every: minutes of training between drawings of samples; 0 for none.
    """

    steps: int
    minutes: float | None
    batch: int
    learning_rate: float
    warm_up: int
    decay: int
    ema_decay: float
    save_every: float
    check_every: int
    draw_every: float

    @classmethod
    def of(cls, options: Any, batch: int, warm_up: int) -> Schedule:
        """As the options of a generator say, which have the names of the others."""
        return cls(
            steps=options.steps,
            minutes=options.minutes,
            batch=batch,
            learning_rate=options.learning_rate,
            warm_up=warm_up,
            decay=options.decay,
            ema_decay=options.average,
            save_every=options.save_every,
            check_every=options.check_every,
            draw_every=options.draw_every,
        )

    def share_of_learning_rate(self, step: int) -> float:
        """The factor of the learning rate in a step, counted from 0: a function of the step alone, so that a
        training resumes exactly and may be given its end at any time."""
        rise = (step + 1) / self.warm_up if self.warm_up else 1.0
        fall = (self.steps - step) / self.decay if self.decay else 1.0
        return max(0.0, min(1.0, rise, fall))


@frozen(kw_only=True)
class Hardware:
    """Where to train, in Lightning's words."""

    accelerator: str
    devices: int
    nodes: int
    strategy: str
    precision: str
    workers: int

    @classmethod
    def of(cls, options: Any) -> Hardware:
        """As the options of a generator say, which have these names; the GPU, and the precision that the
        processor is made for, where they leave it open."""
        accelerator, precision = options.accelerator, options.precision
        if accelerator == "auto":
            accelerator = "gpu" if torch.cuda.is_available() else "cpu"
        if precision == "auto":
            precision = "bf16-mixed" if has_fast_bfloat16(accelerator) else "32-true"
        return cls(
            accelerator=accelerator,
            devices=options.devices,
            nodes=options.nodes,
            strategy=options.strategy,
            precision=precision,
            workers=options.workers,
        )


@frozen(kw_only=True)
class ProgressSoFar:
    """What earlier slices of a training did."""

    steps: int = 0
    samples_seen: int = 0
    hours: float = 0.0

    @classmethod
    def recorded(cls, training: Mapping[str, Any]) -> ProgressSoFar:
        """As the facts say that are saved with the state of a training."""
        return cls(
            steps=int(training["steps"]),
            samples_seen=int(training["samples_seen"]),
            hours=float(training["hours"]),
        )
