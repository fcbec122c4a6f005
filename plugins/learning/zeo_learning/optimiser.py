"""The optimiser: Muon for the convolutions and matrices inside the network, AdamW for the rest.

Muon makes the update of a matrix orthogonal, so that all its directions move alike (K. Jordan et al., *Muon:
an optimizer for hidden layers in neural networks*, 2024); the factor that gives its updates the size of those
of Adam is by J. Liu et al., *Muon is scalable for LLM training*, arXiv:2502.16982. On these networks it needs
about six steps where AdamW needs ten.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from zeo_learning.precision import has_fast_bfloat16

MOMENTUM = 0.95
"""Of Muon (Nesterov's)."""

BETAS = (0.9, 0.99)
"""Of Adam."""

WEIGHT_DECAY = 0.01

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
"""Coefficients of the odd polynomial that drives all singular values toward 1 (Jordan et al. 2024)."""

ADAM_SIZE = 0.2
"""Typical root mean square of an update of Adam, in units of the learning rate (Liu et al. 2025)."""

OUTER = {"embed", "inward", "outward"}
"""First and last layers of a network: not for Muon."""


class Muon(Optimizer):
    """Muon and AdamW in one, so that a training has one state.

    Args:
        network: whose parameters are trained.
        learning_rate: of both.
        momentum: of Muon.
        betas: of Adam.
        weight_decay: of both.
    """

    def __init__(
        self,
        network: nn.Module,
        learning_rate: float,
        momentum: float = MOMENTUM,
        betas: tuple[float, float] = BETAS,
        weight_decay: float = WEIGHT_DECAY,
    ) -> None:
        self.momentum, self.betas, self.weight_decay = momentum, betas, weight_decay
        hidden: list[nn.Parameter] = []
        others: list[nn.Parameter] = []
        for name, parameter in network.named_parameters():
            inner = parameter.ndim >= 2 and OUTER.isdisjoint(name.split("."))
            (hidden if inner else others).append(parameter)
        groups = [{"params": hidden, "orthogonal": True}, {"params": others, "orthogonal": False}]
        super().__init__(groups, {"lr": learning_rate})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One update; ``closure`` computes the loss and the gradients first."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            parameters = with_gradients(group["params"])
            updates = self._orthogonal(parameters) if group["orthogonal"] else map(self._adam, parameters)
            for parameter, update in zip(parameters, updates, strict=True):
                parameter.mul_(1.0 - group["lr"] * self.weight_decay)
                parameter.sub_(update, alpha=group["lr"])
        return loss

    def _orthogonal(self, parameters: Sequence[nn.Parameter]) -> list[Tensor]:
        """Matrices of one shape are made orthogonal together."""
        matrices = [self._momentum(parameter) for parameter in parameters]
        alike: dict[torch.Size, list[int]] = {}
        for k, matrix in enumerate(matrices):
            alike.setdefault(matrix.shape, []).append(k)
        updates = list(matrices)
        for shape, members in alike.items():
            size = ADAM_SIZE * math.sqrt(max(shape))
            together = size * orthogonalised(torch.stack([matrices[k] for k in members]))
            for k, update in zip(members, together, strict=True):
                updates[k] = update.reshape(parameters[k].shape)
        return updates

    def _momentum(self, parameter: nn.Parameter) -> Tensor:
        """Where a parameter is to go, as a matrix."""
        state, gradient = self.state[parameter], parameter.grad
        assert gradient is not None
        if not state:
            state["momentum"] = torch.zeros_like(gradient)
        momentum = state["momentum"].lerp_(gradient, 1.0 - self.momentum)
        return gradient.lerp(momentum, self.momentum).reshape(len(parameter), -1)

    def _adam(self, parameter: Tensor) -> Tensor:
        state, gradient = self.state[parameter], parameter.grad
        assert gradient is not None
        if not state:
            state["step"] = torch.zeros((), dtype=torch.float32)
            state["mean"], state["square"] = torch.zeros_like(gradient), torch.zeros_like(gradient)
        state["step"] += 1
        first, second = self.betas
        mean = state["mean"].lerp_(gradient, 1.0 - first)
        square = state["square"].lerp_(gradient.square(), 1.0 - second)
        steps = float(state["step"])
        scale = (square / (1.0 - second**steps)).sqrt() + 1e-8
        update: Tensor = mean / (1.0 - first**steps) / scale
        return update


def with_gradients(parameters: Iterable[nn.Parameter]) -> list[nn.Parameter]:
    """Those that the last backward pass reached."""
    return [parameter for parameter in parameters if parameter.grad is not None]


def orthogonalised(matrices: Tensor) -> Tensor:
    """The nearest matrices with equal singular values, roughly: five Newton-Schulz steps, which half
    precision is enough for.

    Args:
        matrices: [..., m, n].
    """
    a, b, c = NEWTON_SCHULZ
    tall = matrices.shape[-2] > matrices.shape[-1]
    x = matrices.mT if tall else matrices
    if has_fast_bfloat16(x.device.type):
        x = x.bfloat16()
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(5):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    result: Tensor = (x.mT if tall else x).float()
    return result
