"""Whole runs on real public data, each from its cohort file, with the known biology asserted.

What is known, and where it comes from, stands in the README beside the data.
"""

import pandas as pd
import pytest

pytestmark = pytest.mark.slow


COHORTS = [
    "hnscc_myeloid",
    "riaz_nivolumab",
    "macrophage_ifng",
    "macrophage_salmon",
    "thapsigargin_qgp1",
]


@pytest.fixture(scope="module")
def results(tmp_path_factory, new_workspace, repo, shared):
    """Run all cohorts at once and return a function that reads their tables."""
    work = new_workspace(
        tmp_path_factory.mktemp("real"), *(repo / f"tests/data/{name}.yaml" for name in COHORTS)
    )
    # Figures for papers take as long as the report; other tests make them.
    work.snakemake("--omit-from", "figures")

    def read(cohort: str, table: str):
        path = work.folder / "results" / cohort / table
        return path.read_text() if path.suffix == ".html" else pd.read_csv(path, sep="\t")

    return read


def folds(de: pd.DataFrame) -> pd.Series:
    return de.set_index("gene")["log2_fold_change"]


def wide(scores: pd.DataFrame) -> pd.DataFrame:
    return scores[scores["primary"]].pivot(index="sample", columns="node", values="score")


def test_hnscc_myeloid_tumor_against_blood(results):
    de = results("hnscc_myeloid", "bulk/de/tumor_vs_blood.tsv").set_index("gene")
    known = {
        "SPP1": 12.0, "CCL18": 10.4, "APOE": 8.9, "MRC1": 7.6, "TREM2": 5.7, "C1QA": 3.0,
        "DDIT3": 3.6, "CHAC1": 6.7, "FCN1": -2.1,
    }  # fmt: skip
    for gene, expected in known.items():
        assert de.loc[gene, "log2_fold_change"] == pytest.approx(expected, abs=1.0), gene
    assert de.loc["CD163", "padj"] > 0.05


def test_hnscc_myeloid_old_alias_is_renamed(results):
    genes = results("hnscc_myeloid", "inputs/genes.tsv")
    assert set(genes.loc[genes["symbol"] == "CXCL8", "status"]) <= {"renamed", "merged", "kept"}
    assert "CXCL8" in set(genes["symbol"])


def test_riaz_on_treatment_and_the_negative_control(results):
    on = results("riaz_nivolumab", "bulk/de/response_on.tsv").set_index("gene")
    for gene, expected in {"CCL5": 2.1, "CD8A": 2.3, "PRF1": 2.2, "GZMB": 1.9}.items():
        assert on.loc[gene, "log2_fold_change"] == pytest.approx(expected, abs=0.4), gene
    assert on.loc["CCL5", "pvalue"] < 0.05
    pre = results("riaz_nivolumab", "bulk/de/response_pre.tsv").set_index("gene")
    assert (pre.reindex(["CCL5", "SLIT2", "ATF4"])["padj"].fillna(1) > 0.05).all()


def test_riaz_events_are_those_coded_zero(results, shared):
    clinical = pd.read_csv(shared / "data/riaz_nivolumab/clinical.csv")
    joined = results("riaz_nivolumab", "clinical/joined.tsv").set_index("patient")
    codes = clinical[clinical["SampleType"] == "pre"].set_index("PatientID")["OS_SOR"]
    both = joined["os_event"].dropna().index.intersection(codes.dropna().index)
    assert len(both) > 40
    assert (joined.loc[both, "os_event"] == (codes[both] == 0)).all()
    exclusions = results("riaz_nivolumab", "exclusions.tsv")
    assert (exclusions["level"] == "patient").any(), "patients without a clinical row are listed"


def test_macrophages_interferon(results, shared):
    de = results("macrophage_ifng", "bulk/de/ifng_vs_naive.tsv").set_index("gene")
    known = {"CXCL9": 10.8, "CXCL10": 9.7, "IDO1": 10.3, "CCL5": 2.2, "CD163": -1.5, "MRC1": -1.1}
    for gene, expected in known.items():
        assert de.loc[gene, "log2_fold_change"] == pytest.approx(expected, abs=0.5), gene
    reference = pd.read_csv(shared / "data/macrophage_ifng/reference_de_ifng_vs_naive.csv.gz")
    reference = reference.drop_duplicates("SYMBOL").set_index("SYMBOL")
    reference = reference[reference["baseMean"] > 10]
    both = de.index.intersection(reference.index)
    r = de.loc[both, "log2_fold_change"].corr(reference.loc[both, "log2FoldChange"])
    print(f"log2 fold changes against the reference table: r = {r:.4f} over {len(both)} genes")
    assert r >= 0.98


def test_macrophages_polarize(results, shared):
    condition = pd.read_csv(shared / "data/macrophage_ifng/coldata.csv").set_index("names")
    calls = results("macrophage_ifng", "circuit/polarization.tsv").set_index("sample")
    calls["condition"] = condition["condition_name"]
    means = calls.groupby("condition")[["m1", "m2", "polarity"]].mean()
    print(calls.groupby(["condition", "call"]).size())
    assert means.loc["IFNg", "m1"] > means.loc["naive", "m1"]
    assert means.loc["IFNg", "m2"] < means.loc["naive", "m2"]
    by_line = calls.pivot_table(index="patient", columns="condition", values="polarity")
    change = by_line["IFNg"] - by_line["naive"]
    print(f"polarity, change with interferon gamma by line: {change.round(2).tolist()}")
    assert (change < 0).all()
    strongest = calls[calls["condition"] == "IFNg_SL1344"]
    assert strongest["call"].eq("M1-like").sum() >= 5
    assert calls[calls["condition"] == "naive"]["call"].isin(["M2-like", "low"]).all()


def test_macrophages_from_transcripts_agree_with_gene_counts(results):
    transcripts = folds(results("macrophage_salmon", "bulk/de/ifng_vs_naive.tsv"))
    genes = folds(results("macrophage_ifng", "bulk/de/ifng_vs_naive.tsv"))
    # Two samples a group, unpaired: sizes are loose.
    for gene in ("CXCL9", "CXCL10", "IDO1"):
        assert transcripts[gene] > 4, gene
    both = transcripts.index.intersection(genes.index)
    r = transcripts[both].corr(genes[both])
    print(f"log2 fold changes from 4 samples' transcripts against all gene counts: r = {r:.2f}")
    assert r > 0.7


def test_thapsigargin_raises_atf4_activity_and_refuses_differential_expression(results):
    scores = wide(results("thapsigargin_qgp1", "circuit/scores.tsv"))["atf4_activity"]
    control = scores[scores.index.str.endswith("DMSO")]
    stressed = scores[scores.index.str.endswith("Tg6h")]
    print(scores.round(2).to_string())
    assert stressed.min() > control.max()
    assert results("thapsigargin_qgp1", "bulk/de/stress_6h.tsv").empty
    reasons = results("thapsigargin_qgp1", "exclusions.tsv")
    assert reasons["reason"].str.contains("counts").any()


@pytest.mark.parametrize("cohort", COHORTS)
def test_report_is_there(results, cohort):
    html = results(cohort, "report.html")
    assert "Research use only" in html
    assert "default-src 'none'; script-src 'sha256-" in html


@pytest.mark.parametrize("cohort", COHORTS)
def test_each_measurable_edge_has_its_interval_and_the_others_a_reason(results, cohort):
    edges = results(cohort, "circuit/edges.tsv")
    columns = ["source", "target", "n", "estimate", "ci_low", "ci_high", "specificity", "status"]
    print(f"\n{cohort}\n{edges[columns].to_string()}")
    known = edges[edges["status"] != "not measurable"]
    assert known[["estimate", "ci_low", "ci_high", "pvalue", "fdr"]].notna().all(axis=None)
    assert (known["ci_low"] <= known["ci_high"]).all()
    assert edges.loc[edges["status"] == "not measurable", "note"].str.len().min() > 0


def test_riaz_measures_the_edges_that_lie_in_the_tumor(results):
    edges = results("riaz_nivolumab", "circuit/edges.tsv").set_index(["source", "target"])
    assert edges.loc[("atf4_activity", "slit2"), "n"] > 30
    assert edges.loc[("slit2", "cgrp"), "status"] == "not measurable"


def test_cohorts_are_pooled_edge_by_edge(results):
    pooled = results("synthesis", "edges.tsv").set_index(["source", "target"])
    forest = results("synthesis", "forest.tsv")
    row = pooled.loc[("atf4_activity", "slit2")]
    mine = forest[forest["name"] == "atf4_activity > slit2"]
    assert row["k"] == len(mine)
    assert row["n"] == mine["n"].sum()
    assert mine["weight"].sum() == pytest.approx(1)
    assert mine["estimate"].min() <= row["estimate"] <= mine["estimate"].max()
