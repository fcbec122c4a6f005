"""The ``search`` generator: frameworks from nothing or from parents, by search and mutation alone.

It learns nothing: what a trained generator finds beyond it is what the training was worth.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from zeo.data.known.frameworks import FrameworkSet
from zeo.data.known.novelty import seen_in
from zeo.errors import ConfigError
from zeo.plugin.candidate import JSON, Rejection, Sample
from zeo.plugin.interfaces import Generator
from zeo.plugin.registry import Plugins
from zeo.plugin.seen import Seen
from zeo.plugin.targets import Target
from zeo_search.draft import Draft
from zeo_search.finishing import Finished, Limits, finish
from zeo_search.mutate import Parent, mutate
from zeo_search.options import SearchOptions
from zeo_search.parents import as_parent, drawn_parents, is_one_net, open_parents
from zeo_search.random_search import search
from zeo_search.settings import setting
from zeo_search.steering import Aim, steered

EXPLORED_ATTEMPTS = 1000
"""Mutations tried in one exploration: a few seconds."""

ATTEMPTS = 100
"""Mutations tried for the next generation of a sample, and in a round of steering."""

EFFORTS = 3
"""Efforts of random search before a seed is given up."""


class Search(Generator):
    """Random search for T atoms, distance least squares with oxygen, and mutation of what was found.

    Each sample is the first framework that the random search of its seed finds, or a parent, after some
    mutations. With targets, frameworks are mutated and selected within the seed.
    """

    Options = SearchOptions
    options: SearchOptions

    def __init__(self, options: SearchOptions | None = None, plugins: Plugins | None = None) -> None:
        super().__init__(options, plugins)
        self.options.check_ranges()
        self.limits = Limits(
            t_atoms=self.options.t_atoms,
            edges=self.options.edges,
            density=self.options.density,
            three_ring_share=self.options.three_rings,
        )

    def load(self, checkpoint: Path | None, device: str) -> None:  # noqa: ARG002
        """Opens parents and space groups, so that a wrong one is found before the first sample.

        Raises:
            ConfigError: no such parents or groups, or a checkpoint: there are no weights.
            ZeoError: parents that cannot be read.
        """
        if checkpoint is not None:
            raise ConfigError("search has no weights: leave out the checkpoint")
        _ = self.parents
        for number in self.options.space_groups:
            setting(number)

    def seen(self, checkpoint: Path | None) -> Seen:  # noqa: ARG002
        """The nets of those parents that are data sets or runs."""
        return seen_in(self.options.parents)

    @cached_property
    def parents(self) -> list[FrameworkSet]:
        """What the option ``parents`` names."""
        return open_parents(self.options.parents)

    def sample(self, seeds: Sequence[int], condition: Any = None) -> Iterator[Sample]:
        """One framework for each seed, steered toward the targets if there are any.

        Raises:
            ConfigError: a condition that is not a run's targets.
        """
        targets = () if condition is None else tuple(condition)
        if not all(isinstance(target, Target) for target in targets):
            raise ConfigError("search is steered by the targets themselves: leave out the conditioner")
        aim = Aim(targets, self.plugins, self.options.relax) if targets else None
        return (self._sample(int(seed), aim) for seed in seeds)

    def explore(self, seed: int, parents: FrameworkSet) -> Iterator[Sample]:
        """Mutations of the parents, or what one effort of random search finds when there are none."""
        stream = np.random.default_rng(seed)
        if len(parents):
            usable = [as_parent(framework, self.options) for framework in parents]
            drawn = [parent for parent in usable if parent is not None]
            found = mutate(drawn, stream, EXPLORED_ATTEMPTS, self.limits)
        else:
            found = self._found(stream)
        return (Sample(seed=seed, structure=each.structure, source=source_of(each)) for each in found)

    def _sample(self, seed: int, aim: Aim | None) -> Sample:
        # a stream for each purpose: what the start leaves unused does not change the mutations
        start_stream, stream = np.random.default_rng(seed).spawn(2)
        starts = self._parents(start_stream) if self.parents else self._efforts(start_stream)
        if aim is None:
            best = self._descendant(next(starts, None), stream)
        else:
            children = partial(self._children, stream)
            best = steered(starts, aim, children, self.options.rounds, self.options.generations)
        if best is None:
            reason = "no parent within the limits" if self.parents else "no framework found"
            return Sample(seed=seed, rejection=Rejection(reason))
        return Sample(seed=seed, structure=best.structure, source=source_of(best))

    def _parents(self, stream: np.random.Generator) -> Iterator[Finished]:
        """Parents in random order, regularised."""
        for parent in drawn_parents(self.parents, stream, self.options):
            given = Draft(
                lengths=parent.lengths,
                coords=parent.coords,
                operation="given",
                parent=parent.name,
                lineage=parent.lineage,
            )
            framework = finish(given, self.limits)
            if isinstance(framework, Finished):
                yield framework

    def _efforts(self, stream: np.random.Generator) -> Iterator[Finished]:
        """What several efforts of random search find."""
        return chain.from_iterable(self._found(stream) for _ in range(EFFORTS))

    def _found(self, stream: np.random.Generator) -> Iterator[Finished]:
        """What one effort of random search finds, each net once."""
        known: set[str] = set()
        for draft in search(stream, self.options):
            framework = finish(draft, self.limits, known)
            if framework.quick_key:
                known.add(framework.quick_key)
            if isinstance(framework, Finished):
                yield framework

    def _descendant(self, framework: Finished | None, stream: np.random.Generator) -> Finished | None:
        """The last of a line of mutations, none of which leads back to a net before."""
        known: set[str] = set()
        for _ in range(self.options.generations if framework else 0):
            assert framework is not None
            known.add(framework.quick_key)
            child = next(self._children(stream, [framework], known), None)
            if child is None:
                break
            framework = child
        return framework

    def _children(
        self, stream: np.random.Generator, parents: Sequence[Finished], known: Container[str]
    ) -> Iterator[Finished]:
        again = [parent for parent in map(_again, parents) if is_one_net(parent)]
        return mutate(again, stream, ATTEMPTS, self.limits, known)


def _again(framework: Finished) -> Parent:
    """What was found as a parent; it goes by the name of the one that was given first, if any."""
    return Parent(
        name=framework.draft.parent or "",
        lengths=framework.lengths,
        coords=framework.t_coords,
        generation=framework.draft.generation,
        lineage=framework.draft.lineage,
    )


def source_of(framework: Finished) -> dict[str, JSON]:
    """Where a framework comes from, for the record; what does not apply is left out."""
    draft = framework.draft
    facts = {
        "operation": draft.operation,
        "parent": draft.parent,
        "lineage": draft.lineage,
        "generation": draft.generation,
        "space_group": draft.space_group,
        "residual": round(framework.residual, 6),
        "three_ring_share": round(framework.three_ring_share, 6),
    }
    return {name: fact for name, fact in facts.items() if fact not in (None, "")}
