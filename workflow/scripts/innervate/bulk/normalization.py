"""Size factors and variance-stabilized expression.

Method: Anders & Huber 2010, doi:10.1186/gb-2010-11-10-r106, as in DESeq2's ``vst``.
"""

from __future__ import annotations

import anndata as ad
import numpy as np
import pandas as pd

from innervate.bulk.expression import log_expression, values
from innervate.runtime.errors import InnervateError

TREND_GENES = 1000
MIN_MEAN = 5
WORDS = {
    "counts": "variance-stabilized counts (DESeq2), log2",
    "log2_tpm": "log2 TPM as given",
    "log2_expression": "log2 expression as given",
}


def normalize(adata: ad.AnnData, qc: pd.DataFrame) -> ad.AnnData:
    """Drop the samples that quality control dropped, and stabilize the variance of the others.

    Parameters
    ----------
    adata
        Samples x genes with ``uns["unit"]``.
    qc
        Contract ``bulk_qc``.

    Returns
    -------
    anndata.AnnData
        X as it was; ``layers["vst"]`` log2 expression (of counts: blind to the design);
        ``uns["expression"]`` says in words which; obs with the QC columns and, of counts,
        ``size_factor``.

    Raises
    ------
    InnervateError
        Where no sample is left.
    """
    qc = qc.set_index("sample").loc[adata.obs_names]
    kept = adata[qc["keep"].to_numpy(dtype=bool)].copy()
    if not kept.n_obs:
        raise InnervateError(
            "quality control dropped every bulk sample; see bulk/qc.tsv and the setting bulk_qc"
        )
    for column in qc.columns.difference(kept.obs.columns, sort=False):
        measured = qc.loc[kept.obs_names, column]
        if pd.api.types.is_bool_dtype(measured):
            kept.obs[column] = measured.to_numpy(dtype=bool)
        elif pd.api.types.is_numeric_dtype(measured):
            kept.obs[column] = measured.to_numpy(dtype=float)
        else:
            kept.obs[column] = measured.fillna("").astype(str).to_numpy(dtype=object)
    unit = kept.uns["unit"]
    if unit == "counts":
        counts = values(kept)
        factors = size_factors(counts)
        kept.obs["size_factor"] = factors
        kept.layers["vst"] = stabilize(counts, factors)
    else:
        kept.layers["vst"] = log_expression(kept)
    kept.uns["expression"] = WORDS.get(unit, f"log2({unit.upper()} + 1)")
    return kept


def size_factors(counts: np.ndarray) -> np.ndarray:
    """Median of ratios to the geometric mean over samples.

    Parameters
    ----------
    counts
        Samples x genes.

    Returns
    -------
    numpy.ndarray
        One a sample. Of genes without zeros; where there is none, of the positive counts
        ("poscounts" of DESeq2), scaled to a geometric mean of 1.
    """
    with np.errstate(divide="ignore"):
        logs = np.log(counts)
    means = logs.mean(axis=0)
    usable = np.isfinite(means)
    if usable.any():
        return np.exp(np.median(logs[:, usable] - means[usable], axis=1))
    means = np.where(counts > 0, logs, 0).mean(axis=0)
    ratios = np.where((counts > 0) & (means > 0), logs - means, np.nan)
    factors = np.exp(np.nanmedian(ratios, axis=1))
    return factors / np.exp(np.log(factors).mean())


def stabilize(counts: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Transform counts so that their variance no longer depends on the mean.

    Parameters
    ----------
    counts
        Samples x genes.
    factors
        Size factors.

    Returns
    -------
    numpy.ndarray
        Samples x genes, log2 for large counts. The dispersion trend is fitted, without a
        design, to 1,000 genes spread over the means above 5, or to all genes where there are
        fewer; where it fails, the mean dispersion is used.
    """
    from scipy.stats import trim_mean

    from innervate.bulk.dataset import Dataset
    from innervate.bulk.dispersion import fit_trend
    from innervate.bulk.inference import VectorizedInference

    normalized = counts / factors[:, None]
    means = normalized.mean(axis=0)
    order = np.argsort(means, kind="stable")
    high = order[means[order] > MIN_MEAN]
    chosen = order[means[order] > 0]
    if len(high) >= TREND_GENES:
        chosen = high[np.round(np.linspace(0, len(high) - 1, TREND_GENES)).astype(int)]
    if len(counts) < 2:
        return np.log2(normalized + 1)
    samples = [str(number) for number in range(len(counts))]
    dataset = Dataset(
        counts=pd.DataFrame(counts[:, chosen], samples, [str(gene) for gene in chosen]),
        metadata=pd.DataFrame(index=samples),
        design=pd.DataFrame({"Intercept": 1.0}, samples),
        inference=VectorizedInference(),
        quiet=True,
    )
    dataset.use_size_factors(factors)
    dataset.fit_genewise_dispersions()
    dispersions = dataset.var["genewise_dispersions"].to_numpy()
    usable = dispersions > 100 * dataset.min_disp
    trend = fit_trend(means[chosen][usable], dispersions[usable])
    if trend is None:
        mean = trim_mean(dispersions[dispersions > 10 * dataset.min_disp], 0.001)
        return (2 * np.arcsinh(np.sqrt(mean * normalized)) - np.log(mean) - np.log(4)) / np.log(2)
    a0, a1 = trend
    root = np.sqrt(a0 * normalized * (1 + a1 + a0 * normalized))
    return np.log2((1 + a1 + 2 * a0 * normalized + 2 * root) / (4 * a0))
