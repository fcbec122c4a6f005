"""Interpolation: samples on paths between two frameworks, which a run treats like any other samples.

Sample i of such a run is step i mod ``path_steps`` of path i // ``path_steps``. Each path has a seed of its
own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from zeo.data.known.named import framework_named
from zeo.plugin.candidate import Sample
from zeo.plugin.interfaces import Generator
from zeo.running.plan import Plan
from zeo.tools.foreign import foreign_code


def fraction_of(plan: Plan, index: int) -> float:
    """How far from the first framework to the second a sample lies: 0 to 1."""
    return index % plan.path_steps / (plan.path_steps - 1)


def interpolating(plan: Plan, generator: Generator) -> Callable[[Sequence[int]], Iterator[Sample]]:
    """What draws the samples with some indices on paths between the two frameworks of a run.

    Raises:
        InputError: a framework that does not exist, or one that the generator cannot hold.
    """
    first, second = map(framework_named, plan.between)
    with foreign_code(f"interpolating with {plan.generator}"):
        between = generator.interpolate(first, second)

    def samples_at(indices: Sequence[int]) -> Iterator[Sample]:
        for seed, path in groupby(indices, plan.seed_of):
            fractions = [fraction_of(plan, index) for index in path]
            for _, sample in zip(fractions, between(fractions, seed), strict=True):
                yield sample

    return samples_at
