"""Nets that do not come out four-connected go back to noise in which bonds are undecided, and down again.

Errors of the network add up on the way down, and fresh noise takes them away (Y. Xu et al., *Restart sampling
for improving generative processes*, NeurIPS 2023). Here a net is known to be one or not, so only those that
are not go back; they keep their group, their sites and roughly their shape.
"""

from __future__ import annotations

from collections.abc import Sequence

from zeo_zeosym.blueprint import Blueprint
from zeo_zeosym.crystal import Crystal
from zeo_zeosym.drawing import Drawing
from zeo_zeosym.silica import is_four_connected

BACK = 1.0
"""Angstrom of noise that nets go back to. Of 41 samples that were none, 25 were after one restart from there and
35 after four; 11 and 22 from 0.5 angstrom, 20 and 35 from the first level at twice the cost."""


def drawn(
    drawing: Drawing, blueprints: Sequence[Blueprint], levels: Sequence[float], share: float, restarts: int
) -> list[tuple[Crystal, int]]:
    """A net for each blueprint, and how often it went back.

    Args:
        drawing: of these nets.
        blueprints: of the nets.
        levels: of the noise; see :func:`zeo_zeosym.sampling.levels`.
        share: of fresh noise; see :func:`zeo_zeosym.sampling.sampled`.
        restarts: how often a net goes back at most.
    """
    nets = drawing.nets(blueprints, levels, share)
    went_back = [0] * len(nets)
    shorter = [BACK, *(level for level in levels if level < BACK)]
    for _ in range(restarts):
        failed = [k for k, net in enumerate(nets) if not is_four_connected(net)]
        if not failed:
            break
        again = drawing.of(failed).led_down([nets[k] for k in failed], shorter, share)
        for k, net in zip(failed, again, strict=True):
            nets[k] = net
            went_back[k] += 1
    return list(zip(nets, went_back, strict=True))
