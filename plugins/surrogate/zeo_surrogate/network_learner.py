"""Networks that learn: the mean, and then how far from it values lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from zeo.crystal.structure import Structure
from zeo_surrogate.features import Described, described
from zeo_surrogate.learner import Effort, Learner, Numbers, Told
from zeo_surrogate.network import Network, batch_of

BATCH, AT_ONCE = 32, 64
"""Frameworks side by side in learning and in telling."""

RATE, DECAY = 4e-3, 1e-3
"""Of learning, at its highest, and of the weights."""

WARM = 0.3
"""Share of the steps in which errors count alike, before each counts by the deviation that is told of it."""


class NetworkLearner(Learner[Described, Network]):
    """Messages along the bonds of the net; see :mod:`zeo_surrogate.network`."""

    def seen(self, structure: Structure) -> Described:
        return described(structure)

    def summary(self, framework: Described) -> Numbers:
        """Mean and deviation over the T atoms, and the empty space."""
        counts = framework.counts[:, None].astype(float)
        mean = (framework.nodes * counts).sum(0)
        deviation = np.sqrt((np.square(framework.nodes - mean) * counts).sum(0))
        return np.concatenate([mean, deviation[:10], framework.whole])

    def learned(
        self, frameworks: Sequence[Described], goals: Numbers, effort: Effort, number: int, told: Told
    ) -> Network:
        stream = np.random.default_rng([effort.seed, number])
        torch.manual_seed(int(stream.integers(2**31)))
        network = Network()
        _scale_inputs(network, frameworks)
        optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=effort.steps)
        order = stream.permutation(0)
        for step in range(effort.steps):
            if len(order) < min(BATCH, len(frameworks)):
                order = stream.permutation(len(frameworks))
            chosen, order = order[:BATCH], order[BATCH:]
            wanted = torch.from_numpy(goals[chosen]).float()
            mean, deviation = network(batch_of([frameworks[at] for at in chosen]))
            loss = _loss(mean - wanted, deviation, step < WARM * effort.steps)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            if step % 50 == 0 or step == effort.steps - 1:
                told(step + 1, f"loss {loss.item():.3f}")
        return network.eval()

    def ask(self, member: Network, frameworks: Sequence[Described]) -> tuple[Numbers, Numbers]:
        parts = []
        with torch.no_grad():
            for start in range(0, len(frameworks), AT_ONCE):
                mean, deviation = member(batch_of(frameworks[start : start + AT_ONCE]))
                parts.append((mean.double().numpy(), deviation.exp().double().numpy()))
        means, deviations = (np.concatenate([part[which] for part in parts]) for which in (0, 1))
        return means, deviations

    def tensors(self, member: Network) -> Mapping[str, Tensor]:
        return member.state_dict()

    def restored(self, tensors: Mapping[str, Tensor]) -> Network:
        network = Network()
        network.load_state_dict(tensors)
        return network.eval()


def _loss(error: Tensor, deviation: Tensor, warm: bool) -> Tensor:
    """Of means by their errors, and of the logarithms of deviations."""
    if warm:
        far = error.detach().abs().clamp(min=1e-2).log()
        return (error.square() + (deviation - far).square() / 10).mean()
    return (deviation + 0.5 * (error / deviation.exp()).square()).mean()


def _scale_inputs(network: Network, frameworks: Sequence[Described]) -> None:
    for name, rows in (
        ("node", np.concatenate([each.nodes for each in frameworks])),
        ("whole", np.stack([each.whole for each in frameworks])),
    ):
        getattr(network, f"{name}_mean").copy_(torch.from_numpy(rows.mean(axis=0)))
        getattr(network, f"{name}_scale").copy_(torch.from_numpy(rows.std(axis=0) + 1e-3))
