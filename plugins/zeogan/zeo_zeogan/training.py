"""Training on Lightning; see :mod:`zeo_learning.trainer`.

A step is one update of the generator and those of the critic before it. Everything random in it follows from
its number; the state of a training is therefore the weights of both networks, the running average of the
generator's, both optimisers and the number of steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from zeo.plugin.conditioning import Condition, Drawing
from zeo_learning.module import TrainedModule, stream_of
from zeo_learning.schedule import Schedule
from zeo_zeogan import lattice
from zeo_zeogan.losses import feature_matching, infidelity
from zeo_zeogan.model import Model
from zeo_zeogan.networks import Drawn, Given, GridGenerator, Scored, Start

Batch = Mapping[str, Tensor]

LATTICE_WEIGHT = 0.1
"""Of the lattice loss of the generator (Eq. 24); in the critic it counts fully (Eq. 23)."""


class AdversarialTraining(TrainedModule[GridGenerator]):
    """Updates of the critic, then one of the generator.

    Args:
        model: to train; its networks are trained in place.
        schedule: learning rate and average; its batch holds the examples of a whole step.
        critic_updates: of the critic, for one of the generator.
        penalty: weight of the critic's gradient penalty.
        condition: what the generator is to be drawn toward; None for nothing.
        seed: of all that is random.
    """

    def __init__(
        self,
        model: Model,
        schedule: Schedule,
        critic_updates: int,
        penalty: float,
        condition: Condition | None,
        seed: int,
    ) -> None:
        super().__init__(model.generator, schedule)
        self.automatic_optimization = False
        self.model, self.condition, self.seed = model, condition, seed
        self.critic_updates, self.game = critic_updates, model.recipe.game(penalty)
        self.critic = model.critic

    @property
    def generator(self) -> GridGenerator:
        """What is averaged."""
        return self.network

    def trained(self, facts: Mapping[str, Any]) -> Model:
        return self.model.with_weights(self.ema.state_dict(), self.critic.state_dict(), facts)

    def optimisers(self) -> Sequence[Optimizer]:
        rate = self.schedule.learning_rate
        return [self.model.recipe.optimiser(network, rate) for network in (self.generator, self.critic)]

    def training_step(self, batch: Batch, _number: int) -> dict[str, Tensor]:
        step = self.global_step
        torch.manual_seed(stream_of(self.seed, step, self.global_rank))
        measured: dict[str, Tensor] = {}
        pieces = list(parts(batch, self.critic_updates))
        for number, piece in enumerate(pieces):
            with torch.set_grad_enabled(number + 1 == len(pieces)):  # the generator learns from the last
                start = self.generator.begin(piece["grid"], given_of(piece))
                drawn: Drawn = self.generator(start, given_of(piece))
            measured |= self._update_critic(piece, drawn.grid.detach(), self.critic_updates * step + number)
        measured |= self._update_generator(piece, start, drawn)
        self.log_dict(measured, on_step=True)
        return measured

    def _update_critic(self, batch: Batch, drawn: Tensor, number: int) -> dict[str, Tensor]:
        real, given = batch["grid"], given_of(batch)
        loss, scored, gap = self.game.critic(self._critic_told_of(given), real, drawn, number)
        measured = {self.model.recipe.gap: gap.detach()}
        edges = self.critic.edges(scored)
        if edges is not None:
            error = lattice.cross_entropy(edges, batch["lengths"] / lattice.UNIT)
            loss = loss + error
            found = lattice.in_angstrom(edges.detach())
            measured["edge_error"] = ((found - batch["lengths"]).abs() / batch["lengths"]).mean()
        # Lightning counts the steps of the optimisers that it wraps: those of the generator alone
        self._improve(loss, self.trainer.optimizers[1])
        return measured

    def _update_generator(self, batch: Batch, start: Start, drawn: Drawn) -> dict[str, Tensor]:
        real, given = batch["grid"], given_of(batch)
        self.critic.requires_grad_(requires_grad=False)
        scored = self._critic_told_of(given)(drawn.grid)
        loss = self.game.generator(self._critic_told_of(given), real, scored)
        self.critic.requires_grad_(requires_grad=True)
        features = feature_matching(self.model.scaling, real, drawn.grid)
        measured = {"feature_matching": features.detach()}
        loss = loss + self.model.recipe.matching * features
        loss = loss + self.model.recipe.fidelity * infidelity(real, drawn.grid, start.angle)
        loss = loss + LATTICE_WEIGHT * self._lattice_error(drawn, scored)
        if self.condition is not None:
            penalty = self.condition.conditioner.loss(self._drawing(drawn.grid))
            loss = loss + penalty.value
            measured |= {"penalty": penalty.value.detach(), **penalty.measured}
        optimiser = self.optimizers()[0]  # type: ignore[index]
        self._improve(loss, optimiser)
        return measured

    def _lattice_error(self, drawn: Drawn, scored: Scored) -> Tensor:
        """Eq. 17: what the critic finds in the grid is the label."""
        if drawn.edges is None:
            return scored.score.new_zeros(())
        found = self.critic.edges(scored)
        assert found is not None
        return lattice.cross_entropy(drawn.edges, torch.sigmoid(found.detach()))

    def _drawing(self, grids: Tensor) -> Drawing:
        assert self.condition is not None
        return Drawing(
            channel=lambda name: self.model.scaling.physical_channel(grids, name),
            targets=self.condition.targets,
        )

    def _critic_told_of(self, given: Given | None) -> Any:
        return lambda grids: self.critic(grids, given)

    def _improve(self, loss: Tensor, optimiser: Any) -> None:
        optimiser.zero_grad()
        self.manual_backward(loss)
        optimiser.step()
        torch.clear_autocast_cache()  # which holds the weights of before the step


def parts(batch: Batch, number: int) -> Iterator[dict[str, Tensor]]:
    """A batch in so many equal parts."""
    pieces = {name: tensor.chunk(number) for name, tensor in batch.items()}
    for k in range(number):
        yield {name: chunks[k] for name, chunks in pieces.items()}


def given_of(batch: Batch) -> Given | None:
    """What networks are told of the frameworks of a batch; None where that is nothing."""
    return Given(scalars=batch["scalars"], labels=batch["labels"]) if "labels" in batch else None
