"""From noise to a grid: samplers that lead a denoiser down a falling sequence of noise levels.

All of them work in variance-exploding coordinates (x = clean + sigma noise), take any levels that end in zero
and evaluate the denoiser once for each of the others. They hold at most two copies of a batch while the
denoiser is at work. They are so few lines that a library of schedulers, with the hub client that comes along,
would only be longer; and none draws ancestral noise that is symmetric and each sample's own.

Renoise: J. Song, C. Meng and S. Ermon, *DDIM*, ICLR 2021, Eq. 12, with the most noise that it allows.
DPM-Solver++(2M): C. Lu et al., arXiv:2211.01095, Algorithm 2. DDIM: the same Eq. 12, without noise.
DDPM: J. Ho, A. Jain and P. Abbeel, NeurIPS 2020, Eqs. 6 and 7.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from zeo_zeodiff.edm import Denoiser

FreshNoise = Callable[[], Tensor]
"""Gives new noise of unit variance, [B, C, X, Y, Z], at every call."""

Sampler = Callable[[Denoiser, Tensor, Sequence[float], FreshNoise], Tensor]
"""The arguments are those of :func:`renoise`; the deterministic ones draw no fresh noise."""


@torch.no_grad()
def renoise(denoise: Denoiser, x: Tensor, levels: Sequence[float], fresh: FreshNoise) -> Tensor:
    """Denoise, and start from the estimate anew with fresh noise of the next level.

    An error of an estimate does not travel along in x, as it does with the other samplers, but meets the
    denoiser at every level under other noise: that is what a network needs that has seen few frameworks.

    Args:
        denoise: the estimate of the clean grid, in a tensor of its own.
        x: [B, C, X, Y, Z] at the first level; overwritten.
        levels: of the noise, falling; the last is zero.
        fresh: the noise of the steps.

    Returns:
        the clean grid: the estimate at the last level above zero.
    """
    for level, following in pairwise(levels):
        clean = denoise(x, x.new_full((len(x),), level))
        x.copy_(clean)
        del clean
        if following > 0.0:
            x.add_(fresh(), alpha=following)
    return x


@torch.no_grad()
def dpm_solver(denoise: Denoiser, x: Tensor, levels: Sequence[float], _fresh: FreshNoise) -> Tensor:
    """DPM-Solver++(2M): deterministic, of second order in the logarithm of the noise level.

    Arguments as in :func:`renoise`.
    """
    previous, step_before = None, 0.0
    for level, following in pairwise(levels):
        clean = denoise(x, x.new_full((len(x),), level))
        if following == 0.0:
            return clean
        step = math.log(level / following)
        x.mul_(following / level)
        if previous is None:
            x.add_(clean, alpha=-math.expm1(-step))
        else:
            slope = step / (2 * step_before)
            x.add_(clean, alpha=-math.expm1(-step) * (1 + slope))
            x.add_(previous, alpha=math.expm1(-step) * slope)
        previous, step_before = clean, step
    return x


@torch.no_grad()
def ddim(denoise: Denoiser, x: Tensor, levels: Sequence[float], _fresh: FreshNoise) -> Tensor:
    """DDIM without noise, which is Euler's method in sigma. Arguments as in :func:`renoise`."""
    for level, following in pairwise(levels):
        clean = denoise(x, x.new_full((len(x),), level))
        x.mul_(following / level).add_(clean, alpha=1 - following / level)
        del clean
    return x


@torch.no_grad()
def ddpm(denoise: Denoiser, x: Tensor, levels: Sequence[float], fresh: FreshNoise) -> Tensor:
    """Ancestral sampling: each level is drawn from its posterior given the estimate of the clean grid.

    Its variance is (1 - abar_{t-1}) / (1 - abar_t) beta_t, seen in variance-exploding coordinates; on the way
    to level zero there is none. Arguments as in :func:`renoise`.
    """
    for level, following in pairwise(levels):
        kept = (following / level) ** 2
        clean = denoise(x, x.new_full((len(x),), level))
        x.mul_(kept).add_(clean, alpha=1 - kept)
        del clean
        if following > 0.0:
            x.add_(fresh(), alpha=following * math.sqrt(1 - kept))
    return x


SAMPLERS: dict[str, Sampler] = {"renoise": renoise, "dpm": dpm_solver, "ddim": ddim, "ddpm": ddpm}
"""By the name of the option."""
