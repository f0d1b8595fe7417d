"""Negative binomial generalized linear models of all genes at once.

Method: Love, Huber & Anders 2014, doi:10.1186/s13059-014-0550-8.
"""

from __future__ import annotations

import contextlib

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln

MIN_MU = 0.5
"""Means are held at this minimum while fitting, as DESeq2 does."""
MAX_ITERATIONS = 100
MAX_BETA = 30.0
OPTIMIZER = {"ftol": 1e-15, "gtol": 1e-9, "maxiter": 2000}
FLAT = 1e-4
"""Slope of the log-likelihood, per unit of a coefficient, at which it counts as maximal."""
REPRESENTABLE = (1e-150, 1e150)
RIDGE = 1e-6 / np.log(2) ** 2
"""DESeq2's prior precision of coefficients, 1e-6 in log2, on the natural scale."""


def outer_products(design: np.ndarray) -> np.ndarray:
    """Outer product of each sample's design row, flattened: samples x coefficients squared."""
    return (design[:, :, None] * design[:, None, :]).reshape(len(design), -1)


def information_of(weights: np.ndarray, products: np.ndarray) -> np.ndarray:
    """X'WX of each gene: genes x coefficients x coefficients."""
    size = round(np.sqrt(products.shape[1]))
    return (weights @ products).reshape(-1, size, size)


def solve_each(matrices: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solve the linear system of each gene; missing where it has no solution.

    Parameters
    ----------
    matrices
        Genes x n x n.
    right
        Genes x n x m.

    Returns
    -------
    numpy.ndarray
        Genes x n x m.
    """
    try:
        return np.linalg.solve(matrices, right)
    except np.linalg.LinAlgError:
        # One singular matrix refuses them all.
        solved = np.full(right.shape, np.nan)
        for gene, matrix in enumerate(matrices):
            with contextlib.suppress(np.linalg.LinAlgError):
                solved[gene] = np.linalg.solve(matrix, right[gene])
        return solved


def inverse_each(matrices: np.ndarray) -> np.ndarray:
    """Inverse matrix of each gene; missing where there is none."""
    return solve_each(matrices, np.broadcast_to(np.eye(matrices.shape[1]), matrices.shape))


def deviance_of(counts: np.ndarray, mu: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Minus twice the negative binomial log-likelihood of each gene."""
    inverse = 1 / alpha[:, None]
    log_likelihood = (
        gammaln(counts + inverse)
        - gammaln(inverse)
        - gammaln(counts + 1)
        + counts * np.log(mu * alpha[:, None])
        - (counts + inverse) * np.log1p(mu * alpha[:, None])
    )
    return -2 * log_likelihood.sum(axis=1)


def fit_coefficients(
    counts: np.ndarray,
    size_factors: np.ndarray,
    design: np.ndarray,
    alpha: np.ndarray,
    tolerance: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Fit negative binomial GLMs by iteratively reweighted least squares.

    Parameters
    ----------
    counts
        Genes x samples.
    size_factors
        One a sample.
    design
        Samples x coefficients.
    alpha
        Dispersion of each gene.
    tolerance
        Relative change of the deviance at which a gene is done.

    Returns
    -------
    tuple
        Coefficients (genes x coefficients, natural log), means (genes x samples), leverages
        (genes x samples) and whether the fit converged. Genes that diverge are fitted by a
        bounded quasi-Newton method, as DESeq2 does; where that finds nothing, they are missing.
    """
    products, ridge = outer_products(design), RIDGE * np.eye(design.shape[1])
    basis, triangle = np.linalg.qr(design)
    beta = np.linalg.solve(triangle, basis.T @ np.log(counts / size_factors + 0.1).T).T
    start = beta.copy()

    def means(coefficients: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore"):
            return np.maximum(size_factors * np.exp(coefficients @ design.T), MIN_MU)

    active = np.arange(len(counts))
    failed = np.zeros(len(counts), dtype=bool)
    deviance = np.zeros(len(counts))
    for iteration in range(MAX_ITERATIONS):
        mu, y = means(beta[active]), counts[active]
        # Means that overflow give no solution, and the gene is one that diverges.
        with np.errstate(invalid="ignore", over="ignore"):
            weights = mu / (1 + mu * alpha[active, None])
            response = np.log(mu / size_factors) + (y - mu) / mu
            right = (weights * response) @ design
        new = solve_each(information_of(weights, products) + ridge, right[..., None])[..., 0]
        diverged = ~(np.abs(new) <= MAX_BETA).all(axis=1)
        failed[active[diverged]] = True
        active, new = active[~diverged], new[~diverged]
        beta[active] = new
        now = deviance_of(counts[active], means(new), alpha[active])
        change = np.abs(now - deviance[active]) / (np.abs(now) + 0.1)
        deviance[active] = now
        # To settle on the very last iteration is to fail, as DESeq2 counts.
        settled = (change < tolerance) & (0 < iteration < MAX_ITERATIONS - 1)
        active = active[~settled]
        if not len(active):
            break
    failed[active] = True
    converged = ~failed
    # Leverages are those of the last step even of genes that are fitted anew, as in DESeq2.
    mu = means(beta)
    with np.errstate(invalid="ignore", over="ignore"):
        weights = mu / (1 + mu * alpha[:, None])
    covariance = inverse_each(information_of(weights, products) + ridge)
    leverage = weights * (covariance.reshape(len(beta), -1) @ products.T)
    for gene in np.flatnonzero(failed):
        beta[gene], converged[gene] = _fit_by_optimizer(
            counts[gene], size_factors, design, alpha[gene], start[gene]
        )
    # The means are handed on without their minimum, as in DESeq2.
    with np.errstate(over="ignore"):
        return beta, size_factors * np.exp(beta @ design.T), leverage, converged


def _fit_by_optimizer(
    counts: np.ndarray,
    size_factors: np.ndarray,
    design: np.ndarray,
    alpha: float,
    start: np.ndarray,
) -> tuple[np.ndarray, bool]:
    bound = MAX_BETA * np.log(2)

    def loss(beta: np.ndarray) -> tuple[float, np.ndarray]:
        # Held within what floating point can square, where a line search goes too far.
        with np.errstate(over="ignore"):
            mu = np.clip(size_factors * np.exp(design @ beta), *REPRESENTABLE)
        value = deviance_of(counts[None], mu[None], np.array([alpha]))[0] / 2
        gradient = design.T @ ((mu - counts) / (1 + alpha * mu))
        return value + RIDGE * (beta**2).sum() / 2, gradient + RIDGE * beta

    # The penalized likelihood is strictly concave: searched to its end, the maximum is the same
    # from any start. Looser rules stop where the surface is flat, each optimizer elsewhere.
    result = minimize(
        loss,
        np.clip(start, -bound, bound),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-bound, bound)] * len(start),
        options=OPTIMIZER,
    )
    if not (np.isfinite(result.fun) and np.isfinite(result.x).all()):
        return np.full(len(start), np.nan), False
    # At the precision of floating point its line search gives up: the slope decides.
    return result.x, bool(np.abs(result.jac).max() < FLAT)
