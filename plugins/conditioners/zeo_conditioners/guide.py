"""The conditioner ``guide``: steers any model of grids by the gradients of adsorption properties.

The estimate D of the clean grid is the mean of all clean grids that the noisy grid x may come from, and
C = sigma^2 dD/dx is their covariance. If properties f of the clean grid are to be y, and f is taken as
linear, then the mean of the grids that fulfil it is

    D + C J^T (J C J^T)^-1 (y - f(D)),   J = df/dD,

where C J^T = sigma^2 df(D(x))/dx is one gradient through the network for each property. There is no weight to
choose, and J C J^T says how far the properties can still move: no step goes further than a few standard
deviations.

H. Chung et al., *Diffusion posterior sampling*, ICLR 2023, for gradients through the network; B. Boys et
al., *Tweedie moment projected diffusions*, TMLR 2024, for the covariance; A. Bansal et al., *Universal
guidance for diffusion models*, CVPR workshops 2023, for gradients of the estimate alone, C = sigma^2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from attrs import frozen
from torch import Tensor

from zeo.plugin.conditioning import Denoising, Estimate, Known
from zeo.plugin.interfaces import Conditioner
from zeo.plugin.options import option
from zeo.plugin.targets import Target
from zeo.wishes.full_name import FullName
from zeo_learning.adsorption import quantity_of, sharpened, steerable
from zeo_learning.condition import transformed

Grids = Denoising[Tensor, Tensor, Tensor]
"""Noisy grids [B, C, X, Y, Z], levels of noise [B] and estimates of the clean grids [B, C, X, Y, Z]."""

LARGEST_STEP = {"kh": 0.5, "qst": 1.0, "void_fraction": 0.02}
"""Of ln KH, kJ/mol and the void fraction in one step of Newton's method: further away nothing is linear."""

NEWTON_STEPS = 8

FLAT = 1e-3
"""Properties that move together, with less than this share left to either, count as one."""


class Guide(Conditioner):
    """Needs no retraining, and knows the properties of every gas whose energy the model draws."""

    @frozen(kw_only=True)
    class Options:
        below: float = option(1.0, "noise level below which it steers", above=0)
        reach: float = option(3.0, "largest step, in standard deviations of what can still come", above=0)
        width: float = option(200.0, "softness of the threshold of the void fraction", unit="K", above=0)
        through: str = option(
            "network", "gradient through the network or of the estimate", choices=("network", "estimate")
        )

    options: Options

    def prepare(self, targets: Sequence[Target], known: Known) -> Sequence[Target]:
        """The targets, as far as they follow from a channel that the model draws.

        Raises:
            ConfigError: see :meth:`zeo.plugin.conditioning.Known.narrowed`.
        """
        return known.narrowed(targets, steerable(known.channels), "guide")

    def guide(self, denoising: Grids) -> Estimate[Tensor, Tensor, Tensor]:
        """The estimate, moved to where its properties are as wanted."""
        names = list(denoising.values[0])
        properties = [self._property(name, denoising) for name in names]
        wanted = [[float(transformed(name, values[name])) for name in names] for values in denoising.values]
        largest = [LARGEST_STEP[FullName.of(name).quantity] for name in names]

        def lacking(estimate: Tensor) -> Tensor:
            """What the properties lack, [B, K], as a share of the largest step."""
            measured = torch.stack([measure(estimate) for measure in properties], dim=1)
            return (estimate.new_tensor(wanted) - measured) / estimate.new_tensor(largest)

        def denoise(x: Tensor, sigma: Tensor, /) -> Tensor:
            if float(sigma.max()) > self.options.below:
                return denoising.unconditional(x, sigma)
            with torch.enable_grad():
                source = x.detach().requires_grad_()
                estimate = denoising.unconditional(source, sigma)
                if self.options.through == "estimate":
                    source = estimate = estimate.detach().requires_grad_()
                return moved(source, estimate, sigma, lacking, self.options.reach)

        return denoise

    def _property(self, name: str, denoising: Grids) -> Callable[[Tensor], Tensor]:
        """From an estimate to one of its properties [B], on the scale of :func:`transformed`."""
        full = FullName.of(name)
        gas, quantity = full.subject, full.quantity
        temperature = self.plugins.create("probe", gas).options.temperature

        def energy_of(estimate: Tensor) -> Tensor:
            energy: Tensor = denoising.channel(estimate, f"energy:{gas}")
            if f"boltzmann:{gas}" not in denoising.channels:
                return energy
            return sharpened(energy, denoising.channel(estimate, f"boltzmann:{gas}"), temperature)

        return lambda estimate: quantity_of(quantity, energy_of(estimate), temperature, self.options.width)


def moved(
    source: Tensor, estimate: Tensor, sigma: Tensor, lacking: Callable[[Tensor], Tensor], reach: float
) -> Tensor:
    """The estimate [B, C, X, Y, Z] plus that combination of C J^T that gives its properties what they lack.

    The combination is found by Newton's method, without the network: along these ways f need not be linear.

    Args:
        source: the noisy grids; the estimate itself to have its points move independently.
        estimate: a function of the source.
        sigma: noise levels [B].
        lacking: from an estimate to what its properties lack, [B, K], as a share of the largest step.
        reach: largest change in standard deviations.
    """
    slopes = gradients(lacking(estimate), estimate)
    ways = slopes if source is estimate else pulled_back(slopes, estimate, source)
    ways = ways * sigma[:, None, None].square()
    covariance = torch.einsum("bkn,bln->bkl", slopes, ways)
    combination = torch.zeros_like(covariance[:, 0])
    changed = estimate.detach()
    for _ in range(NEWTON_STEPS):
        changed = changed.requires_grad_()
        missing = lacking(changed)
        response = torch.einsum("bkn,bln->bkl", gradients(missing, changed), ways)
        step = torch.linalg.pinv(response, rtol=FLAT) @ missing.detach().clamp(-1.0, 1.0)[:, :, None]
        combination = combination - step[:, :, 0]
        variance = torch.einsum("bk,bkl,bl->b", combination, covariance, combination).abs()
        combination = combination * (reach / variance.sqrt().clamp(min=reach))[:, None]
        change = torch.einsum("bk,bkn->bn", combination, ways)
        changed = estimate.detach() + change.reshape(estimate.shape)
    return changed


def gradients(values: Tensor, estimate: Tensor) -> Tensor:
    """Of each of the values [B, K] with respect to its own estimate: [B, K, N]."""
    columns = [torch.autograd.grad(column.sum(), estimate, retain_graph=True)[0] for column in values.mT]
    return torch.stack(columns, dim=1).flatten(2)


def pulled_back(slopes: Tensor, estimate: Tensor, source: Tensor) -> Tensor:
    """Gradients [B, K, N] with respect to the estimate become gradients with respect to the source."""
    columns = [
        torch.autograd.grad(estimate, source, slope.reshape(estimate.shape), retain_graph=True)[0]
        for slope in slopes.unbind(dim=1)
    ]
    return torch.stack(columns, dim=1).flatten(2)
