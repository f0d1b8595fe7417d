"""Shares of cells by patient, with intervals that allow for few cells and few patients."""

from __future__ import annotations

import numpy as np
from scipy import optimize, stats
from scipy.special import betaln

JEFFREYS = (0.5, 0.5)
MIN_PATIENTS = 3
"""Groups below which their common distribution is not estimated."""

STRONGEST = 10.0
"""Largest strength of the common distribution, in cells. Few groups seldom show how much they
differ, and a group of few cells must not borrow more certainty than this."""


def shrunken_fractions(positive: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Estimate each group's share, with a 95 % interval, from all groups together.

    The groups' true shares follow a beta distribution that is estimated from all of them
    (empirical Bayes, beta-binomial); a group with few cells leans on it, one with many does not.
    With fewer than three groups Jeffreys' prior stands in its place.

    Parameters
    ----------
    positive
        Expected number of positive cells by group (a sum of posteriors), not below 0.
    total
        Cells by group.

    Returns
    -------
    ndarray
        Groups x 3: posterior mean, 2.5 % and 97.5 % quantiles; NaN where a group has no cells.

    References
    ----------
    Beta-binomial with an estimated prior: Skellam 1948, doi:10.1111/j.2517-6161.1948.tb00014.x.
    """
    positive, total = np.asarray(positive, dtype=float), np.asarray(total, dtype=float)
    result = np.full((len(total), 3), np.nan)
    some = total > 0
    alpha, beta = _prior(positive[some], total[some])
    a, b = alpha + positive[some], beta + total[some] - positive[some]
    result[some, 0] = a / (a + b)
    result[some, 1], result[some, 2] = stats.beta.ppf(0.025, a, b), stats.beta.ppf(0.975, a, b)
    return result


def _prior(positive: np.ndarray, total: np.ndarray) -> tuple[float, float]:
    if len(total) < MIN_PATIENTS:
        return JEFFREYS

    def loss(parameters: np.ndarray) -> float:
        mean = 1 / (1 + np.exp(-parameters[0]))
        strength = np.exp(parameters[1])
        a, b = mean * strength, (1 - mean) * strength
        return -np.sum(betaln(a + positive, b + total - positive) - betaln(a, b))

    bounds = [(-8.0, 8.0), (np.log(0.5), np.log(STRONGEST))]
    found = optimize.minimize(loss, x0=np.array([0.0, 1.0]), bounds=bounds, method="L-BFGS-B")
    mean, strength = 1 / (1 + np.exp(-found.x[0])), np.exp(found.x[1])
    return mean * strength, (1 - mean) * strength
