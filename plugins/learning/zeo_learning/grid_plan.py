"""What the plans of generators of grids share."""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterable, Sequence
from typing import Any

from attrs import asdict

from zeo.data.known.frameworks import FrameworkSet
from zeo.tools.plain import plain_json
from zeo_learning.drawn_samples import DrawnSamples
from zeo_learning.frameworks import TrainingFramework, split_grids
from zeo_learning.generator import LearnedGenerator
from zeo_learning.plan import Model, TrainingPlan
from zeo_learning.split import Split


class GridPlan(TrainingPlan[TrainingFramework, Model], ABC):
    """The training of a generator whose samples are grids.

    Args:
        generator: knows the representation of its grids.
        options: of the generator, none left open.
    """

    def __init__(self, generator: LearnedGenerator, options: Any) -> None:
        super().__init__(generator.name, options)
        self.generator = generator
        self.representation = generator.represented()

    @property
    def identity(self) -> dict[str, Any]:
        grids = self.grids(self.representation.options.n, self.representation.channels)
        return super().identity | grids

    @property
    def probes(self) -> dict[str, Any]:
        plugins = self.generator.plugins
        found: dict[str, Any] = {}
        for entry in plugins.entries("probe"):
            for channel in set(entry.spec.channels) & set(self.representation.channels):
                options = plain_json(asdict(plugins.probe_of_channel(channel).options))
                found |= {f"{entry.spec.name}.{name}": value for name, value in options.items()}
        return found

    def grids(self, n: int, channels: Iterable[str]) -> dict[str, Any]:
        """Points along each axis and channels, by the names that the user types."""
        name = self.generator.representation
        return {f"{name}.n": n, f"{name}.channels": ",".join(channels)}

    def split_grids(self, data: FrameworkSet, known: str | None = None) -> Split[TrainingFramework]:
        """The frameworks that fit; see :func:`zeo_learning.frameworks.split_grids`."""
        return split_grids(data, self.options, self.representation.options.n, known)

    def drawing(self, validation: Sequence[TrainingFramework]) -> DrawnSamples:  # noqa: ARG002
        """Of the same few seeds, decoded and repaired."""
        plugins = self.generator.plugins
        drawing = type(self.generator)(self.options, plugins)
        return DrawnSamples(self.name, drawing, self.options.drawn_samples, plugins, self.representation)
