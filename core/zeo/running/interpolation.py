"""Interpolation: samples on paths between two frameworks, which a run treats like any other samples.

Sample i of such a run is step i mod ``steps`` of path i // ``steps``. Each path has a seed of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from zeo.data.known.named import framework_named
from zeo.errors import ConfigError
from zeo.plugin.candidate import Sample
from zeo.plugin.conditioning import conditioner_of
from zeo.plugin.interfaces import Generator
from zeo.plugin.registry import Plugins
from zeo.running.config import RunConfig
from zeo.tools.foreign import foreign_code


def fraction_of(config: RunConfig, index: int) -> float:
    """How far from the first framework to the second a sample lies: 0 to 1."""
    return index % config.steps / (config.steps - 1)


def interpolating(
    config: RunConfig, plugins: Plugins, generator: Generator
) -> Callable[[Sequence[int]], Iterator[Sample]]:
    """What draws the samples with some indices on paths between the two frameworks of a run.

    Raises:
        ConfigError: not two frameworks, a generator that cannot interpolate, or targets.
        InputError: a framework that does not exist, or one that the generator cannot hold.
    """
    check(config, plugins)
    first, second = map(framework_named, config.between)
    with foreign_code(f"interpolating with {config.generator}"):
        between = generator.interpolate(first, second)

    def samples_at(indices: Sequence[int]) -> Iterator[Sample]:
        for seed, path in groupby(indices, config.seed_of):
            fractions = [fraction_of(config, index) for index in path]
            for _, sample in zip(fractions, between(fractions, seed), strict=True):
                yield sample

    return samples_at


def check(config: RunConfig, plugins: Plugins) -> None:
    """Find out what cannot work, without reading or computing anything.

    Raises:
        ConfigError: not two frameworks, a generator that cannot interpolate, or targets.
    """
    if len(config.between) != 2:
        raise ConfigError(f"an interpolation is between two frameworks, not {len(config.between)}")
    if not plugins.find("generator", config.generator).spec.interpolates:
        able = [entry for entry in plugins.entries("generator") if entry.spec.interpolates]
        names = ", ".join(map(plugins.shown_name, able)) or "none that is installed"
        raise ConfigError(f"the generator {config.generator!r} cannot interpolate; {names} can")
    if config.targets or conditioner_of(config, plugins) is not None:
        raise ConfigError("an interpolation goes where its two frameworks lead: leave out the targets")
