"""Another workflow uses this one as a module, from an empty directory, with its own config."""

import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import yaml

from innervate.genes.table import load_genes

PARENT = """
configfile: "parent.yaml"

module innervate:
    snakefile: "{checkout}/workflow/Snakefile"
    config: config["innervate"]
    pathvars:
        results="out/innervate",
        logs="out/logs",
        benchmarks="out/benchmarks",

use rule * from innervate as innervate_*

rule theirs:
    input:
        "out/innervate/mini/inputs/genes.tsv",
    output:
        "out/n_genes.txt",
    shell:
        "wc -l < {{input}} > {{output}}"
"""


@pytest.fixture(scope="module")
def parent(tmp_path_factory, repo):
    """An empty directory with a parent workflow, its config, and data of twelve samples."""
    folder = tmp_path_factory.mktemp("parent")
    frame = load_genes("human").frame
    genes = frame.loc[frame["biotype"] == "protein_coding", "symbol"].drop_duplicates()[:800]
    names = [f"s{n}" for n in range(12)]
    counts = np.random.default_rng(3).poisson(30, (len(genes), 12))
    (folder / "input").mkdir()
    pd.DataFrame(counts, genes, names).to_csv(folder / "input/counts.tsv", sep="\t")
    sheet = pd.DataFrame({"sample": names, "patient": names, "assay": "bulk", "tissue": "tumor"})
    sheet.to_csv(folder / "input/sheet.tsv", sep="\t", index=False)
    cohort = {"title": "Mini", "species": "human", "samples": {"table": "input/sheet.tsv"},
              "bulk": {"matrices": [{"path": "input/counts.tsv"}]}}  # fmt: skip
    (folder / "mini.yaml").write_text(yaml.safe_dump(cohort))
    config = {"innervate": {"cohorts": ["mini.yaml"], "seed": 7}, "of_the_parent": True}
    (folder / "parent.yaml").write_text(yaml.safe_dump(config))
    (folder / "Snakefile").write_text(PARENT.format(checkout=repo))
    return folder


def snakemake(folder, *arguments):
    command = [sys.executable, "-m", "snakemake", "--cores", "1", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=1200)
    text = done.stdout + done.stderr
    assert done.returncode == 0, text
    return text


def test_the_whole_module_is_planned_under_the_parents_folders(parent):
    text = snakemake(parent, "--dry-run", "innervate_all")
    assert re.search(r"^innervate_circuit_scores\s+1$", text, re.M)
    assert "out/innervate/mini/report.html" in text
    assert not re.search(r"[ ,]results/", text), "a path that pathvars did not move"
    assert not re.search(r"(log|benchmark): (logs|benchmarks)/", text)


def test_some_rules_run_and_write_only_where_they_are_told(parent):
    snakemake(parent, "theirs")
    assert int((parent / "out/n_genes.txt").read_text()) == 801
    made = {path.name for path in parent.iterdir()} - {".snakemake"}
    assert made == {"Snakefile", "parent.yaml", "mini.yaml", "input", "out"}
    assert (parent / "out/logs/mini/bulk_matrix.log").is_file()
    assert (parent / "out/benchmarks/mini/bulk_matrix.tsv").is_file()
