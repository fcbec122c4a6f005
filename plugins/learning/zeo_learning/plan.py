"""What a generator brings to its training; the training itself is in :mod:`zeo_learning.training`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from torch.utils.data import Dataset, default_collate

from zeo.data.known.frameworks import Framework, FrameworkSet
from zeo_learning.callback import Measure
from zeo_learning.model import LearnedModel
from zeo_learning.module import TrainedModule
from zeo_learning.schedule import Hardware, Schedule
from zeo_learning.split import Split


class LearnedFrom(Protocol):
    """A framework as a generator learns from it."""

    @property
    def source(self) -> Framework:
        """The framework as it was given."""


Item = TypeVar("Item", bound=LearnedFrom)
Model = TypeVar("Model", bound=LearnedModel)

IDENTIFYING = ("batch", "learning_rate", "average", "seed")
"""The options of every generator that tell one training from another."""


class TrainingPlan(ABC, Generic[Item, Model]):
    """The networks, the examples and the losses of one generator.

    ``Item`` is a framework as the generator learns from it; ``Model`` is what it learns.

    Args:
        name: of the generator.
        options: of the generator, none left open.
    """

    clip: ClassVar[float | None] = None
    """Largest norm of a gradient."""

    judged_by: ClassVar[str | None] = None
    """That measure of the validation which falls as the network learns, where there is one."""

    identifying: ClassVar[tuple[str, ...]] = ()
    """Options, beside :data:`IDENTIFYING`, that tell one training from another."""

    def __init__(self, name: str, options: Any) -> None:
        self.name, self.options = name, options

    @property
    def identity(self) -> dict[str, Any]:
        """The options that tell this training from others, by the names that the user types."""
        names = (*self.identifying, *IDENTIFYING)
        return {f"{self.name}.{name}": getattr(self.options, name) for name in names}

    @property
    def probes(self) -> dict[str, Any]:
        """The options of the probes that fill channels, by the names that the user types."""
        return {}

    @property
    @abstractmethod
    def schedule(self) -> Schedule:
        """How long and how fast."""

    @property
    def hardware(self) -> Hardware:
        """Where."""
        return Hardware.of(self.options)

    @abstractmethod
    def split(self, data: FrameworkSet) -> Split[Item]:
        """What is learned from and what validates it.

        Raises:
            ConfigError: there is nothing to learn from.
        """

    @abstractmethod
    def new_model(self, frameworks: Sequence[Item]) -> Model:
        """With random weights."""

    @abstractmethod
    def architecture(self, model: Model) -> dict[str, Any]:
        """That part of :attr:`identity` which the networks of a model were built with."""

    @abstractmethod
    def starting_from(self, found: Model, new: Model) -> Model:
        """A new model with the weights, and all that goes with them, of one that was found."""

    @abstractmethod
    def module(self, model: Model) -> TrainedModule[Any]:
        """What a step does; trains the networks of the model in place."""

    @abstractmethod
    def examples(self, frameworks: Sequence[Item], model: Model, seed: int) -> Dataset[Any]:
        """The endless sequence of examples: number k depends on k and the seed alone."""

    @staticmethod
    def collate(examples: Any) -> Any:
        """A batch of what the examples of a step are: stacked arrays."""
        return default_collate(examples)

    @abstractmethod
    def validation(self, examples: Dataset[Any]) -> Measure:
        """Measures the averaged weights on frameworks that nothing is learned from."""

    @abstractmethod
    def drawing(self, validation: Sequence[Item]) -> Measure:
        """Measures samples that the averaged weights draw."""
