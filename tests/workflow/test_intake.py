"""What `cohort check` says of the small demo is what its run found."""

import re

import numpy as np
import pandas as pd
import pytest
import yaml

from innervate.__main__ import main
from innervate.config.circuit import load_circuit
from innervate.config.load import load_run
from innervate.genes.table import load_genes
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


def test_the_documented_way_ends_in_a_run_of_the_users_cohort(workspace, repo, monkeypatch, capsys):
    work = workspace(repo / "config/cohorts/demo.yaml")
    monkeypatch.chdir(work.folder)
    genes = load_genes("human").frame.query("biotype == 'protein_coding'")["symbol"]
    names = [f"P{n:02d}_{tissue}" for n in range(1, 11) for tissue in ("tumor", "tdln")]
    counts = np.random.default_rng(3).poisson(40, (600, len(names)))
    matrix = pd.DataFrame(counts, genes.drop_duplicates()[:600], names)
    matrix.insert(0, "Length", range(1000, 1600))
    (work.folder / "data/mine").mkdir(parents=True)
    matrix.to_csv("data/mine/counts.tsv", sep="\t")
    config = work.folder / "config/config.yaml"
    config.write_text("# mine\n" + config.read_text())
    assert main(["cohort", "new", "data/mine", "--name", "mine"]) == 0
    said = capsys.readouterr().out
    assert "Length: no samples by their names" in said
    assert "config/cohorts/mine.yaml added under `cohorts`, beside config/cohorts/demo.yaml" in said
    assert config.read_text().startswith("# mine\n")
    assert yaml.safe_load(config.read_text())["cohorts"][-1] == "config/cohorts/mine.yaml"
    text = work.snakemake("--dry-run", "--nocolor").stdout
    assert "results/mine/report.html" in text
    assert main(["cohort", "check", "mine", "--no-cost"]) == 0
    said = capsys.readouterr().out
    assert "10 patients" in said
    assert "warning" not in said
    config.write_text("cohorts: [config/cohorts/demo.yaml]\n")
    assert main(["cohort", "check", "mine", "--no-cost"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("warning: config/config.yaml: `snakemake` runs this cohort once")
    assert "\n  - config/cohorts/mine.yaml\n" in said


def test_the_first_example_of_the_readme_runs_as_printed(workspace, repo, shared, monkeypatch):
    example = re.search(r"```yaml\n(.*?)```", (repo / "config/README.md").read_text(), re.S)[1]
    path = repo / "config/cohorts/demo.yaml"
    work = workspace(path)
    monkeypatch.chdir(work.folder)
    (work.folder / "config/cohorts/riaz.yaml").write_text(example)
    (work.folder / "config/config.yaml").write_text("cohorts: [config/cohorts/riaz.yaml]\n")
    data = work.folder / "data/riaz"
    data.mkdir(parents=True)
    for name in ("counts.csv.gz", "clinical.csv"):
        (data / name).symlink_to(shared / "data/riaz_nivolumab" / name)
    # The public sheet calls the answer to treatment `resp`.
    sheet = pd.read_csv(shared / "data/riaz_nivolumab/samples.csv", dtype=str)
    sheet.rename(columns={"resp": "response"}).to_csv(data / "samples.csv", index=False)
    said = "\n".join(check("riaz", cost=False))
    assert "riaz: no problems" in said
    jobs = work.planned()
    assert jobs["bulk_de"] == 1
    assert jobs["clinical_associations"] == 1
