"""A run on four public cohorts on checkpoint blockade at once, of which few genes are at hand.

What is known, and where it comes from, stands in the README beside the data.
"""

import gzip
import re

import pandas as pd
import pytest

pytestmark = pytest.mark.slow

COHORTS = ["icb_hugo", "icb_liu", "icb_padron", "icb_van_allen"]

PLANTED = {
    "Full name": "Hildegard Zzyzx{:02d}",
    "date_of_birth": "1931-07-{:02d}",
    "MRN": "zzmrn4711{:02d}",
    "E-mail": "zzyzx{:02d}@clinic.example",
    "Notes": "zzyzx {:02d} came by herself and asked for zzaspirin twice",
}
"""Columns that identify people, and what is put into them."""

RESPONDERS = {
    "icb_hugo": (14, 13),
    "icb_liu": (35, 34),
    "icb_padron": (3, 20),
    "icb_van_allen": (9, 30),
}
"""Responders and others, counted in the tables as published; the rest have no response."""


@pytest.fixture(scope="module")
def run(tmp_path_factory, new_workspace, repo, shared):
    """Run the four cohorts together and return the finished working directory."""
    work = new_workspace(
        tmp_path_factory.mktemp("icb"), *(repo / f"tests/data/{name}.yaml" for name in COHORTS)
    )
    plant_identifiers(work, shared)
    # Figures for papers hold no more of a patient than the report.
    work.snakemake("--omit-from", "figures")
    return work


def plant_identifiers(work, shared):
    """Give one cohort's clinical table, as a workbook, columns that identify its patients."""
    table = pd.read_csv(shared / "data/icb_subset/Hugo.clinical.csv", dtype=str)
    for column, text in PLANTED.items():
        table[column] = [text.format(number) for number in range(len(table))]
    table.to_excel(work.folder / "hugo.xlsx", index=False)
    work.cohort("icb_hugo", clinical__table="hugo.xlsx", clinical__drop=list(PLANTED))


@pytest.fixture(scope="module")
def results(run):
    """Return a function that reads a table of a cohort."""
    return lambda cohort, table: pd.read_csv(run.folder / "results" / cohort / table, sep="\t")


@pytest.mark.parametrize("cohort", COHORTS)
def test_differential_expression_is_not_asked_of_logarithms(run, cohort):
    folder = run.folder / "results" / cohort
    assert (folder / "report.html").is_file()
    assert not (folder / "bulk/de").exists()


def test_the_cohorts_have_a_report_together_and_an_index(run):
    folder = run.folder / "results"
    index = (folder / "index.html").read_text()
    for cohort in COHORTS:
        assert f'href="{cohort}/report.html"' in index
    assert 'href="synthesis/report.html"' in index
    together = (folder / "synthesis/report.html").read_text()
    edges = pd.read_csv(folder / "synthesis/edges.tsv", sep="\t")
    known = edges[edges["estimate"].notna()]
    assert len(known) > 0
    for row in known.itertuples():
        assert f"{row.k} cohorts, n = {row.n}, FDR" in together


@pytest.mark.parametrize("cohort", COHORTS)
def test_nodes_whose_genes_are_missing_are_not_measurable_and_say_why(results, cohort):
    nodes = results(cohort, "circuit/nodes.tsv").set_index("node")
    lacking = nodes[nodes["status"] == "not measurable"]
    assert lacking["reason"].str.len().min() > 0
    assert "genes expressed, 50% needed" in lacking.loc["atf4_activity", "reason"]
    assert lacking.loc[["cgrp", "effector_t", "ccl5"], "reason"].str.contains("tdln").all()
    patients = results(cohort, "circuit/patients.tsv")
    assert patients[list(lacking.index)].isna().all(axis=None)
    measured = patients["slit2"].notna()
    assert (patients.loc[measured, "call"] == "uncertain").all()
    assert (patients.loc[~measured, "call"] == "not measured").all()
    assert patients["slit2"].notna().sum() > 20


@pytest.mark.parametrize("cohort", COHORTS)
def test_response_is_joined_as_published(results, cohort):
    response = results(cohort, "clinical/joined.tsv")["response_icb"]
    assert ((response == 1).sum(), (response == 0).sum()) == RESPONDERS[cohort]


@pytest.mark.parametrize("cohort", COHORTS)
def test_every_association_has_its_number_of_patients_or_a_reason(results, cohort):
    rows = results(cohort, "clinical/associations.tsv")
    nodes = results(cohort, "circuit/nodes.tsv").set_index("node")
    estimated = rows[rows["estimate"].notna()]
    assert {"slit2", "m2", "polarity", "spp1_cxcl9"} <= set(estimated["score"])
    assert estimated["n"].min() > 20
    assert estimated["pvalue"].between(0, 1).all()
    assert (nodes.loc[estimated["score"], "status"] == "measured").all()
    assert rows.loc[rows["estimate"].isna(), "note"].str.len().min() > 0


def test_the_biopsy_on_treatment_does_not_stand_for_its_patient(results, shared):
    raw = pd.read_csv(shared / "data/icb_subset/Hugo.clinical.csv").set_index("patientid")
    late = raw.index[raw["Biopsy.Time"] == "on-treatment"]
    nodes = results("icb_hugo", "circuit/patients.tsv").set_index("patient")["slit2"]
    assert list(nodes.index[nodes.isna()]) == list(late)


@pytest.mark.parametrize("cohort", ["icb_hugo", "icb_liu"])
def test_cxcl9_cd8a_and_ccl5_are_not_claimed(results, cohort):
    rows = results(cohort, "clinical/associations.tsv").set_index("score")
    # CD8A and CCL5 are asked for in lymph nodes, and every sample here is a tumor.
    assert rows.loc[["effector_t", "ccl5"], "estimate"].isna().all()
    assert rows.loc["spp1_cxcl9", "estimate"].notna().all()
    assert (rows.loc["spp1_cxcl9", "fdr"] > 0.05).all()
    edges = results(cohort, "circuit/edges.tsv")
    touched = edges[(edges[["source", "target"]].isin(["effector_t", "ccl5"])).any(axis=1)]
    assert set(touched["status"]) == {"not measurable"}


@pytest.mark.parametrize("cohort", COHORTS)
def test_each_predictor_of_response_has_its_area_or_a_reason(results, cohort):
    rows = results(cohort, "clinical/prediction.tsv").set_index("predictor")
    print(f"\n{cohort}\n{rows[['n', 'auc', 'ci_low', 'ci_high', 'pvalue', 'note']].to_string()}")
    assert rows.loc[rows["auc"].isna(), "note"].str.len().min() > 0
    judged = set(rows.index[rows["auc"].notna()])
    assert ("tumor_mutational_burden" in judged) == (cohort in ("icb_liu", "icb_van_allen"))
    responders, others = RESPONDERS[cohort]
    assert pd.notna(rows.loc["signature", "auc"]) == (min(responders, others) >= 10)
    assert (rows["n_responders"] <= responders).all()
    known = ["cd274", "t_inflamed", "cytolytic_activity", "cxcl9", "cxcl9_spp1"]
    if cohort in ("icb_hugo", "icb_liu"):
        assert rows.loc[known, "ci_low"].lt(0.5).all()
        assert rows.loc[known, "ci_high"].gt(0.5).all()
    assert results(cohort, "clinical/interactions.tsv").empty


@pytest.mark.parametrize("cohort", COHORTS)
def test_each_measurable_edge_has_its_interval(results, cohort):
    edges = results(cohort, "circuit/edges.tsv")
    columns = ["source", "target", "n", "estimate", "ci_low", "ci_high", "specificity", "status"]
    print(f"\n{cohort}\n{edges[columns].to_string()}")
    known = edges[edges["status"] != "not measurable"]
    assert ("polarity", "progression") in set(zip(known["source"], known["target"], strict=True))
    assert known[["estimate", "ci_low", "ci_high", "pvalue", "fdr"]].notna().all(axis=None)


def test_the_cohorts_are_pooled_and_their_tumor_types_compared(results):
    pooled = results("synthesis", "edges.tsv").set_index(["source", "target"])
    print(pooled[["k", "n", "estimate", "ci_low", "ci_high", "tau2", "i2"]].to_string())
    row = pooled.loc[("polarity", "progression")]
    assert row["k"] == 4
    assert row["ci_low"] < row["estimate"] < row["ci_high"]
    assert row["leave_one_out_low"] <= row["estimate"] <= row["leave_one_out_high"]
    types = results("synthesis", "moderators.tsv")
    types = types[types["target"] == "progression"].set_index("tumor_type")
    assert types["k"].to_dict() == {"PAAD": 1, "SKCM": 3}
    associations = results("synthesis", "associations.tsv")
    assert (associations.loc[associations["endpoint"] == "os", "k"].max()) == 4


def test_published_predictors_do_what_was_published(results):
    area = {
        cohort: results(cohort, "clinical/prediction.tsv").set_index("predictor")
        for cohort in COHORTS
    }
    # Van Allen 2015: cytolytic genes and mutations went with benefit from ipilimumab.
    ipilimumab = area["icb_van_allen"]
    assert ipilimumab.loc["cytolytic_activity", "auc"] > 0.55
    assert ipilimumab.loc["tumor_mutational_burden", "auc"] > 0.5
    # Three responders are too few to judge anything.
    assert area["icb_padron"]["auc"].isna().all()
    assert area["icb_padron"]["note"].str.len().min() > 0


def test_what_identifies_people_is_in_no_file(run):
    secret = re.compile(rb"zzyzx|zzmrn|zzaspirin|Hildegard|1931-07|clinic\.example", re.IGNORECASE)
    assert secret.search((run.folder / "hugo.xlsx").read_bytes()) is None, "workbooks are packed"
    assert "Hildegard" in pd.read_excel(run.folder / "hugo.xlsx")["Full name"][0]
    searched = 0
    for folder in ("results", "logs", "benchmarks", ".snakemake/log"):
        for path in sorted((run.folder / folder).rglob("*")):
            if path.is_file():
                packed = path.suffix == ".gz"
                data = gzip.decompress(path.read_bytes()) if packed else path.read_bytes()
                assert secret.search(data) is None, path
                searched += 1
    assert searched > 100


def test_a_table_that_identifies_people_is_refused_before_anything_runs(run):
    run.cohort("icb_hugo", clinical__drop=["MRN"])
    done = run.snakemake("--dry-run", check=False)
    run.cohort("icb_hugo", clinical__drop=list(PLANTED))
    assert done.returncode != 0
    for column in ("Full name", "date_of_birth", "E-mail", "Notes"):
        assert f"column {column}" in done.stdout + done.stderr
    assert "Hildegard" not in done.stdout + done.stderr
