"""The ``zeodiff`` generator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from attrs import evolve, frozen

from zeo.grids.grid import Grid
from zeo.plugin.candidate import JSON, Sample
from zeo.plugin.conditioning import Condition, Known
from zeo.plugin.interfaces import Between, Generator, Progress
from zeo.plugin.options import option
from zeo_learning.folder import usable_device
from zeo_learning.noise import SeededNoise
from zeo_learning.options import GridTrainingOptions, own_first
from zeo_learning.templates import Template
from zeo_zeodiff.edm import Denoiser
from zeo_zeodiff.model import Model
from zeo_zeodiff.recipes import RECIPES
from zeo_zeodiff.samplers import SAMPLERS
from zeo_zeodiff.steering import Steering

if TYPE_CHECKING:
    from zeo.data.known.frameworks import Framework, FrameworkSet

EVALUATIONS = {"renoise": 30, "dpm": 25, "ddim": 25, "ddpm": 1500}
"""Of the network for each sample, by sampler."""

SHIPPED = Path(__file__).parent / "weights"
"""The model that comes with the plugin."""


@frozen(kw_only=True, field_transformer=own_first)
class ZeoDiffOptions(GridTrainingOptions):
    sampler: str = option(
        "renoise",
        "fresh noise at every level (interpolation: dpm instead), DPM-Solver++, DDIM or ancestral DDPM",
        choices=tuple(EVALUATIONS),
    )
    evaluations: int | None = option(
        None,
        "network evaluations for each sample; 30 (renoise), 25 (dpm, ddim) or 1500 (ddpm) when none",
        at_least=2,
    )
    at_once: int = option(16, "samples denoised together; memory grows with it alone", at_least=1)
    symmetry: bool = option(True, "keep the space group of the drawn cell while denoising")
    template_weights: bool = option(
        True, "with targets, draw cells of training frameworks whose own properties are near them more often"
    )
    mix: str = option(
        "variance-preserving",
        "interpolation: how noisy grids are mixed; linear lets the noise shrink, as the paper does",
        choices=("variance-preserving", "linear"),
    )
    mix_at: float = option(
        6.7, "interpolation: noise level of the mixing; 6.7 is that of the paper's t = 750 of 1500", above=0
    )
    recipe: str = option(
        "zeo",
        "training: what works best under a small budget, or the reference as released",
        choices=tuple(RECIPES),
    )
    loss: str | None = option(
        None, "training: edm (zeo), huber or eq5 (paper); the first of the recipe when none"
    )
    told: str | None = option(
        None, "training: with recipe=paper, the property that the network is told, such as methane.qst"
    )
    steps: int = option(100_000, "training: steps in all, earlier slices included", at_least=1)
    batch: int = option(8, "training: examples in a step, on each device", at_least=1)
    learning_rate: float | None = option(
        None, "training: after warm-up; 1e-3 (zeo) or 1e-4 (paper) when none", above=0
    )
    average: float | None = option(
        None,
        "training: decay of the running average of the weights; 0.9995 (zeo) or 0.9999 (paper) when none",
        above=0,
        at_most=1,
    )
    symmetric_share: float | None = option(
        None,
        "training: with recipe=zeo, share of examples that keep their space group; 0.85 when none",
        at_least=0,
        at_most=1,
    )
    width: int | None = option(
        None,
        "training: channels of the network; 64 at half resolution (zeo), 32 at full (paper) when none",
        at_least=8,
    )
    check_every: int = option(500, "training: steps between validations", at_least=1)
    drawn_samples: int = option(16, "training: samples in such a drawing", at_least=1)


class ZeoDiff(Generator):
    """Draws a cell, a size and a space group from those of the training set, then denoises a grid in it."""

    Options = ZeoDiffOptions
    options: ZeoDiffOptions

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
            ConfigError: no framework that the grids can hold, a folder of another training, or a checkpoint
                of another network to start from.
        """
        from zeo_zeodiff.fitting import fit

        return fit(data, out, progress, self.options, self.plugins, start)

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
        """One grid for each seed, drawn when they are asked for, :attr:`ZeoDiffOptions.at_once` at a time."""
        for first in range(0, len(seeds), self.options.at_once):
            yield from self._together(seeds[first : first + self.options.at_once], condition)

    def interpolate(self, first: Framework, second: Framework) -> Between:
        """The path between two frameworks in orthogonal cells; see :mod:`zeo_zeodiff.interpolation`."""
        from zeo_zeodiff.ends import aligned_ends
        from zeo_zeodiff.interpolation import Interpolation

        grids = {"n": self.model.n, "channels": self.model.scaling.channels}
        representation = self.plugins.configured({"voxel": grids}).create("representation", "voxel")
        ends = aligned_ends(first, second, representation, self.model.templates)
        return Interpolation(*ends, self.model, self.device, self.options)

    def known(self) -> Known:
        """What the network was told in training, and which values the training set has."""
        return Known(
            inputs=self.model.conditions.quantities,
            spans=self.model.templates.spans(),
            channels=self.model.scaling.channels,
        )

    def _together(self, seeds: Sequence[int], condition: Condition | None) -> Iterator[Sample]:
        aims = [condition.values(seed) if condition else {} for seed in seeds]
        templates = [self._template(seed, values) for seed, values in zip(seeds, aims, strict=True)]
        steering = Steering(
            model=self.model,
            templates=templates,
            operations=[self._operations(template) for template in templates],
            labels=torch.from_numpy(np.stack([self._labels(template) for template in templates])).to(
                self.device
            ),
        )
        drawn = self._denoised(seeds, steering.labels, steering.denoiser(condition, aims))
        scaling = self.model.scaling
        for seed, values, template, scaled in zip(seeds, aims, templates, drawn, strict=True):
            lattice = np.diag(self.model.cell(template, scaled))
            grid = Grid(scaling.to_physical(scaled), scaling.channels, lattice)
            source: dict[str, JSON] = {"aims": values} if values else {}
            if self.model.recipe.templated:
                source |= {"t_atoms": template.t_atoms, "operations": self._operations(template)}
            yield Sample(seed=seed, encoded=grid, source=source)

    def _template(self, seed: int, aims: Mapping[str, float]) -> Template:
        """With the properties of its framework only where these are near what the sample aims at."""
        stream = np.random.default_rng((seed, 0))
        templates = self.model.templates
        chances = templates.chances(aims) if self.options.template_weights else None
        if chances is None:
            chosen = templates[int(stream.integers(len(templates)))]
            return evolve(chosen, properties={}).jittered(stream)
        return templates[int(stream.choice(len(templates), p=chances))].jittered(stream)

    @property
    def _symmetric(self) -> bool:
        return self.options.symmetry and self.model.recipe.templated

    def _operations(self, template: Template) -> int:
        return len(template.symmetry) if self._symmetric else 1

    def _labels(self, template: Template) -> np.ndarray[Any, np.dtype[np.int64]]:
        n = self.model.n
        return template.symmetry.labels(n) if self._symmetric else np.arange(n**3).reshape(n, n, n)

    @torch.no_grad()
    def _denoised(
        self, seeds: Sequence[int], labels: torch.Tensor, denoise: Denoiser
    ) -> np.ndarray[Any, np.dtype[np.float32]]:
        """What the network draws, [B, C, N, N, N], from the noise of the seeds."""
        sampler = self.options.sampler
        levels = self.model.recipe.sampling_levels(self.options.evaluations or EVALUATIONS[sampler])
        noise = SeededNoise(seeds, labels, len(self.model.scaling.channels))
        drawn = SAMPLERS[sampler](denoise, noise().mul_(levels[0]), levels, noise)
        return drawn.cpu().numpy()
