"""Minimisation by L-BFGS with a preconditioner and a backtracking line search.

J. Nocedal & S. J. Wright, Numerical Optimization, 2nd ed. 2006, algorithms 3.1, 7.4 and 7.5.
The preconditioner, scaled by the last change of the gradient (equation 7.20), starts the two-loop recursion.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.tools.compiled import njit

Array = NDArray[np.float64]

MEMORY = 60
"""Pairs of steps and gradient changes that are remembered."""

SUFFICIENT_DECREASE = 1e-4
SHORTEST_STEP = 1e-6
"""Fraction of the quasi-Newton step at which the line search gives up."""

ROUNDING = 1e-12
"""Relative error of the energy; a step is not refused for a rise below it."""


@frozen(eq=False)
class Minimum:
    """Where the minimiser stopped.

    Args:
        y: the variables.
        iterations: steps taken.
        evaluations: of the function.
        stopped: whether ``stop`` said so; False when it ran out of iterations or found no lower point.
    """

    y: Array
    iterations: int
    evaluations: int
    stopped: bool


def minimise(
    function: Callable[[Array], tuple[float, Array]],
    start: Array,
    precondition: Callable[[Array], Array],
    longest: Callable[[Array], float],
    stop: Callable[[Array], bool],
    max_iterations: int,
) -> Minimum:
    """Follow the function downhill until ``stop`` is content.

    Args:
        function: energy and gradient at a point; the energy may be infinite.
        start: of finite energy.
        precondition: an approximate inverse Hessian times a vector.
        longest: the largest multiple of a step that may be taken.
        stop: asked at every accepted point, right after ``function`` was called with it.
        max_iterations: steps at most.
    """
    y = start
    energy, gradient = function(y)
    evaluations = 1
    history = _History(len(y))
    for iteration in range(max_iterations):
        if stop(y):
            return Minimum(y, iteration, evaluations, True)
        step = history.quasi_newton_step(gradient, precondition)
        slope = float(step @ gradient)
        if slope >= 0.0:
            history.forget()
            step = -precondition(gradient)
            slope = float(step @ gradient)
        fraction = min(1.0, longest(step))
        while True:
            trial = y + fraction * step
            trial_energy, trial_gradient = function(trial)
            evaluations += 1
            allowed = SUFFICIENT_DECREASE * fraction * slope + ROUNDING * abs(energy)
            if trial_energy <= energy + allowed:
                break
            fraction *= _shorter(trial_energy - energy, fraction * slope)
            if fraction < SHORTEST_STEP:
                return Minimum(y, iteration, evaluations, False)
        history.remember(trial - y, trial_gradient - gradient, precondition)
        y, energy, gradient = trial, trial_energy, trial_gradient
    return Minimum(y, max_iterations, evaluations, stop(y))


def _shorter(rise: float, slope: float) -> float:
    """Where the parabola through both ends and the slope at the first has its minimum, within [0.1, 0.5]."""
    if not np.isfinite(rise):
        return 0.1
    return float(min(max(-slope / (2.0 * (rise - slope)), 0.1), 0.5))


class _History:
    """The last steps and changes of the gradient, in a ring."""

    def __init__(self, size: int) -> None:
        self.steps, self.changes = np.zeros((MEMORY, size)), np.zeros((MEMORY, size))
        self.products = np.zeros(MEMORY)
        self.forget()

    def forget(self) -> None:
        self.count = 0
        self.scale = 1.0

    def remember(self, step: Array, change: Array, precondition: Callable[[Array], Array]) -> None:
        product = float(step @ change)
        if product <= 1e-10 * float(change @ change):
            return
        place = self.count % MEMORY
        self.steps[place], self.changes[place], self.products[place] = step, change, product
        self.count += 1
        self.scale = product / float(change @ precondition(change))

    def quasi_newton_step(self, gradient: Array, precondition: Callable[[Array], Array]) -> Array:
        q = gradient.copy()
        factors = _newest_first(self.steps, self.changes, self.products, self.count, q)
        r = self.scale * precondition(q)
        _oldest_first(self.steps, self.changes, self.products, self.count, factors, r)
        return -r


@njit(fastmath={"reassoc", "contract"})
def _newest_first(steps, changes, products, count, q):
    memory, size = steps.shape
    factors = np.zeros(memory)
    for back in range(1, min(count, memory) + 1):
        place = (count - back) % memory
        along = 0.0
        for k in range(size):
            along += steps[place, k] * q[k]
        factors[place] = along / products[place]
        for k in range(size):
            q[k] -= factors[place] * changes[place, k]
    return factors


@njit(fastmath={"reassoc", "contract"})
def _oldest_first(steps, changes, products, count, factors, r):
    memory, size = steps.shape
    for back in range(min(count, memory), 0, -1):
        place = (count - back) % memory
        along = 0.0
        for k in range(size):
            along += changes[place, k] * r[k]
        factor = factors[place] - along / products[place]
        for k in range(size):
            r[k] += factor * steps[place, k]
