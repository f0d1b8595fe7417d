"""How well samples mix after integration, and whether cell types stay apart."""

from __future__ import annotations

import anndata as ad
import numpy as np
import pandas as pd

PERPLEXITY = 30
MAX_CELLS = 10_000
"""Cells drawn for the silhouette, whose cost grows with their square."""


def integration_quality(embedding: ad.AnnData, types: pd.Series, seed: int) -> pd.DataFrame:
    """Measure the mixing of samples and the separation of cell types, before and after.

    - ``sample_mixing``: mean local inverse Simpson index of samples (LISI, Korsunsky et al. 2019,
      doi:10.1038/s41592-019-0619-0), scaled so that 0 is one sample around each cell and 1 is
      what the samples' sizes would give if cells of each type were shuffled over the samples
      that have them;
    - ``type_purity``: 1 minus the scaled LISI of cell types; 1 is one type around each cell;
    - ``type_silhouette``: mean silhouette width of cell types, scaled to 0 to 1.

    Parameters
    ----------
    embedding
        With ``obsm`` X_pca and, where integrated, X_harmony; ``obs['sample']``.
    types
        Cell types that were not derived from this embedding, by cell.
    seed
        Of the drawn cells.

    Returns
    -------
    DataFrame
        ``metric, representation, value, n_cells``; NaN where there is one sample or one type.
    """
    rows = []
    known = (types != "unassigned").to_numpy()
    samples = embedding.obs["sample"].astype(str).to_numpy()[known]
    labels = types.to_numpy()[known]
    for representation in ("X_pca", "X_harmony"):
        if representation not in embedding.obsm:
            continue
        where = embedding.obsm[representation][known]
        values = {
            "sample_mixing": _mixing(where, samples, labels),
            "type_purity": _purity(where, labels),
            "type_silhouette": _silhouette(where, labels, seed),
        }
        name = representation.removeprefix("X_")
        rows += [(metric, name, value, len(labels)) for metric, value in values.items()]
    return pd.DataFrame(rows, columns=["metric", "representation", "value", "n_cells"])


def _lisi(where: np.ndarray, labels: np.ndarray) -> np.ndarray:
    from harmonypy import compute_lisi

    perplexity = min(PERPLEXITY, (len(labels) - 1) // 3)
    return compute_lisi(where, pd.DataFrame({"label": labels}), ["label"], perplexity).ravel()


def _mixing(where: np.ndarray, samples: np.ndarray, labels: np.ndarray) -> float:
    if len(np.unique(samples)) < 2 or len(labels) < 2 * PERPLEXITY:
        return np.nan
    counts = pd.crosstab(labels, samples)
    shares = counts.div(counts.sum(axis=1), axis=0)
    best = (1 / (shares**2).sum(axis=1)).loc[labels].to_numpy()
    seen = _lisi(where, samples)
    several = best > 1.05
    if not several.any():
        return np.nan
    return float(np.mean((seen[several] - 1) / (best[several] - 1)))


def _purity(where: np.ndarray, labels: np.ndarray) -> float:
    kinds = len(np.unique(labels))
    if kinds < 2 or len(labels) < 2 * PERPLEXITY:
        return np.nan
    return float(1 - (np.mean(_lisi(where, labels)) - 1) / (kinds - 1))


def _silhouette(where: np.ndarray, labels: np.ndarray, seed: int) -> float:
    from sklearn.metrics import silhouette_score

    if len(np.unique(labels)) < 2 or len(labels) <= len(np.unique(labels)):
        return np.nan
    size = MAX_CELLS if len(labels) > MAX_CELLS else None
    score = silhouette_score(where, labels, sample_size=size, random_state=seed)
    return float((score + 1) / 2)
