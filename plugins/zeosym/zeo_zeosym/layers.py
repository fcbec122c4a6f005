"""The parts of the network."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from attrs import frozen
from torch import Tensor, nn

from zeo_zeosym.edges import RADIAL, Batch, Edges, fading, full, gaussians
from zeo_zeosym.harmonics import DEGREES, harmonics, strain_of_degree_two

SHORTEST_VECTOR, LONGEST_VECTOR = 2.0, 60.0
"""Angstrom: range of the Gaussians of the logarithm of the length of a lattice vector."""

NOISE_WAVES = 12
"""Sines and as many cosines of the logarithm of the noise level."""


@frozen(kw_only=True)
class Shape:
    """Of the network.

    Args:
        width: invariant features of a T atom, and of the crystal.
        turning: features of each degree that turn with the crystal.
        shown: of these, combinations that neighbours see.
        layers: rounds of messages.
        scalars: numbers that describe the crystal, beside the noise level.
    """

    width: int = 128
    turning: int = 16
    shown: int = 8
    layers: int = 5
    scalars: int = 0


@frozen(eq=False, kw_only=True)
class Features:
    """What T atoms and crystals know.

    Args:
        x: [m, width], invariant, of the unique T atoms.
        turning: [m, 15, turning], of degree 1 to 3.
        whole: [b, width], of the crystals.
    """

    x: Tensor
    turning: Tensor
    whole: Tensor


class Embedding(nn.Module):
    """What is known before any message: noise level, numbers that describe the crystal, kinds of sites."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.crystal = perceptron(2 * NOISE_WAVES + shape.scalars, shape.width, shape.width)
        self.site = nn.Linear(2, shape.width)

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        whole = self.crystal(torch.cat([waves(batch["sigma"]), batch["scalars"]], dim=1))
        whole = full(whole)
        return self.site(batch["site"]) + whole.index_select(0, batch["crystal"]), whole


class LatticeView(nn.Module):
    """What a crystal sees of its own shape: the moments of its shortest lattice vectors."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width = shape.width
        self.of_crystal = nn.Linear(width, width)
        self.of_length = nn.Linear(RADIAL, width, bias=False)
        self.update = perceptron(2 * width, width, width)
        self.turn = nn.Linear(width, shape.turning, bias=False)

    def forward(self, whole: Tensor, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """New features of the crystals [b, width], moments of degree 2 [b, 5, width], and what the T atoms
        know of them [b, 15, turning]."""
        vector, cutoff = batch["lattice_vector"], batch["lattice_cutoff"]
        length = vector.square().sum(dim=2).sqrt()
        lengths = gaussians(length.log(), math.log(SHORTEST_VECTOR), math.log(LONGEST_VECTOR), RADIAL)
        message = nn.functional.silu(self.of_length(lengths) + self.of_crystal(whole)[:, None])
        weight = fading(length / cutoff[:, None])[..., None] / math.sqrt(vector.shape[1])
        two = harmonics(vector / length[..., None])[..., 3:8]
        weighted = torch.cat([torch.ones_like(weight), two], dim=2) * weight
        moments = full(torch.bmm(weighted.transpose(1, 2), message.to(weight.dtype)))
        total, two = moments[:, 0], moments[:, 1:]
        whole = whole + self.update(torch.cat([whole, total], dim=1))
        below, above = DEGREES[0], DEGREES[2]
        return whole, two, nn.functional.pad(full(self.turn(two)), (0, 0, below, above))


class Layer(nn.Module):
    """One round of messages and what they change."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width, turning, shown, degrees = shape.width, shape.turning, shape.shown, len(DEGREES)
        self.norm = nn.LayerNorm(width)
        self.of_here = nn.Linear(width, width)
        self.of_there = nn.Linear(width, width, bias=False)
        self.of_distance = nn.Linear(RADIAL, width, bias=False)
        self.of_directions = nn.Linear(2 * degrees * shown, width, bias=False)
        self.show_here = nn.ModuleList(nn.Linear(turning, shown, bias=False) for _ in DEGREES)
        self.show_there = nn.ModuleList(nn.Linear(turning, shown, bias=False) for _ in DEGREES)
        self.turn = nn.ModuleList(nn.Linear(width, turning, bias=False) for _ in DEGREES)
        known = 2 * width + degrees * turning
        self.of_whole = nn.Linear(width, known)
        self.update = perceptron(known, width, width + degrees * turning, silent=True)
        self.update_whole = perceptron(2 * width, width, width, silent=True)
        self.degrees: Tensor
        self.register_buffer("degrees", torch.tensor(DEGREES), persistent=False)

    def forward(self, old: Features, edges: Sequence[Edges], batch: Batch) -> tuple[Features, list[Tensor]]:
        """New features, and the moments of the messages [m, 16, width] in the parts of the edges."""
        normal = self.norm(old.x)
        moments = self._moments(normal, old.turning, edges)
        received = torch.cat([part[:, 0] for part in moments])
        turning = old.turning + torch.cat([self._turned(part) for part in moments])
        sizes = [(1.0 + part.square().mean(dim=1)).sqrt() for part in torch.split(turning, [*DEGREES], 1)]
        known = torch.cat([normal, received, *sizes], dim=1)
        known = known + self.of_whole(old.whole).index_select(0, batch["crystal"])
        width = old.x.shape[1]
        change, gates = torch.split(self.update(known), [width, known.shape[1] - 2 * width], 1)
        x = old.x + change
        scale = 1.0 + torch.tanh(full(gates)).view(len(x), len(DEGREES), -1)
        turning = turning * scale.repeat_interleave(self.degrees, dim=1)
        mean = pooled(x, batch, len(old.whole))
        whole = old.whole + self.update_whole(torch.cat([old.whole, mean], dim=1))
        return Features(x=x, turning=turning, whole=whole), moments

    def _moments(self, normal: Tensor, turning: Tensor, edges: Sequence[Edges]) -> list[Tensor]:
        """[m, 16, width] of the messages to each T atom, in the parts of the edges."""
        here, there = self.of_here(normal), self.of_there(normal)
        parts = torch.split(turning, [*DEGREES], 1)
        shown = torch.cat([show(part) for show, part in zip(self.show_there, parts, strict=True)], dim=1)
        shown = shown.flatten(1)
        moments = []
        for some in edges:
            # in place: fresh memory for every sum would cost more than the sums
            message = there.index_select(0, some.neighbour).view(*some.weight.shape, -1)
            message.add_(here[some.atoms, None]).add_(self.of_distance(some.radial))
            message.add_(self.of_directions(self._seen(turning[some.atoms], shown, some)))
            moments.append(full(torch.bmm(some.moments, nn.functional.silu(message, inplace=True))))
        return moments

    def _turned(self, moments: Tensor) -> Tensor:
        """What the moments [m, 16, width] add to the turning features, [m, 15, turning]."""
        parts = zip(self.turn, torch.split(moments[:, 1:], [*DEGREES], 1), strict=True)
        return torch.cat([turn(part) for turn, part in parts], dim=1)

    def _seen(self, turning: Tensor, shown: Tensor, edges: Edges) -> Tensor:
        """The turning features at both ends of some edges as they look along them, [m, k, 6 * shown].

        Args:
            turning: of the T atoms that the edges begin at, [m, 15, turning].
            shown: what all unique T atoms show to their neighbours, [..., 15 * shown].
            edges: from m T atoms to k neighbours.
        """
        here = [
            torch.bmm(along, show(part))
            for along, show, part in zip(
                torch.split(edges.here, [*DEGREES], 2),
                self.show_here,
                torch.split(turning, [*DEGREES], 1),
                strict=True,
            )
        ]
        others = shown.index_select(0, edges.neighbour).view(*edges.there.shape, -1)
        others.mul_(edges.there[..., None])
        return torch.cat([*here, *[part.sum(dim=2) for part in torch.split(others, [*DEGREES], 2)]], dim=2)


class Outward(nn.Module):
    """From features and moments to forces on T atoms and the strain of the crystal."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.force = nn.Linear(width, width)
        self.stress = nn.Linear(width, width)
        self.pressure = nn.Linear(width, 1)
        self.shape = nn.Linear(width, width)
        self.volume = nn.Linear(width, 1)

    def forward(
        self, features: Features, moments: Sequence[Tensor], shape: Tensor, batch: Batch
    ) -> tuple[Tensor, Tensor]:
        """[m, 3] and [b, 6].

        Args:
            features: after the last layer.
            moments: of its messages, [m, 16, width], in parts.
            shape: moments of the lattice vectors, [b, 5, width].
            batch: as the network is given it.
        """
        vectors = torch.cat([part[:, 1:4] for part in moments])
        twos = torch.cat([part[:, 4:9] for part in moments])
        force = (vectors * self.force(features.x)[:, None]).sum(dim=2)
        stress = strain_of_degree_two((twos * self.stress(features.x)[:, None]).sum(dim=2))
        stress = stress + isotropic(self.pressure(features.x))
        strain = strain_of_degree_two((shape * self.shape(features.whole)[:, None]).sum(dim=2))
        strain = strain + isotropic(self.volume(features.whole))
        return full(force), full(strain) + pooled(stress, batch, len(features.whole))


def waves(sigma: Tensor) -> Tensor:
    """Sines and cosines [b, 2 * NOISE_WAVES] of the logarithm of noise levels [b]."""
    rates = torch.exp(
        torch.linspace(math.log(0.3), math.log(10.0), NOISE_WAVES, dtype=sigma.dtype, device=sigma.device)
    )
    phases = sigma.log()[:, None] * rates
    return torch.cat([phases.sin(), phases.cos()], dim=1)


def pooled(x: Tensor, batch: Batch, crystals: int) -> Tensor:
    """The mean [b, ...] over the T atoms of each crystal of features [m, ...] of the unique ones."""
    weighted = full(x) * batch["share"][:, None]
    return weighted.new_zeros(crystals, x.shape[1]).index_add_(0, batch["crystal"], weighted)


def isotropic(size: Tensor) -> Tensor:
    """Strains [..., 6] of the same stretch [..., 1] in all directions."""
    return torch.cat([size, size, size, *[torch.zeros_like(size)] * 3], dim=-1)


def perceptron(inward: int, hidden: int, outward: int, silent: bool = False) -> nn.Sequential:
    """One hidden layer; ``silent`` ones change nothing at first."""
    last = nn.Linear(hidden, outward)
    if silent:
        nn.init.zeros_(last.weight)
    return nn.Sequential(nn.Linear(inward, hidden), nn.SiLU(), last)
