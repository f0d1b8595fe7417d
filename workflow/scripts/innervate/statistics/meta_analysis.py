"""Random-effects meta-analysis of a few cohorts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy import optimize, stats

from innervate.statistics.conventions import CONFIDENCE


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
    tau2 = _between_variance([effects], [errors])
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


def _between_variance(effects: list[np.ndarray], errors: list[np.ndarray]) -> float:
    """Paule and Mandel's variance within groups of cohorts: Q equals its degrees of freedom.

    By bisection, as the iteration of statsmodels 0.14 ends at 0 where the variance is not.
    """
    freedom = sum(len(one) - 1 for one in effects)

    def excess(tau2: float) -> float:
        return sum(map(partial(_heterogeneity, tau2), effects, errors)) - freedom

    # Without freedom only rounding is left of Q.
    if not freedom or excess(0.0) <= 0:
        return 0.0
    highest = sum(float(((one - one.mean()) ** 2).sum()) for one in effects)
    return optimize.brentq(excess, 0.0, highest, xtol=1e-14)


def without_each(effects: np.ndarray, errors: np.ndarray) -> list[Pooled]:
    """Pool again with each cohort left out in turn; empty for a single cohort."""
    if len(effects) < 2:
        return []
    keep = ~np.eye(len(effects), dtype=bool)
    return [pool(effects[rows], errors[rows]) for rows in keep]


@dataclass(frozen=True)
class Between:
    """The test of whether groups of cohorts differ.

    Parameters
    ----------
    q, pvalue
        Weighted squares of the groups' means about their mean, and the p-value; NaN with a
        single group.
    """

    q: float
    pvalue: float


def pool_groups(
    effects: list[np.ndarray], errors: list[np.ndarray]
) -> tuple[list[Pooled], Between]:
    """Pool groups of cohorts and test whether their means differ.

    Groups share the variance between the cohorts of a group, as most have too few cohorts for one
    of their own; what differs between groups does not enter it. Quantiles are of t and F with as
    many degrees of freedom as there are cohorts more than groups. Where each group has one
    cohort, this variance can't be known: it is taken as 0, the quantiles as normal and
    chi-squared, and a difference of groups can't be distinguished from one of cohorts.

    Parameters
    ----------
    effects, errors
        By group, as in `pool`.

    References
    ----------
    Knapp and Hartung 2003, doi:10.1002/sim.1482; Borenstein et al. 2009,
    doi:10.1002/9780470743386, chapter 19, for the shared variance.
    """
    tau2 = _between_variance(effects, errors)
    freedom = sum(len(one) - 1 for one in effects)
    student = stats.t(freedom) if freedom else stats.norm
    groups = [_group(*one, tau2, student) for one in zip(effects, errors, strict=True)]
    if len(groups) < 2:
        return groups, Between(np.nan, np.nan)
    weights = np.array([(1 / (one**2 + tau2)).sum() for one in errors])
    means = np.array([one.estimate for one in groups])
    q = float(weights @ (means - weights @ means / weights.sum()) ** 2)
    more = len(groups) - 1
    pvalue = stats.f.sf(q / more, more, freedom) if freedom else stats.chi2.sf(q, more)
    return groups, Between(q, float(pvalue))


def _group(
    effects: np.ndarray,
    errors: np.ndarray,
    tau2: float,
    student: stats.distributions.rv_frozen | stats.rv_continuous,
) -> Pooled:
    # Paule and Mandel's variance makes the variance factor 1, or less, where it is floored.
    weights = 1 / (errors**2 + tau2)
    share = weights / weights.sum()
    mean, error = float(share @ effects), 1 / np.sqrt(weights.sum())
    reach = student.ppf((1 + CONFIDENCE) / 2) * error
    pvalue = float(2 * student.sf(abs(mean) / error))
    nothing = (np.nan, np.nan)
    return Pooled(len(effects), mean, mean - reach, mean + reach, pvalue, tau2, np.nan, np.nan,
                  nothing, share)  # fmt: skip
