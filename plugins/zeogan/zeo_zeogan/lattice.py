"""The edges of a cell as ZeoGAN's networks see them: numbers in (0, 1), the sigmoids of what they compute."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

UNIT = 150.0
"""Angstrom: what the networks call 1."""

SHORTEST, LONGEST = 2.0, 40.0
"""Angstrom: an edge is never taken to be shorter or longer; a generator says 75 before it learns."""


def cross_entropy(edges: Tensor, labels: Tensor) -> Tensor:
    """Of predicted edges, logits [B, 3], with labels [B, 3] in (0, 1).

    Eq. 16 of the supplement, which is printed without its minus sign.
    """
    return functional.binary_cross_entropy_with_logits(edges.float(), labels.float())


def in_angstrom(edges: Tensor) -> Tensor:
    """The edges [B, 3] of cells from logits."""
    return (UNIT * torch.sigmoid(edges.float())).clamp(SHORTEST, LONGEST)
