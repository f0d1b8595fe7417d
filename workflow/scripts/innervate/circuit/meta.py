"""Random-effects meta-analysis of a few cohorts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Pooled:
    """Cohorts pooled; on the scale of the effects.

    Parameters
    ----------
    k
        Number of cohorts.
    estimate, low, high, pvalue
        Mean over cohorts with its 95 % interval and two-sided test.
    tau2, i2, q_pvalue
        Variance between cohorts, its share of the whole, and the test for any.
    prediction
        Interval in which 95 % of further cohorts are expected; NaN with fewer than three.
    weights
        Share of each cohort in the mean.
    """

    k: int
    estimate: float
    low: float
    high: float
    pvalue: float
    tau2: float
    i2: float
    q_pvalue: float
    prediction: tuple[float, float]
    weights: np.ndarray


def pool(effects: np.ndarray, errors: np.ndarray) -> Pooled:
    """Pool the effects of cohorts.

    The variance between cohorts is Paule and Mandel's. The interval is Hartung and Knapp's, with
    t quantiles and the variance factor not below 1, as it could else be narrower than if cohorts
    did not differ. A single cohort is given as it is.

    Parameters
    ----------
    effects, errors
        By cohort, at least one: estimate and standard error, on a scale on which estimates are
        about normal (Fisher's z of a correlation, logarithm of a ratio).

    References
    ----------
    Paule and Mandel 1982, doi:10.6028/jres.087.022; Hartung and Knapp 2001, doi:10.1002/sim.791;
    Roever et al. 2015, doi:10.1186/s12874-015-0091-1, for the floor; Higgins et al. 2009,
    doi:10.1111/j.1467-985X.2008.00552.x, for the prediction interval.
    """
    count = len(effects)
    if count == 1:
        reach = stats.norm.ppf((1 + CONFIDENCE) / 2) * errors[0]
        pvalue = 2 * stats.norm.sf(abs(effects[0]) / errors[0])
        nothing = (np.nan, np.nan)
        return Pooled(1, effects[0], effects[0] - reach, effects[0] + reach, pvalue,
                      np.nan, np.nan, np.nan, nothing, np.ones(1))  # fmt: skip
    tau2 = _between_variance(effects, errors)
    weights = 1 / (errors**2 + tau2)
    share = weights / weights.sum()
    mean = float(share @ effects)
    factor = max(1.0, float(weights @ (effects - mean) ** 2) / (count - 1))
    error = np.sqrt(factor / weights.sum())
    reach = stats.t.ppf((1 + CONFIDENCE) / 2, count - 1) * error
    pvalue = 2 * stats.t.sf(abs(mean) / error, count - 1)
    prediction = (np.nan, np.nan)
    if count > 2:
        wide = stats.t.ppf((1 + CONFIDENCE) / 2, count - 2) * np.sqrt(tau2 + error**2)
        prediction = (mean - wide, mean + wide)
    q = _heterogeneity(0.0, effects, errors)
    i2 = max(0.0, 1 - (count - 1) / q) if q > 0 else 0.0
    q_pvalue = float(stats.chi2.sf(q, count - 1))
    return Pooled(count, mean, mean - reach, mean + reach, float(pvalue), tau2, i2, q_pvalue,
                  prediction, share)  # fmt: skip


def _heterogeneity(tau2: float, effects: np.ndarray, errors: np.ndarray) -> float:
    """Cochran's Q with a given variance between cohorts."""
    weights = 1 / (errors**2 + tau2)
    return float(weights @ (effects - weights @ effects / weights.sum()) ** 2)


def _between_variance(effects: np.ndarray, errors: np.ndarray) -> float:
    """Paule and Mandel's variance: Q equals its degrees of freedom.

    By bisection, as the iteration of statsmodels 0.14 ends at 0 where the variance is not.
    """
    freedom = len(effects) - 1
    if _heterogeneity(0.0, effects, errors) <= freedom:
        return 0.0
    highest = float(((effects - effects.mean()) ** 2).sum())
    return optimize.brentq(
        lambda tau2: _heterogeneity(tau2, effects, errors) - freedom, 0.0, highest, xtol=1e-14
    )


def without_each(effects: np.ndarray, errors: np.ndarray) -> list[Pooled]:
    """Pool again with each cohort left out in turn; empty for a single cohort."""
    if len(effects) < 2:
        return []
    keep = ~np.eye(len(effects), dtype=bool)
    return [pool(effects[rows], errors[rows]) for rows in keep]


@dataclass(frozen=True)
class Between:
    """The test of whether kinds of cohorts differ.

    Parameters
    ----------
    q, pvalue
        Statistic, chi-squared with one less than the kinds as degrees of freedom, and its p.
    """

    q: float
    pvalue: float


def between(groups: list[Pooled], tau2: float, errors: list[np.ndarray]) -> Between:
    """Test whether the means of groups of cohorts differ.

    Parameters
    ----------
    groups
        Each pooled with the common variance between cohorts.
    tau2
        That variance.
    errors
        Standard errors of each group's cohorts.

    References
    ----------
    Borenstein et al. 2009, doi:10.1002/9780470743386, chapter 19.
    """
    weights = np.array([(1 / (one**2 + tau2)).sum() for one in errors])
    means = np.array([one.estimate for one in groups])
    mean = weights @ means / weights.sum()
    q = float(weights @ (means - mean) ** 2)
    return Between(q, float(stats.chi2.sf(q, len(groups) - 1)) if len(groups) > 1 else np.nan)


def pool_with(effects: np.ndarray, errors: np.ndarray, tau2: float) -> Pooled:
    """Pool a group of cohorts with a variance between cohorts that is known; normal interval."""
    weights = 1 / (errors**2 + tau2)
    share = weights / weights.sum()
    mean, error = float(share @ effects), 1 / np.sqrt(weights.sum())
    reach = stats.norm.ppf((1 + CONFIDENCE) / 2) * error
    pvalue = float(2 * stats.norm.sf(abs(mean) / error))
    nothing = (np.nan, np.nan)
    return Pooled(len(effects), mean, mean - reach, mean + reach, pvalue, tau2, np.nan, np.nan,
                  nothing, share)  # fmt: skip
