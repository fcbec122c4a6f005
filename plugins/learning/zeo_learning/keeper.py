"""What happens between the steps of a training: saving, measuring, reporting, and stopping in time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import lightning.pytorch as pl

from zeo.plugin.interfaces import Progress
from zeo_learning.curve import Curve
from zeo_learning.schedule import Before, Schedule

SHARE_OF_LAST = 0.02
"""Of the last step in the running means that are reported."""

STATE = "state.safetensors"
"""The file, beside the model, that a training resumes from."""


class Model(Protocol):
    """A trained network with all that is needed to draw from it."""

    def save(self, folder: Path) -> None:
        """Write it; each file is replaced as a whole."""


class Trained(Protocol):
    """What a Lightning module of a generator has beside its training step."""

    @property
    def device(self) -> Any:
        """Where it computes."""

    def trained(self, facts: Mapping[str, Any]) -> Model:
        """The model as it is now, with averaged weights and what is known of its training."""


Measure = Callable[[Any], Mapping[str, float]]
"""Measures a :class:`Trained` module: its averaged weights, or what they draw."""


class Keeper(pl.Callback):
    """Saves the state and the averaged model, measures them, reports progress and ends the slice.

    Args:
        out: folder of the model and the state.
        schedule: when to do what.
        validate: measures the loss.
        judge: measures samples.
        before: what earlier slices did.
        facts: recorded with the model.
        progress: called with (steps, steps in all, message).
    """

    def __init__(
        self,
        out: Path,
        schedule: Schedule,
        validate: Measure,
        judge: Measure,
        before: Before,
        facts: Mapping[str, Any],
        progress: Progress,
    ) -> None:
        self.out, self.schedule, self.validate, self.judge = out, schedule, validate, judge
        self.before, self.facts, self.progress = before, facts, progress
        self.curve = Curve(out)
        self.started = self.saved = time.monotonic()
        self.hours_at_last_step = before.hours
        self.recent: dict[str, float] = {}

    @property
    def hours(self) -> float:
        """Of this training, earlier slices included."""
        return self.before.hours + (time.monotonic() - self.started) / 3600

    def seen(self, trainer: pl.Trainer) -> int:
        """Examples, earlier slices included; those may have had batches of another size."""
        steps = trainer.global_step - self.before.steps
        return self.before.samples_seen + steps * self.schedule.batch * trainer.world_size

    def on_train_batch_end(self, trainer: pl.Trainer, module: Any, outputs: Any, *_: Any) -> None:
        if trainer.is_global_zero:
            for name, value in outputs.items():
                last = self.recent.get(name, float(value))
                self.recent[name] = last + SHARE_OF_LAST * (float(value) - last)
            told = ", ".join(f"{name.replace('_', ' ')} {value:.4f}" for name, value in self.recent.items())
            self.progress(trainer.global_step, self.schedule.steps, told)
            if trainer.global_step % self.schedule.check_every == 0:
                self.note(trainer, self.validate(module))
            if self.time_to_draw():
                self.note(trainer, self.judge(module))
        save, stop = agreed(trainer, self.time_to_save(), self.time_to_stop())
        if save:
            self.keep(trainer, module)
        if stop:
            trainer.should_stop = True

    def time_to_save(self) -> bool:
        return time.monotonic() >= self.saved + self.schedule.save_every

    def time_to_stop(self) -> bool:
        """Whether this slice has had its minutes. Lightning's ``max_time`` counts those of all slices."""
        minutes = self.schedule.minutes
        return minutes is not None and time.monotonic() >= self.started + 60 * minutes

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
        self.keep(trainer, pl_module)

    def keep(self, trainer: pl.Trainer, module: Any) -> None:
        """Write the state and the model."""
        trainer.save_checkpoint(self.out / STATE)
        if trainer.is_global_zero:
            module.trained(self.all_facts(trainer)).save(self.out)
        self.saved = time.monotonic()

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
