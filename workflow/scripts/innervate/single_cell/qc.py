"""Quality control of one sample's cells: thresholds from the sample itself, doublets, reasons.

Adaptive thresholds: McCarthy et al. 2017, doi:10.1093/bioinformatics/btw777, and Heumos et al.
2023, doi:10.1038/s41576-023-00586-w. Doublets: Scrublet, Wolock et al. 2019,
doi:10.1016/j.cels.2018.11.005.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

import anndata as ad
import numpy as np
import pandas as pd

from innervate.config.cell_settings import CellQC, CellThresholds
from innervate.genes.sets import GeneSet

STAGE = "single-cell quality control"
SHARES = {
    "mito_fraction": "QC_MITO",
    "ribo_fraction": "QC_RIBOSOMAL",
    "hemoglobin_fraction": "QC_HEMOGLOBIN",
}
REASONS = (
    "few counts",
    "mitochondrial",
    "hemoglobin",
    "few genes",
    "many counts",
    "many genes",
    "doublet",
)
"""Why cells are dropped; a cell with several reasons is counted under the first."""

MAD_TO_SD = 1.4826
RATE_PER_CELL = 0.008 / 1000
MAX_RATE = 0.4
IMPLAUSIBLE = (3.0, 0.15)
"""Scrublet's own threshold is not believed where it calls more than this many times the expected
rate and more than this share of all cells."""


@dataclass(frozen=True)
class CheckedSample:
    """A sample's cells after quality control.

    Parameters
    ----------
    kept
        AnnData of the kept cells: raw counts, metrics in ``obs``.
    cells
        Every cell of the input: ``cell, barcode, n_counts, n_genes, mito_fraction,
        ribo_fraction, hemoglobin_fraction, doublet_score, drop_reason`` (empty where kept).
    thresholds
        ``metric, low, high, source`` (adaptive, fixed or floor).
    notes
        What could not be done, in words.
    """

    kept: ad.AnnData
    cells: pd.DataFrame
    thresholds: pd.DataFrame
    notes: tuple[str, ...]


def check_cells(
    adata: ad.AnnData, sample: str, sets: Mapping[str, GeneSet], settings: CellQC, seed: int
) -> CheckedSample:
    """Measure each cell of a sample and drop what is not a single intact cell.

    Doublets are looked for among the cells that pass the other thresholds. They are expected at
    `CellQC.doublet_rate`, by default in proportion to the number of cells, as loading more cells
    makes more doublets.

    Parameters
    ----------
    adata
        Raw counts, cells x genes, of one sample.
    sample
        Its name, for thresholds of its own.
    sets
        Gene sets with QC_MITO, QC_RIBOSOMAL and QC_HEMOGLOBIN.
    settings
        Thresholds.
    seed
        Of Scrublet.
    """
    metrics = cell_metrics(adata, sets)
    notes = [
        f"no genes of {name} in the matrix: {column} is 0 for all cells"
        for column, name in SHARES.items()
        if not set(sets[name].genes) & set(adata.var_names)
    ]
    fixed = settings.fixed.model_dump()
    own = settings.fixed_by_sample.get(sample, CellThresholds()).model_dump()
    fixed |= {key: value for key, value in own.items() if value is not None}
    if len(metrics) < settings.min_for_deviations:
        needed = settings.min_for_deviations
        notes.append(f"{len(metrics)} cells, {needed} needed for adaptive thresholds: floors only")
    limits = thresholds(metrics, fixed, settings)
    reason = _reasons(metrics, limits, settings)
    passed = (reason == "").to_numpy()
    scores, called, note = find_doublets(adata[passed], settings, len(metrics), seed)
    notes += [note] if note else []
    metrics["doublet_score"] = np.nan
    metrics.loc[passed, "doublet_score"] = scores
    if settings.drop_doublets:
        reason.loc[reason.index[passed][called]] = "doublet"
    metrics["drop_reason"] = reason
    kept = adata[(reason == "").to_numpy()].copy()
    columns = [*metrics.columns.drop("drop_reason")]
    kept.obs[columns] = metrics.loc[kept.obs_names, columns]
    for note in notes:
        logging.warning("%s: %s", sample, note)
    logging.info("%s: %d of %d cells kept", sample, kept.n_obs, adata.n_obs)
    cells = metrics.rename_axis("cell").reset_index()
    cells.insert(1, "barcode", adata.obs["barcode"].to_numpy())
    return CheckedSample(kept, cells, limits, tuple(notes))


def cell_metrics(adata: ad.AnnData, sets: Mapping[str, GeneSet]) -> pd.DataFrame:
    """Counts, genes, and shares of mitochondrial, ribosomal and hemoglobin counts, by cell.

    Parameters
    ----------
    adata
        Raw counts, cells x genes.
    sets
        Gene sets with those of `SHARES`.
    """
    counts = adata.X
    total = np.asarray(counts.sum(axis=1), dtype=float).ravel()
    metrics = pd.DataFrame(
        {"n_counts": total, "n_genes": np.asarray((counts > 0).sum(axis=1)).ravel()},
        index=adata.obs_names,
    )
    for column, name in SHARES.items():
        mine = np.asarray(adata.var_names.isin(sets[name].genes))
        part = np.asarray(counts[:, mine].sum(axis=1), dtype=float).ravel()
        metrics[column] = np.divide(part, total, out=np.zeros_like(part), where=total > 0)
    return metrics


def thresholds(
    metrics: pd.DataFrame, fixed: Mapping[str, float | None], settings: CellQC
) -> pd.DataFrame:
    """Limits of a sample's metrics: fixed where given, else median and deviations, never beyond.

    Returns
    -------
    DataFrame
        ``metric, low, high, low_source, high_source``.
    """
    adaptive = len(metrics) >= settings.min_for_deviations
    rows = []
    for metric, floor, low_key, high_key in (
        ("n_counts", settings.floor_counts, "min_counts", "max_counts"),
        ("n_genes", settings.floor_genes, "min_genes", None),
    ):
        low, high, low_source, high_source = float(floor), np.inf, "floor", "none"
        if adaptive:
            # Cells below the floor are debris and would widen the deviations.
            real = np.log1p(metrics.loc[metrics[metric] >= floor, metric])
            below, above = np.expm1(_deviations(real, settings.deviations))
            high, high_source = above, "adaptive"
            if below > low:
                low, low_source = below, "adaptive"
        if fixed[low_key] is not None:
            low, low_source = float(fixed[low_key]), "fixed"
        if high_key and fixed[high_key] is not None:
            high, high_source = float(fixed[high_key]), "fixed"
        rows.append((metric, low, high, low_source, high_source))
    high, source = np.inf, "none"
    if adaptive:
        high = max(
            _deviations(metrics["mito_fraction"], settings.deviations)[1],
            settings.spare_mito_fraction,
        )
        source = "adaptive"
    if fixed["max_mito_fraction"] is not None:
        high, source = fixed["max_mito_fraction"], "fixed"
    rows.append(("mito_fraction", 0.0, high, "none", source))
    rows.append(("hemoglobin_fraction", 0.0, settings.max_hemoglobin_fraction, "none", "fixed"))
    return pd.DataFrame(rows, columns=["metric", "low", "high", "low_source", "high_source"])


def _deviations(values: pd.Series, count: float) -> np.ndarray:
    if values.empty:
        return np.array([-np.inf, np.inf])
    middle = values.median()
    spread = MAD_TO_SD * (values - middle).abs().median()
    return np.array([middle - count * spread, middle + count * spread])


def _reasons(metrics: pd.DataFrame, limits: pd.DataFrame, settings: CellQC) -> pd.Series:
    low, high = limits.set_index("metric")["low"], limits.set_index("metric")["high"]
    found = {
        "few counts": metrics["n_counts"] < low["n_counts"],
        "many counts": metrics["n_counts"] > high["n_counts"],
        "few genes": metrics["n_genes"] < low["n_genes"],
        "many genes": metrics["n_genes"] > high["n_genes"],
        "mitochondrial": metrics["mito_fraction"] > high["mito_fraction"],
        "hemoglobin": metrics["hemoglobin_fraction"] > high["hemoglobin_fraction"],
    }
    reason = pd.Series("", index=metrics.index)
    for name in reversed(REASONS[:-1]):
        reason[found[name]] = name
    return reason


def find_doublets(
    adata: ad.AnnData, settings: CellQC, recovered: int, seed: int
) -> tuple[np.ndarray, np.ndarray, str]:
    """Doublet scores and calls of Scrublet.

    Parameters
    ----------
    adata
        Raw counts of the cells that passed the other thresholds.
    settings
        Expected rate, and the number of cells needed.
    recovered
        Cells of the sample before quality control, which the expected rate goes by.
    seed
        Of the simulated doublets.

    Returns
    -------
    tuple
        Score of each cell (NaN where none were made), whether it is called, and a note.
    """
    import scanpy as sc

    none = np.full(adata.n_obs, np.nan), np.zeros(adata.n_obs, dtype=bool)
    if adata.n_obs < settings.min_for_doublets:
        needed = settings.min_for_doublets
        return *none, f"{adata.n_obs} cells passed, {needed} needed to look for doublets"
    rate = settings.doublet_rate
    if rate is None:
        rate = min(RATE_PER_CELL * recovered, MAX_RATE)
    work = ad.AnnData(adata.X.copy(), var=pd.DataFrame(index=adata.var_names))
    sc.pp.scrublet(
        work,
        expected_doublet_rate=rate,
        n_prin_comps=min(30, adata.n_obs - 1),
        random_state=seed,
        verbose=False,
    )
    scores = work.obs["doublet_score"].to_numpy(dtype=float)
    called = work.obs.get("predicted_doublet")
    if (
        called is None
        or called.isna().any()
        or called.mean() > max(IMPLAUSIBLE[0] * rate, IMPLAUSIBLE[1])
    ):
        # No clear valley between singlets and doublets: take as many as are expected.
        called = scores > np.quantile(scores, 1 - rate)
        return scores, called, f"no clear doublet threshold: the highest {rate:.1%} are called"
    return scores, called.to_numpy(dtype=bool), ""


def summarize(checked: CheckedSample, sample: str, facts: Mapping[str, object]) -> pd.DataFrame:
    """One row of a sample: cells before and after, dropped by reason, medians.

    Parameters
    ----------
    checked
        Of `check_cells`.
    sample
        Its name.
    facts
        Further columns, such as where the counts were taken from.
    """
    dropped = checked.cells["drop_reason"].value_counts()
    kept = checked.cells[checked.cells["drop_reason"] == ""]
    row = {"sample": sample, "n_cells": len(checked.cells), "n_kept": len(kept)}
    row |= {f"n_{reason.replace(' ', '_')}": int(dropped.get(reason, 0)) for reason in REASONS}
    for column in ("n_counts", "n_genes", "mito_fraction", "ribo_fraction"):
        row[f"median_{column}"] = kept[column].median() if len(kept) else np.nan
    row |= facts
    row["notes"] = "; ".join(checked.notes)
    return pd.DataFrame([row])


def exclusions(checked: CheckedSample, sample: str) -> pd.DataFrame:
    """Contract ``exclusions``: one row a reason, with the number of cells; each stands in `cells`.

    Parameters
    ----------
    checked
        Of `check_cells`.
    sample
        Its name.
    """
    dropped = checked.cells["drop_reason"].value_counts()
    rows = [
        ("cell", f"{dropped[reason]} cells of {sample}", STAGE, reason)
        for reason in REASONS
        if reason in dropped
    ]
    if checked.kept.n_obs == 0:
        rows.append(("sample", sample, STAGE, f"none of {len(checked.cells)} cells was kept"))
    return pd.DataFrame(rows, columns=["level", "id", "stage", "reason"])
