"""The diffusion: noise levels, preconditioning and loss of the default recipe.

T. Karras, M. Aittala, T. Aila, S. Laine, *Elucidating the design space of diffusion-based generative models*,
NeurIPS 2022 ("EDM").
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

SIGMA_DATA = 0.5
"""Standard deviation of the scaled channels."""

SIGMA_MIN, SIGMA_MAX, RHO = 0.6, 10.0, 4.0
"""Range of noise levels in sampling and the exponent that spaces them (EDM, Eq. 5). At the lowest the peak of
a silicon atom is five times as high as the noise: what remains to be denoised, the clean-up puts up with."""

LOG_MEAN, LOG_STD = 0.9, 1.25
"""Of the logarithm of the noise levels in training: atoms find their places where the noise is 1 to 8 times
as high as the channels, well above the levels that suit photographs."""

Denoiser = Callable[[Tensor, Tensor], Tensor]
"""From a noisy grid [B, C, X, Y, Z] and its noise level [B] to the estimate of the clean one."""


def column(values: Tensor) -> Tensor:
    """One number [B] for each grid, in a shape that multiplies [B, C, X, Y, Z]."""
    return values[:, None, None, None, None]


def precondition(predict: Denoiser) -> Denoiser:
    """The denoiser around a network whose inputs and outputs have unit variance (EDM, Eq. 7)."""

    def denoise(x: Tensor, sigma: Tensor) -> Tensor:
        s = column(sigma)
        total = (s**2 + SIGMA_DATA**2).sqrt()
        raw = predict(x / total, sigma.log() / 4).float()
        return SIGMA_DATA**2 / total**2 * x + s * SIGMA_DATA / total * raw

    return denoise


def training_levels(uniform: Tensor) -> Tensor:
    """Noise levels for training from numbers [B] uniform in (0, 1): log-normal."""
    bounded = uniform.clamp(1e-4, 1 - 1e-4)
    return torch.exp(LOG_MEAN + LOG_STD * math.sqrt(2.0) * torch.erfinv(2.0 * bounded - 1.0))


def weighted_error(clean: Tensor, estimate: Tensor, sigma: Tensor) -> Tensor:
    """Squared error [B, C], weighted so that every noise level counts alike (EDM, Eq. 8)."""
    weight = (sigma**2 + SIGMA_DATA**2) / (sigma * SIGMA_DATA) ** 2
    return weight[:, None] * (estimate - clean).square().mean(dim=(2, 3, 4))


def sampling_levels(steps: int, largest: float = SIGMA_MAX, smallest: float = SIGMA_MIN) -> list[float]:
    """Noise levels from the largest down to the smallest, then zero: ``steps`` + 1 numbers (EDM, Eq. 5)."""
    high, low = largest ** (1 / RHO), smallest ** (1 / RHO)
    return [(high + k / max(steps - 1, 1) * (low - high)) ** RHO for k in range(steps)] + [0.0]
