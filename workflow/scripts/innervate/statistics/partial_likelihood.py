"""Cox's partial likelihood term by term: what lifelines has no function for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from innervate.statistics.conventions import CONFIDENCE

STEPS = 200
HALVINGS = 30
CONVERGED = 1e-9
LONGEST_STEP = 2.0
FARTHEST = 100.0
"""Log hazard ratio beyond which no end of a profile interval is looked for."""

Slopes = tuple[float, np.ndarray, np.ndarray]
"""A likelihood, its gradient and the information."""


@dataclass(frozen=True)
class Terms:
    """The likelihood's terms, one an event, with ties by Efron.

    Parameters
    ----------
    columns
        Patients x columns.
    cases
        The patient of each event.
    at_risk
        Events x patients: 1 where at risk, less for patients whose event is tied with others.
    """

    columns: np.ndarray
    cases: np.ndarray
    at_risk: np.ndarray

    def moments(self, beta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Log-likelihood; each patient's share of the risk at each event; means at risk.

        Returns
        -------
        tuple
            A number; events x patients; events x columns.
        """
        predicted = self.columns @ beta
        predicted -= predicted.max()
        weights = self.at_risk * np.exp(predicted)
        total = weights.sum(axis=1)
        share = weights / total[:, None]
        value = predicted[self.cases].sum() - np.log(total).sum()
        return float(value), share, share @ self.columns


def efron_terms(columns: np.ndarray, time: np.ndarray, event: np.ndarray) -> Terms:
    """Lay out the partial likelihood of right-censored times.

    Parameters
    ----------
    columns
        Patients x columns, best standardized.
    time, event
        By patient; event is 1 where it happened.

    References
    ----------
    Efron 1977, doi:10.1080/01621459.1977.10480613.
    """
    happened = event > 0
    cases = np.flatnonzero(happened)
    cases = cases[np.argsort(time[cases], kind="stable")]
    at_risk = (time[None, :] >= time[cases][:, None]).astype(float)
    for moment in np.unique(time[cases]):
        tied = np.flatnonzero(time[cases] == moment)
        members = happened & (time == moment)
        at_risk[np.ix_(tied, members)] -= (np.arange(len(tied)) / len(tied))[:, None]
    return Terms(np.asarray(columns, float), cases, at_risk)


def proportional_hazards_test(
    columns: np.ndarray, time: np.ndarray, event: np.ndarray, beta: np.ndarray
) -> tuple[float, float]:
    """Test whether the first column's hazard ratio changes with the rank of time.

    The score test of a term column x rank of time, the other columns staying as they are; R's
    ``cox.zph(transform = "rank")`` of survival 3 is the same.

    Parameters
    ----------
    columns, time, event
        As in `efron_terms`.
    beta
        Coefficients that maximize the partial likelihood.

    Returns
    -------
    tuple
        Chi-squared statistic with one degree of freedom, and p-value.

    References
    ----------
    Grambsch and Therneau 1994, doi:10.1093/biomet/81.3.515.
    """
    terms = efron_terms(columns, time, event)
    _, share, mean = terms.moments(beta)
    rank = stats.rankdata(time)[terms.cases]
    rank -= rank.mean()
    gradient = rank @ (terms.columns[terms.cases] - mean)[:, 0]
    # At each event, the covariance at risk of the first column with every column.
    first = share @ (terms.columns[:, :1] * terms.columns) - mean[:, :1] * mean
    weighted = terms.columns * share.sum(axis=0)[:, None]
    information = terms.columns.T @ weighted - mean.T @ mean
    cross = rank @ first
    within = cross @ np.linalg.pinv(information) @ cross
    statistic = float(gradient**2 / (rank**2 @ first[:, 0] - within))
    return statistic, float(stats.chi2.sf(statistic, 1))


def firth_cox(
    columns: np.ndarray, time: np.ndarray, event: np.ndarray
) -> tuple[np.ndarray, tuple[float, float], float]:
    """Cox model with Firth's penalty, which is finite however few the events.

    Parameters
    ----------
    columns, time, event
        As in `efron_terms`; of the first column the interval and test are given.

    Returns
    -------
    tuple
        Coefficients; the 95 % profile penalized-likelihood interval; the p-value of the penalized
        likelihood-ratio test.

    Raises
    ------
    ValueError
        Where the likelihood has no maximum that can be found.

    References
    ----------
    Heinze and Schemper 2001, doi:10.1111/j.0006-341X.2001.00114.x.
    """
    terms = efron_terms(columns, time, event)
    beta, highest = maximize(terms)
    _, without = maximize(terms, held=0.0, start=beta)
    pvalue = stats.chi2.sf(max(2 * (highest - without), 0.0), 1)
    enough = highest - stats.chi2.ppf(CONFIDENCE, 1) / 2

    def above(value: float) -> float:
        # Far out the information vanishes and its logarithm with it.
        return max(maximize(terms, held=value, start=beta)[1] - enough, -FARTHEST)

    ends = []
    for direction in (-1.0, 1.0):
        reach = 0.5
        while above(beta[0] + direction * reach) > 0:
            reach *= 2
            if reach > FARTHEST:
                msg = "Firth's partial likelihood does not fall off, so that it has no interval"
                raise ValueError(msg)
        ends.append(optimize.brentq(above, beta[0], beta[0] + direction * reach, xtol=1e-7))
    return beta, (ends[0], ends[1]), float(pvalue)


def maximize(
    terms: Terms, held: float | None = None, start: np.ndarray | None = None
) -> tuple[np.ndarray, float]:
    """Maximize Firth's penalized partial likelihood.

    Parameters
    ----------
    terms
        Of `efron_terms`.
    held
        Value at which the first coefficient is held.
    start
        Coefficients to start from.

    Returns
    -------
    tuple
        Coefficients, and the penalized log-likelihood.

    Raises
    ------
    ValueError
        Where Newton's method does not converge.
    """
    beta = np.zeros(terms.columns.shape[1]) if start is None else start.copy()
    free = np.ones(len(beta), bool)
    if held is not None:
        beta[0], free[0] = held, False
    if not free.any():
        return beta, penalized(terms, beta)[0]
    value, gradient, information = penalized(terms, beta)
    for _ in range(STEPS):
        step = np.zeros(len(beta))
        step[free] = np.linalg.pinv(information[np.ix_(free, free)]) @ gradient[free]
        step *= min(1.0, LONGEST_STEP / max(np.abs(step).max(), 1e-300))
        if np.abs(step).max() < CONVERGED:
            return beta, value
        beta, (value, gradient, information) = _uphill(terms, beta, step, gradient)
    msg = "Firth's partial likelihood does not converge"
    raise ValueError(msg)


def _uphill(
    terms: Terms, beta: np.ndarray, step: np.ndarray, gradient: np.ndarray
) -> tuple[np.ndarray, Slopes]:
    """Take a step, or as much of it as does not go far beyond the top.

    The information leaves out the penalty, which with few events makes steps up to twice too long.
    """
    for _ in range(HALVINGS):
        found = penalized(terms, beta + step)
        if found[1] @ step >= -(gradient @ step) / 2:
            break
        step = step / 2
    return beta + step, found


def penalized(terms: Terms, beta: np.ndarray) -> Slopes:
    """Firth's log-likelihood with its gradient, and the information without the penalty.

    Parameters
    ----------
    terms
        Of `efron_terms`.
    beta
        A coefficient for each column.
    """
    value, share, mean = terms.moments(beta)
    centered = terms.columns[None] - mean[:, None]
    weighted = centered * share[:, :, None]
    information = np.einsum("kna,knb->ab", weighted, centered)
    inverse = np.linalg.pinv(information)
    leverage = ((centered @ inverse) * centered).sum(axis=2)
    penalty = np.einsum("kna,kn->a", weighted, leverage) / 2
    gradient = (terms.columns[terms.cases] - mean).sum(axis=0) + penalty
    return value + np.linalg.slogdet(information)[1] / 2, gradient, information
