"""Fit a surrogate: a network for each part of the frameworks, which is held out from it and calibrates it.

Intervals are conformal: they are widened until 90 % of what was held out lies within (J. Lei et al., J. Am.
Stat. Assoc. 113 (2018) 1094), with the deviation that a network tells as the scale, and each of the networks
judged by its own part, as in cross-conformal prediction (V. Vovk, Ann. Math. Artif. Intell. 74 (2015) 9).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
import torch
from attrs import field, frozen
from attrs.validators import ge
from numpy.typing import NDArray

from zeo_surrogate.features import Described
from zeo_surrogate.model import Domain, Model, ask
from zeo_surrogate.network import Network, batch_of
from zeo_surrogate.stated import CERTAIN, HeldOut

PARTS = 4
"""Networks, and parts of the frameworks, one held out from each."""

BATCH = 32

RATE, DECAY = 4e-3, 1e-3
"""Of learning, at its highest, and of the weights."""

OUTLIER = 6.0
"""Spreads; what is farther from the centre is learned as if it were so far."""

CERTAINTY = 0.9

WARM = 0.3
"""Share of the steps in which errors count alike, before each counts by the deviation that is told of it."""

Report = Callable[[int, int, str], None]


@frozen(eq=False)
class Examples:
    """Frameworks whose quantity is known.

    Args:
        frameworks: in numbers.
        values: [n] of the quantity.
        lineages: of each, its first ancestor; relatives are held out together.
    """

    frameworks: Sequence[Described] = field(repr=False)
    values: NDArray[np.float64]
    lineages: Sequence[str]

    def where(self, mask: NDArray[np.bool_]) -> list[Described]:
        """The frameworks at which a mask [n] is true."""
        return [each for each, chosen in zip(self.frameworks, mask, strict=True) if chosen]

    def part(self, number: int) -> NDArray[np.bool_]:
        """Which of them are held out from a network."""
        digests = [hashlib.blake2b(each.encode(), digest_size=8).digest() for each in self.lineages]
        return np.array([int.from_bytes(digest, "big") % PARTS == number for digest in digests])


@frozen(kw_only=True)
class Effort:
    """How long is learned.

    Args:
        steps: of each network.
        seed: of the first weights and the order of the frameworks.
    """

    steps: int = field(validator=ge(1))
    seed: int = 0


def fitted(examples: Examples, effort: Effort, report: Report) -> Model:
    """A surrogate of some examples, calibrated by those of them that each network did not see."""
    low, centre, high = np.quantile(examples.values, (1 / 6, 0.5, 5 / 6))
    scale = float(high - low) / 2 or float(examples.values.std()) or 1.0
    goals = (examples.values - centre) / scale
    networks: list[Network] = []
    scores: list[NDArray[np.float64]] = []
    for number in range(PARTS):
        out = examples.part(number)
        seen = examples.where(~out)

        def told(step: int, loss: float, number: int = number) -> None:
            done = number * effort.steps + step
            report(done, PARTS * effort.steps, f"network {number + 1} of {PARTS}, loss {loss:.3f}")

        network = _learned(seen, np.clip(goals[~out], -OUTLIER, OUTLIER), effort, number, told)
        networks.append(network)
        if out.any():
            mean, deviation = ask(network, examples.where(out))
            scores.append(np.abs(goals[out] - mean) / deviation)
    together = np.concatenate(scores)
    rank = min(CERTAINTY * (1 + 1 / len(together)), 1.0)
    widening = float(np.quantile(together, rank)) / CERTAIN
    return Model(tuple(networks), float(centre), scale, widening, Domain.of(examples.frameworks))


def _learned(
    frameworks: Sequence[Described],
    goals: NDArray[np.float64],
    effort: Effort,
    number: int,
    told: Callable[[int, float], None],
) -> Network:
    """A network that has learned from some frameworks."""
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
        error = mean - wanted
        if step < WARM * effort.steps:
            loss = (
                error.square() + (deviation - error.detach().abs().clamp(min=1e-2).log()).square() / 10
            ).mean()
        else:
            loss = (deviation + 0.5 * (error / deviation.exp()).square()).mean()
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if step % 50 == 0 or step == effort.steps - 1:
            told(step + 1, loss.item())
    return network.eval()


def _scale_inputs(network: Network, frameworks: Sequence[Described]) -> None:
    for name, rows in (
        ("node", np.concatenate([each.nodes for each in frameworks])),
        ("whole", np.stack([each.whole for each in frameworks])),
    ):
        getattr(network, f"{name}_mean").copy_(torch.from_numpy(rows.mean(axis=0)))
        getattr(network, f"{name}_scale").copy_(torch.from_numpy(rows.std(axis=0) + 1e-3))


def judged(model: Model, examples: Examples) -> HeldOut:
    """How a surrogate does on frameworks that neither its networks nor its intervals have seen."""
    inside = np.array([model.domain.has(each) for each in examples.frameworks])
    values = examples.values[inside]
    told, error = model.tell(examples.where(inside))
    miss = np.abs(told - values)
    return HeldOut(
        frameworks=len(inside),
        r=float(np.corrcoef(told, values)[0, 1]),
        mae=float(miss.mean()),
        coverage=float((miss <= CERTAIN * error).mean()),
        refused=float(1.0 - inside.mean()),
    )
