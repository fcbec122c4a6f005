"""The plan of a run: its configuration with nothing left open.

Defaults are read and targets parsed here, once, when a run begins. ``run.json`` keeps the plan, so that a run
is resumed and evaluated as it was begun, whatever defaults change later. The numbers of samples and of
processes are no part of it: they do not change what a sample becomes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
from attrs import evolve, frozen

from zeo.errors import ConfigError
from zeo.plugin.columns import Column, columns_of, targets_on
from zeo.plugin.declare import GeneratorSpec, QuantitySpec
from zeo.plugin.registry import Plugins
from zeo.plugin.targets import Target
from zeo.running.config import DEFAULT, Options, RunConfig, merge_options
from zeo.running.provenance import hash_of, weights_of
from zeo.tools.differences import differences

WEIGHTS = "weights"
"""The name under which a plan keeps the hash of the generator's weights."""


@frozen
class Step:
    """One step of the pipeline after drawing: the stage, and the plugin that fills it."""

    stage: str
    plugin: str


@frozen(kw_only=True)
class Plan:
    """Everything that decides what each sample of a run becomes; see :class:`zeo.running.config.RunConfig`.

    Args:
        generator: by name, as all plugins.
        conditioner: None where none steers.
        takes_targets: whether the generator steers itself toward the targets.
        targets: each with the probe that measures it.
        columns: what the probes measure.
        steps: of each candidate, in order.
        between: two frameworks that all samples lie between; empty where they are drawn freely.
        path_steps: samples on each path between them.
        seed: of the first sample.
        batch_size: samples drawn together.
        checkpoint: None for the weights that ship with the generator.
        device: where the generator computes.
        preset: for the report.
        options: every option of the plugins that are used, and what the user set of others.
        hashes: SHA-256 of the weights (:data:`WEIGHTS`) and of the files that the samples lie between.
    """

    generator: str
    conditioner: str | None
    takes_targets: bool
    targets: tuple[Target, ...]
    columns: tuple[Column, ...]
    steps: tuple[Step, ...]
    between: tuple[str, ...]
    path_steps: int
    seed: int
    batch_size: int
    checkpoint: str | None
    device: str
    preset: str | None
    options: Options
    hashes: Mapping[str, str]

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

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Plan:
        """The plan that a file holds.

        Raises:
            KeyError, TypeError, ValueError: it holds none.
        """
        return cls(
            **{
                **data,
                "targets": tuple(Target(**target) for target in data["targets"]),
                "columns": tuple(
                    Column(column["probe"], QuantitySpec(**column["quantity"])) for column in data["columns"]
                ),
                "steps": tuple(Step(**step) for step in data["steps"]),
                "between": tuple(data["between"]),
            }
        )


def plan_of(config: RunConfig, plugins: Plugins) -> Plan:
    """Resolve a configuration: what it leaves open is filled in, and what cannot work is found out.

    Args:
        config: what the user chose.
        plugins: the installed ones.

    Raises:
        ZeoError: a plugin, an option, a target or a combination of them that cannot work.
    """
    plugins = plugins.configured(config.options)
    spec: GeneratorSpec = plugins.find("generator", config.generator).spec
    representation = _representation(config, spec, plugins)
    if representation != spec.representation:
        plugins = plugins.configured({config.generator: {"representation": representation}})
    columns = columns_of(plugins.find("probe", name).spec for name in config.probes)
    targets = targets_on(config.targets, columns)
    conditioner = _conditioner(config, spec, plugins)
    repair = spec.repair if config.repair == DEFAULT else config.repair
    steps = _steps(config, representation, repair, plugins)
    if config.between:
        _check_interpolation(config, spec, conditioner, plugins)
    used = _plugins(config.generator, conditioner, steps)
    return Plan(
        generator=config.generator,
        conditioner=conditioner,
        takes_targets=spec.takes_targets and config.conditioner is not None,
        targets=targets,
        columns=columns,
        steps=steps,
        between=config.between,
        path_steps=config.steps,
        seed=config.seed,
        batch_size=config.batch_size,
        checkpoint=config.checkpoint,
        device=config.device,
        preset=config.preset,
        options=merge_options(config.options, _resolved_options(used, plugins)),
        hashes=_hashes(config.generator, config.checkpoint, config.between, plugins),
    )


def require_same_inputs(plan: Plan, plugins: Plugins, resume: str) -> None:
    """Refuse to go on with other weights, or between other frameworks, than a run began with.

    Args:
        plan: of the run.
        plugins: the installed ones.
        resume: the command that resumes it, for the error.

    Raises:
        ConfigError: something changed; it says how to go on.
    """
    now = _hashes(plan.generator, plan.checkpoint, plan.between, plugins)
    if now.get(WEIGHTS) != plan.hashes.get(WEIGHTS):
        raise ConfigError(
            f"the weights of {plan.generator} are not those that this run began with (SHA-256"
            f" {plan.hashes.get(WEIGHTS, 'none')[:12]}): name a copy of the old ones,"
            f" {resume} --checkpoint PATH"
        )
    if changed := differences(plan.hashes, now):
        files = ", ".join(text.partition(" (")[0] for text in changed)
        raise ConfigError(f"{files} changed since this run began: put the old one back, or begin a new run")


def _representation(config: RunConfig, spec: GeneratorSpec, plugins: Plugins) -> str | None:
    """The representation that is named, or the generator's own.

    Raises:
        ConfigError: another than its own, and the generator has no option by which to be told.
    """
    named, own = config.representation, spec.representation
    if named is None or named == own:
        return own
    plugins.find("representation", named)
    options = attrs.fields_dict(plugins.load("generator", config.generator).Options)
    if "representation" not in options:
        raise ConfigError(
            f"{config.generator} draws {own or 'atoms'}, which {named} cannot read:"
            " leave out --representation"
        )
    return named


def _conditioner(config: RunConfig, spec: GeneratorSpec, plugins: Plugins) -> str | None:
    """The conditioner that is named, or the generator's own where there are targets and it works in drawing.

    Raises:
        ConfigError: one that works in training alone, or that the generator does not support.
    """
    name = config.conditioner
    if name == DEFAULT:
        name = spec.conditioner if config.targets else None
        if name is not None and plugins.find("conditioner", name).spec.parts == ("loss",):
            name = None
    if name is None:
        return None
    parts = plugins.find("conditioner", name).spec.parts
    if parts == ("loss",):
        raise ConfigError(f"{name} works in training alone: zeo train {config.generator} --target ...")
    missing = [part for part in parts if part not in spec.parts]
    if missing:
        raise ConfigError(
            f"{name} steers by its {' and '.join(missing)}, which {config.generator} does not support"
            f" (it supports: {', '.join(spec.parts) or 'no conditioner'})"
        )
    return name


def _steps(
    config: RunConfig, representation: str | None, repair: str | None, plugins: Plugins
) -> tuple[Step, ...]:
    """What a candidate goes through after it was drawn.

    Raises:
        ConfigError: a postprocessor made for another stage, or screening without targets or relaxation.
    """
    if config.screen and config.relax is None:
        raise ConfigError("screening saves relaxations, and this run has none: leave out --screen")
    if config.screen and not config.targets:
        raise ConfigError("screening drops what misses a target: give one with --target")
    steps = []
    if representation is not None:
        on_grids = [name for name in config.probes if plugins.find("probe", name).spec.channels]
        steps += [Step("probe drawn", name) for name in on_grids]
        steps.append(Step("decode", representation))
    steps += _postprocessors("repair", [repair], plugins)
    steps += _postprocessors("identify", [config.identify], plugins)
    if config.relax is not None:
        steps += [Step("probe unrelaxed", name) for name in config.probes]
        steps += [Step("screen", "zeo")] if config.screen else []
        steps += _postprocessors("relax", [config.relax], plugins)
    steps += [Step("probe", name) for name in config.probes]
    steps += _postprocessors("filter", config.filters, plugins)
    return tuple(steps)


def _postprocessors(stage: str, names: Sequence[str | None], plugins: Plugins) -> list[Step]:
    for name in names:
        if name is not None:
            require_stage(stage, name, plugins)
    return [Step(stage, name) for name in names if name is not None]


def require_stage(stage: str, name: str, plugins: Plugins) -> None:
    """Raises:
    ConfigError: a postprocessor was made for another stage.
    """
    made_for = plugins.find("postprocessor", name).spec.stage
    if made_for != stage:
        raise ConfigError(f"{name} fills the {made_for} stage, not the {stage} stage")


def _check_interpolation(
    config: RunConfig, spec: GeneratorSpec, conditioner: str | None, plugins: Plugins
) -> None:
    """Raises:
    ConfigError: not two frameworks, a generator that cannot interpolate, or targets.
    """
    if len(config.between) != 2:
        raise ConfigError(f"an interpolation is between two frameworks, not {len(config.between)}")
    if not spec.interpolates:
        able = [entry for entry in plugins.entries("generator") if entry.spec.interpolates]
        names = ", ".join(map(plugins.shown_name, able)) or "none that is installed"
        raise ConfigError(f"the generator {config.generator!r} cannot interpolate; {names} can")
    if config.targets or conditioner is not None:
        raise ConfigError("an interpolation goes where its two frameworks lead: leave out the targets")


KIND_OF_STAGE = {
    "decode": "representation",
    "probe drawn": "probe",
    "probe unrelaxed": "probe",
    "probe": "probe",
}
"""The kind of plugin that fills a stage; a postprocessor fills any other but the screen, zeo's own."""


def plugins_in(plan: Plan) -> list[tuple[str, str]]:
    """Kind and name of every plugin that a plan names, each once."""
    return _plugins(plan.generator, plan.conditioner, plan.steps)


def _plugins(generator: str, conditioner: str | None, steps: Sequence[Step]) -> list[tuple[str, str]]:
    steering = [("conditioner", conditioner)] if conditioner is not None else []
    filling = [
        (KIND_OF_STAGE.get(step.stage, "postprocessor"), step.plugin)
        for step in steps
        if step.stage != "screen"
    ]
    return list(dict.fromkeys([("generator", generator), *steering, *filling]))


def _resolved_options(used: Sequence[tuple[str, str]], plugins: Plugins) -> Options:
    """All options of some plugins, as files hold them.

    Raises:
        ZeoError: a plugin or an option that cannot work.
    """
    resolved: Options = {}
    for kind, name in used:
        options = attrs.asdict(plugins.create(kind, name).options)
        resolved = merge_options(resolved, {name: json.loads(json.dumps(options, default=str))})
    return resolved


def _hashes(
    generator: str, checkpoint: str | None, between: Sequence[str], plugins: Plugins
) -> dict[str, str]:
    """SHA-256 of all files that samples depend on.

    Raises:
        ConfigError: one that cannot be read.
    """
    weights = weights_of(generator, checkpoint, plugins)
    found = {} if weights is None else {WEIGHTS: hash_of(weights)}
    return found | {end: hash_of(Path(end)) for end in between if Path(end).is_file()}


def with_checkpoint(plan: Plan, checkpoint: Path | None) -> Plan:
    """The same plan with its weights in another place; as it is where none is named."""
    return plan if checkpoint is None else evolve(plan, checkpoint=str(checkpoint))
