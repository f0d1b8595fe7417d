"""Shrunken fold changes: posterior modes under apeglm's Cauchy prior, all genes at once.

Method: Zhu, Ibrahim & Love 2019, doi:10.1093/bioinformatics/bty895.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from innervate.bulk.glm import information_of, inverse_each, outer_products, solve_each
from innervate.bulk.lbfgs import minimize_each

MAX_ITERATIONS = 200
TOLERANCE = 1e-8
FLOOR = 1e-3
"""Smallest scale of the prior. There it all but forces effects to zero, whatever the evidence."""
NEAR_FLOOR = 10 * FLOOR
"""Scale below which shrunken effects support no statement."""
LARGEST = 1.0
"""Largest scale of the prior."""
OTHER_SCALE = 15.0
"""Standard deviation of the normal priors of the other coefficients."""
AT_MODE = 0.01
"""Step, in standard deviations of the posterior, below which a search is at a mode."""
START = 0.1
APART = 0.01
"""Two searches that end farther apart than this, in any coefficient, disagree (apeglm)."""


def prior_scale(effect: np.ndarray, error: np.ndarray) -> float:
    """Scale of the Cauchy prior, from how far the effects scatter beyond their errors.

    Parameters
    ----------
    effect, error
        Maximum-likelihood effect of each gene and its standard error, natural log. Genes without
        either are left out.

    Returns
    -------
    float
        Between `FLOOR` and `LARGEST`: the root of Efron and Morris's estimate of the variance
        (1975, doi:10.1080/01621459.1975.10479864), as in apeglm.
    """
    known = np.isfinite(effect) & np.isfinite(error)
    squared, noise = effect[known] ** 2, error[known] ** 2

    def excess(variance: float) -> float:
        weights = 1 / (variance + noise) ** 2
        return ((squared - noise) * weights).sum() / weights.sum() - variance

    if not known.any() or excess(FLOOR**2) < 0:
        return FLOOR
    if excess(LARGEST**2) > 0:
        return LARGEST
    return float(np.sqrt(brentq(excess, FLOOR**2, LARGEST**2)))


@dataclass(frozen=True)
class Posterior:
    """Negative log posterior of each gene's coefficients.

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
        The coefficient that has the Cauchy prior.
    """

    counts: np.ndarray
    design: np.ndarray
    size: np.ndarray
    offset: np.ndarray
    other_scale: float
    scale: float
    index: int

    def loss(self, beta: np.ndarray, genes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Value and gradient at `beta` (genes x coefficients); not finite where it overflows."""
        y, n, eta = self.counts[genes], self.size[genes, None], beta @ self.design.T
        tested, others = beta[:, self.index], beta.copy()
        others[:, self.index] = 0
        with np.errstate(over="ignore", invalid="ignore"):
            mu = np.exp(eta + self.offset)
            value = ((y + n) * np.log(n + mu) - y * eta).sum(axis=1)
            value += (others**2).sum(axis=1) / (2 * self.other_scale**2)
            value += np.log1p((tested / self.scale) ** 2)
            gradient = ((y + n) * mu / (n + mu) - y) @ self.design + others / self.other_scale**2
            gradient[:, self.index] += 2 * tested / (self.scale**2 + tested**2)
        return value, gradient

    def hessian(self, beta: np.ndarray, genes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Second derivatives of the likelihood, and of the priors (the diagonal)."""
        n = self.size[genes, None]
        with np.errstate(over="ignore", invalid="ignore"):
            mu = np.exp(beta @ self.design.T + self.offset)
            weights = (self.counts[genes] + n) * n / (n + mu) * (mu / (n + mu))
            squared = beta[:, self.index] ** 2
            curvature = np.full(beta.shape, 1 / self.other_scale**2)
            curvature[:, self.index] = (
                2 * (self.scale**2 - squared) / (self.scale**2 + squared) ** 2
            )
        return information_of(weights, outer_products(self.design)), curvature


def shrink_coefficients(
    counts: np.ndarray,
    design: np.ndarray,
    size: np.ndarray,
    offset: np.ndarray,
    other_scale: float,
    scale: float,
    index: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Posterior modes, by apeglm's rules.

    A posterior may have two modes, one near zero and one near the maximum-likelihood estimate.
    R does not compare them: it takes the one that its search runs into. So the search is the
    same here, by limited-memory BFGS from two starts of opposite signs. Where both end in the
    same place, the first is taken as it is, as in R, where the search of genes with high counts
    ends a little early. Otherwise it is carried on to the mode nearby.

    Parameters
    ----------
    counts, design, size, offset, other_scale, scale, index
        As of `Posterior`.

    Returns
    -------
    tuple
        Coefficients (genes x coefficients, natural log), and whether a mode was found; where it
        was not, they are missing.
    """
    posterior = Posterior(counts, design, size, offset, other_scale, scale, index)
    genes, coefficients = len(counts), design.shape[1]
    everything = np.arange(genes)
    # Signs alternate over the coefficients. The tested one is counted last, so that the names of
    # a factor's other levels, which order the columns, do not change what is found.
    order = np.append(np.delete(np.arange(coefficients), index), index)
    start = np.empty(coefficients)
    start[order] = START * (-1.0) ** np.arange(coefficients)
    height = np.maximum(posterior.loss(np.zeros((genes, coefficients)), everything)[0], 1)

    def scaled(beta: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        value, gradient = posterior.loss(beta, rows)
        return value / height[rows] + 10, gradient / height[rows, None]

    beta, converged = minimize_each(scaled, np.tile(start, (genes, 1)))
    other, _ = minimize_each(scaled, np.tile(-start, (genes, 1)))
    agreed = (np.abs(beta - other) <= APART).all(axis=1)
    information, curvature = posterior.hessian(beta, everything)
    diagonal = np.arange(coefficients)
    information[:, diagonal, diagonal] += curvature
    variances = np.diagonal(inverse_each(information), axis1=1, axis2=2)
    unsure = np.flatnonzero(~(converged & agreed & (variances > 0).all(axis=1)))
    beta[unsure], converged[unsure] = _carry_on(posterior, beta[unsure], unsure)
    beta[~converged] = np.nan
    return beta, converged


def _carry_on(
    posterior: Posterior, start: np.ndarray, genes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Damped Newton steps, always downhill, to the mode near the start."""
    beta, diagonal = start.copy(), np.arange(start.shape[1])
    value, _ = posterior.loss(beta, genes)
    active = np.arange(len(genes))
    left = np.full(len(genes), np.inf)
    for _ in range(MAX_ITERATIONS):
        if not len(active):
            break
        b, mine = beta[active], genes[active]
        _, gradient = posterior.loss(b, mine)
        hessian, curvature = posterior.hessian(b, mine)
        # Beyond its scale the Cauchy prior is not convex: a parabola that touches it from above
        # takes its place, so that steps go downhill and not past the mode.
        above = 2 / (posterior.scale**2 + b[:, posterior.index] ** 2)
        concave = curvature[:, posterior.index] < 0
        curvature[concave, posterior.index] = above[concave]
        hessian[:, diagonal, diagonal] += curvature
        direction = -solve_each(hessian, gradient[..., None])[..., 0]
        left[active] = -(gradient * direction).sum(axis=1)
        step, new, proposed = np.ones(len(active)), value[active].copy(), b.copy()
        waiting = np.arange(len(active))
        while len(waiting) and step[waiting].max() > TOLERANCE:
            trial = b[waiting] + step[waiting, None] * direction[waiting]
            found, _ = posterior.loss(trial, mine[waiting])
            better = found <= value[active[waiting]]
            proposed[waiting[better]], new[waiting[better]] = trial[better], found[better]
            waiting = waiting[~better]
            step[waiting] /= 2
        moved = np.abs(proposed - b).max(axis=1)
        beta[active], value[active] = proposed, new
        active = active[moved > TOLERANCE * (1 + np.abs(b).max(axis=1))]
    # At a mode no step is left to take; a search that just can't go on is at none.
    return beta, np.isfinite(value) & (left <= AT_MODE**2)
