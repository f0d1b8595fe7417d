"""How samples lie to each other: principal components, outliers, correlations."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

VARIABLE_GENES = 2000
COMPONENTS = 10
OUTLIER_COMPONENTS = 5
MIN_FOR_OUTLIERS = 6
"""Samples of a tissue below which a median absolute deviation says too little."""
MIN_FOR_CORRELATION = 3
MAD_TO_SD = 1.4826


def robust_z(numbers: np.ndarray) -> np.ndarray:
    """Distance from the median in median absolute deviations, scaled to normal SDs.

    Parameters
    ----------
    numbers
        One value a sample; missing ones stay missing.

    Returns
    -------
    numpy.ndarray
        As long as `numbers`; all missing where the deviation is 0 or values are too few.
    """
    numbers = np.asarray(numbers, dtype=float)
    known = numbers[np.isfinite(numbers)]
    if len(known) < MIN_FOR_OUTLIERS:
        return np.full(len(numbers), np.nan)
    center = np.median(known)
    spread = MAD_TO_SD * np.median(np.abs(known - center))
    return (numbers - center) / spread if spread > 0 else np.full(len(numbers), np.nan)


def components(expression: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Principal components of the most variable genes.

    Parameters
    ----------
    expression
        Log expression, samples x genes.
    count
        Components wanted; fewer are returned where there are not as many.

    Returns
    -------
    tuple
        Scores (samples x components) and the share of the variance of each, 0 to 1. The sign
        is such that the gene of largest weight is positive, so that it is the same everywhere.
    """
    variance = expression.var(axis=0)
    top = np.sort(np.argsort(-variance, kind="stable")[:VARIABLE_GENES])
    centered = expression[:, top] - expression[:, top].mean(axis=0)
    if len(centered) < 2 or not centered.any():
        return np.zeros((len(centered), 0)), np.zeros(0)
    left, singular, right = np.linalg.svd(centered, full_matrices=False)
    count = min(count, len(centered) - 1, len(singular))
    largest = np.abs(right[:count]).argmax(axis=1)
    signs = np.sign(right[np.arange(count), largest])
    shares = singular**2 / (singular**2).sum()
    return left[:, :count] * singular[:count] * signs, shares[:count]


def component_distances(expression: np.ndarray) -> np.ndarray:
    """Robust z of each sample's distance from the middle of its tissue.

    Parameters
    ----------
    expression
        Log expression of one tissue's samples, samples x genes.

    Returns
    -------
    numpy.ndarray
        The distance is Euclidean, from the median, in the first components; missing where the
        tissue has too few samples.
    """
    if len(expression) < MIN_FOR_OUTLIERS:
        return np.full(len(expression), np.nan)
    scores, _ = components(expression, OUTLIER_COMPONENTS)
    return robust_z(np.linalg.norm(scores - np.median(scores, axis=0), axis=1))


def median_correlations(expression: np.ndarray) -> np.ndarray:
    """Median Spearman correlation of each sample with the others of its tissue.

    Parameters
    ----------
    expression
        Log expression of one tissue's samples, samples x genes.

    Returns
    -------
    numpy.ndarray
        Missing where the tissue has fewer than three samples.
    """
    size = len(expression)
    if size < MIN_FOR_CORRELATION:
        return np.full(size, np.nan)
    # Genes that no sample expresses would tie at the bottom and lift every correlation.
    expressed = expression[:, expression.max(axis=0) > expression.min()]
    if expressed.shape[1] < 2:
        return np.full(size, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = np.corrcoef(rankdata(expressed, axis=1))
    np.fill_diagonal(correlation, np.nan)
    # A sample without any reads has no correlation: nothing is like it.
    correlation = np.where(np.isnan(correlation) & ~np.eye(size, dtype=bool), 0, correlation)
    return np.nanmedian(correlation, axis=1)
