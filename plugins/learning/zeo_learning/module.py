"""What the Lightning modules of all generators share: the average of the weights and the learning rate."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

import lightning.pytorch as pl
import numpy as np
from torch import nn
from torch.optim import Optimizer

from zeo_learning.ema import update_ema
from zeo_learning.model import LearnedModel
from zeo_learning.schedule import Schedule

Network = TypeVar("Network", bound=nn.Module)


class TrainedModule(pl.LightningModule, Generic[Network]):
    """A network in training, and the moving average of its weights, which is validated and drawn from.

    Args:
        network: what is averaged; trained in place.
        schedule: learning rate and average.
    """

    network: Network
    ema: Network

    def __init__(self, network: Network, schedule: Schedule) -> None:
        super().__init__()
        self.network, self.schedule = network, schedule
        self.ema = copy.deepcopy(network).requires_grad_(requires_grad=False)

    @abstractmethod
    def trained(self, facts: Mapping[str, Any]) -> LearnedModel:
        """The model with the averaged weights, and what is known of its training."""

    @abstractmethod
    def optimisers(self) -> Sequence[Optimizer]:
        """One for each network, with the learning rates of after the warm-up."""

    def configure_optimizers(self) -> Any:
        optimisers = self.optimisers()
        self.rates = [[group["lr"] for group in optimiser.param_groups] for optimiser in optimisers]
        return list(optimisers)

    def on_train_batch_start(self, *_: Any) -> None:
        """Set the learning rates of the step."""
        share = self.schedule.share_of_learning_rate(self.global_step)
        for optimiser, rates in zip(self.trainer.optimizers, self.rates, strict=True):
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = share * rate

    def update_ema(self) -> None:
        """Move the average, once in each step."""
        update_ema(self.ema, self.network, self.schedule.ema_decay, self.global_step)


def stream_of(seed: int, step: int, rank: int) -> int:
    """The seed of what is random in a step on one device."""
    return int(np.random.SeedSequence((seed, step, rank)).generate_state(1, np.uint64)[0] >> np.uint64(1))
