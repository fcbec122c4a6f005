"""The diffusion: noise levels, preconditioning, loss and sampler of the default recipe.

T. Karras, M. Aittala, T. Aila, S. Laine, *Elucidating the design space of diffusion-based generative models*,
NeurIPS 2022 ("EDM"); C. Lu et al., *DPM-Solver++*, arXiv:2211.01095, for the sampler of second order.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor

SIGMA_DATA = 0.5
"""Standard deviation of the scaled channels."""

SIGMA_MIN, SIGMA_MAX, RHO = 0.02, 40.0, 7.0
"""Range of noise levels in sampling and the exponent that spaces them (EDM, Eq. 5)."""

LOG_MEAN, LOG_STD = -0.4, 1.2
"""Of the logarithm of the noise levels in training."""

Denoiser = Callable[[Tensor, Tensor], Tensor]
"""From a noisy grid [B, C, X, Y, Z] and its noise level [B] to the estimate of the clean one."""


def _column(values: Tensor) -> Tensor:
    return values[:, None, None, None, None]


def precondition(predict: Denoiser) -> Denoiser:
    """The denoiser around a network whose inputs and outputs have unit variance (EDM, Eq. 7)."""

    def denoise(x: Tensor, sigma: Tensor) -> Tensor:
        s = _column(sigma)
        total = (s**2 + SIGMA_DATA**2).sqrt()
        raw = predict(x / total, sigma.log() / 4).float()
        return SIGMA_DATA**2 / total**2 * x + s * SIGMA_DATA / total * raw

    return denoise


def training_levels(uniform: Tensor) -> Tensor:
    """Noise levels for training from numbers [B] uniform in (0, 1): log-normal."""
    return torch.exp(LOG_MEAN + LOG_STD * math.sqrt(2.0) * torch.erfinv(2.0 * uniform - 1.0))


def weighted_error(clean: Tensor, estimate: Tensor, sigma: Tensor) -> Tensor:
    """Squared error [B, C], weighted so that every noise level counts alike (EDM, Eq. 8)."""
    weight = (sigma**2 + SIGMA_DATA**2) / (sigma * SIGMA_DATA) ** 2
    return weight[:, None] * (estimate - clean).square().mean(dim=(2, 3, 4))


def sampling_levels(steps: int) -> list[float]:
    """Noise levels from :data:`SIGMA_MAX` down to :data:`SIGMA_MIN`, then zero: ``steps`` + 1 numbers."""
    high, low = SIGMA_MAX ** (1 / RHO), SIGMA_MIN ** (1 / RHO)
    return [(high + k / max(steps - 1, 1) * (low - high)) ** RHO for k in range(steps)] + [0.0]


@torch.no_grad()
def dpm_solver(denoise: Denoiser, noise: Tensor, steps: int) -> Tensor:
    """DPM-Solver++(2M): one evaluation of the network for each step.

    Args:
        denoise: the estimate of the clean grid.
        noise: [B, C, X, Y, Z], of unit variance.
        steps: evaluations.
    """
    levels = sampling_levels(steps)
    x = noise * levels[0]
    previous: Tensor | None = None
    for k, (sigma, following) in enumerate(pairwise(levels)):
        clean = denoise(x, x.new_full((len(x),), sigma))
        if following == 0.0:
            return clean
        step = math.log(sigma / following)
        direction = clean
        if previous is not None:
            ratio = math.log(levels[k - 1] / sigma) / step
            direction = clean + (clean - previous) / (2 * ratio)
        x = following / sigma * x - math.expm1(-step) * direction
        previous = clean
    return x
