"""The exponential moving average (EMA) of the weights of a network in training."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn


@torch.no_grad()
def update_ema(ema: nn.Module, network: nn.Module, largest_decay: float, steps: int) -> None:
    """Move an average toward a network, after so many steps: young averages forget fast."""
    decay = min(largest_decay, 1.0 - 8.0 / (steps + 8.0))
    for mean, value in zip(state_of(ema), state_of(network), strict=True):
        if mean.is_floating_point():
            mean.lerp_(value, 1.0 - decay)
        else:
            mean.copy_(value)


def state_of(network: nn.Module) -> Iterator[Tensor]:
    """All that a network remembers."""
    yield from network.parameters()
    yield from network.buffers()
