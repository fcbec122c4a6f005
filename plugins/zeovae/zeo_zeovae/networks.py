"""The autoencoder with its branch and its prior, and the critic that the prior plays against."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from zeo_zeovae.layers import EMBEDDING, DenseNetwork, Told


class Autoencoder(nn.Module):
    """Encoder, decoder, property branch, and the generator of the learned prior: what is averaged and ships.

    Args:
        encoder: from arrays and what is told to mean and logarithm of the variance, [B, 2 D].
        decoder: from latent vectors [B, D], what is told and, for grids, the orbits of points to arrays.
        latent: D.
        properties: of the branch.
    """

    def __init__(self, encoder: nn.Module, decoder: nn.Module, latent: int, properties: int) -> None:
        super().__init__()
        self.encoder, self.decoder, self.latent = encoder, decoder, latent
        self.branch = DenseNetwork(latent, properties, 2 * EMBEDDING)
        self.prior = DenseNetwork(latent, latent, 2 * EMBEDDING)

    def posterior(self, array: Tensor, told: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and logarithm of the variance of latent vectors, [B, D] each."""
        mean, log_variance = self.encoder(array, told).float().chunk(2, dim=1)
        return mean, log_variance.clamp(-12.0, 4.0)

    def decoded(self, latent: Tensor, told: Tensor, labels: Tensor | None) -> Tensor:
        """Arrays [B, ...]; ``labels`` are the orbits of the points of grids."""
        given = () if labels is None else (labels,)
        found: Tensor = self.decoder(latent, told, *given)
        return found


class LatentCritic(nn.Module):
    """How much like the encoder's latent vectors are, [B]. Nothing is normalised over the batch."""

    def __init__(self, latent: int) -> None:
        super().__init__()
        self.told = Told()
        self.layers = nn.Sequential(
            nn.Linear(latent + EMBEDDING, 4 * EMBEDDING),
            nn.LeakyReLU(0.2),
            nn.Linear(4 * EMBEDDING, 4 * EMBEDDING),
            nn.LeakyReLU(0.2),
            nn.Linear(4 * EMBEDDING, 1),
        )

    def forward(self, latent: Tensor, told: Tensor) -> Tensor:
        score: Tensor = self.layers(torch.cat([latent, self.told(told)], dim=1))[:, 0]
        return score
