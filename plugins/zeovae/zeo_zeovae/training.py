"""Training on Lightning; see :mod:`zeo_learning.trainer`.

A step updates the autoencoder, whose loss is

    1/2 ln MSE + beta KL/D + w/2 ln MSE of each property, averaged,

that of a Gaussian decoder whose variance is the best there is for the batch (O. Rybkin, K. Daniilidis, S.
Levine, *Simple and effective VAE training with calibrated decoders*, ICML 2021), for each number that is
decoded and each latent number: beta = 1 is where a nat more in every latent number pays if all of them serve
the reconstruction alike. Every property has a variance of its own, so that one that is hard to tell does not
drown the others. Then some rounds of the game of the learned prior are played.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Adam, AdamW, Optimizer

from zeo_learning.module import TrainedModule, stream_of
from zeo_learning.optimiser import Muon
from zeo_learning.schedule import Schedule
from zeo_zeovae.game import LatentGame
from zeo_zeovae.model import Model
from zeo_zeovae.networks import Autoencoder
from zeo_zeovae.region import Anchors

Batch = Mapping[str, Tensor]

GAME_RATE, GAME_BETAS = 2e-4, (0.0, 0.9)
"""Of Adam, for critic and prior."""

CLIP = 1.0
"""Largest norm of the autoencoder's gradient."""

LEAST_ERROR = 1e-8
"""Mean squared error below which a reconstruction is not improved."""

LEAST_PROPERTY_ERROR = 1e-4
"""The same of a property, in squared standard deviations: a hundredth of one is as good as measured."""


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
        self.game = LatentGame(model.latent)
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
            Adam(self.game.critic.parameters(), GAME_RATE, GAME_BETAS),
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
        self.game.remember(latent.detach(), batch["told"])
        _, of_critic, of_prior = self.trainer.optimizers  # whose steps nobody counts
        measured["prior_gap"] = self.game.play(self.network.prior, of_critic, of_prior, self.manual_backward)
        measured = {name: value.detach() for name, value in measured.items()}
        self.log_dict(measured, on_step=True)
        return measured

    def loss(self, network: Autoencoder, batch: Batch) -> tuple[Tensor, dict[str, Tensor], Tensor]:
        """Loss without divergence; ``error`` (root mean square of the reconstruction), ``divergence`` (nats
        for each latent number) and ``property_error`` (in standard deviations); and latent vectors [B, D]."""
        array, told = batch["array"], batch["told"]
        mean, log_variance = network.posterior(array, told)
        latent = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
        divergence = 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance).mean()
        total, count = self.model.form.mismatch(network.decoded(latent, told, batch.get("labels")), array)
        square = total / count
        loss = 0.5 * (square + LEAST_ERROR).log()
        measured = {"error": square.sqrt(), "divergence": divergence}
        squares = mean_squares(network.branch(latent, told).float(), batch["properties"])
        if len(squares):
            loss = loss + self.property_weight * property_loss(squares)
            measured["property_error"] = squares.mean().sqrt()
        return loss, measured, latent


def mean_squares(said: Tensor, properties: Tensor) -> Tensor:
    """Mean square error of each property that is known of some example, [at most P].

    Args:
        said: by the branch, [B, P].
        properties: value, and 1 where it is known, [B, P, 2].
    """
    value, known = properties.unbind(dim=2)
    missed = ((said - value).square() * known).sum(dim=0)
    count = known.sum(dim=0)
    return missed[count > 0] / count[count > 0]


def property_loss(squares: Tensor) -> Tensor:
    """Half of the mean logarithm: errors of one property change nothing in what the others are learned by."""
    return 0.5 * (squares + LEAST_PROPERTY_ERROR).log().mean()
