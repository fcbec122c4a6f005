"""A trained surrogate: some that have learned, how sure they are, and where they may be asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from attrs import frozen
from safetensors.torch import load_file, save

from zeo.errors import ConfigError
from zeo.tools.files import write_atomically
from zeo_learning.folder import part
from zeo_surrogate.learner import Learner, Numbers
from zeo_surrogate.learners import LEARNERS
from zeo_surrogate.stated import Stated

WEIGHTS = "weights.safetensors"


@frozen(eq=False)
class Domain:
    """The frameworks that a surrogate may be asked about: those not much farther from what it learned from
    than these are from each other.

    Args:
        mean: [k] of what a learner says to sum them up.
        whitening: [k, k] makes their spread one in every direction.
        farthest: distance from the mean, in such spreads.
    """

    mean: Numbers
    whitening: Numbers
    farthest: float

    @classmethod
    def of(cls, rows: Numbers) -> Domain:
        """That of some frameworks [n, k]. All but one of a thousand lie within, by a margin of a fifth."""
        scale = rows.std(axis=0) + 1e-6
        covariance = np.cov(rows / scale, rowvar=False) + LEAST_SPREAD**2 * np.eye(rows.shape[1])
        whitening = np.linalg.inv(np.linalg.cholesky(covariance)).T / scale[:, None]
        distances = np.linalg.norm((rows - rows.mean(axis=0)) @ whitening, axis=1)
        return cls(rows.mean(axis=0), whitening, MARGIN * float(np.quantile(distances, 0.999)))

    def has(self, row: Numbers) -> bool:
        return bool(np.linalg.norm((row - self.mean) @ self.whitening) <= self.farthest)


LEAST_SPREAD = 0.1
"""Of frameworks in any direction, in deviations of the single numbers: thinner ones are no news."""

MARGIN = 1.2


@frozen(eq=False)
class Model:
    """Several of one kind that were each held out another part of the frameworks.

    Args:
        learner: that made them.
        members: whose mean is told.
        centre: of the quantity, added to what they tell.
        scale: what they tell is in units of.
        widening: of the deviations, so that 90 % of what was held out lies within
            :data:`zeo_surrogate.stated.CERTAIN` of them.
        domain: where it may be asked.
    """

    learner: Learner[Any, Any]
    members: tuple[Any, ...]
    centre: float
    scale: float
    widening: float
    domain: Domain

    def has(self, framework: Any) -> bool:
        """Whether one, as the learner sees it, lies in the domain."""
        return self.domain.has(self.learner.summary(framework))

    def tell(self, frameworks: Sequence[Any]) -> tuple[Numbers, Numbers]:
        """Values and their standard errors, each [n], wherever they lie."""
        told = [self.learner.ask(member, frameworks) for member in self.members]
        means, deviations = (np.stack([each[part] for each in told]) for part in (0, 1))
        error = np.sqrt(np.square(deviations).mean(axis=0) + means.var(axis=0))
        return self.centre + self.scale * means.mean(axis=0), self.scale * self.widening * error

    def save(self, folder: Path) -> None:
        """Write the weights, as a whole."""
        tensors: dict[str, torch.Tensor] = {
            "numbers": torch.tensor([self.centre, self.scale, self.widening, self.domain.farthest]).double(),
            "domain.mean": torch.from_numpy(self.domain.mean),
            "domain.whitening": torch.from_numpy(self.domain.whitening).contiguous(),
        }
        for number, member in enumerate(self.members):
            kept = self.learner.tensors(member)
            tensors |= {f"{number}.{name}": tensor for name, tensor in kept.items()}
        write_atomically(folder / WEIGHTS, save(tensors))

    @classmethod
    def load(cls, folder: Path) -> Model:
        """Read a trained surrogate.

        Raises:
            ConfigError: it is not there, or damaged.
        """
        learner = LEARNERS[Stated.read(folder).learner]
        try:
            tensors: dict[str, Any] = load_file(folder / WEIGHTS)
            centre, scale, widening, farthest = tensors.pop("numbers").tolist()
            domain = Domain(
                tensors.pop("domain.mean").numpy(), tensors.pop("domain.whitening").numpy(), farthest
            )
            numbers = sorted({int(name.partition(".")[0]) for name in tensors})
            members = tuple(learner.restored(part(tensors, f"{number}.")) for number in numbers)
        except Exception as error:  # whatever damage there is
            raise ConfigError(f"the surrogate {folder} cannot be read: train it anew") from error
        return cls(learner, members, centre, scale, widening, domain)
