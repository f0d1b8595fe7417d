"""Another workflow uses this one as a module, from an empty directory, with its own config."""

import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import yaml
from runs import PARTS

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

DEPLOYED = """
from snakemake.utils import min_version

min_version("6.10.0")

configfile: "config/config.yaml"

module innervate:
    snakefile:
        github("someone/innervate", path="workflow/Snakefile", tag="v1.0.0")
    config:
        config

use rule * from innervate
"""
"""As `snakedeploy deploy-workflow` 0.17 writes it."""


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


def snakemake(folder, *arguments, environment=None):
    command = [sys.executable, "-m", "snakemake", "--cores", "1", *arguments]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=1200, env=environment
    )
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


def test_a_clones_own_workflow_file_has_the_same_default(parent, repo):
    snakefile = ["--snakefile", str(repo / "workflow/Snakefile")]
    text = snakemake(parent, "--dry-run", *snakefile, "--config", 'cohorts=["mini.yaml"]')
    assert re.search(r"^everything\s+1$", text, re.M)
    assert re.search(r"^report\s+1$", text, re.M)


@pytest.fixture(scope="module")
def deployed(tmp_path_factory, parent, repo):
    """A folder as snakedeploy makes it, and what makes git find the repository on this disk."""
    folder = tmp_path_factory.mktemp("deployed")
    origin = folder / "origin"
    origin.mkdir()
    ignored = shutil.ignore_patterns("__pycache__")
    for part in PARTS:
        source = repo / part
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, origin / part, **({"ignore": ignored} if source.is_dir() else {}))
    author = ["-c", "user.name=me", "-c", "user.email=me@example.org"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "All"], ["tag", "v1.0.0"]):
        subprocess.run(["git", *author, *command], cwd=origin, check=True)
    work = folder / "work"
    shutil.copytree(parent / "input", work / "input")
    (work / "config/cohorts").mkdir(parents=True)
    shutil.copy(parent / "mini.yaml", work / "config/cohorts/mini.yaml")
    (work / "config/config.yaml").write_text("cohorts: [config/cohorts/mini.yaml]")
    (work / "workflow").mkdir()
    (work / "workflow/Snakefile").write_text(DEPLOYED)
    environment = os.environ | {
        "XDG_CACHE_HOME": str(folder / "cache"), "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{origin.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://github.com/someone/innervate",
    }  # fmt: skip
    return work, environment


@pytest.mark.slow
def test_from_github_as_snakedeploy_sets_it_up(deployed):
    work, environment = deployed
    text = snakemake(work, "--dry-run", environment=environment)
    assert re.search(r"^report\s+1$", text, re.M), "the default is the whole"
    snakemake(work, "results/mini/inputs/samples.tsv", environment=environment)
    assert len(pd.read_csv(work / "results/mini/inputs/samples.tsv", sep="\t")) == 12
    (checkout,) = (work / ".snakemake/innervate").iterdir()
    assert re.fullmatch("[0-9a-f]{40}", checkout.name)
    assert (checkout / "resources").is_dir()
