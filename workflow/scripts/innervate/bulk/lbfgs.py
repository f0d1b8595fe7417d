"""Limited-memory BFGS of many small problems at once.

Method: Nocedal & Wright 2006, doi:10.1007/978-0-387-40065-5, algorithms 3.5, 3.6 and 7.4, with the
constants of LBFGSpp, which R's apeglm calls. Where a function has two minima, the path decides
which is found, and where it is flat, the rules decide where to stop: so both are followed.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Objective = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""From points (problems x coordinates) and the problems' numbers to values and gradients."""

MEMORY = 6
MAX_ITERATIONS = 300
MAX_TRIALS = 100
TOLERANCE = 1e-8
DECREASE = 1e-4
CURVATURE = 0.9


def minimize_each(objective: Objective, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Minimize many functions, each from its start.

    Parameters
    ----------
    objective
        The functions. They need not be finite everywhere.
    start
        Problems x coordinates.

    Returns
    -------
    tuple
        Where each search ended (problems x coordinates), and whether it ended by its rules; one
        that fails is left where it was.
    """
    problems, coordinates = start.shape
    point = start.astype(float)
    value, gradient = objective(point, np.arange(problems))
    converged = np.isfinite(value) & np.isfinite(gradient).all(axis=1)
    active = np.flatnonzero(converged)
    direction = -gradient
    step = 1 / np.maximum(np.linalg.norm(gradient, axis=1), np.finfo(float).tiny)
    history = _History(problems, coordinates)
    for _ in range(MAX_ITERATIONS):
        if not len(active):
            break
        search = _LineSearch(point[active], value[active], gradient[active], direction[active])
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            search.run(lambda points, rows, a=active: objective(points, a[rows]), step[active])
        moved, turned = search.point - point[active], search.gradient - gradient[active]
        change = np.abs(search.value - value[active])
        point[active], value[active] = search.point, search.value
        gradient[active] = search.gradient
        converged[active[search.failed]] = False
        size = np.maximum(np.linalg.norm(search.point, axis=1), 1)
        done = np.linalg.norm(search.gradient, axis=1) <= TOLERANCE * size
        done |= change <= TOLERANCE * np.maximum(np.abs(search.value), 1)
        going = ~done & ~search.failed
        active = active[going]
        history.add(active, moved[going], turned[going])
        direction[active] = history.direction(active, gradient[active])
        step[active] = 1
    return point, converged


class _History:
    """The latest steps of each problem, from which its next direction is made."""

    def __init__(self, problems: int, coordinates: int):
        self.moved = np.zeros((MEMORY, problems, coordinates))
        self.turned = np.zeros((MEMORY, problems, coordinates))
        self.product = np.ones((MEMORY, problems))
        self.count = 0

    def add(self, rows: np.ndarray, moved: np.ndarray, turned: np.ndarray) -> None:
        """Keep the last step and the change of gradient along it."""
        place = self.count % MEMORY
        self.moved[place, rows], self.turned[place, rows] = moved, turned
        self.product[place, rows] = (moved * turned).sum(axis=1)
        self.count += 1

    def direction(self, rows: np.ndarray, gradient: np.ndarray) -> np.ndarray:
        """The two-loop recursion (algorithm 7.4)."""
        direction, weights = -gradient, {}
        newest_first = [
            number % MEMORY for number in range(self.count - 1, max(self.count - MEMORY, 0) - 1, -1)
        ]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            for place in newest_first:
                along = (self.moved[place, rows] * direction).sum(axis=1)
                weights[place] = along / self.product[place, rows]
                direction = direction - weights[place][:, None] * self.turned[place, rows]
            last = newest_first[0]
            curvature = (self.turned[last, rows] ** 2).sum(axis=1)
            direction = direction * (self.product[last, rows] / curvature)[:, None]
            for place in reversed(newest_first):
                along = (self.turned[place, rows] * direction).sum(axis=1)
                left = weights[place] - along / self.product[place, rows]
                direction = direction + left[:, None] * self.moved[place, rows]
        return direction


class _LineSearch:
    """Steps along a direction that meet the strong Wolfe conditions (algorithms 3.5 and 3.6).

    Parameters
    ----------
    origin, value, gradient
        Where each problem stands.
    direction
        Where it goes.
    """

    def __init__(self, origin, value, gradient, direction):
        self.origin, self.start, self.direction = origin, value, direction
        self.slope = (gradient * direction).sum(axis=1)
        self.point, self.value, self.gradient = origin.copy(), value.copy(), gradient.copy()
        self.failed = ~(self.slope <= 0)
        # The best step so far, and the other end of the interval; without one, steps are doubled.
        zero = np.zeros(len(value))
        self.low = [zero, value.copy(), self.slope.copy()]
        self.high = [zero + np.inf, zero + np.inf]

    def run(self, objective: Objective, step: np.ndarray) -> None:
        """Search, from the steps given; `point`, `value` and `gradient` are those of the end."""
        rows, step = np.flatnonzero(~self.failed), step.copy()
        for _ in range(MAX_TRIALS + 1):
            if not len(rows):
                break
            trial = self.origin[rows] + step[rows, None] * self.direction[rows]
            value, gradient = objective(trial, rows)
            value = np.where(np.isfinite(value), value, np.inf)
            self.point[rows], self.value[rows], self.gradient[rows] = trial, value, gradient
            slope = (gradient * self.direction[rows]).sum(axis=1)
            rows = self._narrow(rows, step[rows], value, slope)
            step[rows] = self._next(rows, step[rows])
        self.failed |= ~np.isfinite(self.value)

    def _narrow(
        self, rows: np.ndarray, step: np.ndarray, value: np.ndarray, slope: np.ndarray
    ) -> np.ndarray:
        """Take the trial as an end of the interval; the problems that go on."""
        high, low = self.high[0][rows], self.low[0][rows]
        enough = value - self.start[rows] <= step * DECREASE * self.slope[rows]
        too_high = ~enough | (value >= self.low[1][rows])
        flat = ~too_high & (np.abs(slope) <= -CURVATURE * self.slope[rows])
        stuck = ~flat & np.where(too_high, step == high, step == low)
        self.failed[rows[stuck]] = True
        going = ~flat & ~stuck
        beyond = np.where(np.isinf(high), slope >= 0, slope * (high - low) >= 0)
        lower, turn = going & ~too_high, going & ~too_high & beyond
        for end in (0, 1):
            self.high[end][rows[turn]] = self.low[end][rows[turn]]
        upper = going & too_high
        self.high[0][rows[upper]], self.high[1][rows[upper]] = step[upper], value[upper]
        for end, found in enumerate((step, value, slope)):
            self.low[end][rows[lower]] = found[lower]
        return rows[going]

    def _next(self, rows: np.ndarray, step: np.ndarray) -> np.ndarray:
        """Where a parabola through both ends is lowest, else their middle; or twice as far."""
        low, value, slope = (end[rows] for end in self.low)
        high, above = (end[rows] for end in self.high)
        numerator = (above - value) * low - (high**2 - low**2) * slope / 2
        lowest = numerator / ((above - value) - (high - low) * slope)
        inside = (lowest > np.minimum(low, high)) & (lowest < np.maximum(low, high))
        return np.where(np.isinf(high), 2 * step, np.where(inside, lowest, low / 2 + high / 2))
