"""The denoiser of some samples: told of their cells, steered toward their targets, and symmetric."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from attrs import frozen
from torch import Tensor

from zeo.plugin.conditioning import Condition, Denoising
from zeo_learning.channels import ENERGY_RANGE
from zeo_learning.precision import autocast
from zeo_learning.symmetric import symmetrised
from zeo_learning.templates import Template
from zeo_zeodiff.edm import Denoiser
from zeo_zeodiff.model import Model
from zeo_zeodiff.scaling import Scaling


@frozen(eq=False, kw_only=True)
class Steering:
    """What decides how the grids of a batch are denoised.

    Args:
        model: that denoises them.
        templates: of the samples.
        operations: of symmetry that each sample keeps.
        labels: int64 [B, N, N, N], the orbits of its points, on the device of the model.
    """

    model: Model
    templates: Sequence[Template]
    operations: Sequence[int]
    labels: Tensor

    def denoiser(self, condition: Condition | None, values: Sequence[Mapping[str, float]]) -> Denoiser:
        """The estimate of the clean grids.

        The network is told the targets, and of all other properties those of the template: it comes from a
        framework that has about what is wanted, and properties hang together.

        Args:
            condition: what steers; None when nothing does.
            values: what each sample aims at.
        """
        if condition is None:
            return self.conditioned([{}] * len(values))
        conditional = self.conditioned(
            [
                dict(template.properties) | dict(condition.embedded(aims))
                for template, aims in zip(self.templates, values, strict=True)
            ]
        )
        if "guide" not in condition.parts:
            return conditional
        denoising = Denoising(
            conditional=conditional,
            unconditional=self.conditioned([{}] * len(values)),
            channel=physical_channel(self.model.scaling),
            values=values,
            channels=self.model.scaling.channels,
        )
        guided = condition.conditioner.guide(denoising)
        return lambda x, sigma: symmetrised(guided(x, sigma), self.labels)

    def conditioned(self, given: Sequence[Mapping[str, float | None]]) -> Denoiser:
        """The estimate of the network, averaged over the symmetry, told some properties of each sample."""
        scalars = [
            self.model.conditions.scalars(template.lengths, template.t_atoms, operations, known)
            for template, operations, known in zip(self.templates, self.operations, given, strict=True)
        ]
        network = self.model.denoiser(torch.from_numpy(np.stack(scalars)).to(self.labels.device))

        def denoise(x: Tensor, sigma: Tensor) -> Tensor:
            with autocast(x.device):
                estimate = network(x, sigma)
            return symmetrised(estimate.float(), self.labels)

        return denoise


def physical_channel(scaling: Scaling) -> Callable[[Tensor, str], Tensor]:
    """From what the network draws, [B, C, X, Y, Z], to a channel of a gas [B, X, Y, Z]: its energy in kelvin,
    clipped, or its Boltzmann factor."""
    zero, unit = (part.ravel().tolist() for part in scaling.affine())

    def channel(estimate: Tensor, name: str) -> Tensor:
        k = scaling.channels.index(name)
        flat = estimate[:, k] * unit[k] + zero[k]
        if name.startswith("boltzmann:"):
            return flat.clamp(min=0.0) ** scaling.root
        return flat.clamp(*ENERGY_RANGE)

    return channel
