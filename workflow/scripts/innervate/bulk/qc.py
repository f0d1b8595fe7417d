"""Quality control of bulk samples: metrics, flags, and which samples are dropped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import anndata as ad
import numpy as np
import pandas as pd

from innervate.bulk import structure
from innervate.bulk.expression import log_expression, per_million, values
from innervate.config.settings import BulkQC, QCFlag

TOP_GENES = 50
SEX_MIN_CPM = 1.0
SEX_MIN_READS = 10
SEX_MARGIN = 10.0
"""Where both sexes' genes are expressed: how many times one must exceed the other."""
FLAGS = get_args(QCFlag)
MAXIMA = {
    "high_mito": ("mito_fraction", "max_mito_fraction", "share of mitochondrial counts"),
    "high_ribo": ("ribo_fraction", "max_ribo_fraction", "share of ribosomal-protein counts"),
    "high_hemoglobin": (
        "hemoglobin_fraction",
        "max_hemoglobin_fraction",
        "share of hemoglobin counts",
    ),
    "high_top_genes": (
        "top_genes_fraction",
        "max_top_genes_fraction",
        f"share of counts in the {TOP_GENES} highest genes",
    ),
    "epithelial_in_tdln": (
        "epithelial_in_tdln",
        "max_epithelial_in_tdln",
        "epithelial expression relative to the median tumor",
    ),
}


def quality_control(
    adata: ad.AnnData, settings: BulkQC, sets: Mapping[str, Any]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measure each bulk sample, flag what is unusual, and say which samples are dropped.

    Parameters
    ----------
    adata
        Samples x genes; obs with patient, tissue and, where declared, sex; ``uns["unit"]``.
    settings
        Thresholds, and the flags that drop a sample.
    sets
        Gene sets by name, each with `genes`: QC_MITO, QC_RIBOSOMAL, QC_HEMOGLOBIN,
        QC_SEX_FEMALE, QC_SEX_MALE, QC_EPITHELIAL.

    Returns
    -------
    tuple
        Contract ``bulk_qc`` (with further metrics), one row a sample in the order of `adata`;
        and contract ``exclusions``, one row a dropped sample with the reason. Metrics of
        counts are missing where the unit is not counts.
    """
    genes = {name: adata.var_names.isin(gene_set.genes) for name, gene_set in sets.items()}
    qc = pd.DataFrame(
        {
            "sample": adata.obs_names.astype(str),
            "patient": adata.obs["patient"].astype(str).to_numpy(),
            "tissue": adata.obs["tissue"].astype(str).to_numpy(),
        }
    )
    qc = qc.join(_count_metrics(adata, genes)).join(_structure_metrics(adata, qc["tissue"], qc))
    qc = qc.join(_sex(adata, genes))
    qc["epithelial_in_tdln"] = _epithelial(adata, genes["QC_EPITHELIAL"], qc["tissue"])
    reasons = [_reasons(row, settings) for row in qc.to_dict("records")]
    conflicting = _patients_in_conflict(qc)
    for found, patient in zip(reasons, qc["patient"], strict=True):
        if patient in conflicting:
            found["patient_sex_conflict"] = "the patient's samples express different sexes"
    ordered = [[flag for flag in FLAGS if flag in found] for found in reasons]
    dropping = [[flag for flag in flags if flag in settings.drop] for flags in ordered]
    qc["flags"] = [";".join(flags) for flags in ordered]
    qc["keep"] = [not flags for flags in dropping]
    rows = [
        ("sample", sample, "bulk quality control", "; ".join(found[flag] for flag in flags))
        for sample, found, flags in zip(qc["sample"], reasons, dropping, strict=True)
        if flags
    ]
    exclusions = pd.DataFrame(rows, columns=["level", "id", "stage", "reason"], dtype=str)
    return qc.drop(columns=["patient"]), exclusions


def principal_components(adata: ad.AnnData) -> pd.DataFrame:
    """Principal components of all bulk samples, on log expression.

    Parameters
    ----------
    adata
        Samples x genes; obs with tissue; ``uns["unit"]``.

    Returns
    -------
    pandas.DataFrame
        sample, tissue, pc1, pc2, ... and pc1_variance, ... (share of the variance, 0 to 1, the
        same in each row).
    """
    scores, shares = structure.components(log_expression(adata), structure.COMPONENTS)
    frame = pd.DataFrame(
        {
            "sample": adata.obs_names.astype(str),
            "tissue": adata.obs["tissue"].astype(str).to_numpy(),
        }
    )
    for number in range(scores.shape[1]):
        frame[f"pc{number + 1}"] = scores[:, number]
    for number, share in enumerate(shares):
        frame[f"pc{number + 1}_variance"] = share
    return frame


def _count_metrics(adata: ad.AnnData, genes: dict[str, np.ndarray]) -> pd.DataFrame:
    shares = {
        "mito_fraction": "QC_MITO",
        "ribo_fraction": "QC_RIBOSOMAL",
        "hemoglobin_fraction": "QC_HEMOGLOBIN",
    }
    columns = ["n_counts", "n_genes", *shares, "top_genes_fraction"]
    if adata.uns["unit"] != "counts":
        return pd.DataFrame(np.nan, index=range(adata.n_obs), columns=columns)
    counts = values(adata)
    totals = counts.sum(axis=1)

    def share(part: np.ndarray) -> np.ndarray:
        return np.divide(part, totals, out=np.full(len(totals), np.nan), where=totals > 0)

    metrics = {"n_counts": totals, "n_genes": (counts > 0).sum(axis=1).astype(float)}
    for column, name in shares.items():
        metrics[column] = share(counts[:, genes[name]].sum(axis=1))
    metrics["top_genes_fraction"] = share(np.sort(counts, axis=1)[:, -TOP_GENES:].sum(axis=1))
    return pd.DataFrame(metrics)


def _structure_metrics(adata: ad.AnnData, tissue: pd.Series, qc: pd.DataFrame) -> pd.DataFrame:
    expression = log_expression(adata)
    names = ["library_size_z", "pca_distance_z", "median_correlation"]
    metrics = pd.DataFrame(np.nan, index=qc.index, columns=names)
    counts = values(adata).sum(axis=1) if adata.uns["unit"] == "counts" else None
    for rows in tissue.groupby(tissue, sort=True).indices.values():
        if counts is not None:
            log_counts = np.log10(counts[rows] + 1)
            metrics.loc[rows, "library_size_z"] = structure.robust_z(log_counts)
        metrics.loc[rows, "pca_distance_z"] = structure.component_distances(expression[rows])
        metrics.loc[rows, "median_correlation"] = structure.median_correlations(expression[rows])
    return metrics


def _sex(adata: ad.AnnData, genes: dict[str, np.ndarray]) -> pd.DataFrame:
    """Call the expressed sex from XIST against Y-linked genes."""
    cpm = per_million(adata)
    female = cpm[:, genes["QC_SEX_FEMALE"]].sum(axis=1)
    male = cpm[:, genes["QC_SEX_MALE"]].sum(axis=1)
    has_female, has_male = female >= SEX_MIN_CPM, male >= SEX_MIN_CPM
    if adata.uns["unit"] == "counts":
        counts = values(adata)
        has_female &= counts[:, genes["QC_SEX_FEMALE"]].sum(axis=1) >= SEX_MIN_READS
        has_male &= counts[:, genes["QC_SEX_MALE"]].sum(axis=1) >= SEX_MIN_READS
    # Where a matrix lacks XIST or all Y-linked genes, their silence says nothing.
    both_there = genes["QC_SEX_FEMALE"].any() and genes["QC_SEX_MALE"].any()
    has_female, has_male = has_female & both_there, has_male & both_there
    is_female = has_female & (~has_male | (female >= SEX_MARGIN * male))
    is_male = has_male & (~has_female | (male >= SEX_MARGIN * female))
    declared = pd.Series("", index=range(adata.n_obs))
    if "sex" in adata.obs:
        declared = adata.obs["sex"].astype(object).fillna("").astype(str).reset_index(drop=True)
    return pd.DataFrame(
        {
            "female_cpm": female,
            "male_cpm": male,
            "expressed_sex": np.select([is_female, is_male], ["female", "male"], "unclear"),
            "declared_sex": declared.where(declared.ne(""), None),
        }
    )


def _epithelial(adata: ad.AnnData, genes: np.ndarray, tissue: pd.Series) -> np.ndarray:
    """Epithelial CPM of TDLN samples over that of the median tumor: tumor cells in the node."""
    epithelial = per_million(adata)[:, genes].sum(axis=1)
    is_tumor = tissue.eq("tumor").to_numpy()
    reference = np.median(epithelial[is_tumor]) if is_tumor.any() else 0.0
    if reference <= 0:
        return np.full(len(tissue), np.nan)
    return np.where(tissue.eq("tdln"), epithelial / reference, np.nan)


def _patients_in_conflict(qc: pd.DataFrame) -> set[str]:
    """Patients with samples of both sexes."""
    called = qc[qc["expressed_sex"].isin(["female", "male"])]
    sexes = called.groupby("patient")["expressed_sex"].nunique()
    return set(sexes.index[sexes > 1])


def _reasons(row: dict[str, Any], settings: BulkQC) -> dict[str, str]:
    """Each flag of a sample, with the reason in words and numbers."""
    reasons = {}
    if row["n_counts"] < settings.min_counts:
        reasons["low_counts"] = (
            f"{row['n_counts']:,.0f} counts, below the minimum of {settings.min_counts:,}"
        )
    if row["n_genes"] < settings.min_genes:
        reasons["few_genes"] = (
            f"{row['n_genes']:,.0f} genes detected, below the minimum of {settings.min_genes:,}"
        )
    for flag, (column, setting, meaning) in MAXIMA.items():
        if row[column] > getattr(settings, setting):
            limit = getattr(settings, setting)
            reasons[flag] = f"{meaning} is {row[column]:.3g}, above the maximum of {limit:g}"
    if {row["declared_sex"], row["expressed_sex"]} == {"female", "male"}:
        reasons["sex_mismatch"] = (
            f"declared {row['declared_sex']}, but expresses as {row['expressed_sex']} "
            f"(XIST {row['female_cpm']:.3g}, Y-linked genes {row['male_cpm']:.3g} per million)"
        )
    if abs(row["library_size_z"]) > settings.robust_z:
        reasons["outlier_counts"] = (
            f"robust z of the log library size within the tissue is {row['library_size_z']:.3g}, "
            f"beyond {settings.robust_z:g}"
        )
    if row["pca_distance_z"] > settings.robust_z:
        reasons["outlier_pca"] = (
            "robust z of the distance in principal components within the tissue is "
            f"{row['pca_distance_z']:.3g}, beyond {settings.robust_z:g}"
        )
    if row["median_correlation"] < settings.min_correlation:
        reasons["outlier_correlation"] = (
            f"median Spearman correlation with the tissue is {row['median_correlation']:.3g}, "
            f"below {settings.min_correlation:g}"
        )
    return reasons
