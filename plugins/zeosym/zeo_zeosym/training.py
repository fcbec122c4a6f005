"""Training on Lightning; see :mod:`zeo_learning.trainer`.

Everything random in a step comes with its examples, which are numbered; the state of a training is therefore
its weights, their running average, the optimiser and the number of steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor
from torch.optim import Optimizer

from zeo_learning.module import TrainedModule
from zeo_learning.optimiser import Muon
from zeo_learning.schedule import Schedule
from zeo_zeosym.model import Model
from zeo_zeosym.network import Network

STRAIN_WEIGHT = 0.2
"""Of the error of the lattice beside that of the T atoms: a crystal has one lattice and many T atoms."""

MOST = 100.0
"""Squared error of a noise of which the unit is its own deviation that still teaches. Now and then atoms
that the noise brought together make an estimate of 10^6, whose gradient says nothing of any other state."""


class NetTraining(TrainedModule[Network]):
    """One step of training.

    Args:
        model: to train; its network is trained in place.
        schedule: learning rate and average.
    """

    def __init__(self, model: Model, schedule: Schedule) -> None:
        super().__init__(model.network, schedule)
        self.model = model

    def training_step(self, batch: dict[str, Tensor], _number: int) -> dict[str, Tensor]:
        atoms, strain = errors(self.network, batch)
        measured = {"atom_error": atoms.detach(), "strain_error": strain.detach()}
        self.log_dict(measured, on_step=True)
        return {"loss": atoms + STRAIN_WEIGHT * strain, **measured}

    def trained(self, facts: Mapping[str, Any]) -> Model:
        return self.model.with_weights(self.ema.state_dict(), facts)

    def optimisers(self) -> Sequence[Optimizer]:
        return [Muon(self.network, self.schedule.learning_rate)]


def errors(network: Network, batch: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Mean squared error of the predicted noise, of T atoms and of lattices, for each free coordinate."""
    noise, strain_noise = network(batch)
    free = batch["projection"].diagonal(dim1=1, dim2=2).sum()
    allowed = batch["allowed"].diagonal(dim1=1, dim2=2).sum()
    atoms = (noise - batch["noise"]).square().clamp(max=MOST).sum() / free.clamp(min=1.0)
    return atoms, (strain_noise - batch["strain_noise"]).square().clamp(max=MOST).sum() / allowed
