"""Dispersions of all genes at once, by DESeq2's line search, and their trend over the mean.

Method: Love, Huber & Anders 2014, doi:10.1186/s13059-014-0550-8.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.special import digamma, gammaln

from innervate.bulk.glm import information_of, outer_products, solve_each

LINE_SEARCH_ITERATIONS = 100
LINE_SEARCH_TOLERANCE = 1e-6
ARMIJO = 1e-4
GRID = 20
TREND_ITERATIONS = 10
GLM_ITERATIONS = 25


class DispersionLikelihood:
    """Cox-Reid adjusted profile likelihood (or posterior) of log dispersions.

    Parameters
    ----------
    counts
        Genes x samples.
    mu
        Their means.
    design
        Samples x coefficients.
    prior_mean
        Log dispersion of the trend at each gene, or None for the likelihood alone.
    prior_variance
        Variance of log dispersions around the trend.
    """

    def __init__(self, counts, mu, design, prior_mean=None, prior_variance=None):
        self.counts, self.mu = counts, mu
        self.products = outer_products(design)
        self.prior_mean, self.prior_variance = prior_mean, prior_variance

    def __len__(self) -> int:
        return len(self.counts)

    def value(self, log_alpha: np.ndarray, genes: np.ndarray) -> np.ndarray:
        """Log posterior of `genes` at `log_alpha`, up to a constant."""
        alpha = np.exp(log_alpha)[:, None]
        counts, mu, inverse = self.counts[genes], self.mu[genes], 1 / alpha
        value = (
            gammaln(counts + inverse)
            - gammaln(inverse)
            - counts * np.log(mu + inverse)
            - inverse * np.log1p(mu * alpha)
        ).sum(axis=1)
        information = information_of(1 / (1 / mu + alpha), self.products)
        # Of means that overflow there is no determinant.
        with np.errstate(invalid="ignore"):
            value -= 0.5 * np.linalg.slogdet(information)[1]
        if self.prior_mean is not None:
            value -= 0.5 * (log_alpha - self.prior_mean[genes]) ** 2 / self.prior_variance
        return value

    def slope(self, log_alpha: np.ndarray, genes: np.ndarray) -> np.ndarray:
        """Derivative of `value` by the log dispersion."""
        alpha = np.exp(log_alpha)[:, None]
        counts, mu, inverse = self.counts[genes], self.mu[genes], 1 / alpha
        likelihood = (
            digamma(inverse)
            + np.log1p(mu * alpha)
            - mu * alpha / (1 + mu * alpha)
            - digamma(counts + inverse)
            + counts / (mu + inverse)
        ).sum(axis=1) / alpha[:, 0] ** 2
        weights = 1 / (1 / mu + alpha)
        information = information_of(weights, self.products)
        change = information_of(-(weights**2), self.products)
        adjustment = -0.5 * np.trace(solve_each(information, change), axis1=1, axis2=2)
        slope = (likelihood + adjustment) * alpha[:, 0]
        if self.prior_mean is not None:
            slope -= (log_alpha - self.prior_mean[genes]) / self.prior_variance
        return slope


def fit_dispersions(
    likelihood: DispersionLikelihood, start: np.ndarray, min_disp: float, max_disp: float
) -> tuple[np.ndarray, np.ndarray]:
    """Maximize over the dispersion by a line search with backtracking (Armijo's rule).

    Parameters
    ----------
    likelihood
        Of the genes.
    start
        First dispersion of each gene.
    min_disp, max_disp
        Bounds of the result.

    Returns
    -------
    tuple
        Dispersions, and whether the search converged; where it did not, a grid decided.
    """
    everything = np.arange(len(likelihood))
    log_alpha = np.log(start)
    first = likelihood.value(log_alpha, everything)
    value, slope = first.copy(), likelihood.slope(log_alpha, everything)
    step = np.ones(len(start))
    accepted, iterations = np.zeros(len(start), dtype=int), np.zeros(len(start), dtype=int)
    active = everything
    for _ in range(LINE_SEARCH_ITERATIONS):
        iterations[active] += 1
        a, d, k = log_alpha[active], slope[active], step[active]
        with np.errstate(divide="ignore", invalid="ignore"):
            k = np.where(a + k * d < -30, (-30 - a) / d, k)
            k = np.where(a + k * d > 10, (10 - a) / d, k)
        proposed = a + k * d
        new = likelihood.value(proposed, active)
        good = -new <= -value[active] - k * ARMIJO * d**2
        step[active] = np.where(good, k, k / 2)
        moved = active[good]
        change = new[good] - value[moved]
        log_alpha[moved], value[moved] = proposed[good], new[good]
        accepted[moved] += 1
        done = (change < LINE_SEARCH_TOLERANCE) | (log_alpha[moved] < np.log(min_disp / 10))
        going = moved[~done]
        slope[going] = likelihood.slope(log_alpha[going], going)
        step[going] = np.minimum(step[going] * 1.1, 1.0)
        # Every fifth step is halved, against overshooting back and forth.
        step[going] = np.where(accepted[going] % 5 == 0, step[going] / 2, step[going])
        active = np.setdiff1d(active, moved[done], assume_unique=True)
        if not len(active):
            break
    alpha = np.minimum(np.exp(log_alpha), max_disp)
    converged = iterations < LINE_SEARCH_ITERATIONS
    retry = ~converged
    if likelihood.prior_mean is None:
        # A start that can't be bettered is kept; a single step does not count as a search.
        unmoved = value < first + np.abs(first) / 1e6
        alpha = np.where(unmoved, start, alpha)
        retry = (retry | (iterations == 1)) & (alpha > min_disp * 10)
    if retry.any():
        alpha[retry] = _grid_dispersions(likelihood, np.flatnonzero(retry), min_disp, max_disp)
    return np.clip(alpha, min_disp, max_disp), converged


def _grid_dispersions(
    likelihood: DispersionLikelihood, genes: np.ndarray, min_disp: float, max_disp: float
) -> np.ndarray:
    """The best of a grid of log dispersions, refined once."""

    def best(grids: Iterator[np.ndarray]) -> np.ndarray:
        values = np.stack(list(grids))
        scores = np.stack([likelihood.value(row, genes) for row in values])
        scores[np.isnan(scores)] = -np.inf
        return values[scores.argmax(axis=0), np.arange(len(genes))]

    coarse, width = np.linspace(np.log(min_disp), np.log(max_disp), GRID, retstep=True)
    center = best(np.full(len(genes), point) for point in coarse)
    return np.exp(best(center + shift for shift in np.linspace(-width, width, GRID)))


def fit_trend(means: np.ndarray, dispersions: np.ndarray) -> np.ndarray | None:
    """Fit DESeq2's parametric trend, dispersion = a0 + a1 / mean.

    Parameters
    ----------
    means
        Mean normalized count of each gene, positive.
    dispersions
        Gene-wise dispersions, of which those near the minimum have been left out.

    Returns
    -------
    numpy.ndarray or None
        a0 and a1, or None where the fit fails. At each turn genes far from the curve are left
        out and a gamma GLM with identity link is fitted to the others.
    """
    coefficients = np.array([0.1, 1.0])
    design = np.column_stack([np.ones_like(means), 1 / means])
    for _ in range(TREND_ITERATIONS + 1):
        ratio = dispersions / (design @ coefficients)
        good = (ratio > 1e-4) & (ratio < 15)
        previous = coefficients
        coefficients, converged = _gamma_glm(design[good], dispersions[good], coefficients)
        if coefficients is None or not (coefficients > 0).all():
            return None
        if converged and (np.log(coefficients / previous) ** 2).sum() < 1e-6:
            return coefficients
    return None


def _gamma_glm(
    design: np.ndarray, response: np.ndarray, start: np.ndarray
) -> tuple[np.ndarray | None, bool]:
    """Gamma GLM with identity link by reweighted least squares, as R's glm."""
    coefficients, deviance = start, np.inf
    for _ in range(GLM_ITERATIONS):
        fitted = design @ coefficients
        new, *_ = np.linalg.lstsq(design / fitted[:, None], response / fitted, rcond=None)
        # Steps out of the valid range are halved, as R's glm does.
        for _ in range(GLM_ITERATIONS):
            fitted = design @ new
            if (fitted > 0).all():
                break
            new = (new + coefficients) / 2
        else:
            return None, False
        now = -2 * (np.log(response / fitted) - (response - fitted) / fitted).sum()
        coefficients = new
        if np.abs(now - deviance) / (np.abs(now) + 0.1) < 1e-8:
            return coefficients, True
        deviance = now
    return coefficients, False
