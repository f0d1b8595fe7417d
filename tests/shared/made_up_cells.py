"""Made-up single-cell tables that keep the data contracts, with hostile names in them."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from innervate.report.cell_data import CellResults

KINDS = ("malignant", "t_cd8", "macrophage", "unassigned")


def made_up_cells(hostile: str, cells: int = 200) -> CellResults:
    """Return cells of two samples, one of them of a hostile name."""
    rng = np.random.default_rng(2)
    samples = [f"S1 {hostile}", "S2"]
    frame = pd.DataFrame({"cell": [f"c{n}" for n in range(cells)]})
    frame["sample"] = np.array(samples)[np.arange(cells) % 2]
    frame["patient"], frame["tissue"], frame["lineage"] = "P1", "tumor", "myeloid"
    frame["cell_type"] = np.array(KINDS)[np.arange(cells) % 4]
    frame["cell_type_confidence"] = 0.9
    frame["malignant"] = np.where(frame["cell_type"] == "malignant", "malignant", "not malignant")
    frame["malignant_score"] = rng.random(cells)
    is_macrophage = frame["cell_type"] == "macrophage"
    states = np.array(["M1-like", "M2-like", "intermediate"])[np.arange(cells) % 3]
    frame["polarization"] = np.where(is_macrophage, states, "")
    for column in ("m1_score", "m2_score", "p_m1", "p_m2", "spp1_cxcl9"):
        frame[column] = np.where(is_macrophage, rng.random(cells), np.nan)
    frame[["umap_1", "umap_2"]] = rng.normal(size=(cells, 2))
    qc = pd.DataFrame({"sample": samples, "n_cells": [120, 130], "n_kept": [100, 100],
                       "n_few_counts": [15, 20], "n_doublet": [5, 10], "median_n_counts": 3000.0,
                       "median_n_genes": 1200.0, "ambient_fraction": [0.04, np.nan],
                       "taken_from": "X", "notes": [hostile, ""]})  # fmt: skip
    metrics = ("sample_mixing", "type_purity", "type_silhouette")
    integration = pd.DataFrame(
        [(m, r, 0.5, cells) for m in metrics for r in ("pca", "harmony")],
        columns=["metric", "representation", "value", "n_cells"],
    )
    de = pd.DataFrame({"cell_type": "t_cd8", "gene": [hostile, "CCL5"], "base_mean": 50.0,
                       "log2_fold_change": [1.5, -0.2], "lfc_se": 0.3,
                       "log2_fold_change_shrunk": [1.4, 0.0], "stat": [5.0, -0.7],
                       "pvalue": [0.001, 0.4], "padj": [0.01, 0.5], "n_samples": 8})  # fmt: skip
    gsea = pd.DataFrame({"cell_type": "t_cd8", "set": [hostile, "HYPOXIA"], "size": [12, 30],
                         "es": 0.5, "nes": [1.8, -0.7], "pvalue": [0.001, 0.6],
                         "fdr": [0.002, 0.6], "leading_edge": f"CCL5;{hostile}"})  # fmt: skip
    checked = frame[["sample"]].assign(
        n_counts=rng.lognormal(8, 0.5, cells), n_genes=rng.integers(300, 3000, cells),
        mito_fraction=rng.beta(2, 20, cells), doublet_score=rng.random(cells) / 3,
        drop_reason=np.where(np.arange(cells) % 10 == 0, "mitochondrial", None),
    )  # fmt: skip
    limits = pd.DataFrame([(metric, 0.1, high, name) for metric, high in
                           (("n_counts", 9000.0), ("n_genes", 2500.0), ("mito_fraction", 0.2))
                           for name in samples],
                          columns=["metric", "low", "high", "sample"])  # fmt: skip
    composition = pd.DataFrame({"cell_type": ["t_cd8"], "method": "centered log ratio", "n": 8,
                                "mean_share": 0.2, "estimate": 0.5, "ci_low": 0.1, "ci_high": 0.9,
                                "pvalue": 0.01, "fdr": 0.02})  # fmt: skip
    by_type = pd.DataFrame({"measure": "slit2", "label": f"SLIT2 {hostile}", "tissue": "tumor",
                            "cell_type": ["malignant", "t_cd8"], "sample": "S2", "patient": "P1",
                            "n_cells": 50, "value": [5.0, 2.0], "unit": "log2 counts per million",
                            "detected": 0.5, "share": [0.9, 0.1],
                            "molecules": [900, 100]})  # fmt: skip
    highest = by_type.iloc[[0]][["measure", "label", "tissue", "cell_type", "molecules"]].assign(
        status="named", n_samples=4, n_cell_types=2, rival=None, reason=None
    )
    pairs = pd.DataFrame({"tissue": "tumor", "source": "t_cd8", "target": "macrophage",
                          "ligand": ["CCL5", "CALCA"], "receptor": ["CCR5", "CALCRL_RAMP1"],
                          "n_samples": 4, "n_expressed": [4, 0], "ligand_molecules": 500,
                          "receptor_molecules": 90, "expressed_share": [1.0, 0.0],
                          "strength": [1.2, 0.0],
                          "percentile": [0.93, 0.0], "magnitude_rank": 0.01,
                          "specificity_rank": 0.02, "note": ""})  # fmt: skip
    axes = pd.DataFrame({"axis": ["m1", "m2"], "set": ["M1_LIKE", "M2_LIKE"], "genes_found": 10,
                         "genes_total": 15, "states": 2, "separation": 3.0, "excess": 1.0,
                         "note": ["", hostile]})  # fmt: skip
    patients = pd.DataFrame({"patient": ["P1"], "n_epithelial": 50, "n_malignant": 50,
                             "n_no_call": 0, "reason": ""})  # fmt: skip
    agreement = pd.DataFrame({"opinion": ["labels"], "ours": "t_cd8", "theirs": hostile, "n": 5,
                              "share": 1.0})  # fmt: skip
    return CellResults(qc, limits, frame, integration, agreement, patients, axes, {"arm": de},
                       {"arm": composition}, by_type, highest, pairs, {"arm": gsea},
                       checked)  # fmt: skip


@pytest.fixture(scope="session")
def make_cells() -> Callable[..., CellResults]:
    """Return the maker of single-cell tables."""
    return made_up_cells
