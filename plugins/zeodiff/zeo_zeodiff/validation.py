"""The loss of the averaged weights on frameworks that nothing is learned from, by noise level."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from zeo_learning.frameworks import batch_of
from zeo_learning.precision import autocast
from zeo_learning.split import VALIDATION_SIZE
from zeo_zeodiff.examples import Examples

EXAMPLES = VALIDATION_SIZE
"""Always the same."""

QUANTILES = tuple((k + 0.5) / 8 for k in range(8))
"""The noise levels, as quantiles of those in training."""

BATCH = 16


class ValidationLoss:
    """Measures the loss at eight noise levels; their mean is the loss over the levels of training.

    Args:
        examples: of which the first :data:`EXAMPLES` are taken.
    """

    def __init__(self, examples: Examples) -> None:
        self.examples = examples

    @torch.no_grad()
    def __call__(self, module: Any) -> dict[str, float]:
        """``validation_loss``, and ``validation_loss_06`` at the noise level of the 6th percentile and so on.

        Args:
            module: a :class:`zeo_zeodiff.training.DiffusionTraining`.
        """
        losses = np.zeros(len(QUANTILES))
        for first in range(0, EXAMPLES, BATCH):
            batch = batch_of(self.examples, range(first, first + BATCH), module.device)
            for k, quantile in enumerate(QUANTILES):
                batch["level"] = torch.full_like(batch["level"], quantile)
                with autocast(module.device):
                    losses[k] += float(module.loss(module.ema, batch)) * BATCH / EXAMPLES
        by_level = {
            f"validation_loss_{100 * q:02.0f}": loss for q, loss in zip(QUANTILES, losses, strict=True)
        }
        return {"validation_loss": float(losses.mean()), **by_level}
