"""What the averaged weights are worth on nets that nothing is learned from: the error by noise level, and how
many of their blueprints become four-connected nets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from attrs import frozen

from zeo_learning.precision import autocast
from zeo_zeosym.blueprint import Blueprints
from zeo_zeosym.drawing import PRECISION, Drawing
from zeo_zeosym.examples import Examples
from zeo_zeosym.sampling import levels
from zeo_zeosym.silica import is_four_connected
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
            with autocast(module.device):
                atoms, strain = errors(module.ema, batch)
            measured |= {
                f"atom_error_at_{level:g}": float(atoms),
                f"strain_error_at_{level:g}": float(strain),
            }
        for name in ("atom_error", "strain_error"):
            values = [value for key, value in measured.items() if key.startswith(name)]
            measured[f"validation_{name}"] = sum(values) / len(values)
        return measured


@frozen(eq=False)
class DrawnNets:
    """Draws nets for blueprints that nothing is learned from, as a run would, always with the same noise.

    Args:
        blueprints: of the nets that nothing is learned from.
        chosen: numbers of those that a net is drawn for, which may repeat.
        evaluations: see :class:`zeo_zeosym.generator.ZeoSymOptions`; likewise the next.
        fresh: see ``evaluations``.
        at_once: see ``evaluations``.
    """

    blueprints: Blueprints
    chosen: Sequence[int]
    evaluations: int
    fresh: float
    at_once: int

    def __call__(self, module: Any) -> dict[str, float]:
        """``drawn_perfect_before_repair``, the share of nets that are four-connected as drawn.

        Args:
            module: a :class:`zeo_zeosym.training.NetTraining`.
        """
        model = module.trained({})
        model.network.to(module.device, PRECISION).eval()
        perfect = []
        for first in range(0, len(self.chosen), self.at_once):
            blueprints = [self.blueprints[k] for k in self.chosen[first : first + self.at_once]]
            streams = [np.random.default_rng((first, k)) for k in range(len(blueprints))]
            drawing = Drawing(
                model=model,
                device=module.device,
                streams=streams,
                given=[{}] * len(blueprints),
                aims=[{}] * len(blueprints),
            )
            nets = drawing.nets(blueprints, levels(self.evaluations), self.fresh)
            perfect += [is_four_connected(net) for net in nets]
        return {"drawn_perfect_before_repair": float(np.mean(perfect))}
