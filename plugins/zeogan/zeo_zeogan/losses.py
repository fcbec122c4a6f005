"""What generator and critic play for, and what helps them.

B. Kim, S. Lee, J. Kim, Sci. Adv. 2020, 6, eaax9324, supplement; equation numbers are its.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from zeo_learning.adsorption import log_henry
from zeo_learning.channels import is_energy
from zeo_learning.periodic import of_fields_alone
from zeo_zeogan.networks import Scored
from zeo_zeogan.scaling import Scaling

Critic = Callable[[Tensor], Scored]
"""Of grids [B, C, N, N, N], told what it is told."""

TEMPERATURE = 298.0
"""Kelvin, of the feature of an energy."""

ATOM_TEMPERATURE = 0.06
"""Of the feature of atoms, whose peaks have the height 1."""


class Game(ABC):
    """An adversarial loss."""

    @abstractmethod
    def critic(
        self, critic: Critic, real: Tensor, drawn: Tensor, number: int
    ) -> tuple[Tensor, Scored, Tensor]:
        """What the critic minimises.

        Args:
            critic: judges grids.
            real: grids [B, C, N, N, N].
            drawn: likewise, without gradient.
            number: of this update, counted from 0 through the whole training.

        Returns:
            the loss, the verdict on the real grids, and the mean difference of the scores.
        """

    @abstractmethod
    def generator(self, critic: Critic, real: Tensor, drawn: Scored) -> Tensor:
        """What the generator minimises, from the verdict on what it drew."""


class Wasserstein(Game):
    """Eqs 7, 10 and 12 to 14: the difference of the scores is the earth mover distance.

    Args:
        penalty: alpha, of gradients whose norm is not 1.
    """

    def __init__(self, penalty: float) -> None:
        self.penalty = penalty

    def critic(
        self,
        critic: Critic,
        real: Tensor,
        drawn: Tensor,
        number: int,  # noqa: ARG002
    ) -> tuple[Tensor, Scored, Tensor]:
        share = torch.rand(len(real), 1, 1, 1, 1, dtype=real.dtype, device=real.device)
        between = torch.lerp(drawn, real, share).requires_grad_()
        norms = gradients(critic(between).score, between).flatten(1).norm(dim=1)
        of_real = critic(real)
        distance = of_real.score.mean() - critic(drawn).score.mean()
        return self.penalty * (norms - 1.0).square().mean() - distance, of_real, distance

    def generator(self, critic: Critic, real: Tensor, drawn: Scored) -> Tensor:  # noqa: ARG002
        return -drawn.score.mean()


class Relativistic(Game):
    """Each drawn grid against the real one whose place it takes, with gradients penalised at both.

    N. Huang, A. Gokaslan, V. Kuleshov, J. Tompkin, *The GAN is dead; long live the GAN!*, NeurIPS 2024.

    Args:
        penalty: half of the weight of the squared norms of the gradients at real and at drawn grids.
        every: updates between penalties, which then count so many times (T. Karras et al., CVPR 2020).
    """

    def __init__(self, penalty: float, every: int = 4) -> None:
        self.penalty, self.every = penalty, every

    def critic(
        self, critic: Critic, real: Tensor, drawn: Tensor, number: int
    ) -> tuple[Tensor, Scored, Tensor]:
        penalised = number % self.every == 0
        real, drawn = (x.detach().requires_grad_(penalised) for x in (real, drawn))
        of_real, of_drawn = critic(real), critic(drawn)
        difference = of_real.score - of_drawn.score
        loss = functional.softplus(-difference).mean()
        if penalised:
            squares = [
                gradients(scored.score, x).flatten(1).square().sum(dim=1).mean()
                for scored, x in ((of_real, real), (of_drawn, drawn))
            ]
            loss = loss + self.every * self.penalty * (squares[0] + squares[1])
        return loss, of_real, difference.mean()

    def generator(self, critic: Critic, real: Tensor, drawn: Scored) -> Tensor:
        with torch.no_grad():
            of_real = critic(real)
        return functional.softplus(of_real.score - drawn.score).mean()


def gradients(scores: Tensor, grids: Tensor) -> Tensor:
    """Of each score [B] with respect to its own grid [B, C, N, N, N]; can be differentiated again."""
    with of_fields_alone():
        (found,) = torch.autograd.grad(scores.sum(), grids, create_graph=True)
    return found


def feature_matching(scaling: Scaling, real: Tensor, drawn: Tensor) -> Tensor:
    """Eqs 18 to 22: means and spreads of a feature of each channel, which should be the same.

    The feature, log mean exp(-x/T), is what the logarithm of a Henry coefficient is of an energy.
    """
    total = real.new_zeros(())
    for name in scaling.channels:
        temperature = TEMPERATURE if is_energy(name) else ATOM_TEMPERATURE
        one, other = (
            log_henry(scaling.physical_channel(grids, name), temperature) for grids in (real, drawn)
        )
        total = total + (one.mean() - other.mean()).abs() + (spread(one) - spread(other)).abs()
    return total


def infidelity(real: Tensor, drawn: Tensor, angle: Tensor) -> Tensor:
    """How far what was drawn from real grids under noise is from these: mean squared differences, each
    weighted with the square of grid over noise, the cotangent of the angle [B]."""
    differences = (drawn - real).square().flatten(1).mean(dim=1)
    return (angle.tan().square().reciprocal() * differences).mean()


def spread(values: Tensor) -> Tensor:
    """Standard deviation; with a gradient where all values are the same."""
    return (values.var(correction=0) + 1e-12).sqrt()
