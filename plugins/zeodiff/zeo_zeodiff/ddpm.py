"""The diffusion of the reference: noise in 1500 steps, a network that predicts it, and the losses.

J. Ho, A. Jain, P. Abbeel, *Denoising diffusion probabilistic models*, NeurIPS 2020; J. Park et al.,
J. Mater. Chem. A 2024, 12, 6507. Their noisy grids, x_t = sqrt(abar_t) clean + sqrt(1 - abar_t) noise, are
those of zeo, clean + sigma_t noise, times sqrt(abar_t), where sigma_t^2 = (1 - abar_t) / abar_t.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from zeo.errors import ConfigError
from zeo_zeodiff.edm import Denoiser, column

STEPS = 1500

BETAS = np.linspace(1e-4, 0.02, STEPS)
"""Variance that each step adds to a grid of unit variance."""

ABAR = np.cumprod(1.0 - BETAS)
"""Share of the clean grid that is left, in variance."""

SIGMAS = np.sqrt((1.0 - ABAR) / ABAR)
"""The noise beside a clean grid of its own size, from t = 0 up: 0.01 to 1900."""


def sampling_levels(evaluations: int) -> list[float]:
    """Noise levels at evenly spaced t, falling, then zero: ``evaluations`` + 1 numbers.

    Raises:
        ConfigError: more than there are.
    """
    if evaluations > STEPS:
        raise ConfigError(f"zeodiff.evaluations: recipe=paper has {STEPS} noise levels, not {evaluations}")
    times = np.linspace(STEPS - 1, 0, evaluations).round().astype(int)
    return [*(float(sigma) for sigma in SIGMAS[times]), 0.0]


def training_levels(uniform: Tensor) -> Tensor:
    """Noise levels for training from numbers [B] uniform in (0, 1): every t is as likely."""
    times = (uniform * STEPS).long().clamp(0, STEPS - 1)
    return torch.as_tensor(SIGMAS, dtype=torch.float32, device=uniform.device)[times]


def times_of(sigma: Tensor) -> Tensor:
    """The t [B] of noise levels; between two steps, where the logarithm of the level lies between theirs."""
    known = torch.as_tensor(np.log(SIGMAS), dtype=torch.float32, device=sigma.device)
    wanted = sigma.float().log().clamp(known[0], known[-1])
    above = torch.searchsorted(known, wanted).clamp(1, STEPS - 1)
    return above - (known[above] - wanted) / (known[above] - known[above - 1])


def predicting_noise(predict: Denoiser) -> Denoiser:
    """The denoiser around a network that predicts the noise from the grid x_t and t."""

    def denoise(x: Tensor, sigma: Tensor) -> Tensor:
        s = column(sigma)
        noise = predict(x / (1.0 + s**2).sqrt(), times_of(sigma)).float()
        return x - s * noise

    return denoise


def huber(clean: Tensor, estimate: Tensor, sigma: Tensor) -> Tensor:
    """Smooth L1 error (beta 1) of the predicted noise, [B, C]; all noise levels weigh the same."""
    error = (estimate - clean) / column(sigma)
    return functional.smooth_l1_loss(error, torch.zeros_like(error), reduction="none").mean(dim=(2, 3, 4))


def weighted_error(clean: Tensor, estimate: Tensor, sigma: Tensor) -> Tensor:
    """Squared error of the predicted noise, [B, C], with the weights of the paper's Eq. 5."""
    weights = torch.as_tensor(_bound_weights(), dtype=torch.float32, device=sigma.device)
    weight = weights[times_of(sigma).round().long()]
    return weight[:, None] * ((estimate - clean) / column(sigma)).square().mean(dim=(2, 3, 4))


def posterior_variances() -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Of x_{t-1} given x_t and the clean grid (Eq. 4): (1 - abar_{t-1}) / (1 - abar_t) beta_t, 0 at t = 0.

    The sampler :func:`zeo_zeodiff.samplers.ddpm` has the same in its own coordinates: divided by abar_{t-1}.
    """
    before = np.append(1.0, ABAR[:-1])
    return (1.0 - before) / (1.0 - ABAR) * BETAS


def _bound_weights() -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Of the variational bound (Eq. 5). At t = 0, where the variance is 0, that of t = 1 stands in."""
    variances = posterior_variances()
    variances[0] = variances[1]
    return BETAS**2 / (2.0 * variances * (1.0 - BETAS) * (1.0 - ABAR))
