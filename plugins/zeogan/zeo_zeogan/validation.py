"""What the averaged generator draws, beside frameworks that nothing is learned from."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from zeo_learning.adsorption import heat, log_henry, void_fraction
from zeo_learning.channels import is_energy
from zeo_learning.frameworks import batch_of
from zeo_learning.precision import autocast
from zeo_zeogan.examples import Examples
from zeo_zeogan.lattice import in_angstrom
from zeo_zeogan.losses import TEMPERATURE
from zeo_zeogan.networks import Drawn, GridCritic
from zeo_zeogan.training import AdversarialTraining, given_of

GRIDS = 128
"""Real ones, and as many drawn; always the same examples and the same noise."""

BATCH = 32
SOFT = 200.0
"""Kelvin; of a threshold whose gradient nobody asks for."""


class PropertyDistances:
    """Distances between the properties of drawn grids and those of real ones.

    Args:
        examples: of which the first :data:`GRIDS` are taken.
        passes: of the generator; see :class:`zeo_zeogan.generator.ZeoGANOptions`.
    """

    def __init__(self, examples: Examples, passes: int) -> None:
        self.examples, self.passes = examples, passes

    @torch.no_grad()
    def __call__(self, module: AdversarialTraining) -> dict[str, float]:
        """For each energy channel the Wasserstein distances of ln KH (``ln_kh``), heat (``qst``, kJ/mol) and
        void fraction: ``distance_ln_kh`` and so on; and the mean heat drawn, ``drawn_qst``. In recipes that
        find cells the :func:`edge_errors`, too."""
        scaling = module.model.scaling
        real: list[Tensor] = []
        drawn: list[Tensor] = []
        errors: list[dict[str, Tensor]] = []
        module.ema.eval()
        module.critic.eval()
        for first in range(0, GRIDS, BATCH):
            batch = batch_of(self.examples, range(first, first + BATCH), module.device)
            given = given_of(batch)
            with autocast(module.device):
                made = module.ema.draw(range(first, first + BATCH), given, self.passes)
                errors.append(edge_errors(module.critic, batch, made))
            drawn.append(made.grid)
            real.append(batch["grid"])
        module.critic.train()
        found = {name: float(torch.stack([error[name] for error in errors]).mean()) for name in errors[0]}
        for name in filter(is_energy, scaling.channels):
            gas = "" if name == "energy:methane" else f"_{name.partition(':')[2]}"
            ours, theirs = (
                properties(scaling.physical_channel(torch.cat(grids), name)) for grids in (drawn, real)
            )
            found |= {f"distance_{key}{gas}": distance(ours[key], theirs[key]) for key in ours}
            found[f"drawn_qst{gas}"] = float(ours["qst"].mean())
        return found


def edge_errors(critic: GridCritic, batch: dict[str, Tensor], drawn: Drawn) -> dict[str, Tensor]:
    """Mean relative errors of edges: of those that the critic finds in real grids (``real_edge_error``), and
    of a generator's from those that the critic finds in what it drew (``drawn_edge_error``)."""
    if drawn.edges is None:
        return {}
    in_real, in_drawn = (in_angstrom(edges_of(critic, grids)) for grids in (batch["grid"], drawn.grid))
    return {
        "real_edge_error": ((in_real - batch["lengths"]).abs() / batch["lengths"]).mean(),
        "drawn_edge_error": ((in_angstrom(drawn.edges) - in_drawn).abs() / in_drawn).mean(),
    }


def edges_of(critic: GridCritic, grids: Tensor) -> Tensor:
    """Logits [B, 3] of the edges that a critic finds."""
    edges = critic.edges(critic(grids, None))
    assert edges is not None
    return edges


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
