"""What happens between the steps of a training: saving, measuring, reporting, and stopping in time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import lightning.pytorch as pl

from zeo.plugin.interfaces import Progress
from zeo_learning.checkpoint import STATE, TRAINING
from zeo_learning.curve import Curve
from zeo_learning.identity import Facts
from zeo_learning.module import TrainedModule
from zeo_learning.schedule import ProgressSoFar, Schedule
from zeo_learning.stopping import Stopped, Stopper

SHARE_OF_LAST = 0.02
"""Of the last step in the running means that are reported."""

PATIENCE = 10.0
"""Seconds beyond its minutes that a slice waits for the batch that is being made."""

Measure = Callable[[Any], Mapping[str, float]]
"""Measures a :class:`TrainedModule`: its averaged weights, or what they draw."""


class CheckpointCallback(pl.Callback):
    """Saves the state and the averaged model, measures them, reports progress and ends the slice.

    Args:
        out: folder of the model and the state.
        schedule: when to do what.
        validate: measures the loss.
        draw: measures samples.
        so_far: what earlier slices did.
        facts: recorded with the model and the state.
        progress: called with (steps, steps in all, message).
        stopper: ends the slice when a signal comes.
        clock: tells the time, in seconds.
    """

    def __init__(
        self,
        out: Path,
        schedule: Schedule,
        validate: Measure,
        draw: Measure,
        so_far: ProgressSoFar,
        facts: Facts,
        progress: Progress,
        stopper: Stopper,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.out, self.schedule, self.validate, self.draw = out, schedule, validate, draw
        self.so_far, self.facts, self.progress = so_far, facts, progress
        self.stopper, self.clock = stopper, clock
        self.curve = Curve(out)
        self.started = self.saved = clock()
        self.hours_at_last_step = so_far.hours
        self.recent: dict[str, float] = {}

    @property
    def hours(self) -> float:
        """Of this training, earlier slices included."""
        return self.so_far.hours + (self.clock() - self.started) / 3600

    def seen(self, trainer: pl.Trainer) -> int:
        """Examples, earlier slices included; those may have run on other numbers of devices."""
        steps = trainer.global_step - self.so_far.steps
        return self.so_far.samples_seen + steps * self.schedule.batch * trainer.world_size

    def on_train_start(self, trainer: pl.Trainer, pl_module: Any) -> None:  # noqa: ARG002
        """The time begins, and signals are handled in our way instead of Lightning's."""
        self.started = self.saved = self.clock()
        minutes = self.schedule.minutes
        self.stopper.at_once = trainer.world_size == 1
        self.stopper.listen(None if minutes is None else 60 * minutes + PATIENCE)
        self.stopper.allow()

    def on_train_batch_start(self, _trainer: pl.Trainer, module: Any, *_: Any) -> None:
        if not module.automatic_optimization:  # it may update one network and then another
            self.stopper.defer()

    def on_before_optimizer_step(self, _trainer: pl.Trainer, module: Any, *_: Any) -> None:
        """Up to here, a step of one network may be given up: it has changed nothing."""
        if module.automatic_optimization:
            self.stopper.defer()

    def on_train_batch_end(self, trainer: pl.Trainer, module: Any, outputs: Any, *_: Any) -> None:
        """The step is done once the average has moved; only then is anything saved or measured."""
        module.update_ema()
        self.stopper.allow()
        if trainer.is_global_zero:
            self.report(trainer, outputs)
            if trainer.global_step % self.schedule.check_every == 0:
                self.note(trainer, self.validate(module))
            if self.time_to_draw():
                self.note(trainer, self.draw(module))
        save, stop = agreed(trainer, self.time_to_save(), self.time_to_stop())
        if save:
            self.save(trainer, module)
        if stop:
            trainer.should_stop = True

    def report(self, trainer: pl.Trainer, outputs: Mapping[str, Any]) -> None:
        """Say what the step measured, as running means."""
        for name, value in outputs.items():
            last = self.recent.get(name, float(value))
            self.recent[name] = last + SHARE_OF_LAST * (float(value) - last)
        message = ", ".join(f"{name.replace('_', ' ')} {value:.4f}" for name, value in self.recent.items())
        self.progress(trainer.global_step, self.schedule.steps, message)

    def time_to_save(self) -> bool:
        return self.clock() >= self.saved + self.schedule.save_every

    def time_to_stop(self) -> bool:
        """Whether this slice has had its minutes (Lightning's ``max_time`` counts those of all slices), or a
        signal came that could not end it at once."""
        minutes = self.schedule.minutes
        over = minutes is not None and self.clock() >= self.started + 60 * minutes
        return over or self.stopper.received is not None

    def time_to_draw(self) -> bool:
        """Whether the hours of the training have passed a multiple of the interval since the last step.

        Slices may be shorter than the interval.
        """
        before, self.hours_at_last_step = self.hours_at_last_step, self.hours
        interval = self.schedule.draw_every / 60
        return interval > 0 and int(self.hours_at_last_step / interval) > int(before / interval)

    def note(self, trainer: pl.Trainer, measured: Mapping[str, float]) -> None:
        """Write to the learning curve and tell TensorBoard."""
        counted = {"samples_seen": self.seen(trainer), "hours": self.hours, **self.recent}
        self.curve.add(trainer.global_step, {**counted, **measured})
        for logger in trainer.loggers:
            logger.log_metrics(dict(measured), trainer.global_step)

    def on_train_end(self, trainer: pl.Trainer, pl_module: Any) -> None:
        self.save(trainer, pl_module)
        self.stopper.close()

    def on_exception(self, trainer: pl.Trainer, pl_module: Any, exception: BaseException) -> None:
        """What stops a training leaves the state of the last finished step."""
        if isinstance(exception, Stopped):
            self.save(trainer, pl_module)
        self.stopper.close()

    def save(self, trainer: pl.Trainer, module: TrainedModule[Any]) -> None:
        """Write the model, then the state. The state alone says that there is a training to go on with: what
        ends a save before leaves the folder as it was to the next slice."""
        last = self.stopper.received is not None
        if not last:
            self.stopper.defer()
        if trainer.is_global_zero:
            module.trained(self.all_facts(trainer)).save(self.out)
        trainer.save_checkpoint(self.out / STATE)
        self.saved = self.clock()
        if not last:
            self.stopper.allow()

    def on_save_checkpoint(self, trainer: pl.Trainer, pl_module: Any, checkpoint: dict[str, Any]) -> None:  # noqa: ARG002
        """The state holds its own facts, so that it never depends on when the model was written."""
        checkpoint[TRAINING] = self.all_facts(trainer)

    def all_facts(self, trainer: pl.Trainer) -> dict[str, Any]:
        """What is known of the training."""
        return {
            **self.facts,
            "steps": trainer.global_step,
            "samples_seen": self.seen(trainer),
            "hours": round(self.hours, 3),
        }


def agreed(trainer: pl.Trainer, *decisions: bool) -> tuple[bool, ...]:
    """What the first process decides, for all of them: their clocks differ."""
    return decisions if trainer.world_size == 1 else trainer.strategy.broadcast(decisions)
