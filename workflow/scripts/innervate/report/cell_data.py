"""The single-cell tables that a report is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from innervate.macrophages.contracts import MACROPHAGE_AXES
from innervate.runtime.contract import Table
from innervate.runtime.files import read_table
from innervate.scoring.contracts import BY_CELL_TYPE, HIGHEST
from innervate.single_cell.contracts import (
    ANNOTATION_AGREEMENT,
    CELL_DE,
    CELL_GSEA,
    CELL_QC,
    COMPOSITION,
    INTEGRATION,
    LIGAND_RECEPTOR,
    MALIGNANT_PATIENTS,
    THRESHOLDS,
)

CHECKED = ["n_counts", "n_genes", "mito_fraction", "doublet_score", "drop_reason"]
"""Columns of a sample's ``cells.tsv.gz`` that are drawn."""


@dataclass(frozen=True)
class CellResults:
    """The single-cell tables of a cohort, as their contracts describe them."""

    qc: pd.DataFrame
    thresholds: pd.DataFrame
    cells: pd.DataFrame
    integration: pd.DataFrame
    agreement: pd.DataFrame
    """Of cell types with other opinions: opinion, ours, theirs, n, share."""
    malignant: pd.DataFrame
    """By patient: n_epithelial, n_malignant, n_no_call, reason."""
    axes: pd.DataFrame
    """Of the macrophage states: axis, set, states, separation, note."""
    de: dict[str, pd.DataFrame]
    """By contrast."""
    composition: dict[str, pd.DataFrame]
    """By contrast."""
    by_cell_type: pd.DataFrame
    highest: pd.DataFrame
    """By measure of `by_cell_type`: the cell type to name, or why there is none."""
    ligand_receptor: pd.DataFrame
    gsea: dict[str, pd.DataFrame] = field(default_factory=dict)
    """By contrast, where gene sets were tested."""
    checked: pd.DataFrame | None = None
    """All cells of the input, with the metrics and ``drop_reason`` of quality control."""


def load_cell_results(folder: Path) -> CellResults | None:
    """Read the single-cell tables of a cohort.

    Parameters
    ----------
    folder
        ``results/{cohort}``.

    Returns
    -------
    CellResults
        Or None where the cohort has no single cells.
    """
    here = folder / "single_cell"
    if not (here / "cells.parquet").is_file():
        return None
    return CellResults(
        qc=read_table(here / "qc.tsv", CELL_QC),
        thresholds=read_table(here / "thresholds.tsv", THRESHOLDS),
        cells=pd.read_parquet(here / "cells.parquet"),
        integration=read_table(here / "integration.tsv", INTEGRATION),
        agreement=read_table(here / "annotation_agreement.tsv", ANNOTATION_AGREEMENT),
        malignant=read_table(here / "malignant_patients.tsv", MALIGNANT_PATIENTS),
        axes=read_table(here / "macrophage_axes.tsv", MACROPHAGE_AXES),
        de=_by_contrast(here / "de", CELL_DE),
        composition=_by_contrast(here / "composition", COMPOSITION),
        by_cell_type=read_table(folder / "circuit/by_cell_type.tsv", BY_CELL_TYPE),
        highest=read_table(folder / "circuit/highest.tsv", HIGHEST),
        ligand_receptor=read_table(here / "ligand_receptor.tsv", LIGAND_RECEPTOR),
        gsea=_by_contrast(here / "gsea", CELL_GSEA),
        checked=_checked(here),
    )


def _checked(here: Path) -> pd.DataFrame | None:
    """The cells of each sample's quality control, named as the sample's thresholds are."""
    frames = []
    for path in sorted(here.glob("*/cells.tsv.gz")):
        frame = pd.read_csv(path, sep="\t", usecols=CHECKED, dtype={"drop_reason": str})
        thresholds = read_table(path.with_name("thresholds.tsv"), THRESHOLDS)
        if len(thresholds):
            frames.append(frame.assign(sample=thresholds["sample"].iloc[0]))
    return pd.concat(frames, ignore_index=True) if frames else None


def _by_contrast(folder: Path, contract: Table) -> dict[str, pd.DataFrame]:
    return {path.stem: read_table(path, contract) for path in sorted(folder.glob("*.tsv"))}
