"""What `cohort check` says of the small demo is what its run found."""

import pandas as pd
import pytest

from innervate.config.circuit import load_circuit
from innervate.config.load import load_run
from innervate.inputs.samples import check_samples
from innervate.intake.check import check
from innervate.intake.measurable import measurable


def test_what_was_said_to_be_measurable_the_run_measured(finished, monkeypatch):
    monkeypatch.chdir(finished.folder)
    path = "config/cohorts/demo.yaml"
    run = load_run({"cohorts": [path]})
    cohort, circuit = run.cohorts["demo"], load_circuit(run.circuit)
    samples = check_samples(cohort, path)[0]
    said = measurable(cohort, path, samples, circuit, run.settings["demo"])
    nodes = pd.read_csv("results/demo/circuit/nodes.tsv", sep="\t", index_col="node")
    edges = pd.read_csv("results/demo/circuit/edges.tsv", sep="\t")
    measured = nodes["status"] == "measured"
    assert measured.any()
    assert (said.nodes.loc[measured.index[measured], "status"] == "measured").all()
    # What was called impossible, the run did not measure.
    impossible = said.edges.loc[~said.edges["possible"], "edge"]
    done = edges.loc[edges["status"] != "not measurable", ["source", "target"]].agg(
        " > ".join, axis=1
    )
    assert not set(impossible) & set(done)


@pytest.mark.slow
def test_check_prints_nodes_edges_and_jobs(finished, monkeypatch):
    monkeypatch.chdir(finished.folder)
    text = "\n".join(check("demo"))
    print(text)
    assert "demo: no problems" in text
    assert "assay cgrp_tdln" in text
    assert "Edges" in text
    assert "Cost: 0 jobs to run" in text
