"""The effect of one end of an edge on the other, by the model that its target needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from innervate.statistics.resampling import (
    Statistic,
    freedman_lane,
    interval,
    partial_rank_correlation,
    permuted_score,
)
from innervate.statistics.weighted_regression import (
    fit_cox,
    fit_logistic,
    fit_proportional_odds,
    null_residual,
)

Kind = Literal["rank", "binary", "ordinal", "survival"]
ESTIMATE_TYPES = {
    "rank": "partial_spearman",
    "binary": "log_odds_ratio_per_sd",
    "ordinal": "log_odds_ratio_per_sd",
    "survival": "log_hazard_ratio_per_sd",
}
LEFT = 1e-6
"""Share of an end's variance that covariates must leave for an effect to be defined."""


@dataclass(frozen=True)
class Target:
    """What an edge reaches.

    Parameters
    ----------
    kind
        Which model it needs: rank correlation, logistic, proportional odds, or Cox.
    values
        By patient: numbers, grades from 0, or 1 where the event happened.
    time
        Of a survival time.
    """

    kind: Kind
    values: pd.Series
    time: pd.Series | None = None

    def of(self, patients: pd.Index) -> Target:
        """The same of some patients."""
        time = None if self.time is None else self.time[patients]
        return replace(self, values=self.values[patients], time=time)

    def size(self) -> float:
        """Patients that carry information: events, the rarer answer, or their like for grades.

        For ordered grades it is n - sum of n_k cubed / n squared (Harrell 2015,
        doi:10.1007/978-3-319-19425-7, section 4.4).
        """
        if self.kind == "survival":
            return float(self.values.sum())
        count = self.values.value_counts()
        if self.kind == "binary":
            return float(count.min()) if len(count) > 1 else 0.0
        if self.kind == "ordinal":
            return float(count.sum() - (count**3).sum() / count.sum() ** 2)
        return float(len(self.values))

    def known(self) -> pd.Index:
        """Patients whose value is known."""
        known = (
            self.values.notna() if self.time is None else self.values.notna() & self.time.notna()
        )
        return self.values.index[known]


@dataclass(frozen=True)
class Effect:
    """An effect with its interval and p-value, of `Model.effect`.

    Parameters
    ----------
    estimate
        Partial rank correlation, or log odds or hazard ratio per standard deviation.
    low, high
        95 % interval, bootstrap over patients.
    se
        Half the interval over 1.96, on the scale on which cohorts are pooled: Fisher's z of a
        correlation, else the estimate's own.
    pvalue
        By permutation.
    """

    estimate: float
    low: float
    high: float
    se: float
    pvalue: float


@dataclass(frozen=True)
class Model:
    """A target and covariates, on which sources are tried.

    Parameters
    ----------
    target
        Of the patients of the edge, none missing.
    covariates
        Patients x linearly independent columns; may have none.
    """

    target: Target
    covariates: pd.DataFrame

    @cached_property
    def basis(self) -> np.ndarray:
        """Orthonormal basis of the covariates and the intercept, patients x columns."""
        design = np.column_stack([np.ones(len(self.covariates)), self._columns()])
        left, sizes, _ = np.linalg.svd(design, full_matrices=False)
        return left[:, sizes > 1e-10 * sizes[0]]

    @cached_property
    def residual(self) -> np.ndarray:
        """What the covariates leave of the target, by patient."""
        values = self.target.values.to_numpy(float)
        if self.target.kind == "rank":
            return self._left(stats.rankdata(values))
        outcome = values
        if self.target.kind == "survival":
            outcome = np.column_stack([self.target.time.to_numpy(float), values])
        return null_residual(self.target.kind, outcome, self._columns())

    def _columns(self) -> np.ndarray:
        if self.target.kind == "rank":
            return self.covariates.rank().to_numpy(float)
        spread = self.covariates.std().replace(0.0, 1.0)
        return ((self.covariates - self.covariates.mean()) / spread).to_numpy(float)

    def _left(self, values: np.ndarray) -> np.ndarray:
        return values - self.basis @ (self.basis.T @ values)

    def _scaled(self, sources: np.ndarray) -> np.ndarray:
        if self.target.kind == "rank":
            return stats.rankdata(sources, axis=-1)
        return sources

    def association(self, sources: np.ndarray) -> np.ndarray:
        """How strongly sources go with the target, on a scale that needs no fit.

        Parameters
        ----------
        sources
            Sources x patients.

        Returns
        -------
        ndarray
            By source: the partial correlation, for an outcome with the residual of its null
            model; NaN where the covariates leave nothing of a source.
        """
        scaled = self._scaled(np.atleast_2d(sources))
        left = scaled - (scaled @ self.basis) @ self.basis.T
        centred = scaled - scaled.mean(axis=1, keepdims=True)
        size, whole = np.linalg.norm(left, axis=1), np.linalg.norm(centred, axis=1)
        size = np.where(size > np.sqrt(LEFT) * np.maximum(whole, 1e-12), size, np.nan)
        return (left @ self.residual) / (size * np.linalg.norm(self.residual))

    def obstacle(self, source: pd.Series) -> str:
        """Why the effect of a source is not defined; empty where it is."""
        if source.nunique() < 2:
            return "the source does not vary"
        if self.target.values.nunique() < 2:
            return "the target does not vary"
        if np.isnan(self.association(source.to_numpy(float))).any():
            return "the covariates determine the source"
        if self.target.kind == "rank":
            ranks = stats.rankdata(self.target.values)
            if self.residual @ self.residual <= LEFT * ((ranks - ranks.mean()) ** 2).sum():
                return "the covariates determine the target"
        return ""

    def statistic(self, source: pd.Series) -> Statistic:
        """From weights of patients to estimates."""
        values = source.to_numpy(float)
        if self.target.kind == "rank":
            target = self.target.values.to_numpy(float)
            return partial_rank_correlation(values, target, self.covariates.to_numpy(float))
        design = np.column_stack([(values - values.mean()) / values.std(ddof=1), self._columns()])
        fit = _fitter(self.target)
        return lambda weights: fit(design, weights)[:, 0]

    def estimate(self, source: pd.Series) -> float:
        """The effect alone."""
        return float(self.statistic(source)(np.ones((1, len(source))))[0])

    def effect(self, source: pd.Series, draws: int, permutations: int, seed: int) -> Effect:
        """The effect of a source with its interval and p-value.

        Parameters
        ----------
        source
            By patient, none missing; see `obstacle`.
        draws, permutations
            Resamples of patients, and permutations.
        seed
            Of both.
        """
        statistic = self.statistic(source)
        estimate = float(statistic(np.ones((1, len(source))))[0])
        low, high = interval(estimate, statistic, len(source), draws, seed)
        left = self._left(self._scaled(source.to_numpy(float)))
        if self.target.kind == "rank":
            pvalue = freedman_lane(left, self.residual, self.basis, permutations, seed + 1)
        else:
            pvalue = permuted_score(left, self.residual, permutations, seed + 1)
        return Effect(estimate, low, high, self._error(low, high), pvalue)

    def _error(self, low: float, high: float) -> float:
        ends = np.array([low, high])
        if self.target.kind == "rank":
            ends = np.arctanh(np.clip(ends, -1 + 1e-9, 1 - 1e-9))
        return float((ends[1] - ends[0]) / (2 * stats.norm.ppf(0.975)))


def _fitter(target: Target) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    values = target.values.to_numpy(float)
    if target.kind == "binary":
        return lambda design, weights: fit_logistic(design, values, weights)
    if target.kind == "ordinal":
        return lambda design, weights: fit_proportional_odds(design, values.astype(int), weights)
    time = target.time.to_numpy(float)
    return lambda design, weights: fit_cox(design, time, values, weights)
