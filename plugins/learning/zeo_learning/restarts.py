"""Samples that miss what is wanted are drawn on.

Whether a sample is four-connected is known as soon as it is drawn, and its properties can be estimated. A
network that mostly succeeds draws what misses anew, from another beginning: rejection sampling, which keeps
of all that it would draw what is wanted. One that mostly fails leads it back to noise and down again: errors
add up on the way down, and fresh noise takes them away (Y. Xu et al., *Restart sampling for improving
generative processes*, NeurIPS 2023).
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
    """The best of what samples were, and how often each was drawn on.

    Args:
        samples: as drawn.
        miss: from the number of a sample, and the sample, to how far it is from what is wanted: 0 where it
            is, most where it is no framework.
        again: draws some of the samples, by number, on or anew.
        restarts: how often a sample is drawn on at most.
    """
    best = list(samples)
    misses = [miss(k, sample) for k, sample in enumerate(best)]
    went_on = [0] * len(best)
    for _ in range(restarts):
        missing = [k for k, far in enumerate(misses) if far > 0.0]
        if not missing:
            break
        for k, sample in zip(missing, again(missing, [best[k] for k in missing]), strict=True):
            went_on[k] += 1
            far = miss(k, sample)
            if far <= misses[k]:
                best[k], misses[k] = sample, far
    return list(zip(best, went_on, strict=True))


def redrawn(
    count: int,
    draw: Callable[[Sequence[int]], Sequence[S]],
    miss: Callable[[int, S], float],
    restarts: int,
) -> list[tuple[S, int]]:
    """Samples of which those that miss are drawn anew, and how often each was.

    Args:
        count: of samples.
        draw: some of them, by number; each time from another beginning.
        miss: see :func:`restarted`; likewise the next.
        restarts: see ``miss``.
    """
    return restarted(draw(range(count)), miss, lambda chosen, _: draw(chosen), restarts)


def beneath(levels: Sequence[float], back: float) -> list[float]:
    """The levels of noise below that to which samples go back, and that one."""
    return [back, *(level for level in levels if level < back)]
