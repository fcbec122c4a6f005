"""Encoders and decoders of grids and of matrices, all told the cell, the density and the space group."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn
from torch.nn import functional

from zeo_learning.condition import GEOMETRY
from zeo_learning.periodic import PeriodicConv3d
from zeo_learning.symmetric import symmetrised
from zeo_learning.unet import GROUPS, ResidualBlock, depth_to_space, sinusoids, space_to_depth, zeroed
from zeo_zeovae.told import TOLD

EMBEDDING = 128
"""Width of what a network makes of what it is told."""

FEATURES = 8
"""Sinusoids for each number of the geometry."""

FOLDED = 4
"""Points along each axis that become channels at the input of grids, whose layers run at a quarter and an
eighth of the resolution."""

COARSE = 2 * FOLDED


class Told(nn.Module):
    """What networks are told [B, TOLD] as an embedding [B, EMBEDDING]: the geometry by sinusoids."""

    def __init__(self) -> None:
        super().__init__()
        self.geometry = nn.Linear(2 * FEATURES * GEOMETRY, EMBEDDING)
        self.symmetry = nn.Linear(TOLD - GEOMETRY, EMBEDDING, bias=False)
        self.embed = nn.Linear(EMBEDDING, EMBEDDING)

    def forward(self, told: Tensor) -> Tensor:
        geometry, symmetry = told[:, :GEOMETRY], told[:, GEOMETRY:]
        hidden = self.geometry(sinusoids(geometry, FEATURES)) + self.symmetry(symmetry)
        return functional.silu(self.embed(functional.silu(hidden)))


class Dense(nn.Module):
    """Residual layers of a width, modulated by an embedding."""

    def __init__(self, width: int, layers: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(DenseBlock(width) for _ in range(layers))

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x, embedding)
        return x


class DenseBlock(nn.Module):
    """Two layers beside a short cut; the embedding scales and shifts between them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.normalise = nn.LayerNorm(width)
        self.first = nn.Linear(width, width)
        self.modulate = nn.Linear(EMBEDDING, 2 * width)
        self.second = nn.Linear(width, width)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        scale, shift = self.modulate(embedding).chunk(2, dim=1)
        h = functional.silu(self.first(self.normalise(x))) * (1 + scale) + shift
        result: Tensor = x + self.second(functional.silu(h))
        return result


class Encoder(nn.Module, ABC):
    """From what was encoded [B, ...] to mean and logarithm of the variance of its latent vector, [B, 2 D]."""

    @abstractmethod
    def forward(self, array: Tensor, told: Tensor) -> Tensor: ...


class Decoder(nn.Module, ABC):
    """From latent vectors [B, D] to arrays [B, ...]; ``labels`` are the orbits of the points of grids."""

    @abstractmethod
    def forward(self, latent: Tensor, told: Tensor, labels: Tensor | None) -> Tensor: ...


class MatrixEncoder(Encoder):
    """Dense layers over the whole matrix.

    Args:
        size: numbers of a matrix.
        latent: D.
        width: of the layers.
    """

    def __init__(self, size: int, latent: int, width: int) -> None:
        super().__init__()
        self.told = Told()
        self.inward = nn.Linear(size, width)
        self.dense = Dense(width, 2)
        self.outward = nn.Linear(width, 2 * latent)

    def forward(self, array: Tensor, told: Tensor) -> Tensor:
        hidden = self.dense(self.inward(array.flatten(1)), self.told(told))
        found: Tensor = self.outward(functional.silu(hidden))
        return found


class MatrixDecoder(Decoder):
    """The same backwards. Arguments as above."""

    def __init__(self, size: int, latent: int, width: int) -> None:
        super().__init__()
        self.told = Told()
        self.inward = nn.Linear(latent, width)
        self.dense = Dense(width, 2)
        self.outward = nn.Linear(width, size)

    def forward(self, latent: Tensor, told: Tensor, labels: Tensor | None) -> Tensor:  # noqa: ARG002
        hidden = self.dense(self.inward(latent), self.told(told))
        found: Tensor = self.outward(functional.silu(hidden))
        return found


class GridEncoder(Encoder):
    """Periodic convolutions down to an eighth of the resolution; the latent vector is a field there.

    Args:
        channels: of the grid.
        side: points along each axis, a multiple of 8.
        latent: D, a multiple of the points at an eighth of the resolution.
        width: channels at a quarter of it.
    """

    def __init__(self, channels: int, side: int, latent: int, width: int) -> None:
        super().__init__()
        self.told = Told()
        self.inward = PeriodicConv3d(channels * FOLDED**3, width)
        self.fine = ResidualBlock(width, width, EMBEDDING)
        self.coarser = nn.Conv3d(width, 2 * width, 2, stride=2)
        self.coarse = ResidualBlock(2 * width, 2 * width, EMBEDDING)
        self.normalise = nn.GroupNorm(GROUPS, 2 * width)
        self.outward = nn.Conv3d(2 * width, 2 * latent // (side // COARSE) ** 3, 1)

    def forward(self, array: Tensor, told: Tensor) -> Tensor:
        embedding = self.told(told)
        folded = space_to_depth(space_to_depth(array)).contiguous(memory_format=torch.channels_last_3d)
        x = self.fine(self.inward(folded), embedding)
        x = self.coarse(self.coarser(x), embedding)
        found: Tensor = self.outward(functional.silu(self.normalise(x)))
        return found.flatten(1)


class GridDecoder(Decoder):
    """The same backwards, averaged over the orbits of the points. Arguments as above."""

    def __init__(self, channels: int, side: int, latent: int, width: int) -> None:
        super().__init__()
        self.coarse_side = side // COARSE
        self.told = Told()
        self.inward = nn.Conv3d(latent // self.coarse_side**3, 2 * width, 1)
        self.coarse = nn.ModuleList(ResidualBlock(2 * width, 2 * width, EMBEDDING) for _ in range(2))
        self.finer = nn.ConvTranspose3d(2 * width, width, 2, stride=2)
        self.fine = nn.ModuleList(ResidualBlock(width, width, EMBEDDING) for _ in range(2))
        self.normalise = nn.GroupNorm(GROUPS, width)
        self.outward = zeroed(PeriodicConv3d(width, channels * FOLDED**3))

    def forward(self, latent: Tensor, told: Tensor, labels: Tensor | None) -> Tensor:
        assert labels is not None
        embedding = self.told(told)
        side = self.coarse_side
        x = self.inward(latent.reshape(len(latent), -1, side, side, side))
        for block in self.coarse:
            x = block(x, embedding)
        x = self.finer(x)
        for block in self.fine:
            x = block(x, embedding)
        folded = self.outward(functional.silu(self.normalise(x)))
        return symmetrised(depth_to_space(depth_to_space(folded)).float(), labels)


class PropertyBranch(nn.Module):
    """From latent vectors [B, D] and what is told to properties [B, Q] on the scale of learning."""

    def __init__(self, latent: int, properties: int) -> None:
        super().__init__()
        self.told = Told()
        self.inward = nn.Linear(latent, 2 * EMBEDDING)
        self.dense = Dense(2 * EMBEDDING, 2)
        self.outward = nn.Linear(2 * EMBEDDING, properties)

    def forward(self, latent: Tensor, told: Tensor) -> Tensor:
        hidden = self.dense(self.inward(latent), self.told(told))
        found: Tensor = self.outward(functional.silu(hidden))
        return found


class LatentGenerator(nn.Module):
    """From noise [B, D] to latent vectors [B, D] such as the encoder makes."""

    def __init__(self, latent: int) -> None:
        super().__init__()
        self.told = Told()
        self.inward = nn.Linear(latent, 2 * EMBEDDING)
        self.dense = Dense(2 * EMBEDDING, 2)
        self.outward = nn.Linear(2 * EMBEDDING, latent)

    def forward(self, noise: Tensor, told: Tensor) -> Tensor:
        hidden = self.dense(self.inward(noise), self.told(told))
        found: Tensor = self.outward(functional.silu(hidden))
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


class Autoencoder(nn.Module):
    """Encoder, decoder, property branch, and the generator of the learned prior: what is averaged and ships.

    Args:
        encoder: see there; likewise the next.
        decoder: see ``encoder``.
        latent: D.
        properties: of the branch.
    """

    def __init__(self, encoder: Encoder, decoder: Decoder, latent: int, properties: int) -> None:
        super().__init__()
        self.encoder, self.decoder, self.latent = encoder, decoder, latent
        self.branch = PropertyBranch(latent, properties)
        self.prior = LatentGenerator(latent)

    def posterior(self, array: Tensor, told: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and logarithm of the variance of latent vectors, [B, D] each."""
        mean, log_variance = self.encoder(array, told).float().chunk(2, dim=1)
        return mean, log_variance.clamp(-12.0, 4.0)
