"""Nets that miss what is wanted go back to noise in which bonds are undecided, and down again.

Errors of the network add up on the way down, and fresh noise takes them away (Y. Xu et al., *Restart sampling
for improving generative processes*, NeurIPS 2023). Here a net is known to be one or not, and its properties
can be estimated, so only those that miss go back; they keep their group, their sites and roughly their shape.
"""

from __future__ import annotations

from collections.abc import Sequence

from zeo_zeosym.blueprint import Blueprint
from zeo_zeosym.crystal import Crystal
from zeo_zeosym.drawing import Drawing
from zeo_zeosym.judging import Miss

BACK = 1.5
"""Angstrom of noise that nets go back to. Of 41 samples that were no net, 26 were after one restart from there
and 39 after four; 11 and 22 from 0.5 angstrom, 20 and 35 from the first level, which takes twice as long.
Of 48 that were to have a heat of 24 to 26 kJ/mol, 24 had after six, 20 from 1.0 and 15 from 2.5 angstrom."""


def drawn(
    drawing: Drawing,
    blueprints: Sequence[Blueprint],
    levels: Sequence[float],
    share: float,
    restarts: int,
    miss: Miss,
) -> list[tuple[Crystal, int]]:
    """A net for each blueprint, the nearest to what is wanted of all that it was, and how often it went back.

    Args:
        drawing: of these nets.
        blueprints: of the nets.
        levels: of the noise; see :func:`zeo_zeosym.sampling.levels`.
        share: of fresh noise; see :func:`zeo_zeosym.sampling.sampled`.
        restarts: how often a net goes back at most.
        miss: judges them.
    """
    nets = drawing.nets(blueprints, levels, share)
    misses = [miss(net) for net in nets]
    went_back = [0] * len(nets)
    shorter = [BACK, *(level for level in levels if level < BACK)]
    for _ in range(restarts):
        missing = [k for k, far in enumerate(misses) if far > 0.0]
        if not missing:
            break
        again = drawing.of(missing).led_down([nets[k] for k in missing], shorter, share)
        for k, net in zip(missing, again, strict=True):
            went_back[k] += 1
            far = miss(net)
            if far <= misses[k]:
                nets[k], misses[k] = net, far
    return list(zip(nets, went_back, strict=True))
