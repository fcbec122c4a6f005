"""Where in the latent space there is data.

A property branch says something of any latent vector, of those too that no framework is encoded as; a
gradient finds just these. The encoder's vectors of some frameworks of the training set, the anchors, mark the
region in which it can be believed: a vector is measured by its distance from the nearest of them, in units of
the distance at which the anchors themselves have their nearest neighbours. A density of all dimensions would
say the same less well: in hundreds of dimensions the mode of a normal distribution is far from every sample.
"""

from __future__ import annotations

import math

import torch
from attrs import frozen
from torch import Tensor


@frozen(eq=False)
class Anchors:
    """Latent vectors of frameworks of the training set.

    Args:
        latents: float32 [A, D].
        templates: int64 [A], the number of the template of each.
    """

    latents: Tensor
    templates: Tensor

    @property
    def reach(self) -> float:
        """The median distance of an anchor from the nearest other one."""
        if len(self.latents) < 2:
            return math.sqrt(self.latents.shape[1])
        distances = torch.cdist(self.latents, self.latents)
        distances.fill_diagonal_(torch.inf)
        return max(float(distances.min(dim=1).values.median()), 1e-6)

    def away(self, latents: Tensor) -> Tensor:
        """[B], how far vectors [B, D] are from the nearest anchor, in units of :attr:`reach`."""
        return torch.cdist(latents, self.latents.to(latents)).min(dim=1).values / self.reach

    def tensors(self) -> dict[str, Tensor]:
        """As named tensors, for a checkpoint."""
        return {
            "latents": self.latents.to(torch.bfloat16).contiguous(),
            "templates": self.templates.to(torch.int32),
        }

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor]) -> Anchors:
        """The inverse of :meth:`tensors`."""
        return cls(tensors["latents"].float(), tensors["templates"].long())
