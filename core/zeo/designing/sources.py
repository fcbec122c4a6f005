"""Generators as sources of proposals: they are asked for samples, or to explore from frameworks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from zeo.designing.recipe import Resolved
from zeo.designing.tasks import Proposing
from zeo.plugin.candidate import Candidate
from zeo.plugin.interfaces import Generator
from zeo.running.drawing import draw, from_sample, prepare_condition
from zeo.running.passing import process
from zeo.running.plan import Plan
from zeo.running.stages import Stage, build_stages
from zeo.tools.foreign import foreign_code

FINDS = 24
"""Frameworks taken from one exploration."""

SECONDS, MOST_SAMPLES = 4.0, 6
"""What is drawn in one task costs about so many nominal seconds, and is no more than so many samples: rounds
of a costly generator end in time, too."""


@frozen(eq=False)
class Source:
    """A generator, and what its samples go through until they have a net.

    Args:
        generator: loaded.
        plan: of a run with it.
        stages: decode, repair and identify.
        condition: what it is steered by.
        samples: drawn in one task.
    """

    generator: Generator
    plan: Plan
    stages: list[Stage]
    condition: Any
    samples: int

    @classmethod
    def of(cls, name: str, weights: str | None, resolved: Resolved) -> Source:
        plugins = resolved.plugins
        plan = resolved.plan_of(name)
        early = tuple(step for step in plan.steps if step.stage in ("decode", "repair", "identify"))
        generator = plugins.create("generator", name)
        with foreign_code(f"loading {name}"):
            generator.load(Path(weights) if weights else None, plan.device)
        spec = plugins.find("generator", name).spec
        condition = None if spec.explores else prepare_condition(plan, plugins, generator)
        samples = min(MOST_SAMPLES, max(1, round(SECONDS / spec.seconds)))
        return cls(generator, plan, build_stages(evolve(plan, steps=early), plugins), condition, samples)

    def draw(self, seed: int) -> Iterator[Candidate]:
        """Samples, as far as they came."""

        def samples_at(indices: Any) -> Any:
            return self.generator.sample([seed + index for index in indices], self.condition)

        drawn = draw(samples_at, self.plan.generator, lambda index: seed + index, range(self.samples))
        return (process(candidate, self.stages) for candidate in drawn)

    def explore(self, task: Proposing) -> Iterator[Candidate]:
        """What one effort finds."""
        found = islice(self.generator.explore(task.seed, task.parents), FINDS)
        return (
            from_sample(sample, index, self.plan.generator, task.seed) for index, sample in enumerate(found)
        )
