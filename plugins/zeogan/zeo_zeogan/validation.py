"""What the averaged generator draws, beside frameworks that nothing is learned from."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from zeo_learning.adsorption import heat, log_henry, void_fraction
from zeo_learning.precision import half
from zeo_zeogan.examples import Examples
from zeo_zeogan.losses import TEMPERATURE
from zeo_zeogan.scaling import is_energy
from zeo_zeogan.training import AdversarialTraining, told_of

GRIDS = 128
"""Real ones, and as many drawn; always the same examples and the same noise."""

BATCH = 32
SOFT = 200.0
"""Kelvin; of a threshold whose gradient nobody asks for."""


class PropertyDistances:
    """Distances between the properties of drawn grids and those of real ones.

    Args:
        examples: of which the first :data:`GRIDS` are taken.
    """

    def __init__(self, examples: Examples) -> None:
        self.examples = examples

    @torch.no_grad()
    def __call__(self, module: AdversarialTraining) -> dict[str, float]:
        """For each energy channel the Wasserstein distances of ln KH (``ln_kh``), heat (``qst``, kJ/mol) and
        void fraction: ``distance_ln_kh`` and so on; and the mean heat drawn, ``drawn_qst``."""
        scaling = module.model.scaling
        real: list[Tensor] = []
        drawn: list[Tensor] = []
        for first in range(0, GRIDS, BATCH):
            items = [self.examples[number] for number in range(first, first + BATCH)]
            batch = {
                name: torch.from_numpy(np.stack([item[name] for item in items])).to(module.device)
                for name in items[0]
            }
            given = told_of(batch)
            module.average.eval()
            noise = module.average.seeded_noise(range(first, first + BATCH), given)
            with half(module.device):
                drawn.append(module.average(noise, given).grid)
            real.append(batch["grid"])
        found: dict[str, float] = {}
        for name in filter(is_energy, scaling.channels):
            gas = "" if name == "energy:methane" else f"_{name.partition(':')[2]}"
            ours, theirs = (
                properties(scaling.physical_channel(torch.cat(grids), name)) for grids in (drawn, real)
            )
            found |= {f"distance_{key}{gas}": distance(ours[key], theirs[key]) for key in ours}
            found[f"drawn_qst{gas}"] = float(ours["qst"].mean())
        return found


def properties(energy: Tensor) -> dict[str, Tensor]:
    """Of each of some energy grids [B, X, Y, Z] in kelvin."""
    return {
        "ln_kh": log_henry(energy, TEMPERATURE),
        "qst": heat(energy, TEMPERATURE),
        "void_fraction": void_fraction(energy, TEMPERATURE, SOFT),
    }


def distance(one: Any, other: Any) -> float:
    """Wasserstein distance of two samples of the same size."""
    return float((one.sort().values - other.sort().values).abs().mean())
