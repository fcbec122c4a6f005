"""Samples that miss what is wanted are drawn on: back to noise and down again, or from another beginning.

Errors of a network add up on the way down, and fresh noise takes them away (Y. Xu et al., *Restart sampling
for improving generative processes*, NeurIPS 2023): a sample that is no framework goes back part of the way,
and keeps its cell, its symmetry and roughly its shape. It is these that decide which properties it has: one
that is a framework but off target is drawn anew, in another cell and symmetry. Whether a sample is
four-connected is known as soon as it is drawn, and its properties can be estimated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

S = TypeVar("S")

NO_FRAMEWORK = 1e10
"""From here on, a sample is so far from what is wanted that it is no framework."""


def restarted(
    samples: Sequence[S],
    miss: Callable[[int, S], float],
    back: Callable[[Sequence[int], Sequence[S]], Sequence[S]],
    restarts: int,
    anew: Callable[[Sequence[int]], Sequence[S]] | None = None,
) -> list[tuple[S, int]]:
    """The best of what samples were, and how often each was drawn on.

    Args:
        samples: as drawn.
        miss: from the number of a sample, and the sample, to how far it is from what is wanted: 0 where it
            is, at least :data:`NO_FRAMEWORK` where it is no framework.
        back: leads some of the samples, by number, through noise.
        restarts: how often a sample is drawn on at most.
        anew: draws some of the samples, by number, from another beginning; None where all go back.
    """
    best = list(samples)
    misses = [miss(k, sample) for k, sample in enumerate(best)]
    went_on = [0] * len(best)
    for _ in range(restarts):
        missing = [k for k, far in enumerate(misses) if far > 0.0]
        going_back = [k for k in missing if anew is None or misses[k] >= NO_FRAMEWORK]
        off_target = [k for k in missing if k not in going_back]
        found: dict[int, S] = {}
        if going_back:
            found |= zip(going_back, back(going_back, [best[k] for k in going_back]), strict=True)
        if off_target and anew is not None:
            found |= zip(off_target, anew(off_target), strict=True)
        for k, sample in found.items():
            went_on[k] += 1
            far = miss(k, sample)
            if far <= misses[k]:
                best[k], misses[k] = sample, far
    return list(zip(best, went_on, strict=True))


def beneath(levels: Sequence[float], back: float) -> list[float]:
    """The levels of noise of a restart: from that to which samples go back, down those of the drawing."""
    return [back, *(level for level in levels if level < back)]
