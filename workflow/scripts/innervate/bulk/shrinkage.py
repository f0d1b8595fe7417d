"""Shrunken fold changes: posterior modes under apeglm's Cauchy prior, all genes at once.

Method: Zhu, Ibrahim & Love 2019, doi:10.1093/bioinformatics/bty895.
"""

from __future__ import annotations

import numpy as np

from innervate.bulk.glm import information_of, outer_products

MAX_ITERATIONS = 200
TOLERANCE = 1e-8


def shrink_coefficients(
    counts: np.ndarray,
    design: np.ndarray,
    size: np.ndarray,
    offset: np.ndarray,
    other_scale: float,
    scale: float,
    index: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Posterior modes with a Cauchy prior on one coefficient and wide normals on the others.

    By damped Newton steps. The posterior may have two modes, near zero and near the
    maximum-likelihood estimate: both are searched and the higher one is taken.

    Parameters
    ----------
    counts
        Genes x samples.
    design
        Samples x coefficients.
    size
        Inverse dispersion of each gene.
    offset
        Natural log of each sample's size factor.
    other_scale, scale
        Scale of the normal priors and of the Cauchy prior.
    index
        The shrunken coefficient.

    Returns
    -------
    tuple
        Coefficients (genes x coefficients, natural log), covariances at the mode, and whether
        the search converged.
    """
    basis, triangle = np.linalg.qr(design)
    free = np.linalg.solve(triangle, basis.T @ (np.log(counts + 0.1) - offset).T).T
    null = np.zeros_like(free)
    null[:, 0] = (np.log(counts + 0.1) - offset).mean(axis=1)
    prior = (other_scale, scale, index)
    results = [
        _posterior_mode(start, counts, design, size, offset, prior) for start in (free, null)
    ]
    better = results[1][1] < results[0][1]
    beta = np.where(better[:, None], results[1][0], results[0][0])
    converged = np.where(better, results[1][2], results[0][2])
    mu = np.exp(beta @ design.T + offset)
    n = size[:, None]
    hessian = information_of((counts + n) * n * mu / (n + mu) ** 2, outer_products(design))
    curvature = np.full(beta.shape, 1 / other_scale**2)
    squared = beta[:, index] ** 2
    curvature[:, index] = 2 * (scale**2 - squared) / (scale**2 + squared) ** 2
    diagonal = np.arange(beta.shape[1])
    hessian[:, diagonal, diagonal] += curvature
    return beta, np.linalg.inv(hessian), converged


def _posterior_mode(
    start: np.ndarray,
    counts: np.ndarray,
    design: np.ndarray,
    size: np.ndarray,
    offset: np.ndarray,
    prior: tuple[float, float, int],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    other_scale, scale, index = prior
    products, diagonal = outer_products(design), np.arange(design.shape[1])
    others = np.delete(diagonal, index)

    def loss(beta: np.ndarray, genes: np.ndarray) -> np.ndarray:
        eta = beta @ design.T
        n = size[genes, None]
        likelihood = counts[genes] * eta - (counts[genes] + n) * np.logaddexp(
            eta + offset, np.log(n)
        )
        penalty = (beta[:, others] ** 2).sum(axis=1) / (2 * other_scale**2)
        # A step too far may overflow; it is then too high, and halved.
        with np.errstate(over="ignore"):
            cauchy = np.log1p((beta[:, index] / scale) ** 2)
        return penalty + cauchy - likelihood.sum(axis=1)

    beta, active = start.copy(), np.arange(len(start))
    value = loss(beta, active)
    for _ in range(MAX_ITERATIONS):
        b, y, n = beta[active], counts[active], size[active, None]
        mu = np.exp(np.clip(b @ design.T + offset, -700, 700))
        precision = np.full(b.shape, 1 / other_scale**2)
        squared = b[:, index] ** 2
        precision[:, index] = 2 * (scale**2 - squared) / (scale**2 + squared) ** 2
        pull = b / other_scale**2
        pull[:, index] = 2 * b[:, index] / (scale**2 + squared)
        gradient = pull - ((y - mu) * n / (n + mu)) @ design
        hessian = information_of((y + n) * n * mu / (n + mu) ** 2, products)
        # The prior is not convex beyond its scale; a step must go downhill all the same.
        hessian[:, diagonal, diagonal] += np.maximum(precision, 0)
        direction = -np.linalg.solve(hessian, gradient[..., None])[..., 0]
        step, new, proposed = np.ones(len(active)), value[active].copy(), b
        waiting = np.arange(len(active))
        proposed = b.copy()
        while len(waiting) and step[waiting].max() > 1e-8:
            trial = b[waiting] + step[waiting, None] * direction[waiting]
            found = loss(trial, active[waiting])
            better = found <= value[active[waiting]]
            proposed[waiting[better]], new[waiting[better]] = trial[better], found[better]
            waiting = waiting[~better]
            step[waiting] /= 2
        moved = np.abs(proposed - b).max(axis=1)
        beta[active], value[active] = proposed, new
        active = active[moved > TOLERANCE * (1 + np.abs(b).max(axis=1))]
        if not len(active):
            break
    converged = np.ones(len(beta), dtype=bool)
    converged[active] = False
    return beta, value, converged
