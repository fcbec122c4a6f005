"""What the networks are made of: what they are told, and dense layers that it modulates."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from zeo_learning.condition import GEOMETRY
from zeo_learning.unet import sinusoids
from zeo_zeovae.told import TOLD

EMBEDDING = 128
"""Width of what a network makes of what it is told."""

FEATURES = 8
"""Sinusoids for each number of the geometry."""


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


class DenseNetwork(nn.Module):
    """Residual dense layers, modulated by what it is told: [B, numbers in] -> [B, numbers out].

    Args:
        numbers_in: of what it sees.
        numbers_out: of what it says.
        width: of the layers.
    """

    def __init__(self, numbers_in: int, numbers_out: int, width: int) -> None:
        super().__init__()
        self.told = Told()
        self.inward = nn.Linear(numbers_in, width)
        self.dense = Dense(width, 2)
        self.outward = nn.Linear(width, numbers_out)

    def forward(self, x: Tensor, told: Tensor) -> Tensor:
        hidden = self.dense(self.inward(x), self.told(told))
        found: Tensor = self.outward(functional.silu(hidden))
        return found


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
