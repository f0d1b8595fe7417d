"""Single cells of real public data, run from cohort files, with the known biology asserted.

What is known, and where it comes from, stands in the README beside the data.
"""

import anndata as ad
import pandas as pd
import pytest

pytestmark = pytest.mark.slow

COHORTS = ["zilionis_lung", "zilionis_labels", "kang_pbmc"]
LINEAGE = {
    **{"T": "t_cell", "NK": "nk", "B": "b_cell", "tPlasma cells": "plasma", "MoMacDC": "myeloid"},
    **{"bMonocytes": "myeloid", "bNeutrophils": "neutrophil", "tNeutrophils": "neutrophil"},
    **{"tMast cells": "mast", "Fibroblasts": "fibroblast", "malignant": "epithelial"},
    **{"Endothelial cells": "endothelial", "Smooth muscle cells": "fibroblast"},
}
"""Published label: lineage; labels of one or two cells, and cells "ND", are not judged."""


@pytest.fixture(scope="module")
def results(tmp_path_factory, new_workspace, repo, shared):
    work = new_workspace(
        tmp_path_factory.mktemp("cells"), *(repo / f"tests/data/{name}.yaml" for name in COHORTS)
    )
    assert shared.is_dir()
    # Figures for papers take as long as the report; other tests make them.
    work.snakemake("--omit-from", "figures")
    return work.folder / "results"


def table(results, cohort, name):
    return pd.read_csv(results / cohort / name, sep="\t")


@pytest.fixture(scope="module")
def expression(results):
    """Mean log expression by cell type, with the published labels."""
    cells = ad.read_h5ad(results / "zilionis_labels/single_cell/cells.h5ad")
    kinds = cells.obs["cell_type"].astype(str)
    return cells.to_df().groupby(kinds).mean()


def test_published_lineages_are_recovered(results):
    found = table(results, "zilionis_lung", "single_cell/annotation_agreement.tsv")
    cells = pd.read_parquet(results / "zilionis_lung/single_cell/cells.parquet")
    lineage = dict(zip(cells["cell_type"], cells["lineage"], strict=True))
    lineage["malignant"] = "epithelial"
    judged = found[found["theirs"].isin(LINEAGE)]
    judged = judged.assign(ours=judged["ours"].map(lineage), truth=judged["theirs"].map(LINEAGE))
    confusion = judged.pivot_table(index="theirs", columns="ours", values="n", aggfunc="sum")
    print("\n", confusion.fillna(0).astype(int).to_string())
    right = judged.loc[judged["ours"] == judged["truth"], "n"].sum() / judged["n"].sum()
    called = judged[judged["ours"] != "unassigned"]
    correct = called.loc[called["ours"] == called["truth"], "n"].sum() / called["n"].sum()
    print(f"lineage recovered in {right:.1%} of cells, {correct:.1%} of those that are called")
    assert right > 0.88
    assert correct > 0.96


def test_macrophage_genes_are_in_macrophages_and_effectors_in_t_and_nk(expression):
    for gene in ("CD163", "MRC1", "C1QA", "SPP1"):
        assert expression[gene].idxmax() == "macrophage", gene
        assert expression[gene].drop("macrophage").max() < 0.2 * expression[gene].max(), gene
    # Plasmacytoid dendritic cells have granzyme B too.
    lymphocytes = expression.drop("plasmacytoid_dendritic")
    for gene in ("CCL5", "GZMB"):
        assert lymphocytes[gene].nlargest(2).index.isin(["t_cell", "nk"]).all(), gene
    for gene in ("KRT19", "EPCAM"):
        assert expression[gene].idxmax() == "malignant", gene


def test_fibroblasts_make_slit2_and_malignant_cells_hold_the_atf4_program(results, expression):
    assert expression["SLIT2"].idxmax() == "fibroblast"
    assert expression.loc["malignant", "SLIT2"] < 0.2 * expression.loc["fibroblast", "SLIT2"]
    found = table(results, "zilionis_labels", "circuit/by_cell_type.tsv")
    atf4 = found[found["measure"] == "atf4_targets"]
    mean = atf4.groupby("cell_type")["value"].mean().sort_values(ascending=False)
    print("\nATF4 targets, mean z over samples\n", mean.round(2).to_string())
    assert mean.index[0] == "malignant"


def test_thin_evidence_gives_no_malignant_call(results):
    patients = table(results, "zilionis_lung", "single_cell/malignant_patients.tsv")
    print("\n", patients.to_string())
    few = patients[patients["n_epithelial"] < 10]
    assert (few["n_malignant"] == 0).all()
    assert few["reason"].str.contains("10 needed").all()


def test_macrophage_states_go_with_the_published_subsets(results, shared):
    """tMac8 is the published M2-like subset with CD163, FOLR2 and STAB1; tMac9 has CXCL9."""
    truth = ad.read_h5ad(shared / "data/zilionis_lung/cells.h5ad", backed="r").obs
    cells = pd.read_parquet(results / "zilionis_labels/single_cell/cells.parquet")
    cells["barcode"] = cells["cell"].str.split(":").str[1]
    subset = truth["Minor.subset"].astype(str)
    cells["subset"] = cells["barcode"].map(subset)
    macrophages = cells[cells["polarization"] != ""]
    mean = macrophages.groupby("subset")[["m1_score", "m2_score", "p_m1", "p_m2"]].mean()
    print("\n", mean.round(2).to_string())
    assert mean["m2_score"].idxmax() == "tMac8"
    assert mean["m1_score"].idxmax() == "tMac9"


def test_interferon_genes_rise_in_each_cell_type(results):
    de = table(results, "kang_pbmc", "single_cell/de/stimulated_vs_control.tsv")
    known = de[de["gene"].isin(["ISG15", "IFIT3", "CXCL10"])]
    print("\n", known.pivot(index="cell_type", columns="gene", values="log2_fold_change").round(1))
    assert set(de["cell_type"]) == {"t_cd4", "t_cd8", "b_cell", "macrophage"}
    assert (known["log2_fold_change"] > 4).all()
    isg15 = known[known["gene"] == "ISG15"]
    assert len(isg15) == 4
    assert (isg15["padj"] < 1e-5).all()


def test_treatment_in_the_dish_changes_no_shares(results):
    shares = table(results, "kang_pbmc", "single_cell/composition/stimulated_vs_control.tsv")
    assert (shares["fdr"] > 0.05).all()


def test_where_counts_were_taken_from_is_said(results):
    qc = table(results, "zilionis_lung", "single_cell/qc.tsv")
    assert set(qc["taken_from"]) == {"X"}
    assert qc["n_cells"].sum() == 300
