"""A batch of grids on their way from noise, each with its own stream of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen
from torch import Tensor

from zeo.plugin.conditioning import Condition
from zeo_learning.noise import SeededNoise
from zeo_zeodiff.samplers import Sampler
from zeo_zeodiff.steering import Steering


@frozen(eq=False, kw_only=True)
class Drawing:
    """What leads the grids of a batch down.

    Args:
        steering: denoises them.
        noise: of each.
        condition: what steers; None when nothing does.
        aims: what each aims at.
        sampler: of :mod:`zeo_zeodiff.samplers`.
    """

    steering: Steering
    noise: SeededNoise
    condition: Condition | None
    aims: Sequence[Mapping[str, float]]
    sampler: Sampler

    def grids(self, levels: Sequence[float]) -> Sequence[Tensor]:
        """What becomes of noise of the first level: [C, N, N, N] of each sample."""
        denoise = self.steering.denoiser(self.condition, self.aims)
        return self.sampler(denoise, self.noise().mul_(levels[0]), levels, self.noise).unbind()
