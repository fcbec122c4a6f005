"""What the averaged weights are worth on frameworks that nothing is learned from."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from zeo_learning.frameworks import batch_of
from zeo_learning.precision import autocast
from zeo_zeovae.examples import Examples

EXAMPLES, BATCH = 128, 32
"""Always the same examples, each encoded as the mean of its latent vector."""


class Reconstruction:
    """How well frameworks come back through the latent space, and what the branch says of them.

    Args:
        examples: of which the first :data:`EXAMPLES` are taken.
    """

    def __init__(self, examples: Examples) -> None:
        self.examples = examples

    @torch.no_grad()
    def __call__(self, module: Any) -> dict[str, float]:
        """``validation_error`` (root mean square of what is decoded) and for each property its correlation
        with what the branch says, ``r_methane.qst`` and so on.

        Args:
            module: a :class:`zeo_zeovae.training.VariationalTraining`.
        """
        squares = counted = 0.0
        said, true = [], []
        network = module.ema
        for first in range(0, EXAMPLES, BATCH):
            batch = batch_of(self.examples, range(first, first + BATCH), module.device)
            told = batch["told"]
            with autocast(module.device):
                latent, _ = network.posterior(batch["array"], told)
                decoded = network.decoded(latent, told, batch.get("labels"))
                said.append(network.branch(latent, told).float().cpu().numpy())
            total, count = module.model.form.mismatch(decoded, batch["array"])
            squares, counted = squares + float(total), counted + float(count)
            true.append(batch["properties"].cpu().numpy())
        found = {"validation_error": float(np.sqrt(squares / counted))}
        predicted, known = np.concatenate(said), np.concatenate(true)
        for k, name in enumerate(module.model.properties.quantities):
            there = known[:, k, 1] > 0
            if there.sum() > 2 and np.ptp(known[there, k, 0]) > 0:
                found[f"r_{name}"] = float(np.corrcoef(predicted[there, k], known[there, k, 0])[0, 1])
        return found
