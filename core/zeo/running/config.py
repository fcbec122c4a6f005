"""The configuration of a run: what the user chose, from flags, ``--set`` and a TOML file.

generator = "dataset"
probes = ["methane"]
n = 20
targets = ["qst=18..22 kJ/mol"]

[options.dataset]
noise = 0.1
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs

from zeo.errors import ConfigError, ZeoError
from zeo.plugin.options import make_options, option
from zeo.running.presets import preset
from zeo.tools.files import read_whole

Options = dict[str, dict[str, Any]]
"""Options by plugin name, then by option name, as the user wrote them."""

LARGEST_BATCH = 65_536

LARGEST_FILE = 1_000_000
"""Bytes of a configuration file."""

SAMPLES_FOR_EACH = 100
"""Samples at most for each framework that a run is to find, where the user says nothing."""

DEFAULT = "default"
"""Stands for the generator's own conditioner, and for its own repair."""


@attrs.frozen(kw_only=True)
class RunConfig:
    """What the user chose for a run; what stays open is filled in by :func:`zeo.running.planning.plan_of`."""

    generator: str = option("zeosym", "which generator draws the samples")
    preset: str | None = option(None, "choices that stand for those left open, such as zeogan-2020")
    representation: str | None = option(None, "how grids are read; the generator's own when none")
    repair: str | None = option(DEFAULT, "postprocessor of the repair stage; none skips it")
    identify: str | None = option("identify", "postprocessor of the identify stage; none skips it")
    relax: str | None = option("relax", "postprocessor of the relax stage; none skips it")
    probes: tuple[str, ...] = option((), "what is measured on the final atoms")
    filters: tuple[str, ...] = option((), "postprocessors that reject frameworks by what was measured")
    conditioner: str | None = option(
        DEFAULT, "how the generator is steered toward the targets; none only ranks by them"
    )
    targets: tuple[str, ...] = option((), "what is wanted, such as 'qst=18..22 kJ/mol' or 'energy<16'")
    maximise: tuple[str, ...] = option((), "expressions that are to be as large as can be")
    minimise: tuple[str, ...] = option((), "expressions that are to be as small as can be")
    unblocked: bool = option(False, "wishes count all pores, those too that nothing can enter from outside")
    screen: bool = option(False, "do not relax what misses a target already before")
    between: tuple[str, ...] = option((), "two frameworks that all samples lie between; none draws freely")
    steps: int = option(5, "samples on each path from one of the two to the other, both included", at_least=2)
    n: int = option(20, "samples to draw, at most with until", at_least=1)
    until: int | None = option(None, "frameworks with which the run has enough", at_least=1)
    new: bool = option(False, "until counts only nets that are new: not known and not learned from")
    seed: int = option(0, "seed of the first sample; sample i has seed + i", at_least=0)
    batch_size: int = option(16, "samples drawn together", at_least=1, at_most=LARGEST_BATCH)
    checkpoint: str | None = option(None, "trained weights; the generator's own when none")
    device: str = option("cpu", "where the generator computes")
    options: Options = attrs.field(factory=dict)


def make_config(values: Mapping[str, Any]) -> RunConfig:
    """Check the values of a configuration; those of its preset stand for what it leaves open.

    Raises:
        ConfigError: an unknown key or preset, or a value of the wrong type.
    """
    values = dict(values)
    options = values.pop("options", {})
    if not isinstance(options, Mapping) or not all(isinstance(table, Mapping) for table in options.values()):
        raise ConfigError("plugin options are written as [options.PLUGIN] tables")
    if values.get("preset") is not None:
        chosen = preset(str(values["preset"]))
        values, options = {**chosen.values, **values}, merge_options(chosen.options, options)
    config = make_options(RunConfig, values, "run")
    if config.until is not None and "n" not in values:
        config = attrs.evolve(config, n=SAMPLES_FOR_EACH * config.until)
    return attrs.evolve(
        config,
        probes=tuple(dict.fromkeys(config.probes)),  # measuring twice would only double the columns
        filters=tuple(dict.fromkeys(config.filters)),
        options={name: dict(table) for name, table in options.items()},
    )


def read_toml(path: Path) -> dict[str, Any]:
    """The values in a configuration file.

    Raises:
        ConfigError: no such file, or not TOML.
    """
    try:
        return tomllib.loads(read_whole(path, LARGEST_FILE).decode())
    except ZeoError as error:
        raise ConfigError(str(error)) from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error


def parse_settings(settings: Iterable[str]) -> Options:
    """Read ``PLUGIN.OPTION=VALUE`` settings from the command line.

    Raises:
        ConfigError: a setting of another form.
    """
    options: Options = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        plugin, dot, name = key.strip().rpartition(".")
        if not (equals and dot and plugin and name):
            raise ConfigError(f"--set {setting!r}: write PLUGIN.OPTION=VALUE, as in --set dataset.noise=0.1")
        options.setdefault(plugin, {})[name.replace("-", "_")] = value.strip()
    return options


def merge_options(*layers: Mapping[str, Mapping[str, Any]]) -> Options:
    """Options of several sources; later ones win."""
    merged: Options = {}
    for layer in layers:
        for plugin, values in layer.items():
            merged.setdefault(plugin, {}).update(values)
    return merged
