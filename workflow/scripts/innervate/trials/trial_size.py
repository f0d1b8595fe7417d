"""How many patients a two-arm trial needs: simulated trials, put through their test."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

TRIALS = 1000
"""Simulated trials behind each power."""

LARGEST = 4000
"""Patients above which no size is looked for."""

SMALLEST = 10
EXPECTED = 5.0
"""Expected count of a cell below which a fourfold table gets Fisher's test (Cochran's rule)."""

Rejected = Callable[[int], np.ndarray]
"""From the number of patients to whether each simulated trial rejects its null hypothesis."""


@dataclass(frozen=True)
class Survival:
    """A Weibull distribution of the time to an event: S(t) = exp(-(t / scale) ** shape)."""

    scale: float
    shape: float

    @property
    def median(self) -> float:
        """Time at which half have had the event."""
        return self.scale * np.log(2) ** (1 / self.shape)


@dataclass(frozen=True)
class Size:
    """The smallest number of patients that reaches the power, with the Monte-Carlo error."""

    patients: int
    power: float
    error: float


def smallest_size(rejected: Rejected, power: float, smallest: int = SMALLEST) -> Size | None:
    """Find by bisection the smallest trial with the wanted power.

    All sizes are tried on the same random numbers, the first n patients of each trial, so that
    power rises with size almost everywhere.

    Parameters
    ----------
    rejected
        Simulates trials of a size.
    power
        Wanted.
    smallest
        Patients to begin with.

    Returns
    -------
    Size or None
        None where `LARGEST` patients do not suffice.
    """

    def reached(patients: int) -> float:
        return float(rejected(patients).mean())

    low, high = smallest - 1, smallest
    while reached(high) < power:
        if high == LARGEST:
            return None
        low, high = high, min(2 * high, LARGEST)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) >= power else (middle, high)
    found = reached(high)
    return Size(high, found, float(np.sqrt(found * (1 - found) / TRIALS)))


def arms(patients: int, allocation: float) -> np.ndarray:
    """Whether each patient in turn gets the agent, as evenly spread as `allocation` allows."""
    # The small number keeps 0.1 * 10 from being rounded below 1.
    given = np.floor(np.arange(patients + 1) * allocation + 1e-9)
    return np.diff(given) > 0


def fit_survival(time: pd.Series, event: pd.Series) -> tuple[Survival, str]:
    """Fit an exponential and a Weibull distribution; keep the one with the lower AIC.

    Parameters
    ----------
    time, event
        By patient, no value missing, at least one event.

    Returns
    -------
    tuple
        The distribution, and the name of its family.
    """
    from lifelines import WeibullFitter
    from lifelines.exceptions import ConvergenceError

    # A time of 0 has no logarithm.
    time = time.clip(lower=time[time > 0].min() / 2)
    events = event.sum()
    rate = events / time.sum()
    exponential = events * np.log(rate) - rate * time.sum()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            fit = WeibullFitter().fit(time, event)
        except (ConvergenceError, np.linalg.LinAlgError):
            return Survival(float(1 / rate), 1.0), "exponential"
    # One parameter more must be worth it.
    if fit.log_likelihood_ - 1 > exponential:
        return Survival(float(fit.lambda_), float(fit.rho_)), "Weibull"
    return Survival(float(1 / rate), 1.0), "exponential"


def survival_trials(
    control: Survival,
    hazard_ratio: float,
    accrual: float,
    follow_up: float,
    allocation: float,
    alpha: float,
    rng: np.random.Generator,
) -> Rejected:
    """Simulate trials of the time to an event, tested by log-rank.

    Patients enter evenly over `accrual` and are followed to the analysis, `follow_up` after the
    last entry; nobody is lost before. Hazards are proportional.

    Parameters
    ----------
    control
        Of the control arm; in the unit of `accrual` and `follow_up`.
    hazard_ratio
        Of the agent's arm to the control arm.
    accrual, follow_up
        Times.
    allocation
        Share of patients with the agent.
    alpha
        Two-sided level.
    rng
        Source of randomness.

    References
    ----------
    Schoenfeld 1981, doi:10.1093/biomet/68.1.316, whose formula gives much the same size.
    """
    entry = accrual * rng.random((LARGEST, TRIALS))
    hazard = rng.standard_exponential((LARGEST, TRIALS))
    treated = arms(LARGEST, allocation)
    hazard[treated] /= hazard_ratio
    time = control.scale * hazard ** (1 / control.shape)
    limit = accrual + follow_up - entry
    bound = stats.norm.isf(alpha / 2)

    def rejected(patients: int) -> np.ndarray:
        seen = np.minimum(time[:patients], limit[:patients]).T
        event = (time[:patients] <= limit[:patients]).T
        return np.abs(logrank(seen, event, treated[:patients])) >= bound

    return rejected


def logrank(time: np.ndarray, event: np.ndarray, treated: np.ndarray) -> np.ndarray:
    """Log-rank statistic of many trials at once.

    Parameters
    ----------
    time, event
        Trials x patients; times of a trial all differ, as continuous ones do.
    treated
        Patients; the same in each trial.

    Returns
    -------
    ndarray
        Standard normal under the null hypothesis, negative where the treated have fewer events
        than expected; 0 where nothing can be compared.

    References
    ----------
    Mantel 1966, Cancer Chemother Rep 50:163-170.
    """
    order = np.argsort(time, axis=1)
    event = np.take_along_axis(event, order, axis=1)
    group = treated[order].astype(float)
    at_risk = np.arange(time.shape[1], 0, -1)
    share = np.cumsum(group[:, ::-1], axis=1)[:, ::-1] / at_risk
    excess = np.where(event, group - share, 0.0).sum(axis=1)
    variance = np.where(event, share * (1 - share), 0.0).sum(axis=1)
    root = np.sqrt(variance)
    return np.divide(excess, root, out=np.zeros_like(excess), where=root > 0)


def response_trials(
    share: float, odds_ratio: float, allocation: float, alpha: float, rng: np.random.Generator
) -> Rejected:
    """Simulate trials of a response, tested by chi-square, or by Fisher where counts are small.

    Parameters
    ----------
    share
        Responders of the control arm.
    odds_ratio
        Of the agent's arm to the control arm.
    allocation, alpha, rng
        As in `survival_trials`.
    """
    odds = odds_ratio * share / (1 - share)
    treated = arms(LARGEST, allocation)
    chance = np.where(treated, odds / (1 + odds), share)[:, None]
    responded = rng.random((LARGEST, TRIALS)) < chance
    with_agent = np.cumsum(responded & treated[:, None], axis=0, dtype=np.int32)
    without = np.cumsum(responded & ~treated[:, None], axis=0, dtype=np.int32)
    numbers = np.cumsum(treated)

    def rejected(patients: int) -> np.ndarray:
        given = int(numbers[patients - 1])
        pvalue = fourfold_pvalues(
            with_agent[patients - 1], given, without[patients - 1], patients - given
        )
        return pvalue < alpha

    return rejected


def fourfold_pvalues(left: np.ndarray, n_left: int, right: np.ndarray, n_right: int) -> np.ndarray:
    """Two-sided p-values of fourfold tables: Pearson's chi-square, or Fisher's exact test.

    Parameters
    ----------
    left, right
        Responders of each arm, one entry a table.
    n_left, n_right
        Patients of each arm.

    Returns
    -------
    ndarray
        Fisher's where an expected count is below `EXPECTED`, else of Pearson's chi-square without
        continuity correction.
    """
    total = n_left + n_right
    share = (left + right) / total
    variance = share * (1 - share) * (1 / n_left + 1 / n_right)
    root = np.sqrt(variance)
    apart = np.abs(left / n_left - right / n_right)
    z = np.divide(apart, root, out=np.zeros_like(apart), where=root > 0)
    pvalues = 2 * stats.norm.sf(z)
    few = np.minimum(share, 1 - share) * min(n_left, n_right) < EXPECTED
    if few.any():
        tables, place = np.unique(np.column_stack([left, right])[few], axis=0, return_inverse=True)
        exact = [stats.fisher_exact([[a, n_left - a], [b, n_right - b]])[1] for a, b in tables]
        pvalues[few] = np.array(exact)[place.ravel()]
    return pvalues


def difference_trials(
    difference: float, deviation: float, allocation: float, alpha: float, rng: np.random.Generator
) -> Rejected:
    """Simulate trials of a mean, tested by Student's t.

    Parameters
    ----------
    difference
        Of the means of the two arms.
    deviation
        Standard deviation within an arm, in the same unit.
    allocation, alpha, rng
        As in `survival_trials`.
    """
    values = rng.standard_normal((LARGEST, TRIALS))
    treated = arms(LARGEST, allocation)
    values[treated] -= difference / deviation

    def rejected(patients: int) -> np.ndarray:
        used, group = values[:patients], treated[:patients]
        return stats.ttest_ind(used[group], used[~group], axis=0).pvalue < alpha

    return rejected
