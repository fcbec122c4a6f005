"""The ``zeodiff`` generator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from attrs import frozen

from zeo.candidate import JSON, Sample
from zeo.errors import ConfigError
from zeo.grid import Grid
from zeo.interfaces import Generator, Progress
from zeo.options import option
from zeo_zeodiff import edm
from zeo_zeodiff.model import Model
from zeo_zeodiff.noise import SeededNoise
from zeo_zeodiff.samplers import SAMPLERS
from zeo_zeodiff.symmetric import symmetrised
from zeo_zeodiff.templates import Template

if TYPE_CHECKING:
    from zeo.data.frameworks import FrameworkSet

EVALUATIONS = {"dpm": 25, "ddim": 25, "ddpm": 1500}
"""Of the network for each sample, by sampler."""

SHIPPED = Path(__file__).parent / "weights"
"""The model that comes with the plugin."""


@frozen(kw_only=True)
class ZeoDiffOptions:
    sampler: str = option(
        "dpm", "DPM-Solver++ of second order, DDIM or ancestral DDPM", choices=tuple(EVALUATIONS)
    )
    evaluations: int | None = option(
        None, "network evaluations for each sample; 25, or 1500 with ddpm, when none", at_least=2
    )
    at_once: int = option(16, "samples denoised together; memory grows with it alone", at_least=1)
    symmetry: bool = option(True, "keep the space group of the drawn cell while denoising")
    minutes: float | None = option(None, "training: stop this slice after so long", unit="min", above=0)
    steps: int = option(100_000, "training: steps in all, earlier slices included", at_least=1)
    batch: int = option(16, "training: examples in a step, on each device", at_least=1)
    learning_rate: float = option(6e-4, "training: after warm-up", above=0)
    decay: int = option(
        0, "training: the last so many of the steps, over which the learning rate falls to zero", at_least=0
    )
    average: float = option(
        0.9995, "training: decay of the running average of the weights", above=0, at_most=1
    )
    symmetric_share: float = option(
        0.75, "training: share of examples that keep their space group", at_least=0, at_most=1
    )
    max_t: int = option(112, "training: leave out cells with more T atoms", at_least=1)
    max_edge: float = option(32.0, "training: leave out cells with a longer edge", unit="A", above=0)
    width: int = option(64, "training: channels of the network at half resolution", at_least=8)
    accelerator: str = option("auto", "training: where", choices=("auto", "cpu", "gpu"))
    devices: int = option(1, "training: devices on each node", at_least=1)
    nodes: int = option(1, "training: nodes", at_least=1)
    strategy: str = option(
        "auto", "training: how several devices work together", choices=("auto", "ddp", "ddp_fork")
    )
    precision: str = option(
        "bf16-mixed", "training: as Lightning names it", choices=("bf16-mixed", "32-true")
    )
    workers: int = option(0, "training: processes that make examples", at_least=0)
    save_every: float = option(120.0, "training: between checkpoints", unit="s", above=0)
    check_every: int = option(500, "training: steps between validations", at_least=1)
    draw_every: float = option(
        30.0,
        "training: between drawings of samples, which are decoded and repaired; 0 for none",
        unit="min",
        at_least=0,
    )
    drawn_samples: int = option(16, "training: samples in such a drawing", at_least=1)
    seed: int = option(0, "training: of examples and first weights", at_least=0)


class ZeoDiff(Generator):
    """Draws a cell, a size and a space group from those of the training set, then denoises a grid in it."""

    Options = ZeoDiffOptions
    options: ZeoDiffOptions

    def train(self, data: FrameworkSet, out: Path, progress: Progress) -> Path:
        """Train on frameworks, or go on where ``out`` stopped.

        Raises:
            ConfigError: no framework that the grids can hold, or a folder of another training.
        """
        from zeo_zeodiff.fitting import fit

        return fit(data, out, progress, self.options, self.plugins)

    def load(self, checkpoint: Path | None, device: str) -> None:
        """Read weights: those in the folder, or the shipped ones.

        Raises:
            ConfigError: a folder without a model, or a device that torch does not have.
        """
        try:
            chosen = torch.device(device)
            torch.empty(0, device=chosen)
        except (RuntimeError, AssertionError) as error:
            raise ConfigError(f"torch cannot use the device {device!r} here") from error
        self.use(Model.load(SHIPPED if checkpoint is None else checkpoint), chosen)

    def use(self, model: Model, device: torch.device) -> None:
        """Draw from a model that is in memory."""
        self.model, self.device = model, device
        self.model.network.to(device).eval()

    def sample(self, seeds: Sequence[int], condition: Any = None) -> Iterator[Sample]:
        """One grid for each seed, drawn when they are asked for, :attr:`ZeoDiffOptions.at_once` at a time."""
        for first in range(0, len(seeds), self.options.at_once):
            yield from self._together(seeds[first : first + self.options.at_once], condition)

    def _together(self, seeds: Sequence[int], condition: Any) -> Iterator[Sample]:
        drawn = [self._template(seed) for seed in seeds]
        labels = torch.stack([torch.from_numpy(self._labels(template)) for template, _ in drawn])
        scalars = torch.stack(
            [
                torch.from_numpy(
                    self.model.conditions.scalars(template.lengths, template.t_atoms, condition or {})
                )
                for template, _ in drawn
            ]
        )
        scaling = self.model.scaling
        for seed, (template, source), scaled in zip(
            seeds, drawn, self._denoised(seeds, labels, scalars), strict=True
        ):
            grid = Grid(scaling.to_physical(scaled), scaling.channels, np.diag(template.lengths))
            yield Sample(seed=seed, grid=grid, source=source)

    def _template(self, seed: int) -> tuple[Template, dict[str, JSON]]:
        stream = np.random.default_rng((seed, 0))
        template = self.model.templates[int(stream.integers(len(self.model.templates)))].jittered(stream)
        order = len(template.symmetry) if self.options.symmetry else 1
        return template, {"t_atoms": template.t_atoms, "operations": order}

    def _labels(self, template: Template) -> np.ndarray[Any, np.dtype[np.int64]]:
        n = self.model.n
        return template.symmetry.labels(n) if self.options.symmetry else np.arange(n**3).reshape(n, n, n)

    @torch.no_grad()
    def _denoised(
        self, seeds: Sequence[int], labels: torch.Tensor, scalars: torch.Tensor
    ) -> np.ndarray[Any, np.dtype[np.float32]]:
        """What the network draws, [B, C, N, N, N], from the noise of the seeds."""
        labels, scalars = labels.to(self.device), scalars.to(self.device)
        network = self.model.denoiser(scalars)

        def denoise(x: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
            with torch.autocast(self.device.type, dtype=torch.bfloat16):
                estimate = network(x, sigma)
            return symmetrised(estimate.float(), labels)

        sampler = self.options.sampler
        levels = edm.sampling_levels(self.options.evaluations or EVALUATIONS[sampler])
        noise = SeededNoise(seeds, labels, len(self.model.scaling.channels))
        drawn = SAMPLERS[sampler](denoise, noise().mul_(levels[0]), levels, noise)
        return drawn.cpu().numpy()
