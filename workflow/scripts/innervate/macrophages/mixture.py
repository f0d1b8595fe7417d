"""A mixture of two binary states seen through two noisy scores."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.special import logsumexp

ITERATIONS = 1000
TOLERANCE = 1e-8
START = (0.2, 0.8)
"""Quantiles at which the two states of an axis start."""

SPREAD_FLOOR = 0.05
"""Smallest SD of a state, as a share of the score's own: no state closes in on a few cells."""


@dataclass(frozen=True)
class States:
    """A fitted mixture.

    Parameters
    ----------
    means
        Per axis, the mean score of its states, ascending; one where the axis has one state.
    spread
        Per axis, the SD common to its states.
    table
        Probability of each combination of states, states of axis 1 x states of axis 2.
    log_likelihood
        Of the data.
    bic
        Bayesian information criterion, lower is better.
    """

    means: tuple[np.ndarray, np.ndarray]
    spread: tuple[float, float]
    table: np.ndarray
    log_likelihood: float
    bic: float

    def separation(self, axis: int) -> float:
        """Distance of an axis's states in their common SD; 0 where it has one state."""
        means = self.means[axis]
        return float((means[-1] - means[0]) / self.spread[axis])

    def posterior(self, scores: np.ndarray) -> np.ndarray:
        """Probability of each combination of states, cells x states 1 x states 2."""
        joint = _log_joint(scores, self.means, self.spread, self.table)
        return np.exp(joint - logsumexp(joint, axis=(1, 2), keepdims=True))


def fit_states(scores: np.ndarray, min_separation: float, min_share: float) -> States:
    """Fit the mixture with one or two states on each axis, whichever the data support.

    Each cell is high or low on each axis; given its state its two scores vary independently, with
    one SD an axis. The four combinations have free probabilities, so that states may exclude or
    accompany each other. Of the four models (one or two states on each axis) the one with the
    lowest BIC is taken among those whose states lie apart and are not empty: a state that is
    absent from the cohort is not invented.

    Parameters
    ----------
    scores
        Cells x 2.
    min_separation
        Smallest distance of two states, in their SD.
    min_share
        Smallest share of cells in a state.

    References
    ----------
    Latent-class mixture, fitted by expectation maximization: Dempster et al. 1977,
    doi:10.1111/j.2517-6161.1977.tb01600.x.
    """
    best = None
    for counts in product((1, 2), (1, 2)):
        found = _fit(scores, counts)
        if not _plausible(found, counts, min_separation, min_share):
            continue
        if best is None or found.bic < best.bic:
            best = found
    return best


def _plausible(found: States, counts: tuple[int, int], separation: float, share: float) -> bool:
    for axis, count in enumerate(counts):
        if count == 1:
            continue
        weights = found.table.sum(axis=1 - axis)
        if found.separation(axis) < separation or weights.min() < share:
            return False
    return True


def _fit(scores: np.ndarray, counts: tuple[int, int]) -> States:
    means = [
        np.quantile(scores[:, axis], START if count == 2 else (0.5,))
        for axis, count in enumerate(counts)
    ]
    own = scores.std(axis=0)
    spread = [own[axis] / count for axis, count in enumerate(counts)]
    table = np.full(counts, 1 / np.prod(counts))
    before = -np.inf
    for _ in range(ITERATIONS):
        joint = _log_joint(scores, means, spread, table)
        total = logsumexp(joint, axis=(1, 2))
        now = float(total.sum())
        weight = np.exp(joint - total[:, None, None])
        table = weight.mean(axis=0)
        for axis in (0, 1):
            marginal = weight.sum(axis=2 - axis)
            size = np.maximum(marginal.sum(axis=0), 1e-12)
            means[axis] = (marginal * scores[:, [axis]]).sum(axis=0) / size
            squares = marginal * (scores[:, [axis]] - means[axis]) ** 2
            spread[axis] = max(np.sqrt(squares.sum() / len(scores)), SPREAD_FLOOR * own[axis])
        if now - before < TOLERANCE * abs(now):
            break
        before = now
    for axis in (0, 1):
        order = np.argsort(means[axis])
        means[axis] = means[axis][order]
        table = np.take(table, order, axis=axis)
    parameters = sum(counts) + 2 + np.prod(counts) - 1
    bic = parameters * np.log(len(scores)) - 2 * now
    return States((means[0], means[1]), (spread[0], spread[1]), table, now, float(bic))


def _log_joint(scores, means, spread, table) -> np.ndarray:
    with np.errstate(divide="ignore"):
        joint = np.log(table)[None]
    for axis in (0, 1):
        z = (scores[:, [axis]] - means[axis][None]) / spread[axis]
        density = -0.5 * z**2 - np.log(spread[axis]) - 0.5 * np.log(2 * np.pi)
        joint = joint + (density[:, :, None] if axis == 0 else density[:, None, :])
    return joint
