"""What all statistics agree on: the level of intervals, and how p-values are adjusted."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

CONFIDENCE = 0.95
"""Level of every interval."""


def adjusted_pvalues(pvalues: ArrayLike) -> np.ndarray:
    """Adjust p-values for the false discovery rate.

    Parameters
    ----------
    pvalues
        Of one family of tests; NaN where there was no test.

    Returns
    -------
    ndarray
        Benjamini-Hochberg adjusted, of the tests that were made; NaN for the others.

    References
    ----------
    Benjamini & Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x.

    Examples
    --------
    >>> adjusted_pvalues([0.01, 0.04, np.nan, 0.03])
    array([0.03, 0.04,  nan, 0.04])
    """
    values = np.asarray(pvalues, dtype=float)
    adjusted = np.full(values.shape, np.nan)
    made = np.isfinite(values)
    if made.any():
        adjusted[made] = stats.false_discovery_control(values[made], method="bh")
    return adjusted
