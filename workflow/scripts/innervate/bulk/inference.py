"""DESeq2's estimators for all genes at once, as the inference engine of PyDESeq2.

PyDESeq2 fits gene by gene with general optimizers. Here each step runs on arrays of genes and
follows the rules of the reference implementation (start, step and stopping rules), which is
faster by an order and agrees with R to rounding, where different optimizers stop at
different points of a flat likelihood.

Method: Love, Huber & Anders 2014, doi:10.1186/s13059-014-0550-8; shrinkage: Zhu, Ibrahim &
Love 2019, doi:10.1093/bioinformatics/bty895.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from pydeseq2.default_inference import DefaultInference
from scipy.stats import norm
from threadpoolctl import threadpool_limits

from innervate.bulk.dispersion import DispersionLikelihood, fit_dispersions
from innervate.bulk.glm import (
    MAX_BETA,
    MAX_ITERATIONS,
    MIN_MU,
    RIDGE,
    fit_coefficients,
    information_of,
    outer_products,
    solve_each,
)
from innervate.bulk.shrinkage import OTHER_SCALE, shrink_coefficients

CHUNK = 1000


class VectorizedInference(DefaultInference):
    """The routines that a `DeseqDataSet` and `DeseqStats` ask for, over chunks of genes.

    Parameters
    ----------
    threads
        Threads to use; results do not depend on it.
    """

    def __init__(self, threads: int = 1):
        super().__init__(n_cpus=threads)
        self._genewise: np.ndarray | None = None

    def _over_genes(self, fit: Callable[[slice], tuple], genes: int) -> list[np.ndarray]:
        """Run `fit` on slices of genes and join the parts, whose first axis is the gene."""
        chunks = [slice(start, start + CHUNK) for start in range(0, genes, CHUNK)]
        with threadpool_limits(1), ThreadPoolExecutor(self.n_cpus) as pool:
            parts = list(pool.map(fit, chunks))
        return [np.concatenate(pieces) for pieces in zip(*parts, strict=True)]

    def lin_reg_mu(self, counts, size_factors, design_matrix, min_mu):
        """Means by linear regression of normalized counts, where the design is groups alone."""
        basis, _ = np.linalg.qr(design_matrix)
        fitted = basis @ (basis.T @ (counts / size_factors[:, None]))
        return np.maximum(fitted * size_factors[:, None], min_mu)

    def irls(
        self,
        counts,
        size_factors,
        design_matrix,
        disp,
        min_mu,
        beta_tol,
        min_beta=-MAX_BETA,
        max_beta=MAX_BETA,
        optimizer="L-BFGS-B",
        maxiter=MAX_ITERATIONS,
    ):
        """Coefficients of the negative binomial GLM, its means, leverages and convergence."""
        design = np.asarray(design_matrix, dtype=float)

        def fit(genes: slice) -> tuple:
            return fit_coefficients(
                counts[:, genes].T.astype(float), size_factors, design, disp[genes], beta_tol
            )

        beta, mu, leverage, converged = self._over_genes(fit, counts.shape[1])
        return beta, mu.T, leverage.T, converged

    def alpha_mle(
        self,
        counts,
        design_matrix,
        mu,
        alpha_hat,
        min_disp,
        max_disp,
        prior_disp_var=None,
        cr_reg=True,
        prior_reg=False,
        optimizer="L-BFGS-B",
    ):
        """Dispersions: gene-wise from the start `alpha_hat`, or a posteriori around it."""
        design = np.asarray(design_matrix, dtype=float)
        start = np.clip(alpha_hat, min_disp, max_disp)
        if prior_reg:
            # The gene-wise estimate, fitted just before, is the start where it is not tiny.
            start = np.where(self._genewise > 0.1 * alpha_hat, self._genewise, alpha_hat)

        def fit(genes: slice) -> tuple:
            likelihood = DispersionLikelihood(
                counts[:, genes].T.astype(float),
                # DESeq2 holds means at a minimum here; PyDESeq2 hands them on without it.
                np.maximum(mu[:, genes].T, MIN_MU),
                design,
                np.log(alpha_hat[genes]) if prior_reg else None,
                prior_disp_var,
            )
            return fit_dispersions(likelihood, start[genes], min_disp, max_disp)

        alpha, converged = self._over_genes(fit, counts.shape[1])
        # Without means there is no dispersion, and no test later.
        alpha[~np.isfinite(mu).all(axis=0)] = np.nan
        if not prior_reg:
            self._genewise = alpha
        return alpha, converged

    def wald_test(
        self, design_matrix, disp, lfc, mu, ridge_factor, contrast, lfc_null, alt_hypothesis=None
    ):
        """Two-sided Wald test of a contrast, with means held at DESeq2's minimum."""
        design = np.asarray(design_matrix, dtype=float)
        products = outer_products(design)
        ridge = RIDGE * np.eye(design.shape[1])

        def fit(genes: slice) -> tuple:
            means = np.maximum(mu[:, genes].T, MIN_MU)
            # All-zero genes have neither a dispersion nor coefficients: they stay missing.
            known = np.isfinite(lfc[genes]).all(axis=1) & np.isfinite(disp[genes])
            variance = np.full(len(means), np.nan)
            information = information_of(
                means[known] / (1 + means[known] * disp[genes][known, None]), products
            )
            half = solve_each(
                information + ridge,
                np.broadcast_to(contrast, (known.sum(), len(contrast)))[..., None],
            )
            variance[known] = (np.swapaxes(half, 1, 2) @ information @ half)[:, 0, 0]
            se = np.sqrt(variance)
            statistic = (lfc[genes] @ contrast - lfc_null) / se
            return 2 * norm.sf(np.abs(statistic)), statistic, se

        return tuple(self._over_genes(fit, lfc.shape[0]))

    def shrink(
        self,
        counts: np.ndarray,
        design: np.ndarray,
        size: np.ndarray,
        offset: np.ndarray,
        scale: float,
        index: int,
    ) -> np.ndarray:
        """Posterior modes of one coefficient; parameters as of `shrink_coefficients`.

        Counts are samples x genes. Missing where no mode is found.
        """

        def fit(genes: slice) -> tuple:
            mine = counts[:, genes].T.astype(float)
            beta, _ = shrink_coefficients(
                mine, design, size[genes], offset, OTHER_SCALE, scale, index
            )
            return (beta[:, index],)

        return self._over_genes(fit, counts.shape[1])[0]
