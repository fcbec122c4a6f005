"""Minimisation by L-BFGS of many functions at once, each with its own steps, history and end.

The algorithm is that of :mod:`zeo_cleanup.relax.lbfgs`; all functions are evaluated together, and while one
shortens its step others go on. The quasi-Newton steps come from the compact form of the inverse Hessian
(R. H. Byrd, J. Nocedal & R. B. Schnabel, Math. Program. 1994, 63, 129, equation 2.6), which is a handful of
matrix products in place of the two-loop recursion.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, Self

import torch
from attrs import frozen
from torch import Tensor

from zeo_cleanup.relax.lbfgs import MEMORY, ROUNDING, SHORTEST_STEP, SUFFICIENT_DECREASE


class Functions(Protocol):
    """Functions of as many variables each; all tensors have one row for each function."""

    def evaluate(self, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Values [batch], gradients [batch, n], and whether each point is a place to stop at [batch]."""

    def precondition(self, gradient: Tensor) -> Tensor:
        """Approximate inverse Hessians times vectors [batch, n]."""

    def longest(self, step: Tensor) -> Tensor:
        """The largest multiples [batch] of steps that may be taken."""

    def select(self, rows: list[int]) -> Self:
        """Some of the functions."""


@frozen(eq=False)
class Minima:
    """Where the minimiser stopped.

    Args:
        y: [batch, n].
        iterations: [batch], steps taken.
        evaluations: [batch].
        stopped: [batch], whether at a place to stop; False when out of iterations or without a lower point.
    """

    y: Tensor
    iterations: Tensor
    evaluations: Tensor
    stopped: Tensor


def minimise(functions: Functions, start: Tensor, max_iterations: Tensor) -> Minima:
    """Follow all functions downhill until each is at a place to stop.

    Functions at their end are dropped when they are half of those in work.

    Args:
        functions: to be minimised.
        start: [batch, n], of finite values.
        max_iterations: [batch].
    """
    ends = Minima(
        start.clone(),
        torch.zeros_like(max_iterations),
        torch.zeros_like(max_iterations),
        torch.zeros_like(max_iterations, dtype=torch.bool),
    )
    who = torch.arange(len(start), device=start.device)
    y = start
    value, gradient, stop = functions.evaluate(y)
    history = _History(y)
    iterations, evaluations = torch.zeros_like(max_iterations), torch.ones_like(max_iterations)
    step, slope, fraction = _new_steps(functions, history, gradient)
    done = stop | (max_iterations <= 0)
    while True:
        if 2 * int(done.sum()) >= len(done):
            for end, now in ((ends.y, y), (ends.iterations, iterations), (ends.evaluations, evaluations)):
                end[who] = now
            ends.stopped[who] = stop
            keep = torch.nonzero(~done)[:, 0]
            if not len(keep):
                return ends
            functions = functions.select(keep.tolist())
            history.select(keep)
            who, y, value, gradient, stop, done = (t[keep] for t in (who, y, value, gradient, stop, done))
            step, slope, fraction = step[keep], slope[keep], fraction[keep]
            iterations, evaluations = iterations[keep], evaluations[keep]
            max_iterations = max_iterations[keep]
        trial = torch.where(done[:, None], y, y + fraction[:, None] * step)
        trial_value, trial_gradient, trial_stop = functions.evaluate(trial)
        evaluations = evaluations + ~done
        allowed = SUFFICIENT_DECREASE * fraction * slope + ROUNDING * value.abs()
        accepted = (trial_value <= value + allowed) & ~done
        change = torch.where(accepted[:, None], trial_gradient - gradient, 0.0)
        history.remember(torch.where(accepted[:, None], trial - y, 0.0), change, functions.precondition)
        shorter = fraction * _shorter(trial_value - value, fraction * slope)
        y = torch.where(accepted[:, None], trial, y)
        gradient = torch.where(accepted[:, None], trial_gradient, gradient)
        value = torch.where(accepted, trial_value, value)
        stop = torch.where(accepted, trial_stop, stop)
        iterations = iterations + accepted
        new_step, new_slope, new_fraction = _new_steps(functions, history, gradient)
        step = torch.where(accepted[:, None], new_step, step)
        slope = torch.where(accepted, new_slope, slope)
        fraction = torch.where(accepted, new_fraction, shorter)
        done = done | stop | (iterations >= max_iterations) | (fraction < SHORTEST_STEP) & ~accepted


def _new_steps(functions: Functions, history: _History, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Steps, slopes along them, and the fractions of them to try first."""
    straight = functions.precondition(gradient)
    step = history.quasi_newton_step(gradient, straight)
    slope = (step * gradient).sum(1)
    uphill = slope >= 0.0
    history.forget(uphill)
    step = torch.where(uphill[:, None], -straight, step)
    slope = torch.where(uphill, -(straight * gradient).sum(1), slope)
    return step, slope, functions.longest(step).clamp(max=1.0)


def _shorter(rise: Tensor, slope: Tensor) -> Tensor:
    """Where the parabola through both ends and the slope at the first has its minimum, within [0.1, 0.5]."""
    lowest = (-slope / (2.0 * (rise - slope))).clamp(0.1, 0.5)
    return torch.where(torch.isfinite(rise), lowest, 0.1)


class _History:
    """The last steps and changes of the gradients, in rings; zeros where nothing is remembered.

    Args:
        like: [batch, n].
    """

    def __init__(self, like: Tensor) -> None:
        batch, n = like.shape
        self.steps, self.changes, self.followed = (like.new_zeros(batch, MEMORY, n) for _ in range(3))
        self.step_change, self.change_followed = (like.new_zeros(batch, MEMORY, MEMORY) for _ in range(2))
        self.scale = like.new_ones(batch)
        self.count = 0

    def select(self, rows: Tensor) -> None:
        for name in ("steps", "changes", "followed", "step_change", "change_followed", "scale"):
            setattr(self, name, getattr(self, name)[rows])

    def forget(self, chosen: Tensor) -> None:
        keep = (~chosen)[:, None, None]
        self.step_change, self.change_followed = self.step_change * keep, self.change_followed * keep
        self.steps, self.changes, self.followed = (
            self.steps * keep,
            self.changes * keep,
            self.followed * keep,
        )
        self.scale = torch.where(chosen, 1.0, self.scale)

    def remember(self, step: Tensor, change: Tensor, precondition: Callable[[Tensor], Tensor]) -> None:
        """Pairs of positive curvature; the others leave a gap."""
        product = (step * change).sum(1)
        kept = product > 1e-10 * (change * change).sum(1)
        step, change = step * kept[:, None], change * kept[:, None]
        followed = precondition(change)
        place = self.count % MEMORY
        self.count += 1
        self.steps[:, place], self.changes[:, place], self.followed[:, place] = step, change, followed
        self.step_change[:, place, :] = _along(self.changes, step)
        self.step_change[:, :, place] = _along(self.steps, change)
        products = _along(self.followed, change)
        self.change_followed[:, place, :] = products
        self.change_followed[:, :, place] = products
        self.scale = torch.where(kept, product / products[:, place], self.scale)

    def quasi_newton_step(self, gradient: Tensor, straight: Tensor) -> Tensor:
        """Minus the approximate inverse Hessian times the gradient; ``straight`` is without the history."""
        scale = self.scale[:, None]
        if self.count == 0:
            return -straight
        oldest = max(0, self.count - MEMORY)
        order = [k % MEMORY for k in range(oldest, self.count)]
        upper = self.step_change[:, order][:, :, order].triu()
        curvature = upper.diagonal(dim1=1, dim2=2)
        upper = upper + torch.diag_embed(torch.where(curvature > 0.0, 0.0, 1.0))
        a = _along(self.steps, gradient)[:, order, None]
        b = scale[:, :, None] * _along(self.followed, gradient)[:, order, None]
        u = torch.linalg.solve_triangular(upper, a, upper=True)
        inner = scale[:, :, None] * self.change_followed[:, order][:, :, order] @ u
        v = torch.linalg.solve_triangular(upper.mT, curvature[:, :, None] * u + inner - b, upper=False)
        by_step, by_followed = torch.zeros_like(self.steps[:, :, :1]), torch.zeros_like(self.steps[:, :, :1])
        by_step[:, order], by_followed[:, order] = v, scale[:, :, None] * u
        step = scale * straight + ((self.steps.mT @ by_step) - (self.followed.mT @ by_followed))[:, :, 0]
        return -step


def _along(vectors: Tensor, direction: Tensor) -> Tensor:
    """Products [batch, m] of vectors [batch, m, n] with one direction [batch, n] each."""
    return (vectors @ direction[:, :, None])[:, :, 0]
