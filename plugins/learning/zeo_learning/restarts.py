"""Samples that miss what is wanted go back to noise and down again.

Errors of a network add up on the way down, and fresh noise takes them away (Y. Xu et al., *Restart sampling
for improving generative processes*, NeurIPS 2023). Whether a sample is four-connected is known as soon as it
is drawn, and its properties can be estimated: only those that miss go back, and they keep their cell, their
symmetry and roughly their shape.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

S = TypeVar("S")


def restarted(
    samples: Sequence[S],
    miss: Callable[[int, S], float],
    again: Callable[[Sequence[int], Sequence[S]], Sequence[S]],
    restarts: int,
) -> list[tuple[S, int]]:
    """The best of what samples were, and how often each went back.

    Args:
        samples: as drawn.
        miss: from the number of a sample, and the sample, to how far it is from what is wanted: 0 where it
            is, infinite where it is no framework.
        again: leads some of the samples, by number, through noise.
        restarts: how often a sample goes back at most.
    """
    best = list(samples)
    misses = [miss(k, sample) for k, sample in enumerate(best)]
    went_back = [0] * len(best)
    for _ in range(restarts):
        missing = [k for k, far in enumerate(misses) if far > 0.0]
        if not missing:
            break
        for k, sample in zip(missing, again(missing, [best[k] for k in missing]), strict=True):
            went_back[k] += 1
            far = miss(k, sample)
            if far <= misses[k]:
                best[k], misses[k] = sample, far
    return list(zip(best, went_back, strict=True))


def beneath(levels: Sequence[float], back: float) -> list[float]:
    """The levels of noise of a restart: from that to which samples go back, down those of the drawing."""
    return [back, *(level for level in levels if level < back)]
