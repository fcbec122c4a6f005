"""A trained surrogate: some networks, how sure they are, and where they may be asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from attrs import frozen
from numpy.typing import NDArray
from safetensors.torch import load_file, save

from zeo.errors import ConfigError
from zeo.tools.files import write_atomically
from zeo_learning.folder import part
from zeo_surrogate.features import Described
from zeo_surrogate.network import Network, batch_of

WEIGHTS = "weights.safetensors"

AT_ONCE = 64

Numbers = NDArray[np.float64]


@frozen(eq=False)
class Domain:
    """The frameworks that a surrogate may be asked about: those not much farther from what it learned from
    than these are from each other.

    Args:
        mean: [k] of what :func:`summary` says of them.
        whitening: [k, k] makes their spread one in every direction.
        farthest: distance from the mean, in such spreads.
    """

    mean: Numbers
    whitening: Numbers
    farthest: float

    @classmethod
    def of(cls, frameworks: Sequence[Described]) -> Domain:
        """That of some frameworks. All but one of a thousand lie within, by a margin of a fifth."""
        rows = np.stack([summary(each) for each in frameworks])
        scale = rows.std(axis=0) + 1e-6
        covariance = np.cov(rows / scale, rowvar=False) + LEAST_SPREAD**2 * np.eye(rows.shape[1])
        whitening = np.linalg.inv(np.linalg.cholesky(covariance)).T / scale[:, None]
        distances = np.linalg.norm((rows - rows.mean(axis=0)) @ whitening, axis=1)
        return cls(rows.mean(axis=0), whitening, MARGIN * float(np.quantile(distances, 0.999)))

    def has(self, framework: Described) -> bool:
        return bool(np.linalg.norm((summary(framework) - self.mean) @ self.whitening) <= self.farthest)


LEAST_SPREAD = 0.1
"""Of frameworks in any direction, in deviations of the single numbers: thinner ones are no news."""

MARGIN = 1.2


def summary(framework: Described) -> Numbers:
    """What tells frameworks of another kind: mean and deviation over the T atoms, and the empty space."""
    counts = framework.counts[:, None].astype(float)
    mean = (framework.nodes * counts).sum(0)
    deviation = np.sqrt((np.square(framework.nodes - mean) * counts).sum(0))
    return np.concatenate([mean, deviation[:10], framework.whole])


@frozen(eq=False)
class Model:
    """Networks that were each held out another part of the frameworks.

    Args:
        networks: whose mean is told.
        centre: of the quantity, added to what they tell.
        scale: what they tell is in units of.
        widening: of the deviations, so that 90 % of what was held out lies within :data:`CERTAIN` of them.
        domain: where it may be asked.
    """

    networks: tuple[Network, ...]
    centre: float
    scale: float
    widening: float
    domain: Domain

    def tell(self, frameworks: Sequence[Described]) -> tuple[Numbers, Numbers]:
        """Values and their standard errors, each [n], wherever they lie."""
        told = [ask(network, frameworks) for network in self.networks]
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
        for number, network in enumerate(self.networks):
            tensors |= {f"{number}.{name}": tensor for name, tensor in network.state_dict().items()}
        write_atomically(folder / WEIGHTS, save(tensors))

    @classmethod
    def load(cls, folder: Path) -> Model:
        """Read them.

        Raises:
            ConfigError: they are not there, or damaged.
        """
        try:
            tensors: dict[str, Any] = load_file(folder / WEIGHTS)
            centre, scale, widening, farthest = tensors.pop("numbers").tolist()
            domain = Domain(
                tensors.pop("domain.mean").numpy(), tensors.pop("domain.whitening").numpy(), farthest
            )
            networks = []
            for number in sorted({int(name.partition(".")[0]) for name in tensors}):
                network = Network()
                network.load_state_dict(part(tensors, f"{number}."))
                networks.append(network.eval())
        except Exception as error:  # whatever damage there is
            raise ConfigError(f"the surrogate {folder} cannot be read: train it anew") from error
        return cls(tuple(networks), centre, scale, widening, domain)


def ask(network: Network, frameworks: Sequence[Described]) -> tuple[Numbers, Numbers]:
    """Means and deviations of what a network tells, in its own units."""
    parts = []
    with torch.no_grad():
        for start in range(0, len(frameworks), AT_ONCE):
            mean, deviation = network(batch_of(frameworks[start : start + AT_ONCE]))
            parts.append((mean.double().numpy(), deviation.exp().double().numpy()))
    means, deviations = (np.concatenate([part[which] for part in parts]) for which in (0, 1))
    return means, deviations
