"""Training on Lightning; see :mod:`zeo_learning.trainer`.

A step updates the autoencoder, then the critic of the learned prior, then the prior. The losses:

    autoencoder   1/2 ln MSE + beta KL/D + w/2 ln MSE of properties
    critic        W(prior) - W(encoder) + 10 (|grad W| - 1)^2
    prior         -W(prior)

The first is that of a Gaussian decoder whose variance is the best there is for the batch (O. Rybkin, K.
Daniilidis, S. Levine, *Simple and effective VAE training with calibrated decoders*, ICML 2021), for each
number that is decoded and each latent number: beta = 1 is where a nat more in every latent number pays if
all of them serve the reconstruction alike. The other two are a Wasserstein GAN with gradient penalty (I.
Gulrajani et al., NeurIPS 2017) on latent vectors, as T. Long et al. (npj Comput. Mater. 2021, 7, 66; CCDCGAN)
have it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Adam, AdamW, Optimizer

from zeo_learning.condition import GEOMETRY
from zeo_learning.module import TrainedModule
from zeo_learning.optimiser import Muon
from zeo_learning.schedule import Schedule
from zeo_zeovae.model import Model
from zeo_zeovae.networks import Autoencoder, LatentCritic
from zeo_zeovae.region import Anchors

Batch = Mapping[str, Tensor]

CRITIC_UPDATES = 2
"""For one of the prior."""

PENALTY = 10.0

GAME_RATE, GAME_BETAS = 2e-4, (0.0, 0.9)
"""Of Adam, for critic and prior."""

CLIP = 1.0
"""Largest norm of the autoencoder's gradient."""

LEAST_ERROR = 1e-8
"""Mean squared error below which a reconstruction is not improved."""


class VariationalTraining(TrainedModule[Autoencoder]):
    """Updates of the autoencoder and of the game in its latent space.

    Args:
        model: to train; its networks are trained in place.
        schedule: learning rate and average.
        beta: weight of the divergence.
        warm_up: steps over which it rises from zero.
        property_weight: see the module.
        seed: of all that is random.
        anchors: from an encoder to the anchors of a model.
    """

    def __init__(
        self,
        model: Model,
        schedule: Schedule,
        beta: float,
        warm_up: int,
        property_weight: float,
        seed: int,
        anchors: Callable[[Autoencoder], Anchors],
    ) -> None:
        super().__init__(model.autoencoder, schedule)
        self.automatic_optimization = False
        self.model, self.seed, self.anchors = model, seed, anchors
        self.critic = LatentCritic(model.latent, GEOMETRY)
        self.beta, self.warm_up, self.property_weight = beta, warm_up, property_weight

    @property
    def coding(self) -> nn.Module:
        """What the first loss trains; the prior has its own."""
        return nn.ModuleList([self.network.encoder, self.network.decoder, self.network.branch])

    def trained(self, facts: Mapping[str, Any]) -> Model:
        return self.model.with_weights(self.ema.state_dict(), self.anchors(self.ema), facts)

    def optimisers(self) -> Sequence[Optimizer]:
        # Muon's matrix products cost as much as a hundred examples, and dense layers take many more steps
        rate = self.schedule.learning_rate
        return [
            Muon(self.coding, rate) if self.model.form.is_grid else AdamW(self.coding.parameters(), rate),
            Adam(self.critic.parameters(), GAME_RATE, GAME_BETAS),
            Adam(self.network.prior.parameters(), GAME_RATE, GAME_BETAS),
        ]

    def training_step(self, batch: Batch, _number: int) -> dict[str, Tensor]:
        step = self.global_step
        torch.manual_seed(stream_of(self.seed, step, self.global_rank))
        loss, measured, latent = self.loss(self.network, batch)
        beta = self.beta * min(1.0, (step + 1) / self.warm_up) if self.warm_up else self.beta
        optimiser = self.optimizers()[0]  # type: ignore[index]
        optimiser.zero_grad()
        self.manual_backward(loss + beta * measured["divergence"])
        nn.utils.clip_grad_norm_(self.coding.parameters(), CLIP)
        optimiser.step()
        measured |= self._play(latent.detach(), batch["scalars"])
        measured = {name: value.detach() for name, value in measured.items()}
        self.log_dict(measured, on_step=True)
        return measured

    def loss(self, network: Autoencoder, batch: Batch) -> tuple[Tensor, dict[str, Tensor], Tensor]:
        """Loss without divergence; ``error`` (root mean square of the reconstruction), ``divergence`` (nats
        for each latent number) and ``property_error`` (in standard deviations); and latent vectors [B, D]."""
        array, scalars = batch["array"], batch["scalars"]
        mean, log_variance = network.posterior(array, scalars)
        latent = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
        divergence = 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance).mean()
        total, count = self.model.form.mismatch(network.decoder(latent, scalars, batch.get("labels")), array)
        square = total / count
        loss = 0.5 * (square + LEAST_ERROR).log()
        measured = {"error": square.sqrt(), "divergence": divergence}
        value, known = batch["properties"].unbind(dim=2)
        if known.any():
            missed = (network.branch(latent, scalars).float() - value).square() * known
            square = missed.sum() / known.sum()
            loss = loss + 0.5 * self.property_weight * (square + LEAST_ERROR).log()
            measured["property_error"] = square.sqrt()
        return loss, measured, latent

    def _play(self, latent: Tensor, scalars: Tensor) -> dict[str, Tensor]:
        """Updates of the critic and of the prior."""
        _, critic_optimiser, prior_optimiser = self.trainer.optimizers  # whose steps nobody counts
        prior = self.network.prior
        gap = latent.new_zeros(())
        for _ in range(CRITIC_UPDATES):
            with torch.no_grad():
                drawn = prior(torch.randn_like(latent), scalars)
            gap = self.critic(latent, scalars).mean() - self.critic(drawn, scalars).mean()
            self._improve(PENALTY * self._penalty(latent, drawn, scalars) - gap, critic_optimiser)
        drawn = prior(torch.randn_like(latent), scalars)
        self.critic.requires_grad_(requires_grad=False)
        self._improve(-self.critic(drawn, scalars).mean(), prior_optimiser)
        self.critic.requires_grad_(requires_grad=True)
        return {"prior_gap": gap}

    def _penalty(self, real: Tensor, drawn: Tensor, scalars: Tensor) -> Tensor:
        share = torch.rand(len(real), 1, device=real.device)
        between = (share * real + (1 - share) * drawn).requires_grad_()
        (slope,) = torch.autograd.grad(self.critic(between, scalars).sum(), between, create_graph=True)
        penalty: Tensor = (slope.norm(dim=1) - 1.0).square().mean()
        return penalty

    def _improve(self, loss: Tensor, optimiser: Any) -> None:
        optimiser.zero_grad()
        self.manual_backward(loss)
        optimiser.step()


def stream_of(seed: int, step: int, rank: int) -> int:
    """The seed of what is random in a step on one device."""
    return int(np.random.SeedSequence((seed, step, rank)).generate_state(1, np.uint64)[0] >> np.uint64(1))
