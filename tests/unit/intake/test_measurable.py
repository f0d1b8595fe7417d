"""What a cohort can measure is told from gene names, samples and columns, before computing."""

import numpy as np
import pandas as pd
import pytest
import yaml

from innervate.config.circuit import load_circuit
from innervate.config.load import circuit_path, load_run
from innervate.genes.table import load_genes
from innervate.inputs.samples import check_samples
from innervate.intake.check import _cost, _tissues
from innervate.intake.cost import benchmarks, cost_table
from innervate.intake.measurable import measurable
from innervate.intake.problems import run_problems

CIRCUIT = load_circuit(circuit_path("neuroimmune"))
ABSENT = {"SLIT2", "CCL5"}


@pytest.fixture
def found(tmp_path, monkeypatch):
    """Twelve patients with a tumor, three of them with a node; no SLIT2 and no CCL5."""
    monkeypatch.chdir(tmp_path)
    tumors = [f"T{n}" for n in range(12)]
    nodes = [f"N{n}" for n in range(3)]
    sheet = pd.DataFrame({"sample": tumors + nodes, "assay": "bulk"})
    sheet["patient"] = [f"P{name[1:]}" for name in sheet["sample"]]
    sheet["tissue"] = ["tumor"] * 12 + ["tdln"] * 3
    sheet.to_csv("samples.tsv", sep="\t", index=False)
    frame = load_genes("human").frame
    genes = frame.loc[frame["biotype"] == "protein_coding", "symbol"].drop_duplicates()
    genes = genes[~genes.isin(ABSENT)]
    counts = np.ones((len(genes), len(sheet)), dtype=int)
    pd.DataFrame(counts, genes, sheet["sample"]).to_csv("counts.tsv", sep="\t")
    clinic = pd.DataFrame({"patient": [f"P{n}" for n in range(12)], "cgrp": range(12)})
    clinic = clinic.assign(
        nrs=[n % 11 for n in range(12)], days=range(1, 13), dead=[1] * 3 + [0] * 9
    )
    clinic.to_csv("clinic.tsv", sep="\t", index=False)
    cohort = {
        "title": "x", "species": "human", "samples": {"table": "samples.tsv"},
        "bulk": {"matrices": [{"path": "counts.tsv"}]},
        "clinical": {
            "table": "clinic.tsv",
            "pain": {"nrs": {"column": "nrs", "instrument": "NRS", "direction": "higher_worse"}},
            "endpoints": {"os": {"time": "days", "status": "dead", "event": 1, "censored": 0,
                                 "unit": "days"}},
            "assays": {"cgrp_tdln": {"column": "cgrp", "tissue": "tdln"}},
        },
    }  # fmt: skip
    (tmp_path / "x.yaml").write_text(yaml.safe_dump(cohort))
    run = load_run({"cohorts": ["x.yaml"]})
    assert run_problems(run) == []
    mine = run.cohorts["x"]
    samples = check_samples(mine, "x.yaml")[0]
    return measurable(mine, "x.yaml", samples, CIRCUIT, run.settings["x"])


def test_a_node_is_told_by_its_genes(found):
    nodes = found.nodes
    assert nodes.loc["atf4_activity", "status"] == "measured"
    assert "12 samples" in nodes.loc["atf4_activity", "measure"]
    assert nodes.loc["slit2", "status"] == "not measurable"
    assert nodes.loc["slit2", "reason"].startswith("SLIT2 not in the matrix")


def test_a_node_is_told_by_its_tissue(found):
    expected = "3 samples of tissue tdln, 4 needed"
    assert found.nodes.loc["effector_t", "reason"] == expected


def test_an_assay_measures_where_rna_can_not(found):
    assert found.nodes.loc["cgrp", ["status", "measure"]].tolist() == [
        "measured",
        "assay cgrp_tdln",
    ]


def test_an_edge_needs_both_ends_in_enough_patients(found):
    edges = found.edges.set_index("edge")
    assert edges.loc["nociceptor > pain", ["possible", "patients"]].tolist() == [True, 12]
    assert edges.loc["nociceptor > cgrp", ["possible", "patients"]].tolist() == [True, 12]
    assert edges.loc["atf4_activity > slit2", "reason"].startswith("slit2: SLIT2 not in")
    assert edges.loc["polarity > progression", "reason"] == "3 events, 8 needed"
    assert edges.loc["polarity > response", "reason"] == "response: the cohort declares none"


def test_cost_by_rule_from_limits_and_earlier_runs(tmp_path):
    for name, seconds in (("a/qc/s1.tsv", 10), ("a/qc/s2.tsv", 20), ("a/de.tsv", 5)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"s\tmax_rss\n{seconds}\t100\n")
    jobs = pd.DataFrame(
        [("qc", 1000, 15), ("qc", 2000, 15), ("de", None, 60)],
        columns=["rule", "mem_mb", "runtime"],
    )
    table = cost_table(jobs, benchmarks(tmp_path)).set_index("rule")
    assert table.loc["qc", ["jobs", "mem_mb", "limit", "seconds"]].tolist() == [2, 2000, 30, 30]
    assert table.loc["de", "seconds"] == 5
    assert pd.isna(table.loc["de", "mem_mb"])


def test_a_tissue_written_otherwise_is_said():
    measured = {"tumor", "tdln"}
    said = list(_tissues({"tumour", "tumor", "blood"}, measured))
    assert len(said) == 1
    assert "values: {tissue: {tumour: tumor}}" in said[0]
    blood = " ".join(_tissues({"blood"}, measured))
    assert "of blood, and the circuit measures tdln, tumor" in blood
    assert not list(_tissues({"tumor", "normal"}, measured))


def test_a_limit_that_depends_on_the_input_is_not_zero_minutes(tmp_path):
    jobs = pd.DataFrame(
        [("qc", 1000, 15), ("qc", 1000, None), ("de", None, None), ("samples", 1000, 5)],
        columns=["rule", "mem_mb", "runtime"],
    )
    limits = cost_table(jobs, benchmarks(tmp_path)).set_index("rule")["limit"]
    assert limits[["qc", "de"]].isna().all()
    assert limits["samples"] == 5
    said = "\n".join(_cost(jobs, benchmarks(tmp_path)))
    assert "by input" in said
    assert " 0 min" not in said
