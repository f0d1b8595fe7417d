"""How much of each principal component goes with what is known of the samples."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from innervate.statistics.conventions import adjusted_pvalues

COLUMNS = ["component", "covariate", "n", "r2", "pvalue", "fdr"]
FEWEST = 6
"""Samples with a value below which nothing is estimated."""


def components_by_covariate(components: pd.DataFrame, covariates: pd.DataFrame) -> pd.DataFrame:
    """Share of each component's variance that each covariate explains, one at a time.

    Numbers enter a straight line, anything else a one-way analysis of variance.

    Parameters
    ----------
    components
        Samples x principal components.
    covariates
        Samples x covariates: numbers or text; a missing value leaves a sample out.

    Returns
    -------
    DataFrame
        ``component, covariate, n`` (samples), ``r2`` (0 to 1), ``pvalue`` (F test) and ``fdr``
        (Benjamini-Hochberg over all rows with a p-value). A covariate that does not vary, or of
        which each sample has a value of its own, has no estimate.
    """
    rows = []
    for covariate in covariates:
        values = covariates[covariate].reindex(components.index)
        known = values.notna().to_numpy()
        for component in components:
            found = _explained(components.loc[known, component], values[known])
            rows.append((component, covariate, int(known.sum()), *found))
    table = pd.DataFrame(rows, columns=COLUMNS[:-1])
    table["fdr"] = adjusted_pvalues(table["pvalue"])
    return table[COLUMNS]


def _explained(component: pd.Series, values: pd.Series) -> tuple[float, float]:
    """The share of variance and the p-value of its F test."""
    numeric = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    groups = 2 if numeric else values.nunique()
    n, levels = len(values), values.nunique()
    if n < FEWEST or levels < 2 or groups >= n:
        return np.nan, np.nan
    y = component.to_numpy(dtype=float)
    if numeric:
        r2 = float(np.corrcoef(y, values.to_numpy(dtype=float))[0, 1] ** 2)
    else:
        fitted = component.groupby(values.astype(str)).transform("mean").to_numpy(dtype=float)
        whole = float(((y - y.mean()) ** 2).sum())
        r2 = float(((fitted - y.mean()) ** 2).sum() / whole) if whole > 0 else np.nan
    if not np.isfinite(r2):
        return np.nan, np.nan
    r2 = min(r2, 1.0)
    between, within = groups - 1, n - groups
    if r2 == 1.0:
        return r2, 0.0
    return r2, float(stats.f.sf(r2 / between / ((1 - r2) / within), between, within))
