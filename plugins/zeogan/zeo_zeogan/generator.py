"""The ``zeogan`` generator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from attrs import frozen

from zeo.grids.grid import Grid
from zeo.plugin.candidate import JSON, Sample
from zeo.plugin.conditioning import Condition, Known
from zeo.plugin.interfaces import Generator, Progress
from zeo.plugin.options import option
from zeo_learning.condition import Conditions
from zeo_learning.folder import usable_device
from zeo_learning.options import GridTrainingOptions, own_first
from zeo_learning.orbits import OrbitsOfPoints
from zeo_learning.precision import half
from zeo_learning.templates import Template
from zeo_zeogan.lattice import in_angstrom
from zeo_zeogan.model import Model
from zeo_zeogan.networks import Given
from zeo_zeogan.recipes import RECIPES

if TYPE_CHECKING:
    from zeo.data.known.frameworks import FrameworkSet

SHIPPED = Path(__file__).parent / "weights"
"""The model that comes with the plugin."""


@frozen(kw_only=True, field_transformer=own_first)
class ZeoGANOptions(GridTrainingOptions):
    at_once: int = option(16, "samples drawn together; memory grows with it alone", at_least=1)
    passes: int = option(
        12, "drawings of a grid, each but the first from the last one under noise (recipe=zeo)", at_least=1
    )
    recipe: str = option(
        "zeo", "training: what works best under a small budget, or the reference", choices=tuple(RECIPES)
    )
    steps: int = option(
        500_000, "training: steps of the generator in all, earlier slices included", at_least=1
    )
    batch: int | None = option(
        None, "training: examples in an update, on each device; 16 (zeo) or 32 (paper) when none", at_least=2
    )
    critic_updates: int | None = option(
        None, "training: of the critic for one of the generator; 1 (zeo) or 5 (paper) when none", at_least=1
    )
    learning_rate: float | None = option(
        None, "training: of both networks; 1e-3 (zeo) or 1e-4 (paper) when none", above=0
    )
    penalty: float | None = option(
        None, "training: weight of the critic's gradient penalty; 0.3 (zeo) or 10 (paper) when none", above=0
    )
    average: float | None = option(
        None,
        "training: decay of the running average of the weights; 0.999 (zeo) or 0 (paper) when none",
        at_least=0,
        at_most=1,
    )
    width: int | None = option(
        None,
        "training: channels of the networks; 32 at half (zeo) or at full (paper) resolution when none",
        at_least=8,
    )
    check_every: int = option(500, "training: steps between measurements of drawn grids", at_least=1)
    drawn_samples: int = option(64, "training: samples in such a drawing", at_least=1)


class ZeoGAN(Generator):
    """Draws a grid from noise, in a cell of its own or one of the training set, as the recipe is."""

    Options = ZeoGANOptions
    options: ZeoGANOptions

    def train(
        self,
        data: FrameworkSet,
        out: Path,
        progress: Progress,
        start: Path | None = None,
        condition: Condition | None = None,
    ) -> Path:
        """Train on frameworks, or go on where ``out`` stopped.

        Raises:
            ConfigError: no framework that the grids can hold, a folder of another training, or a checkpoint
                of other networks to start from.
        """
        from zeo_zeogan.fitting import fit

        return fit(data, out, progress, self.options, self.plugins, start, condition)

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
        self.model.generator.to(device).eval()
        self.orbits = OrbitsOfPoints(model.n)

    def known(self) -> Known:
        """Which channels it draws."""
        return Known(channels=self.model.scaling.channels)

    def sample(self, seeds: Sequence[int], condition: Any = None) -> Iterator[Sample]:  # noqa: ARG002
        """One grid for each seed, drawn when they are asked for, :attr:`ZeoGANOptions.at_once` at a time."""
        for first in range(0, len(seeds), self.options.at_once):
            yield from self._together(seeds[first : first + self.options.at_once])

    @torch.no_grad()
    def _together(self, seeds: Sequence[int]) -> Iterator[Sample]:
        templates = self._templates(seeds)
        given = self._given(templates)
        with half(self.device):
            drawn = self.model.generator.draw(seeds, given, self.options.passes)
        grids = drawn.grid.cpu().numpy()
        edges = (
            np.stack([template.lengths for template in templates])
            if drawn.edges is None
            else in_angstrom(drawn.edges).double().cpu().numpy()
        )
        scaling = self.model.scaling
        for k, seed in enumerate(seeds):
            source: dict[str, JSON] = {}
            if templates:
                source = {"t_atoms": templates[k].t_atoms, "operations": len(templates[k].symmetry)}
            grid = Grid(scaling.to_physical(grids[k]), scaling.channels, np.diag(edges[k]))
            yield Sample(seed=seed, encoded=grid, source=source)

    def _templates(self, seeds: Sequence[int]) -> list[Template]:
        """One for each seed, in recipes that draw for them."""
        known = self.model.templates
        if known is None:
            return []
        streams = [np.random.default_rng((seed, 0)) for seed in seeds]
        return [known[int(stream.integers(len(known)))].jittered(stream) for stream in streams]

    def _given(self, templates: Sequence[Template]) -> Given | None:
        if not templates:
            return None
        scalars = [Conditions().scalars(t.lengths, t.t_atoms, len(t.symmetry), {}) for t in templates]
        labels = [self.orbits.labels(template.symmetry) for template in templates]
        return Given(
            scalars=torch.from_numpy(np.stack(scalars)).to(self.device),
            labels=torch.from_numpy(np.stack(labels)).long().to(self.device),
        )
