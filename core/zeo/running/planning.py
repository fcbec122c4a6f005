"""From a configuration to a plan: the one place where defaults are read and targets parsed."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs

from zeo.errors import ConfigError
from zeo.plugin.catalogue import Catalogue, probes_for
from zeo.plugin.columns import Column, columns_by_name
from zeo.plugin.declare import GeneratorSpec
from zeo.plugin.framework import BY_NET
from zeo.plugin.options import named_files
from zeo.plugin.registry import Plugins
from zeo.plugin.targets import Target
from zeo.plugin.use import refuse_idle_options, with_what_they_use
from zeo.plugin.weights import weights_of
from zeo.running.config import DEFAULT, Options, RunConfig, merge_options
from zeo.running.fulfilling import require_names, require_stages
from zeo.running.plan import SCREEN, SCREEN_NETS, WEIGHTS, Plan, Step, plugins_in
from zeo.running.presets import preset
from zeo.running.wanted import (
    Objective,
    framework_targets_of,
    objectives_of,
    targets_of,
    wanted_of,
    wishes_of,
)
from zeo.tools.foreign import foreign_code
from zeo.tools.hashes import hash_of, hash_with_names
from zeo.wishes.conditions import split_name
from zeo.wishes.wish import Wish, names_in


def plan_of(config: RunConfig, plugins: Plugins) -> Plan:
    """Resolve a configuration: what it leaves open is filled in, and what cannot work is found out.

    Args:
        config: what the user chose.
        plugins: the installed ones.

    Raises:
        ZeoError: a plugin, an option, a target or a combination of them that cannot work.
    """
    plan, used = _resolved(config, plugins)
    of_preset = preset(plan.preset).options.keys() if plan.preset else set()
    given = with_plain_names(config, plugins).options
    chosen = {name: values for name, values in given.items() if name not in of_preset}
    refuse_idle_options(chosen, used, plugins, "this run")
    return attrs.evolve(plan, hashes=hashes_of(plan, plugins))


def refuse_unknown_names(config: RunConfig, plugins: Plugins) -> None:
    """Find misspelt plugins, wishes and settings of plugins, and import none of these.

    Raises:
        ZeoError: one of them.
    """
    config = with_plain_names(config, plugins)
    plugins.refuse_unknown_options(config.options)
    plugins = plugins.configured(config.options)
    probes = (*config.probes, *missing_probes(config, plugins))
    catalogue = Catalogue(columns_by_name(probes, plugins), config.unblocked)
    wanted_of(config.targets, catalogue)
    objectives_of(_objectives(config), catalogue)


def without_hashes(config: RunConfig, plugins: Plugins) -> Plan:
    """The same without a look at the weights and files that samples depend on, for those who only read.

    Raises:
        ZeoError: see :func:`plan_of`.
    """
    return _resolved(config, plugins)[0]


def _resolved(config: RunConfig, plugins: Plugins) -> tuple[Plan, list[tuple[str, str]]]:
    """The plan without its hashes, and kind and name of every plugin that the run works with."""
    config = with_plain_names(config, plugins)
    plugins = plugins.configured(config.options)
    spec: GeneratorSpec = plugins.find("generator", config.generator).spec
    representation = representation_of(config.generator, config.representation, plugins)
    if representation != spec.representation:
        told = plugins.options_name("generator", config.generator)
        plugins = plugins.configured({told: {"representation": representation}})
    config = attrs.evolve(config, probes=(*config.probes, *missing_probes(config, plugins)))
    columns = columns_by_name(config.probes, plugins)
    catalogue = Catalogue(columns, config.unblocked)
    wanted = wanted_of(config.targets, catalogue)
    objectives = _objectives(config)
    wishes = wishes_of(wanted, catalogue)
    asked = [each for each, _ in objectives_of(objectives, catalogue)]
    require_stages([*(wish.formula for wish in wishes), *asked], config)
    require_names(wishes, config)
    targets = targets_of(wishes, columns)
    conditioner = _conditioner(config, spec, (*targets, *framework_targets_of(wishes)), plugins)
    repair = spec.repair if config.repair == DEFAULT else config.repair
    steps = _steps(config, representation, repair, wishes, plugins)
    _check_filters(config.filters, steps, columns, plugins)
    if config.between:
        _check_interpolation(config, spec, conditioner, plugins)
    plan = Plan(
        generator=config.generator,
        conditioner=conditioner,
        takes_targets=spec.takes_targets and config.conditioner is not None,
        wishes=wanted,
        objectives=objectives,
        targets=targets,
        columns=columns,
        steps=steps,
        between=tuple(map(_lasting, config.between)),
        path_steps=config.steps,
        seed=config.seed,
        batch_size=config.batch_size,
        checkpoint=_checkpoint(config, plugins),
        device=config.device,
        preset=config.preset,
        unblocked=config.unblocked,
        options=config.options,
        hashes={},
    )
    for name in config.probes:
        plugins.create("probe", name)  # conditions may be none that it can work under
        _require_something_to_measure(name, plugins)
    used = with_what_they_use(plugins_in(plan), plugins)
    options = merge_options(config.options, resolved_options(used, plugins))
    return attrs.evolve(plan, options=options), used


def _require_something_to_measure(probe: str, plugins: Plugins) -> None:
    """Raises:
    ConfigError: a probe that measures what its options say, and they say nothing.
    """
    spec = plugins.find("probe", probe).spec
    if spec.quantities_from and not spec.quantities:
        raise ConfigError(f"{probe} measures nothing yet: zeo plugins show {probe} says what it can be told")


def _objectives(config: RunConfig) -> tuple[Objective, ...]:
    return (
        *(Objective("maximise", text) for text in config.maximise),
        *(Objective("minimise", text) for text in config.minimise),
    )


def missing_probes(config: RunConfig, plugins: Plugins) -> list[str]:
    """The probes that wishes and objectives need beside those that are named.

    Raises:
        ConfigError: nothing measures what one speaks of.
    """
    texts = (*config.targets, *config.maximise, *config.minimise)
    return probes_for([asked for text in texts for asked in names_in(text)], config.probes, plugins)


def with_plain_names(config: RunConfig, plugins: Plugins) -> RunConfig:
    """Every plugin by the shortest name that finds it, however the user wrote it.

    Raises:
        PluginError: there is no plugin of some name.
        ConfigError: options for a plugin that does not exist.
    """

    def plain(kind: str, name: str) -> str:
        return name if name == DEFAULT else plugins.shown_name(plugins.find(kind, name))

    def open_or_plain(kind: str, name: str | None) -> str | None:
        return None if name is None else plain(kind, name)

    def filling(stage: str, name: str | None) -> str | None:
        if name is None or name == DEFAULT:
            return name
        return plugins.shown_name(plugins.postprocessor(stage, name))

    measuring = plugins.configured(config.options)
    return attrs.evolve(
        config,
        generator=plain("generator", config.generator),
        representation=open_or_plain("representation", config.representation),
        conditioner=open_or_plain("conditioner", config.conditioner),
        probes=tuple(dict.fromkeys(map(measuring.shown_probe, config.probes))),
        filters=tuple(dict.fromkeys(str(filling("filter", name)) for name in config.filters)),
        repair=filling("repair", config.repair),
        identify=filling("identify", config.identify),
        relax=filling("relax", config.relax),
        options=plugins.named_options(config.options),
    )


def _lasting(end: str) -> str:
    """A file by its whole path, so that a run can be resumed from elsewhere; other names as they are."""
    return str(Path(end).resolve()) if Path(end).is_file() else end


def used_plugins(plan: Plan, plugins: Plugins) -> list[tuple[str, str]]:
    """Kind and name of every plugin that a run works with, each once: those of its steps, those that their
    options name, and the probes that fill the channels of its grids.

    Raises:
        ZeoError: one that is not there, or an option that cannot work.
    """
    return with_what_they_use(plugins_in(plan), plugins.configured(plan.options))


def _checkpoint(config: RunConfig, plugins: Plugins) -> str | None:
    """Where the weights are that the user names."""
    if config.checkpoint is None:
        return None
    weights = weights_of(config.generator, config.checkpoint, plugins)
    return None if weights is None else str(weights.resolve())


def with_moved_weights(plan: Plan, checkpoint: Path | None, plugins: Plugins) -> Plan:
    """The same plan with its weights in another place; as it is where none is named.

    Raises:
        ConfigError: there are no weights that could have moved.
    """
    if checkpoint is None:
        return plan
    if weights_of(plan.generator, plan.checkpoint, plugins) is None:
        raise ConfigError(f"{plan.generator} draws this run without weights: leave out the checkpoint")
    return attrs.evolve(plan, checkpoint=str(checkpoint.resolve()))


def require_same_inputs(plan: Plan, plugins: Plugins, resume: str) -> None:
    """Refuse to go on with other weights or files than a run began with.

    Args:
        plan: of the run.
        plugins: the installed ones.
        resume: the command that resumes it, for the error.

    Raises:
        ConfigError: something changed; it says how to go on.
    """
    weights = hash_of_weights(plan, plugins, resume).get(WEIGHTS)
    if weights != (begun := plan.hashes.get(WEIGHTS)):
        if begun is None:
            raise ConfigError(f"this run began when {plan.generator} had no weights: begin a new run")
        raise ConfigError(
            f"the weights of {plan.generator} are not those that this run began with (SHA-256"
            f" {begun[:12]}): name a copy of the old ones, {resume} --checkpoint PATH"
        )
    files = [place for place in plan.hashes if place != WEIGHTS]
    try:
        changed = [place for place in files if hash_with_names(Path(place)) != plan.hashes[place]]
    except ConfigError as error:
        raise ConfigError(f"{error}; this run began with it: put it back, or begin a new run") from error
    if changed:
        raise ConfigError(
            f"{', '.join(changed)} changed since this run began: put the old one back, or begin a new run"
        )


def hash_of_weights(plan: Plan, plugins: Plugins, resume: str) -> dict[str, str]:
    """SHA-256 of the weights of a run that is resumed, by :data:`WEIGHTS`; nothing where there are none.

    Args:
        plan: of the run.
        plugins: the installed ones.
        resume: the command that resumes it, for the error.

    Raises:
        ConfigError: they cannot be read; it says how to go on.
    """
    try:
        return _hash_of_weights(plan, plugins)
    except ConfigError as error:
        raise ConfigError(f"{error}; weights that moved are named with {resume} --checkpoint PATH") from error


def representation_of(generator: str, named: str | None, plugins: Plugins) -> str | None:
    """The representation that is named, or that the options of the generator say, or its own.

    Raises:
        ConfigError: another than its own, and the generator has no option by which to be told.
    """
    own: str | None = plugins.find("generator", generator).spec.representation
    if named is None and own is not None:
        told: str = getattr(plugins.create("generator", generator).options, "representation", own)
        return told
    if named is None or named == own:
        return own
    plugins.find("representation", named)
    options = attrs.fields_dict(plugins.load("generator", generator).Options)
    if "representation" not in options:
        raise ConfigError(
            f"{generator} draws {own or 'atoms'}, which {named} cannot read: leave out --representation"
        )
    return named


def _conditioner(
    config: RunConfig, spec: GeneratorSpec, targets: Sequence[Target], plugins: Plugins
) -> str | None:
    """The conditioner that is named, or the generator's own where there are targets and it works in drawing.

    Raises:
        ConfigError: one that works in training alone, or that the generator does not support.
    """
    name = config.conditioner
    if name == DEFAULT:
        name = spec.conditioner if targets else None
        if name is not None and plugins.find("conditioner", name).spec.parts == ("loss",):
            name = None
    if name is None:
        return None
    parts = plugins.find("conditioner", name).spec.parts
    missing = [part for part in parts if part not in spec.parts]
    if missing:
        raise ConfigError(
            f"{name} steers by its {' and '.join(missing)}, which {config.generator} does not support"
            f" (it supports: {', '.join(spec.parts) or 'no conditioner'})"
        )
    if parts == ("loss",):
        raise ConfigError(f"{name} works in training alone: zeo train {config.generator} --target ...")
    return name


def _steps(
    config: RunConfig,
    representation: str | None,
    repair: str | None,
    wishes: Sequence[Wish],
    plugins: Plugins,
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
        # channels are drawn at the conditions of the probe itself, and tell nothing of others
        plain = [name for name in config.probes if not split_name(name)[1]]
        steps += [Step("probe drawn", name) for name in plugins.probes_on_grids(plain)]
        steps.append(Step("decode", representation))
    steps += _postprocessors("repair", [repair], plugins)
    steps += _postprocessors("identify", [config.identify], plugins)
    if config.relax is not None:
        if config.identify is not None and any(BY_NET.issuperset(wish.formula.names) for wish in wishes):
            steps.append(Step(SCREEN_NETS, "zeo"))
        steps += [Step("probe unrelaxed", name) for name in config.probes]
        steps += [Step(SCREEN, "zeo")] if config.screen else []
        steps += _postprocessors("relax", [config.relax], plugins)
    steps += [Step("probe", name) for name in config.probes]
    steps += _postprocessors("filter", config.filters, plugins)
    return tuple(steps)


def _postprocessors(stage: str, names: Sequence[str | None], plugins: Plugins) -> list[Step]:
    named = [name for name in names if name is not None]
    for name in named:
        plugins.postprocessor(stage, name)
    return [Step(stage, name) for name in named]


def _check_filters(
    names: Sequence[str], steps: Sequence[Step], columns: Sequence[Column], plugins: Plugins
) -> None:
    """Raises:
    ConfigError: a filter that reads what this run does not find out.
    """
    stages = tuple(dict.fromkeys(step.stage for step in steps))
    for name in names:
        with foreign_code(f"checking {name}"):
            plugins.create("postprocessor", name).check(stages, columns)


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


def resolved_options(used: Sequence[tuple[str, str]], plugins: Plugins) -> Options:
    """All options of some plugins, as files hold them.

    Raises:
        ZeoError: a plugin or an option that cannot work.
    """
    resolved: Options = {}
    for kind, name in used:
        options = attrs.asdict(plugins.create(kind, name).options)
        plain = json.loads(json.dumps(options, default=_whole_path))
        resolved[plugins.options_name(kind, name)] = plain
    return resolved


def _whole_path(value: Any) -> str:
    """Of a file or folder; any other value as text."""
    return str(value.resolve() if isinstance(value, Path) and value.exists() else value)


def hashes_of(plan: Plan, plugins: Plugins) -> dict[str, str]:
    """SHA-256 of the weights and of all files and folders that the samples of a run depend on.

    Args:
        plan: with all options; its own hashes play no part.
        plugins: the installed ones.

    Raises:
        ConfigError: a file that cannot be read.
    """
    plugins = plugins.configured(plan.options)
    named = [
        name
        for kind, plugin in with_what_they_use(plugins_in(plan), plugins)
        for name in named_files(plugins.create(kind, plugin).options)
    ]
    ends = [end for end in plan.between if Path(end).is_file()]
    files = sorted({_place(name) for name in (*ends, *named) if Path(name).exists()})
    return _hash_of_weights(plan, plugins) | {place: hash_with_names(Path(place)) for place in files}


def _place(name: str) -> str:
    """A file as the hashes of a plan name it; none of them is called :data:`WEIGHTS`."""
    return os.path.join(os.curdir, name)


def _hash_of_weights(plan: Plan, plugins: Plugins) -> dict[str, str]:
    weights = weights_of(plan.generator, plan.checkpoint, plugins)
    return {} if weights is None else {WEIGHTS: hash_of(weights)}
