"""The game in the latent space: a prior learns to draw vectors such as the encoder makes.

A Wasserstein GAN with gradient penalty (I. Gulrajani et al., NeurIPS 2017) on latent vectors, as T. Long et
al. (npj Comput. Mater. 2021, 7, 66; CCDCGAN) have it. A round takes a hundredth of the time of a step of the
autoencoder, so several are played in each, on vectors that are remembered from the last steps.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from zeo_zeovae.layers import DenseNetwork
from zeo_zeovae.networks import LatentCritic
from zeo_zeovae.told import TOLD

REMEMBERED = 4096
"""Latent vectors."""

ROUNDS, BATCH = 4, 64
"""In each step of the autoencoder, and vectors in each of them."""

CRITIC_UPDATES = 2
"""For one of the prior."""

PENALTY = 10.0

Backward = Callable[[Tensor], None]


class LatentGame(nn.Module):
    """The critic and the memory; the prior is the autoencoder's.

    Args:
        latent: D.
    """

    vectors: Tensor
    told: Tensor
    seen: Tensor

    def __init__(self, latent: int) -> None:
        super().__init__()
        self.critic = LatentCritic(latent)
        self.register_buffer("vectors", torch.zeros(REMEMBERED, latent))
        self.register_buffer("told", torch.zeros(REMEMBERED, TOLD))
        self.register_buffer("seen", torch.zeros((), dtype=torch.int64))

    def remember(self, vectors: Tensor, told: Tensor) -> None:
        """Vectors [B, D] in place of the oldest, and what the encoder was told of their frameworks."""
        places = (int(self.seen) + torch.arange(len(vectors), device=vectors.device)) % REMEMBERED
        self.vectors[places], self.told[places] = vectors, told
        self.seen += len(vectors)

    def play(
        self, prior: DenseNetwork, of_critic: Optimizer, of_prior: Optimizer, backward: Backward
    ) -> Tensor:
        """The rounds of a step; returns the mean score of the encoder's vectors less that of the prior's."""
        gap = self.vectors.new_zeros(())
        for _ in range(ROUNDS):
            for _ in range(CRITIC_UPDATES):
                real, told = self._some()
                with torch.no_grad():
                    drawn = prior(torch.randn_like(real), told)
                gap = self.critic(real, told).mean() - self.critic(drawn, told).mean()
                improve(PENALTY * self._penalty(real, drawn, told) - gap, of_critic, backward)
            real, told = self._some()
            self.critic.requires_grad_(requires_grad=False)
            improve(-self.critic(prior(torch.randn_like(real), told), told).mean(), of_prior, backward)
            self.critic.requires_grad_(requires_grad=True)
        return gap

    def _some(self) -> tuple[Tensor, Tensor]:
        known = min(int(self.seen), REMEMBERED)
        chosen = torch.randint(known, (BATCH,)).to(self.vectors.device)
        return self.vectors[chosen], self.told[chosen]

    def _penalty(self, real: Tensor, drawn: Tensor, told: Tensor) -> Tensor:
        share = torch.rand(len(real), 1, device=real.device)
        between = (share * real + (1 - share) * drawn).requires_grad_()
        (slope,) = torch.autograd.grad(self.critic(between, told).sum(), between, create_graph=True)
        penalty: Tensor = (slope.norm(dim=1) - 1.0).square().mean()
        return penalty


def improve(loss: Tensor, optimiser: Optimizer, backward: Backward) -> None:
    """One update."""
    optimiser.zero_grad()
    backward(loss)
    optimiser.step()
