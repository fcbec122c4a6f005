"""The error of the averaged weights on nets that nothing is learned from, by noise level."""

from __future__ import annotations

from typing import Any

import torch

from zeo_learning.precision import half
from zeo_zeosym.examples import Examples
from zeo_zeosym.training import errors

LEVELS = (0.05, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Angstrom."""

EXAMPLES = 128
"""Always the same."""


class ValidationError:
    """Measures how well noise is predicted at some noise levels.

    Args:
        examples: of which the first :data:`EXAMPLES` are taken.
    """

    def __init__(self, examples: Examples) -> None:
        self.examples = examples

    @torch.no_grad()
    def __call__(self, module: Any) -> dict[str, float]:
        """``atom_error_at_0.05`` and so on, likewise ``strain_error_at_...``, and the means of both.

        Args:
            module: a :class:`zeo_zeosym.training.NetTraining`.
        """
        measured: dict[str, float] = {}
        for level in LEVELS:
            batch = self.examples.at(range(EXAMPLES), level)
            batch = {name: tensor.to(module.device) for name, tensor in batch.items()}
            with half(module.device):
                atoms, strain = errors(module.average, batch)
            measured |= {
                f"atom_error_at_{level:g}": float(atoms),
                f"strain_error_at_{level:g}": float(strain),
            }
        for name in ("atom_error", "strain_error"):
            values = [value for key, value in measured.items() if key.startswith(name)]
            measured[f"validation_{name}"] = sum(values) / len(values)
        return measured
