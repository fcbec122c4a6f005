"""Real spherical harmonics of degree 1 to 3; those of degree 3 tell how a tetrahedron stands."""

from __future__ import annotations

import math

import torch
from torch import Tensor

DEGREES = (3, 5, 7)
"""Components of each degree, in order."""


def harmonics(x: Tensor) -> Tensor:
    """Harmonics [..., 15] of vectors [..., 3].

    For unit vectors, the squares of a degree l add up to 2 l + 1; shorter vectors have smaller ones (solid
    harmonics), so that they change smoothly where two points nearly coincide.
    """
    x, y, z = x.unbind(-1)
    xx, yy, zz = x * x, y * y, z * z
    rr = xx + yy + zz
    one, two, three = math.sqrt(3.0), math.sqrt(15.0), math.sqrt(7.0)
    return torch.stack(
        [
            one * x,
            one * y,
            one * z,
            two * y * z,
            two * x * z,
            two * x * y,
            two / 2 * (xx - yy),
            math.sqrt(5.0) / 2 * (3 * zz - rr),
            math.sqrt(105.0) * x * y * z,
            math.sqrt(105.0) / 2 * z * (xx - yy),
            math.sqrt(35.0 / 8.0) * x * (xx - 3 * yy),
            math.sqrt(35.0 / 8.0) * y * (3 * xx - yy),
            math.sqrt(21.0 / 8.0) * x * (5 * zz - rr),
            math.sqrt(21.0 / 8.0) * y * (5 * zz - rr),
            three / 2 * z * (5 * zz - 3 * rr),
        ],
        dim=-1,
    )


def strain_of_degree_two(x: Tensor) -> Tensor:
    """The traceless strain [..., 6] (:mod:`zeo_zeosym.strain`) with the harmonics [..., 5] of degree 2.

    For a unit vector n they are those of sqrt(15/2) (n n - 1/3).
    """
    yz, xz, xy, difference, axial = x.unbind(-1)
    half, sixth = math.sqrt(0.5), math.sqrt(1.0 / 6.0)
    return torch.stack(
        [
            half * difference - sixth * axial,
            -half * difference - sixth * axial,
            2 * sixth * axial,
            yz,
            xz,
            xy,
        ],
        dim=-1,
    )
