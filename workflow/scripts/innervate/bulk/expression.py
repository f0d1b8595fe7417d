"""Bulk matrices on the scales that quality control and scoring need, whatever their unit."""

from __future__ import annotations

import anndata as ad
import numpy as np

LINEAR_UNITS = ("counts", "tpm", "fpkm", "cpm")


def values(adata: ad.AnnData) -> np.ndarray:
    """Return `adata.X` as a dense float array, samples x genes, in its own unit."""
    matrix = adata.X.toarray() if hasattr(adata.X, "toarray") else adata.X
    return np.asarray(matrix, dtype=float)


def per_million(adata: ad.AnnData) -> np.ndarray:
    """Bring a matrix to shares of a million, the scale of CPM and TPM.

    Parameters
    ----------
    adata
        Samples x genes with ``uns["unit"]``. A logarithm is undone first; the constant that
        was added before it (1, 0.001, ...) is taken to be the smallest value, that of a gene
        with nothing.

    Returns
    -------
    numpy.ndarray
        Samples x genes; each row sums to 1e6, or to 0 where the sample has nothing.
    """
    linear = values(adata)
    if adata.uns["unit"] not in LINEAR_UNITS:
        linear = np.exp2(linear)
        linear = linear - linear.min(initial=np.inf)
    totals = linear.sum(axis=1, keepdims=True)
    return np.divide(linear * 1e6, totals, out=np.zeros_like(linear), where=totals > 0)


def log_expression(adata: ad.AnnData) -> np.ndarray:
    """Log2 expression for principal components and correlations, samples x genes.

    Parameters
    ----------
    adata
        Samples x genes with ``uns["unit"]``.

    Returns
    -------
    numpy.ndarray
        log2(CPM + 1) of counts, log2(x + 1) of TPM, FPKM and CPM, and x where it is a
        logarithm already.
    """
    unit = adata.uns["unit"]
    if unit == "counts":
        return np.log2(per_million(adata) + 1)
    return np.log2(values(adata) + 1) if unit in LINEAR_UNITS else values(adata)
