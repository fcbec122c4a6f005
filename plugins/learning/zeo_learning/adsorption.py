"""Adsorption from energy grids as functions that can be differentiated; see :mod:`zeo_probes.adsorption`."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor

from zeo_learning.channels import gases
from zeo_probes.adsorption import GAS_CONSTANT, OPEN_BELOW

DIFFERENTIABLE = ("kh", "qst", "void_fraction")
"""The quantities of a gas with a gradient in its energy grid."""


def steerable(channels: Iterable[str]) -> list[str]:
    """The differentiable quantities of each gas whose energy is among the channels: ``methane.kh`` etc."""
    return [f"{gas}.{name}" for gas in gases(channels) for name in DIFFERENTIABLE]


def quantity_of(name: str, energy: Tensor, temperature: float, width: float) -> Tensor:
    """One of :data:`DIFFERENTIABLE`, [B]; of the Henry coefficient, which spans decades, the logarithm.

    Args:
        name: of the quantity.
        energy: [B, X, Y, Z] in kelvin.
        temperature: in kelvin.
        width: softness of the threshold of the void fraction, in kelvin.
    """
    if name == "void_fraction":
        return void_fraction(energy, temperature, width)
    return log_henry(energy, temperature) if name == "kh" else heat(energy, temperature)


def sharpened(energy: Tensor, boltzmann: Tensor, temperature: float) -> Tensor:
    """See :func:`zeo_probes.adsorption.sharpened`."""
    deep = -temperature * boltzmann.clamp(min=1.0).log()
    return torch.where(boltzmann > 1.0, deep, energy.clamp(min=0.0))


def log_henry(energy: Tensor, temperature: float) -> Tensor:
    """Natural logarithm of the Henry coefficient, the mean of exp(-E/T).

    Args:
        energy: [B, X, Y, Z] in kelvin.
        temperature: in kelvin.

    Returns:
        [B], without unit.
    """
    exponents = (-energy / temperature).flatten(1)
    return exponents.logsumexp(dim=1) - math.log(exponents.shape[1])


def heat(energy: Tensor, temperature: float) -> Tensor:
    """Isosteric heat of adsorption R [T - <E>], where points count by exp(-E/T). Arguments as above.

    Returns:
        [B] in kJ/mol.
    """
    energies = energy.flatten(1)
    mean_energy = (energies * torch.softmax(-energies / temperature, dim=1)).sum(dim=1)
    return GAS_CONSTANT / 1000.0 * (temperature - mean_energy)


def void_fraction(energy: Tensor, temperature: float, width: float) -> Tensor:
    """Share of the points with E <= 15 T: exactly that, with the gradient of a softer threshold.

    The count has no gradient. Its place takes that of the mean of sigmoid((15 T - E) / width).

    Args:
        energy: [B, X, Y, Z] in kelvin.
        temperature: in kelvin.
        width: of the soft threshold, in kelvin.

    Returns:
        [B].
    """
    room = (OPEN_BELOW * temperature - energy).flatten(1)
    soft = torch.sigmoid(room / width).mean(dim=1)
    count = (room >= 0.0).to(energy.dtype).mean(dim=1)
    return count + (soft - soft.detach())
