"""A generator that learns: its weights, its training, and samples a few at a time."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import evolve

from zeo.errors import ConfigError
from zeo.plugin.candidate import Sample
from zeo.plugin.conditioning import Condition
from zeo.plugin.interfaces import Generator, GridRepresentation, Progress
from zeo.plugin.seen import Seen
from zeo.plugin.weights import weights_of
from zeo_learning.folder import usable_device
from zeo_learning.learned_nets import nets_learned_from, read_nets

if TYPE_CHECKING:
    import torch

    from zeo.data.known.frameworks import FrameworkSet
    from zeo_learning.model import LearnedModel
    from zeo_learning.plan import TrainingPlan


REPRESENTATION = "representation"
"""The kind of plugins of which a model may hold options."""


class LearnedGenerator(Generator):
    """What :class:`zeo.plugin.interfaces.Generator` asks for, from a trained model.

    Its options are :class:`zeo_learning.options.TrainingOptions` with ``at_once``, the samples that are drawn
    together.
    """

    name: ClassVar[str]
    """As its spec and its checkpoints say."""

    model_class: ClassVar[type[LearnedModel]]
    """Reads a folder."""

    shunned: frozenset[bytes] = frozenset()
    """Digests of the nets that samples are not to have."""

    @abstractmethod
    def plan(self, condition: Condition | None) -> TrainingPlan[Any, Any]:
        """How it is trained, toward targets if there are any.

        Raises:
            ConfigError: options that do not fit together.
        """

    @abstractmethod
    def use(self, model: Any, device: torch.device) -> None:
        """Draw from a model that is in memory."""

    @abstractmethod
    def draw(self, seeds: Sequence[int], condition: Condition | None) -> Iterator[Sample]:
        """One sample for each of a few seeds, drawn together."""

    def train(
        self,
        data: FrameworkSet,
        out: Path,
        progress: Progress,
        start: Path | None = None,
        condition: Condition | None = None,
    ) -> Path:
        """Train on frameworks, or go on where ``out`` stopped; see :func:`zeo_learning.training.train`.

        Networks and grids are those of the model to start from, where the user says nothing else.
        """
        from zeo_learning.training import train

        learner = self if start is None else self._shaped_as(self.read(start))
        return train(learner.plan(condition), self.model_class, data, out, progress, start)

    def error_on(self, data: FrameworkSet, checkpoint: Path | None = None) -> float | None:
        """What the training calls ``judged_by`` in its plan, on frameworks as if they validated it."""
        model = self.read(self._folder(checkpoint))
        plan = self._shaped_as(model).plan(None)
        if plan.judged_by is None:
            return None
        examples = plan.examples(plan.split(data).train, model, plan.options.seed + 1)
        return float(plan.validation(examples)(plan.module(model))[plan.judged_by])

    def load(self, checkpoint: Path | None, device: str) -> None:
        """Read weights: those in the folder, or the shipped ones.

        Raises:
            ConfigError: a folder without a model, or a device that torch does not have.
        """
        chosen = usable_device(device)
        self.use(self.read(self._folder(checkpoint)), chosen)

    def shun_what_was_learned(self, checkpoint: Path | None, restarts: int) -> None:
        """Let samples begin anew whose net the weights learned from; how often they do at most is given.

        Raises:
            ConfigError: it was not noted what they learned from, or no sample may begin anew.
        """
        if not restarts:
            raise ConfigError(f"{self.name}.unseen=true lets samples begin anew, but here none does")
        self.shunned = nets_learned_from(self._folder(checkpoint))

    def _shaped_as(self, model: Any) -> LearnedGenerator:
        """The same generator with the networks and the grids of a model, as far as options have their
        defaults."""
        own: dict[str, Any] = {}
        others: dict[str, dict[str, Any]] = {}
        for option, value in self.plan(None).architecture(model).items():
            plugin, _, name = option.partition(".")
            if plugin == self.name:
                if _is_default(self.options, name):
                    own[name] = value
            elif _is_default(self.plugins.create(REPRESENTATION, plugin).options, name):
                others.setdefault(self.plugins.options_name(REPRESENTATION, plugin), {})[name] = value
        return type(self)(evolve(self.options, **own), self.plugins.configured(others))

    def _folder(self, checkpoint: Path | None) -> Path:
        """Of the weights: the one given, or that of the shipped ones."""
        folder = weights_of(self.name, None if checkpoint is None else str(checkpoint), self.plugins)
        assert folder is not None, f"the record of {self.name} names no weights"
        return Path(folder)

    def read(self, folder: Path) -> Any:
        """The model in a folder.

        Raises:
            ConfigError: there is none that this generator can draw from.
        """
        return self.model_class.load(folder)

    def seen(self, checkpoint: Path | None) -> Seen:
        """The nets that the weights learned from, as far as it was noted beside them."""
        folder = weights_of(self.name, None if checkpoint is None else str(checkpoint), self.plugins)
        return Seen(training=None) if folder is None else read_nets(folder)

    def sample(self, seeds: Sequence[int], condition: Any = None) -> Iterator[Sample]:
        """One sample for each seed, drawn when they are asked for, ``at_once`` at a time."""
        at_once = self.options.at_once
        for first in range(0, len(seeds), at_once):
            yield from self.draw(seeds[first : first + at_once], condition)

    @property
    def representation(self) -> str:
        """The representation of its grids, by name."""
        name = self.plugins.find("generator", self.name).spec.representation
        assert name is not None, f"{self.name} draws no grids"
        return str(name)

    def represented(self, options: Mapping[str, Mapping[str, Any]] | None = None) -> GridRepresentation:
        """The representation of its grids, with the user's options and these."""
        plugins = self.plugins.configured(options or {})
        representation = plugins.create("representation", self.representation)
        assert isinstance(representation, GridRepresentation), f"{self.representation} encodes no grids"
        return representation


def _is_default(options: Any, name: str) -> bool:
    return bool(getattr(options, name) == getattr(type(options)(), name))
