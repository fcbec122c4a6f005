"""The five things a plugin can be. Signatures speak numpy; each class has one frozen attrs ``Options``.

A plugin is constructed with its options and with the other plugins of the run. Construction does no work:
weights load in :meth:`Generator.load`, kernels compile on first use.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from zeo.plugin.options import NoOptions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from zeo.crystal.structure import Structure
    from zeo.data.known.frameworks import Framework, FrameworkSet
    from zeo.data.sets.store import DataSet
    from zeo.grids.grid import Grid
    from zeo.plugin.candidate import Candidate, Rejection, Sample
    from zeo.plugin.columns import Column
    from zeo.plugin.conditioning import (
        Condition,
        Denoising,
        Drawing,
        Estimate,
        Known,
        Latent,
        Move,
        Penalty,
    )
    from zeo.plugin.isotherm import Isotherm
    from zeo.plugin.quantity import Quantity
    from zeo.plugin.registry import Plugins
    from zeo.plugin.seen import Seen
    from zeo.plugin.targets import Target

Progress = Callable[[int, int, str], None]
"""Called with (done, total, message) by long work; total is 0 when unknown."""

Between = Callable[[Sequence[float], int], "Iterator[Sample]"]
"""From fractions of the path between two frameworks, and a seed, to a sample for each fraction, in order."""


class Plugin(ABC):  # noqa: B024
    """What all kinds share.

    Args:
        options: an instance of the class's ``Options``; its defaults when None.
        plugins: the other plugins of the run, with the user's options; the installed ones when None.
    """

    Options: ClassVar[type] = NoOptions

    def __init__(self, options: Any = None, plugins: Plugins | None = None) -> None:
        if plugins is None:
            from zeo.plugin.registry import installed_plugins

            plugins = installed_plugins()
        self.options = self.Options() if options is None else options
        self.plugins = plugins


Encoded = TypeVar("Encoded")
"""What a representation writes a structure as: a grid, a matrix, a graph."""


class Representation(Plugin, Generic[Encoded]):
    """A way to write a framework as something that a generator can learn and draw, and to read it back.

    Those that write grids derive from :class:`GridRepresentation`.
    """

    @abstractmethod
    def encode(self, structure: Structure) -> Encoded:
        """Write a structure.

        Raises:
            InputError: a structure that this representation cannot hold.
        """

    @abstractmethod
    def decode(self, encoded: Encoded) -> Structure:
        """Read the atoms of what was encoded or drawn, noisy or not.

        The result need not be a framework; it may even be empty.

        Raises:
            ZeoError: what is no encoding of this representation; :class:`~zeo.errors.GridError` for a grid
                without a channel that decoding needs.
        """


class GridRepresentation(Representation["Grid"]):
    """A way to write a framework as a grid, which probes can measure as drawn, before it is decoded."""

    @property
    @abstractmethod
    def channels(self) -> tuple[str, ...]:
        """Names of the channels that :meth:`encode` fills."""


class Generator(Plugin):
    """A source of samples: of what the representation that its spec names encodes, or of structures."""

    def train(
        self,
        data: FrameworkSet,
        out: Path,
        progress: Progress,
        start: Path | None = None,
        condition: Condition | None = None,
    ) -> Path:
        """Learn from frameworks and write a checkpoint under ``out``; return the checkpoint's path.

        Only for generators whose spec says ``trainable``. Where ``data.validation`` is given, nothing may be
        learned from it; it is there to judge the training by.

        Args:
            data: to learn from.
            out: folder that exists; where it holds an unfinished training, this one goes on with it.
            progress: told how far it has come.
            start: a checkpoint with whose weights a new training begins; given only where the spec says
                ``starts``.
            condition: what is drawn is to meet its targets; given only where the spec supports the part
                ``loss`` of conditioners.

        Raises:
            ConfigError: frameworks or a checkpoint that it cannot train with.
        """
        raise NotImplementedError

    def load(self, checkpoint: Path | None, device: str) -> None:
        """Read weights; ``None`` means the ones that ship with the plugin. Generators without weights pass.

        Raises:
            ConfigError: a checkpoint that is missing or does not fit.
        """

    def seen(self, checkpoint: Path | None) -> Seen:  # noqa: ARG002
        """The nets that its weights learned from and those that it starts from, which are no discoveries.

        Weights need not be loaded for it.

        Args:
            checkpoint: as for :meth:`load`.

        Raises:
            ZeoError: a data set or a file of nets that cannot be read.
        """
        from zeo.plugin.seen import Seen

        return Seen()

    def error_on(self, data: FrameworkSet, checkpoint: Path | None = None) -> float | None:  # noqa: ARG002
        """How wrong its weights are about frameworks, in the measure by which a training judges itself.

        Only for generators whose spec says ``trainable``; None where they have no such measure.

        Args:
            data: such as frameworks that nothing was learned from.
            checkpoint: as for :meth:`load`.

        Raises:
            ConfigError: no framework that it can learn from, or a checkpoint that does not fit.
        """
        return None

    def known(self) -> Known:
        """What a conditioner can steer it by, once it is loaded; nothing unless its spec names ``parts``."""
        from zeo.plugin.conditioning import Known

        return Known()

    @abstractmethod
    def sample(self, seeds: Sequence[int], condition: Any = None) -> Iterator[Sample]:
        """Draw one sample for each seed, in order.

        A sample depends on its seed (and the condition) alone, never on its neighbours in the batch. A seed
        from which nothing comes within the generator's bounded effort gives a sample that says so
        (:attr:`zeo.plugin.candidate.Sample.rejection`).

        Args:
            seeds: one for each sample.
            condition: a :class:`zeo.plugin.conditioning.Condition` where a conditioner steers. Without one,
                the targets of the run, each with the probe that measures it, for generators whose spec says
                ``takes_targets``; None for others.
        """

    def explore(self, seed: int, parents: FrameworkSet) -> Iterator[Sample]:
        """Frameworks found by one bounded effort: mutations of the parents, or from nothing without any.

        Only for generators whose spec says ``explores``. How many there are is up to the effort; none is no
        error. The same seed and parents give the same frameworks in the same order.

        Args:
            seed: of the whole effort; each sample carries it.
            parents: frameworks to start from, known by their names; may be empty.

        Returns:
            Samples with a structure each. ``source`` says how it came about: ``operation``, ``parent`` (its
            name, absent where there was none), ``space_group`` (that the search kept, absent where there was
            none), ``residual`` (of distance least squares, for each T atom) and ``three_ring_share`` (of T
            atoms in a ring of three).
        """
        raise NotImplementedError

    def interpolate(self, first: Framework, second: Framework) -> Between:
        """Prepare the path from one framework to another.

        Only for generators whose spec says ``interpolates``.

        Args:
            first: the framework at fraction 0.
            second: the framework at fraction 1; it may be the same.

        Returns:
            What draws a sample for each fraction. A sample depends on its fraction and the seed alone. All
            that is random comes from the seed: samples of one seed differ by their fractions alone.

        Raises:
            InputError: a framework that it cannot hold.
        """
        raise NotImplementedError

    def embed(self, frameworks: Sequence[Framework]) -> list[NDArray[np.float32] | Rejection]:
        """Where frameworks lie in the latent space of a generator that is loaded.

        Only for generators whose spec says ``embeds``.

        Args:
            frameworks: any.

        Returns:
            A latent vector [D] for each, or why the generator cannot hold it.
        """
        raise NotImplementedError


class Conditioner(Plugin):
    """A way to steer a generator toward targets. The parts it works by are declared in its spec."""

    @abstractmethod
    def prepare(self, targets: Sequence[Target], known: Known) -> Sequence[Target]:
        """Check targets before anything is drawn.

        Args:
            targets: each with the probe that measures it.
            known: what the loaded generator can be steered by.

        Returns:
            the targets, their ranges narrowed to what can be reached; each sample aims at values in them.

        Raises:
            ConfigError: a target that it cannot steer, or one out of range.
        """

    def loss(self, drawing: Drawing) -> Penalty:
        """Training part: what is added to the loss of the generator that drew these grids."""
        raise NotImplementedError

    def embedding(self, values: Mapping[str, float]) -> Mapping[str, float]:
        """Input part: what the network is told where one sample aims at these values, by quantity."""
        raise NotImplementedError

    def guide(self, denoising: Denoising[Any, Any, Any]) -> Estimate[Any, Any, Any]:
        """Sampling part: the estimate that takes the place of the network's own.

        No sample may depend on its neighbours in the batch.
        """
        raise NotImplementedError

    def latent(self, space: Latent) -> Move:
        """Latent part: what moves latent vectors toward the values that their samples aim at.

        No sample may depend on its neighbours in the batch.
        """
        raise NotImplementedError


class PropertyProbe(Plugin):
    """A measurement: the channel that a generator trains on, and the properties of a grid or a structure."""

    def channel(self, name: str, structure: Structure, shape: tuple[int, int, int]) -> NDArray[np.float32]:
        """One of the channels that its spec declares.

        Args:
            name: such as ``"energy:methane"``.
            structure: any cell, triclinic too.
            shape: points along a, b, c.

        Returns:
            float32 [X, Y, Z], finite, in the channel's own unit.
        """
        raise NotImplementedError

    @abstractmethod
    def properties(self, source: Grid | Structure) -> Mapping[str, Quantity]:
        """All quantities that its spec declares, in the units declared.

        Grids are only given to probes whose spec declares channels.

        Raises:
            GridError: ``source`` is a grid without the channel that this probe reads.
        """

    def estimates(self, source: Grid | Structure) -> Mapping[str, Quantity]:
        """The same, no more exact than it takes to choose between frameworks: before relaxation in a run that
        screens, and in the rounds of a steered search. What survives is measured by :meth:`properties`.

        Raises:
            GridError: as for :meth:`properties`.
        """
        return self.properties(source)

    def train(self, data: DataSet, quantity: str, out: Path, progress: Progress) -> Path:
        """Learn to tell a quantity from frameworks of which it is known; return what its options then name.

        Only for probes whose spec says ``trainable``.

        Args:
            data: frameworks; nothing may be learned from its split ``"test"``, which is there to judge by.
            quantity: one of its columns.
            out: folder that exists.
            progress: told how far it has come.

        Raises:
            ConfigError: frameworks that it cannot learn from.
            InputError: there is no such column.
        """
        raise NotImplementedError

    def isotherm(self, structure: Structure, pressures: Sequence[float]) -> Isotherm:
        """The adsorption isotherm of the gas; only for probes whose spec says ``isotherms``.

        Args:
            structure: any cell.
            pressures: Pa, rising.

        Raises:
            InputError: a framework that the force field does not describe.
        """
        raise NotImplementedError


class Postprocessor(Plugin):
    """A clean-up step. Its spec says which stage of the pipeline it fills.

    A repair and a relaxer state what :mod:`zeo.plugin.facts` asks of them. A filter passes or rejects, by the
    final atoms and ``candidate.properties``, and changes nothing.
    """

    def check(self, stages: Sequence[str], columns: Sequence[Column]) -> None:
        """Find out, before the first sample is drawn, that a run lacks what a filter reads.

        Args:
            stages: of the run, such as ``"identify"``.
            columns: what its probes measure.

        Raises:
            ConfigError: what is missing, and which flag adds it.
        """

    @property
    def at_once(self) -> int:
        """How many candidates :meth:`apply_many` is best given; 1 where it gains nothing from more."""
        return 1

    @abstractmethod
    def apply(self, candidate: Candidate) -> Candidate:
        """Pass a candidate on, changed or not, or reject it (``candidate.reject``) with a reason.

        Raises:
            ConfigError: options that cannot work.
        """

    def apply_many(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """What :meth:`apply` makes of each, in order; for those who are faster with many at once.

        A candidate's outcome must not depend on those beside it beyond rounding. Where this raises, the
        halves are tried, so that the others are spared.

        Raises:
            ConfigError: as :meth:`apply`.
        """
        return [self.apply(candidate) for candidate in candidates]
