"""The shipped demo, run whole: what was planted is found, and every table of the contract is there.

The demo's effect was chosen so that directions show in 60 patients: this tests the wiring of the
pipeline from counts to associations, not its power.
"""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import yaml

from innervate.circuit.edges import assess_edges
from innervate.circuit.ends import read_patients
from innervate.config.circuit import load_circuit
from innervate.config.cohort import Cohort
from innervate.config.settings import EdgeTests
from innervate.contracts import TABLES
from innervate.runtime.files import RESOURCES, read_table

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def demo(tmp_path_factory, new_workspace, repo):
    work = new_workspace(tmp_path_factory.mktemp("demo"), repo / "config/cohorts/demo.yaml")
    work.snakemake()
    return work.folder


@pytest.fixture(scope="module")
def cells(demo):
    """Kept cells with what was planted in each."""
    truth = pd.read_csv(demo / "data/demo/truth_cells.tsv.gz", sep="\t", keep_default_na=False)
    truth["cell"] = truth["sample"] + ":" + truth["barcode"]
    found = pd.read_parquet(demo / "results/demo/single_cell/cells.parquet").set_index("cell")
    return found.join(truth.set_index("cell"), rsuffix="_planted")


def table(demo, name):
    return pd.read_csv(demo / "results/demo" / name, sep="\t")


def test_every_table_holds_its_contract(demo):
    folder = demo / "results/demo"
    # Of one cohort, and of one that starts from counts.
    other = ("..", "reads/")
    for contract in TABLES.values():
        if contract.path.startswith(other):
            continue
        paths = list(folder.glob(re.sub(r"\{\w+\}", "*", contract.path)))
        assert paths, contract.path
        for path in paths:
            is_parquet = path.suffix == ".parquet"
            contract.conform(pd.read_parquet(path) if is_parquet else read_table(path, contract))
    assert (folder / "report.html").stat().st_size > 100_000


def test_planted_edges_are_supported_and_none_is_contradicted(demo):
    edges = table(demo, "circuit/edges.tsv")
    print(edges[["source", "target", "n", "estimate", "ci_low", "ci_high", "status"]].to_string())
    assert (edges["status"] == "supported").sum() >= 8
    assert not (edges["status"] == "contradicted").any()
    assert edges.loc[edges["status"] != "not measurable", "consistent"].all()
    assert edges[["ci_low", "ci_high"]].notna().all(axis=None)
    chain = table(demo, "circuit/chain.tsv").set_index("path")
    felt = chain.loc["slit2 > nociceptor > pain"]
    assert felt["ci_low"] > 0
    assert felt["pvalue"] < 0.05


def test_a_scrambled_circuit_finds_no_support_in_the_same_patients(demo):
    folder = demo / "results/demo"
    files = {"patients": "circuit/patients", "nodes": "circuit/nodes", "scores": "circuit/scores",
             "samples": "inputs/samples", "clinical": "clinical/clinical"}  # fmt: skip
    cohort = Cohort.model_validate(yaml.safe_load((demo / "config/cohorts/demo.yaml").read_text()))
    tables = {name: str(folder / f"{path}.tsv") for name, path in files.items()}
    patients, _ = read_patients(tables, cohort)
    circuit = load_circuit(RESOURCES / "circuits/neuroimmune.yaml")
    turned = [edge.model_copy(update={"sign": -edge.sign}) for edge in circuit.edges]
    scrambled = circuit.model_copy(update={"edges": turned, "paths": []})
    edges = assess_edges(patients, scrambled, lambda name, who: None, EdgeTests(), seed=1).edges
    assert not (edges["status"] == "supported").any()
    assert (edges["status"] == "contradicted").sum() >= 8
    generator = np.random.default_rng(0)
    shuffled = replace(patients, values=patients.values.apply(generator.permutation))
    edges = assess_edges(shuffled, circuit, lambda name, who: None, EdgeTests(), seed=1).edges
    assert not edges["status"].isin(["supported", "contradicted"]).any()


def test_nodes_follow_their_planted_values(demo):
    planted = pd.read_csv(demo / "data/demo/truth_samples.tsv", sep="\t")
    tumors = planted[planted["tissue"] == "tumor"].drop_duplicates("patient").set_index("patient")
    planted = planted[planted["tissue"] == "tdln"].set_index("patient").drop(columns="purity")
    patients = table(demo, "circuit/patients.tsv").set_index("patient")
    # Measured as its complement, stroma and immune cells.
    assert patients["purity"].corr(tumors["purity"], method="spearman") < -0.5
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


def test_planted_cell_types_are_recovered(cells):
    single = cells[cells["doublet"] == "no"]
    confusion = pd.crosstab(single["cell_type_planted"], single["cell_type"])
    print("\n", confusion.to_string())
    right = single["cell_type"] == single["cell_type_planted"]
    print(f"right: {right.mean():.3f}; unassigned: {(single.cell_type == 'unassigned').mean():.3f}")
    assert right.mean() > 0.95
    assert right.groupby(single["cell_type_planted"]).mean().min() > 0.6


def test_planted_malignant_cells_are_called(cells):
    single = cells[cells["doublet"] == "no"]
    kinds = single["cell_type_planted"]
    shown = kinds.where(kinds.isin(["malignant", "epithelial"]), "other")
    confusion = pd.crosstab(shown, single["malignant"])
    print("\n", confusion.to_string())
    share = confusion.div(confusion.sum(axis=1), axis=0)["malignant"]
    assert share["malignant"] > 0.9
    assert share["epithelial"] < 0.15
    assert share["other"] == 0


def test_planted_damage_and_doublets_are_dropped(demo):
    truth = pd.read_csv(demo / "data/demo/truth_cells.tsv.gz", sep="\t", keep_default_na=False)
    folder = demo / "results/demo/single_cell"
    read = [pd.read_csv(path, sep="\t", keep_default_na=False)
            for path in sorted(folder.glob("*/cells.tsv.gz"))]  # fmt: skip
    found = pd.concat(read).set_index("cell")["drop_reason"]
    truth.index = truth["sample"] + ":" + truth["barcode"]
    lineage = truth[["cell_type", "doublet_partner"]].replace(
        {"t_cd4": "t", "t_cd8": "t", "t_reg": "t", "nk": "t", "epithelial": "malignant"}
    )
    alike = lineage["cell_type"] == lineage["doublet_partner"]
    planted = np.select(
        [truth["damaged"] == "yes", (truth["doublet"] == "yes") & alike, truth["doublet"] == "yes"],
        ["damaged", "doublet of one lineage", "doublet of two lineages"],
        "intact",
    )
    confusion = pd.crosstab(planted, found.reindex(truth.index).to_numpy())
    print("\n", confusion.to_string())
    share = confusion.div(confusion.sum(axis=1), axis=0)
    assert share.loc["damaged", ["mitochondrial", "few counts"]].sum() > 0.95
    assert share.loc["intact", ""] > 0.98
    # Scrublet can't see doublets of like cells; of the calls that it makes four in five are right.
    called = confusion["doublet"]
    assert called.filter(like="doublet").sum() / called.sum() > 0.75
    assert share.loc["doublet of two lineages", "doublet"] > 0.25
    assert share.loc["doublet of one lineage", "doublet"] < 0.15


def test_planted_macrophage_states_and_fractions_are_recovered(demo, cells):
    chosen = (cells["cell_type"] == "macrophage") & (cells["tissue"] == "tumor")
    macrophages = cells[chosen & (cells["state"] != "")]
    confusion = pd.crosstab(macrophages["state"], macrophages["polarization"])
    print("\n", confusion.to_string())
    share = confusion.div(confusion.sum(axis=1), axis=0)
    assert share.loc["m1", "M1-like"] > 0.85
    assert share.loc["m2", "M2-like"] > 0.85
    assert share.loc["intermediate", "intermediate"] > 0.85
    truth = pd.read_csv(demo / "data/demo/truth_cells.tsv.gz", sep="\t", keep_default_na=False)
    truth = truth[(truth["cell_type"] == "macrophage") & (truth["tissue"] == "tumor")]
    planted = (truth["state"] == "m2").groupby(truth["sample"]).mean()
    found = table(demo, "circuit/polarization.tsv")
    found = found[found["assay"] == "single_cell"].set_index("sample")
    both = found.join(planted.rename("planted"))
    columns = ["patient", "n_macrophages", "planted", "fraction_m2"]
    columns += ["fraction_m2_low", "fraction_m2_high"]
    print(both[columns].round(2).to_string())
    error = (both["fraction_m2"] - both["planted"]).abs()
    inside = both["planted"].between(both["fraction_m2_low"], both["fraction_m2_high"])
    print(f"mean error {error.mean():.3f}; {inside.sum()} of {len(both)} intervals hold the truth")
    assert error.mean() < 0.08
    assert inside.sum() >= len(both) - 2


def test_planted_ambient_rna_is_estimated(demo):
    truth = pd.read_csv(demo / "data/demo/truth_cells.tsv.gz", sep="\t")
    planted = truth.groupby("sample")["ambient_fraction"].first()
    qc = table(demo, "single_cell/qc.tsv").set_index("sample")
    both = qc[["ambient_fraction"]].join(planted.rename("planted"))
    print(both.round(3).to_string())
    error = both["ambient_fraction"] - both["planted"]
    print(f"mean error {error.mean():.3f}, mean absolute error {error.abs().mean():.3f}")
    assert both["ambient_fraction"].notna().all()
    assert error.abs().mean() < 0.03
    assert both.corr().iloc[0, 1] > 0.7


def test_nodes_follow_their_planted_values_in_cells(demo):
    planted = pd.read_csv(demo / "data/demo/truth_samples.tsv", sep="\t")
    planted = planted[planted["tissue"] == "tdln"].set_index("patient")
    scores = table(demo, "circuit/scores.tsv")
    cells = scores[(scores["compartment"] != "bulk") & ~scores["method"].str.contains("adjusted")]
    wide = cells.pivot_table(index="patient", columns="node", values="score")
    r = {name: wide[name].corr(planted[name]) for name in ("atf4_activity", "ccl5", "effector_t")}
    print({name: round(value, 2) for name, value in r.items()}, "over", len(wide), "patients")
    assert min(r.values()) > 0.5


def test_who_makes_what(demo):
    found = table(demo, "circuit/by_cell_type.tsv")
    mean = found.groupby(["measure", "cell_type"])[["value", "share", "detected"]].mean()
    print("\n", mean.round(2).to_string())
    slit2 = mean.loc["slit2_source"]
    assert slit2.loc["fibroblast", "value"] > slit2.loc["malignant", "value"]
    assert mean.loc["ccl5_source"].loc["t_cd8", "detected"] > 0.5
    assert mean.loc["cgrp_receptor_calcrl"]["share"].idxmax() == "endothelial"
    assert mean.loc["atf4_targets"]["value"].idxmax() in ("malignant", "epithelial")


def test_pseudobulk_finds_what_tells_tumor_from_node(demo):
    composition = table(demo, "single_cell/composition/tumor_vs_tdln.tsv")
    rows = composition.set_index(["method", "cell_type"])["estimate"]
    assert rows["logit of the share", "b_cell"] < 0
    assert rows["logit of the share", "macrophage"] > 0
    de = table(demo, "single_cell/de/tumor_vs_tdln.tsv")
    assert {"t_cd4", "t_cd8", "b_cell", "macrophage"} <= set(de["cell_type"])
    assert de["padj"].between(0, 1).sum() > 1000


def test_cells_open_in_scanpy_as_they_are(demo):
    import anndata as ad
    import scanpy as sc

    cells = ad.read_h5ad(demo / "results/demo/single_cell/cells.h5ad")
    assert {"X_umap", "X_pca", "X_harmony"} <= set(cells.obsm)
    assert (cells.layers["counts"].data == np.rint(cells.layers["counts"].data)).all()
    assert cells.var_names.is_unique
    assert cells.obs_names.is_unique
    for groups in ("cell_type", "leiden"):
        assert isinstance(cells.obs[groups].dtype, pd.CategoricalDtype)
        sc.tl.dendrogram(cells, groups)
        sc.tl.paga(cells, groups=groups)
    assert cells.X.dtype == np.float32
    total = np.expm1(cells.X[:50].toarray()).sum(axis=1)
    assert total == pytest.approx(np.full(50, 1e4), rel=1e-3)
    sc.tl.rank_genes_groups(cells, "cell_type", groups=["b_cell"], method="t-test", n_genes=60)
    top = set(cells.uns["rank_genes_groups"]["names"]["b_cell"])
    assert len({"CD79A", "CD79B", "MS4A1", "CD19", "BANK1", "IGHM"} & top) >= 4


def test_peak_memory_of_each_stage(demo):
    logs = {path: path.read_text() for path in sorted((demo / "logs/demo").rglob("*.log"))}
    peaks = {}
    for text in logs.values():
        found = re.search(r"\[(\w+)\] peak memory (\d+) MB", text)
        if found:
            peaks[found[1]] = max(peaks.get(found[1], 0), int(found[2]))
    print("\npeak memory, MB (largest job of each rule)")
    for rule, peak in sorted(peaks.items(), key=lambda item: -item[1]):
        print(f"{peak:6d}  {rule}")
    assert {"cell_qc", "cells_join", "cells_embed", "cells_annotate", "cells"} <= set(peaks)
    assert max(peaks.values()) < 3000
