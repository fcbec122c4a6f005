"""The plan of a run: its configuration with nothing left open.

``run.json`` keeps it, so that a run is resumed and evaluated as it was begun, whatever defaults change later.
The numbers of samples and of processes are no part of it: they do not change what a sample becomes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import attrs
from attrs import field, frozen
from attrs.validators import ge, in_

from zeo.errors import ConfigError
from zeo.plugin.catalogue import Catalogue
from zeo.plugin.columns import Column, column_of
from zeo.plugin.conditions import probe_under
from zeo.plugin.targets import Target
from zeo.running.config import Options
from zeo.running.wanted import Objective, Wanted, wishes_of

WEIGHTS = "weights"
"""The name under which a plan keeps the hash of the generator's weights."""


SCREENS = (SCREEN_NETS, SCREEN) = ("screen nets", "screen")
"""Stages of zeo's own that drop what misses a wish: by the net, which relaxation does not change, and by all
that is known before relaxation."""

STEPS = (
    "probe drawn",
    "decode",
    "repair",
    "identify",
    SCREEN_NETS,
    "probe unrelaxed",
    SCREEN,
    "relax",
    "probe",
    "filter",
)
"""The stages that a candidate can pass after it was drawn, in order."""


@frozen
class Step:
    """One step of the pipeline after drawing: the stage, and the plugin that fills it."""

    stage: str = field(validator=in_(STEPS))
    plugin: str


@frozen(kw_only=True)
class Plan:
    """Everything that decides what each sample of a run becomes; see :class:`zeo.running.config.RunConfig`.

    Args:
        generator: by name, as all plugins.
        conditioner: None where none steers.
        takes_targets: whether the generator steers itself toward the targets.
        wishes: what is wanted.
        objectives: what is to be maximised or minimised.
        targets: what the generator is told of the wishes, each with the probe that measures it.
        columns: what the probes measure.
        steps: of each candidate, in order.
        between: two frameworks that all samples lie between; empty where they are drawn freely.
        path_steps: samples on each path between them.
        seed: of the first sample.
        batch_size: samples drawn together.
        checkpoint: None for the weights that ship with the generator.
        device: where the generator computes.
        preset: for the report.
        unblocked: whether wishes and objectives count all pores, and not those alone that run through the
            crystal; runs of before there was a choice counted all.
        options: every option of the plugins that are used, and what the user set of others; see
            :meth:`zeo.plugin.registry.Plugins.configured`.
        hashes: SHA-256 of the weights (:data:`WEIGHTS`), of the files that the samples lie between and of the
            files and folders that options name, by their paths.
    """

    generator: str
    conditioner: str | None
    takes_targets: bool
    wishes: tuple[Wanted, ...] = field(default=())
    objectives: tuple[Objective, ...] = ()
    targets: tuple[Target, ...] = field()
    columns: tuple[Column, ...]
    steps: tuple[Step, ...]
    between: tuple[str, ...]
    path_steps: int = field(validator=ge(2))
    seed: int = field(validator=ge(0))
    batch_size: int = field(validator=ge(1))
    checkpoint: str | None
    device: str
    preset: str | None
    options: Options
    hashes: Mapping[str, str]
    unblocked: bool = True

    @wishes.validator
    def _can_be_read(self, _attribute: Any, wishes: tuple[Wanted, ...]) -> None:
        try:
            for unblocked in {self.unblocked, True}:  # grids as drawn are judged by all their pores
                wishes_of(wishes, Catalogue(self.columns, unblocked))
        except ConfigError as error:
            raise ValueError(str(error)) from error

    @targets.validator
    def _are_measured(self, _attribute: Any, targets: tuple[Target, ...]) -> None:
        for target in targets:
            try:
                column_of(target, self.columns)
            except ConfigError as error:
                raise ValueError(str(error)) from error

    @property
    def catalogue(self) -> Catalogue:
        """The quantities that its wishes speak of."""
        return Catalogue(self.columns, self.unblocked)

    @property
    def is_steered(self) -> bool:
        """Whether the targets steer the generator, and do not only rank what it draws."""
        return bool(self.targets) and (self.takes_targets or self.conditioner is not None)

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages that a candidate passes, in order, each once; drawing is the first."""
        return tuple(dict.fromkeys(["generate", *(step.stage for step in self.steps)]))

    @property
    def probes(self) -> tuple[str, ...]:
        """What measures the final atoms."""
        return tuple(step.plugin for step in self.steps if step.stage == "probe")

    def plugin_of(self, stage: str) -> str | None:
        """The plugin that fills a stage, such as ``"decode"``; None where the run leaves it out."""
        return next((step.plugin for step in self.steps if step.stage == stage), None)

    def seed_of(self, index: int) -> int:
        """The seed that a sample is drawn with; all those on one path between frameworks share theirs."""
        return self.seed + (index // self.path_steps if self.between else index)

    def as_json(self) -> dict[str, Any]:
        """As a file holds it: paths as text, tuples as lists."""
        data: dict[str, Any] = json.loads(json.dumps(attrs.asdict(self), default=str))
        return data


KIND_OF_STAGE = {
    "decode": "representation",
    "probe drawn": "probe",
    "probe unrelaxed": "probe",
    "probe": "probe",
}
"""The kind of plugin that fills a stage; a postprocessor fills any other but zeo's own."""


def plugins_in(plan: Plan) -> list[tuple[str, str]]:
    """Kind and name of every plugin that a plan names in its steps, each once and without conditions."""
    steering = [("conditioner", plan.conditioner)] if plan.conditioner is not None else []
    filling = [
        (KIND_OF_STAGE.get(step.stage, "postprocessor"), probe_under(step.plugin, ()))
        for step in plan.steps
        if step.stage not in SCREENS
    ]
    return list(dict.fromkeys([("generator", plan.generator), *steering, *filling]))
