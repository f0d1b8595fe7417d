"""The maximally selected cut of a score, with a p-value corrected for the search."""

from __future__ import annotations

import numpy as np

SEARCHED = (0.25, 0.75)
"""Shares of the patients between which the cut is looked for."""

PERMUTATIONS = 9999
EQUAL = 1e-9
"""Relative difference below which two statistics count as equal."""


def maximally_selected_cut(
    score: np.ndarray, time: np.ndarray, event: np.ndarray, generator: np.random.Generator
) -> tuple[float, float]:
    """Find the cut of a score that parts survival best, and test it.

    The test is of the maximally selected rank statistic: the largest standardized difference of
    log-rank scores over the cuts that leave between a quarter and three quarters of the patients
    below. Its p-value compares it with that of permuted log-rank scores, searched in the same way,
    so that it holds its level in small samples and with ties, where Lausen and Schumacher's
    approximation is conservative. The p-value of the log-rank test at the cut that was found would
    be far too small.

    Parameters
    ----------
    score, time, event
        By patient; event is 1 where it happened.
    generator
        Draws the permutations.

    Returns
    -------
    tuple
        The highest score of the lower group, and the p-value corrected for the search.

    Raises
    ------
    ValueError
        Where no cut leaves enough patients on both sides.

    References
    ----------
    Lausen and Schumacher 1992, doi:10.2307/2532740; Hothorn and Lausen 2003,
    doi:10.1016/S0167-9473(02)00225-6.
    """
    order = np.argsort(score, kind="stable")
    ranked = score[order]
    below = np.flatnonzero(np.diff(ranked) > 0) + 1
    share = below / len(score)
    below = below[(share >= SEARCHED[0]) & (share <= SEARCHED[1])]
    if not len(below):
        msg = "too many equal values for a cut between the 25th and the 75th percentile"
        raise ValueError(msg)
    scores = logrank_scores(time, event)[order]
    found = _statistics(scores[None], below)[0]
    draws = generator.permuted(np.tile(scores, (PERMUTATIONS, 1)), axis=1)
    largest = _statistics(draws, below).max(axis=1)
    exceeded = (largest >= found.max() * (1 - EQUAL)).sum()
    cut = ranked[below[found.argmax()] - 1]
    return float(cut), float((1 + exceeded) / (1 + PERMUTATIONS))


def logrank_scores(time: np.ndarray, event: np.ndarray) -> np.ndarray:
    """Score each patient by the event less the hazard gathered up to it (Nelson and Aalen).

    Parameters
    ----------
    time, event
        By patient; event is 1 where it happened.

    Returns
    -------
    ndarray
        By patient; they sum to 0.
    """
    moments = np.unique(time)
    at_risk = len(time) - np.searchsorted(np.sort(time), moments, side="left")
    events = np.bincount(np.searchsorted(moments, time), weights=event, minlength=len(moments))
    hazard = np.cumsum(events / at_risk)
    return event - hazard[np.searchsorted(moments, time)]


def _statistics(scores: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Standardized sums of the lower groups: orders of the patients x cuts."""
    count = scores.shape[1]
    spread = np.sqrt(scores[0].var(ddof=1) * below * (count - below) / count)
    return np.abs(np.cumsum(scores, axis=1)[:, below - 1]) / spread
