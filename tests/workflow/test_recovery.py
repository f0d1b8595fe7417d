"""The shipped demo, run whole: what was planted is found, and every table of the contract is there.

The demo's effect was chosen so that directions show in 60 patients: this tests the wiring of the
pipeline from counts to associations, not its power.
"""

import numpy as np
import pandas as pd
import pytest

from innervate.contracts import TABLES
from innervate.files import read_table

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def demo(tmp_path_factory, new_workspace, repo):
    work = new_workspace(tmp_path_factory.mktemp("demo"), repo / "config/cohorts/demo.yaml")
    work.snakemake()
    return work.folder


def table(demo, name):
    return pd.read_csv(demo / "results/demo" / name, sep="\t")


def test_every_table_holds_its_contract(demo):
    folder = demo / "results/demo"
    for name, contract in TABLES.items():
        paths = list(folder.glob(contract.path.replace("{contrast}", "*")))
        assert paths, contract.path
        for path in paths:
            contract.conform(read_table(path, name))
    assert (folder / "report.html").stat().st_size > 100_000


def test_nodes_follow_their_planted_values(demo):
    planted = pd.read_csv(demo / "data/demo/truth_samples.tsv", sep="\t")
    planted = planted[planted["tissue"] == "tdln"].set_index("patient")
    patients = table(demo, "circuit/patients.tsv").set_index("patient")
    shared = [name for name in planted.columns if name in patients.columns]
    r = {name: patients[name].corr(planted[name]) for name in shared}
    print("\nnode            r with the planted value")
    for name, value in r.items():
        print(f"{name:15s} {value:.2f}")
    assert len(r) >= 9
    assert min(r.values()) > 0.4


@pytest.mark.parametrize(
    ("kind", "target", "endpoint", "model", "scale"),
    [
        ("pain", "pain", "pain_nrs_0_10", "partial Spearman", np.asarray),
        ("log_hazard", "pfs", "pfs", "Cox, adjusted", np.log),
    ],
)
def test_planted_associations_have_their_direction(demo, kind, target, endpoint, model, scale):
    truth = pd.read_csv(demo / "data/demo/truth_effects.tsv", sep="\t")
    truth = truth[(truth["kind"] == kind) & (truth["target"] == target)]
    found = table(demo, "clinical/associations.tsv")
    found = found[(found["endpoint"] == endpoint) & (found["model"] == model)].set_index("score")
    truth = truth[truth["node"].isin(found.index)].set_index("node")["planted"]
    found[["estimate", "ci_low", "ci_high"]] = scale(found[["estimate", "ci_low", "ci_high"]])
    print(f"\n{model} with {endpoint}\nnode            planted  estimated (95 % interval)")
    for node, planted in truth.items():
        row = found.loc[node]
        interval = f"{row['ci_low']:.2f} to {row['ci_high']:.2f}"
        print(f"{node:15s} {planted:7.2f}  {row['estimate']:9.2f} ({interval})")
    assert len(truth) >= 9
    assert (np.sign(found.loc[truth.index, "estimate"]) == np.sign(truth)).all()


def test_traps_are_found(demo):
    truth = pd.read_csv(demo / "data/demo/truth_samples.tsv", sep="\t").set_index("sample")["trap"]
    qc = table(demo, "bulk/qc.tsv").set_index("sample")
    failed, swapped, contaminated = (
        truth.index[truth == trap].tolist() for trap in ("failed", "swapped", "contaminated")
    )
    assert qc.index[~qc["keep"]].sort_values().tolist() == sorted(failed + swapped)
    assert qc.loc[failed, "flags"].str.contains("low_counts").all()
    assert qc.loc[swapped, "flags"].str.contains("sex_mismatch").all()
    assert qc.loc[contaminated, "flags"].str.contains("epithelial_in_tdln").all()
    exclusions = table(demo, "exclusions.tsv")
    assert set(failed + swapped) <= set(exclusions["id"])


def test_sets_planted_in_cgrp_high_nodes_are_enriched(demo):
    gsea = table(demo, "bulk/gsea/tdln_by_cgrp.tsv").set_index("set")
    print(gsea[["nes", "pvalue", "fdr"]].head(8))
    assert gsea.loc["T_EFFECTOR", "nes"] < 0
    assert gsea.loc["T_EFFECTOR", "fdr"] < 0.05
