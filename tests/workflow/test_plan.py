"""The target rule `plan`: power by number of patients for each question of the circuit."""

import json

import pandas as pd
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.long]


def test_power_grows_with_patients_and_what_is_not_measured_has_none(workspace, repo):
    work = workspace(repo / "config/cohorts/demo.yaml")
    plan = {"patients": [20, 80], "replicates": 20, "effect": 0.5, "tissues": ["tumor"]}
    work.snakemake("plan", "--config", f"plan={json.dumps(plan)}")
    table = pd.read_csv(work.folder / "results/plan/power.tsv", sep="\t")
    edges = table[table["kind"] == "edge"].pivot(index="name", columns="patients")["rejected"]
    assert edges[80].mean() > edges[20].mean() + 0.2
    assert "slit2 > pain" in edges.index
    assert not edges.index.str.contains("cgrp").any(), "no lymph node, no assay"
    assert {"edge", "chain", "association"} == set(table["kind"])
    assert "<svg" in (work.folder / "results/plan/power.svg").read_text()
    assert not (work.folder / "results/demo").exists()
