"""Quality control: metrics by hand, planted failures found, nothing else flagged."""

import numpy as np
import pandas as pd
import pytest

from innervate.bulk.qc import principal_components, quality_control
from innervate.bulk.structure import robust_z
from innervate.config.settings import BulkQC

LENIENT = BulkQC(min_counts=0, min_genes=0, max_top_genes_fraction=1, min_correlation=0)
NAMES = ["MT-CO1", "RPL3", "HBB", "XIST", "DDX3Y", "EPCAM", "KRT5", "OTHER"]


def cohort(make, rows, **obs):
    size = len(rows)
    obs = {"patient": [f"p{i}" for i in range(size)], "tissue": ["tumor"] * size, **obs}
    return make(rows, NAMES, obs)


def big_cohort(make, seed=1, samples=20, genes=400):
    rng = np.random.default_rng(seed)
    means = rng.lognormal(4, 1.5, genes)
    names = [*NAMES, *(f"G{i}" for i in range(genes - len(NAMES)))]
    counts = rng.poisson(
        means * rng.lognormal(0, 0.1, (samples, 1)) * rng.gamma(20, 1 / 20, (samples, genes))
    )
    obs = {
        "patient": [f"p{i // 2}" for i in range(samples)],
        "tissue": ["tumor", "tdln"] * (samples // 2),
    }
    return make(counts, names, obs)


def test_metrics_of_counts_by_hand(make, sets):
    adata = cohort(make, [[10, 20, 30, 0, 0, 0, 0, 40]])
    qc, exclusions = quality_control(adata, LENIENT.model_copy(update={"drop": []}), sets)
    row = qc.iloc[0]
    assert (row["n_counts"], row["n_genes"]) == (100, 4)
    assert (row["mito_fraction"], row["ribo_fraction"]) == (0.1, 0.2)
    assert (row["hemoglobin_fraction"], row["top_genes_fraction"]) == (0.3, 1.0)
    assert row["flags"] == "high_hemoglobin"
    assert bool(row["keep"])
    assert exclusions.empty


def test_a_drop_is_a_row_with_words_and_numbers(make, sets):
    adata = cohort(make, [[0, 0, 0, 0, 0, 0, 0, 999], [0, 0, 0, 0, 0, 0, 0, 1000]])
    settings = LENIENT.model_copy(update={"min_counts": 1000, "drop": ["low_counts"]})
    qc, exclusions = quality_control(adata, settings, sets)
    assert qc["keep"].tolist() == [False, True]
    assert exclusions.to_dict("records") == [
        {
            "level": "sample",
            "id": "s0",
            "stage": "bulk quality control",
            "reason": "999 counts, below the minimum of 1,000",
        }
    ]


def test_an_empty_library_is_flagged_and_breaks_nothing(make, sets):
    adata = big_cohort(make)
    adata.X[3] = 0
    qc, _ = quality_control(
        adata, BulkQC(min_counts=1, min_genes=1, max_top_genes_fraction=1), sets
    )
    assert qc["keep"].tolist() == [i != 3 for i in range(20)]
    assert {"low_counts", "few_genes", "outlier_counts", "outlier_correlation"} <= set(
        qc.loc[3, "flags"].split(";")
    )


@pytest.mark.parametrize(
    ("xist", "y_linked", "expected"),
    [(500, 0, "female"), (0, 500, "male"), (0, 0, "unclear"), (500, 400, "unclear"),
     (9, 0, "unclear"), (500, 50, "female"), (20, 500, "male")],
)  # fmt: skip
def test_expressed_sex(make, sets, xist, y_linked, expected):
    adata = cohort(make, [[0, 0, 0, xist, y_linked, 0, 0, 1_000_000]])
    assert quality_control(adata, LENIENT, sets)[0].loc[0, "expressed_sex"] == expected


def test_without_genes_of_one_sex_none_is_called(make, sets):
    obs = {"patient": ["a", "b"], "tissue": ["tumor"] * 2, "sex": ["female", "male"]}
    adata = make([[0, 9e5], [900, 9e5]], ["DDX3Y", "ACTB"], obs)
    qc, _ = quality_control(adata, LENIENT, sets)
    assert qc["expressed_sex"].tolist() == ["unclear", "unclear"]
    assert not qc["flags"].str.contains("sex_mismatch").any()


def test_mouse_genes_give_the_sex_too(make, sets):
    obs = {"patient": ["a", "b"], "tissue": ["tumor"] * 2}
    adata = make([[900, 0, 9e5], [0, 900, 9e5]], ["Xist", "Ddx3y", "Actb"], obs, species="mouse")
    qc, _ = quality_control(adata, LENIENT, sets)
    assert qc["expressed_sex"].tolist() == ["female", "male"]


def test_sex_mismatch_and_a_patient_in_conflict(make, sets):
    female, male = [0, 0, 0, 500, 0, 0, 0, 1e6], [0, 0, 0, 0, 500, 0, 0, 1e6]
    adata = cohort(
        make,
        [female, male, female, female, male],
        patient=["a", "a", "b", "b", "c"],
        sex=["female", "female", "female", None, "male"],
    )
    qc, _ = quality_control(adata, LENIENT, sets)
    assert qc["flags"].tolist() == [
        "patient_sex_conflict",
        "sex_mismatch;patient_sex_conflict",
        "",
        "",
        "",
    ]
    assert qc["declared_sex"].tolist()[:3] == ["female"] * 3
    assert pd.isna(qc["declared_sex"][3])


def test_tumor_cells_in_a_node_are_measured_against_the_median_tumor(make, sets):
    rows = [
        [0, 0, 0, 0, 0, 100, 100, 9800],
        [0, 0, 0, 0, 0, 300, 300, 9400],
        [0, 0, 0, 0, 0, 2, 2, 9996],
        [0, 0, 0, 0, 0, 100, 60, 9840],
    ]
    adata = cohort(make, rows, tissue=["tumor", "tumor", "tdln", "tdln"])
    qc, _ = quality_control(adata, LENIENT, sets)
    # Shares of 2 % and 6 %: the median tumor has 4 %; the nodes 0.04 % and 1.6 %.
    np.testing.assert_allclose(qc["epithelial_in_tdln"], [np.nan, np.nan, 0.01, 0.4])
    assert qc["flags"].tolist() == ["", "", "", "epithelial_in_tdln"]


def test_robust_z_by_hand():
    z = robust_z(np.array([1, 2, 3, 4, 5, 6, 100.0]))
    # Median 4; deviations 3 2 1 0 1 2 96, their median 2.
    np.testing.assert_allclose(z[[0, 3, 6]], [-3 / 2.9652, 0, 96 / 2.9652])
    assert np.isnan(robust_z(np.ones(10))).all()
    assert np.isnan(robust_z(np.arange(5.0))).all()


def test_a_planted_outlier_is_found_and_no_other(make, sets):
    adata = big_cohort(make)
    rng = np.random.default_rng(0)
    adata.X[4] = adata.X[4, rng.permutation(adata.n_vars)]
    qc, _ = quality_control(adata, LENIENT.model_copy(update={"min_correlation": 0.7}), sets)
    outlier = qc["flags"].str.contains("outlier_pca") & qc["flags"].str.contains("correlation")
    assert np.flatnonzero(outlier).tolist() == [4]
    assert qc.loc[4, "median_correlation"] < 0.2 < 0.9 < qc["median_correlation"].drop(4).min()


@pytest.mark.parametrize("unit", ["tpm", "log2_tpm", "log2_expression"])
def test_other_units_have_no_count_metrics(make, sets, unit):
    adata = big_cohort(make)
    expected = quality_control(adata, LENIENT, sets)[0]
    cpm = adata.X / adata.X.sum(axis=1, keepdims=True) * 1e6
    adata.X = np.log2(cpm + 1) if unit.startswith("log2") else cpm
    adata.uns["unit"] = unit
    qc, exclusions = quality_control(adata, BulkQC(), sets)
    assert qc[["n_counts", "n_genes", "mito_fraction", "top_genes_fraction"]].isna().all(axis=None)
    assert exclusions.empty
    for column in ("female_cpm", "epithelial_in_tdln", "median_correlation"):
        np.testing.assert_allclose(qc[column], expected[column], rtol=2e-2)


def test_principal_components_are_those_of_the_matrix(make):
    adata = big_cohort(make)
    pca = principal_components(adata)
    log_cpm = np.log2(adata.X / adata.X.sum(axis=1, keepdims=True) * 1e6 + 1)
    centered = log_cpm - log_cpm.mean(axis=0)
    variance = np.linalg.eigvalsh(centered @ centered.T)[::-1]
    np.testing.assert_allclose(pca["pc1_variance"], variance[0] / variance.sum())
    np.testing.assert_allclose((pca["pc2"] ** 2).sum(), variance[1])
    assert pca.columns[:4].tolist() == ["sample", "tissue", "pc1", "pc2"]
    assert abs(pca["pc1"].sum()) < 1e-8


def test_real_myeloid_cells_keep_all_samples(hnscc_myeloid, sets):
    qc, exclusions = quality_control(hnscc_myeloid, BulkQC(), sets)
    assert exclusions.empty
    assert not qc["flags"].str.contains("patient_sex_conflict").any()
    assert set(qc["expressed_sex"]) & {"male", "female"}
    pca = principal_components(hnscc_myeloid)
    tumor = pca["tissue"].eq("tumor")
    # Tumor and blood differ more than patients do.
    assert pca.loc[tumor, "pc1"].min() > pca.loc[~tumor, "pc1"].max() or (
        pca.loc[tumor, "pc1"].max() < pca.loc[~tumor, "pc1"].min()
    )
