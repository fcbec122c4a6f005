"""The ``zeosym`` generator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from attrs import frozen

from zeo.candidate import Sample
from zeo.conditioning import Condition
from zeo.interfaces import Generator, Progress
from zeo.options import option
from zeo_learning.folder import usable_device
from zeo_learning.options import TrainingOptions, own_first
from zeo_zeosym.model import Model

if TYPE_CHECKING:
    from zeo.data.frameworks import FrameworkSet

SHIPPED = Path(__file__).parent / "weights"
"""The model that comes with the plugin."""


@frozen(kw_only=True, field_transformer=own_first)
class ZeoSymOptions(TrainingOptions):
    steps: int = option(200_000, "training: steps in all, earlier slices included", at_least=1)
    batch: int = option(64, "training: examples in a step, on each device", at_least=1)
    learning_rate: float = option(1e-3, "training: after warm-up", above=0)
    average: float = option(
        0.9995, "training: decay of the running average of the weights", above=0, at_most=1
    )
    width: int = option(128, "training: features of a T atom in the network", at_least=8)
    layers: int = option(5, "training: rounds of messages in the network", at_least=1)
    max_t: int = option(200, "training: leave out primitive cells with more T atoms", at_least=1)
    max_unique: int = option(
        32, "training: leave out frameworks with more symmetry-unique T atoms", at_least=1
    )
    skewed_types: bool = option(
        True,
        "training: learn also from the IZA types that data sets cannot hold, for want of an orthogonal cell",
    )
    check_every: int = option(500, "training: steps between validations", at_least=1)


class ZeoSym(Generator):
    """Draws the symmetry-unique T atoms and the lattice of a net for a space group and sites."""

    Options = ZeoSymOptions
    options: ZeoSymOptions

    def train(
        self,
        data: FrameworkSet,
        out: Path,
        progress: Progress,
        start: Path | None = None,
        condition: Condition | None = None,  # noqa: ARG002 (it does not support the part loss)
    ) -> Path:
        """Train on frameworks, or go on where ``out`` stopped.

        Raises:
            ConfigError: no framework to learn from, a folder of another training, or a checkpoint of another
                network to start from.
        """
        from zeo_zeosym.fitting import fit

        return fit(data, out, progress, self.options, start)

    def load(self, checkpoint: Path | None, device: str) -> None:
        """Read weights: those in the folder, or the shipped ones.

        Raises:
            ConfigError: a folder without a model, or a device that torch does not have.
        """
        chosen = usable_device(device)
        self.use(Model.load(SHIPPED if checkpoint is None else checkpoint), chosen)

    def use(self, model: Model, device: torch.device) -> None:
        """Draw from a model that is in memory."""
        self.model, self.device = model, device
        self.model.network.to(device).eval()

    def sample(self, seeds: Sequence[int], condition: Any = None) -> Iterator[Sample]:
        raise NotImplementedError
