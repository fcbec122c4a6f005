"""The network: messages along the bonds of a net, the mean over its T atoms, and a normal distribution."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from attrs import frozen
from torch import Tensor, nn

from zeo_surrogate.features import CLEARANCES, ROUNDS, SHELLS, Described

NODE, WHOLE = 10 + SHELLS, 2 + len(CLEARANCES)

WIDTH = 40

BONDS = (2.8, 3.4, 7)
"""Angstrom: T-T distances that bonds have, and how many numbers tell one."""


@frozen(eq=False)
class Batch:
    """Frameworks side by side.

    Args:
        nodes: [n, NODE].
        neighbours: [n, 4].
        bonds: [n, 4, BONDS[2]].
        counts: [n] shares.
        home: [n] the framework of each node.
        whole: [frameworks, WHOLE].
    """

    nodes: Tensor
    neighbours: Tensor
    bonds: Tensor
    counts: Tensor
    home: Tensor
    whole: Tensor


def batch_of(frameworks: Sequence[Described]) -> Batch:
    """Several as one."""
    sizes = np.array([len(each.nodes) for each in frameworks])
    starts = np.repeat(np.cumsum(sizes) - sizes, sizes)
    distances = torch.from_numpy(np.concatenate([each.distances for each in frameworks]))
    centres = torch.linspace(*BONDS)
    width = (BONDS[1] - BONDS[0]) / (BONDS[2] - 1)
    return Batch(
        torch.from_numpy(np.concatenate([each.nodes for each in frameworks])),
        torch.from_numpy(np.concatenate([each.neighbours for each in frameworks]) + starts[:, None]),
        torch.exp(-0.5 * ((distances[..., None] - centres) / width) ** 2),
        torch.from_numpy(np.concatenate([each.counts for each in frameworks])),
        torch.from_numpy(np.repeat(np.arange(len(sizes)), sizes)),
        torch.from_numpy(np.stack([each.whole for each in frameworks])),
    )


class Network(nn.Module):
    """Of a framework, the mean and the logarithm of the deviation of a number whose spread is one."""

    node_mean: Tensor
    node_scale: Tensor
    whole_mean: Tensor
    whole_scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        for name, size in (("node", NODE), ("whole", WHOLE)):
            self.register_buffer(f"{name}_mean", torch.zeros(size))
            self.register_buffer(f"{name}_scale", torch.ones(size))
        self.enter = nn.Linear(NODE, WIDTH)
        self.messages = nn.ModuleList(nn.Linear(2 * WIDTH + BONDS[2], 2 * WIDTH) for _ in range(ROUNDS))
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(ROUNDS))
        self.leave = nn.Sequential(
            nn.Linear(WIDTH + WHOLE, 2 * WIDTH), nn.SiLU(), nn.Linear(2 * WIDTH, WIDTH), nn.SiLU()
        )
        self.told = nn.Linear(WIDTH, 2)

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Means [frameworks] and logarithms of deviations."""
        state = self.enter((batch.nodes - self.node_mean) / self.node_scale)
        for message, norm in zip(self.messages, self.norms, strict=True):
            own = state[:, None].expand(-1, 4, -1)
            gate, said = message(torch.cat([own, state[batch.neighbours], batch.bonds], -1)).chunk(2, -1)
            state = norm(state + (torch.sigmoid(gate) * nn.functional.softplus(said)).sum(1))
        whole = (batch.whole - self.whole_mean) / self.whole_scale
        pooled = state.new_zeros(len(whole), WIDTH).index_add(0, batch.home, state * batch.counts[:, None])
        mean, deviation = self.told(self.leave(torch.cat([pooled, whole.clamp(-6, 6)], -1))).unbind(-1)
        return mean, deviation.clamp(-5.0, 3.0)
