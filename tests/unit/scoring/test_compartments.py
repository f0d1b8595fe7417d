"""Nodes in their own cells, who expresses what, and one assay to stand for a node."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest

from innervate.config.circuit import CellMeasure, load_circuit
from innervate.config.settings import Scoring
from innervate.files import RESOURCES
from innervate.genes.sets import load_sets
from innervate.scoring.combine import combine
from innervate.scoring.compartments import (
    by_cell_type,
    compartment_expression,
    log_counts,
    score_compartments,
)
from innervate.scoring.nodes import Scored


@pytest.fixture(scope="module")
def sets():
    return load_sets("human")


@pytest.fixture(scope="module")
def sums(sets):
    """Twelve tumors, malignant cells and fibroblasts; ATF4 genes rise along the patients."""
    rng = np.random.default_rng(0)
    genes = sorted({gene for one in sets.values() for gene in one.genes} | {"SLIT2", "SLIT3"})
    planted = {*sets["ATF4_AMINOACYL_TRNA"].genes, *sets["ATF4_AMINO_ACID"].genes}
    planted |= {*sets["ATF4_STRESS"].genes}
    rows, obs = [], []
    for number in range(12):
        for kind in ("malignant", "fibroblast"):
            level = pd.Series(50.0, index=genes)
            level[sorted(planted)] *= 2 ** (number / 6) if kind == "malignant" else 1
            level["SLIT2"] = 400.0 if kind == "fibroblast" else 40.0
            rows.append(rng.poisson(level * rng.lognormal(0, 0.3)))
            obs.append((f"P{number}_t", f"P{number}", "tumor", kind, 50 if number else 4))
    frame = pd.DataFrame(obs, columns=["sample", "patient", "tissue", "cell_type", "n_cells"])
    frame.index = frame["sample"] + "|" + frame["cell_type"]
    data = ad.AnnData(np.array(rows, dtype=float), obs=frame, var=pd.DataFrame(index=genes))
    data.layers["detected"] = (data.X > 0).astype(float)
    data.uns["unit"], data.uns["species"] = "counts", "human"
    return data


@pytest.fixture(scope="module")
def circuit():
    return load_circuit(RESOURCES / "circuits/neuroimmune.yaml")


def test_log_counts_by_hand():
    counts = pd.DataFrame({"a": [10.0, 20.0], "b": [90.0, 180.0]})
    prior = np.array([2 * 100 / 150, 2 * 200 / 150])
    expected = np.log2((np.array([10, 20]) + prior) / (np.array([100, 200]) + 2 * prior) * 1e6)
    assert log_counts(counts)["a"].to_numpy() == pytest.approx(expected)


def test_planted_activity_is_found_in_malignant_cells(sums, circuit, sets):
    scored = score_compartments(sums, circuit, sets, Scoring(), 10, seed=1)
    rows = scored.scores[scored.scores["primary"]].set_index(["node", "sample"])
    score = rows.loc["atf4_activity"]["score"]
    order = [int(name[1:-2]) for name in score.index]
    assert np.corrcoef(score, order)[0, 1] > 0.9
    assert set(rows.loc["atf4_activity"]["compartment"]) == {"malignant"}
    # P0 has four malignant cells only.
    assert "P0_t" not in score.index


def test_nodes_without_cells_are_not_measurable_with_a_reason(sums, circuit, sets):
    nodes = score_compartments(sums, circuit, sets, Scoring(), 10, seed=1).nodes
    nodes = nodes.set_index("node")
    assert nodes.loc["nociceptor", "status"] == "not measurable"
    assert nodes.loc["nociceptor", "reason"] == "single cells can't measure it"
    assert nodes.loc["m2", "reason"] == "0 samples have 10 macrophage cells, 4 needed"
    assert set(nodes.index) == set(circuit.everything())


def test_compartments_add_up_cell_types(sums):
    both = compartment_expression(sums, ["malignant", "fibroblast"], "tumor", 10, 0.2)
    one = sums[["P3_t|malignant", "P3_t|fibroblast"]].X.sum(axis=0)
    counts = (
        pd.DataFrame(sums.X, index=sums.obs["sample"], columns=sums.var_names)
        .groupby(level=0)
        .sum()
    )
    assert counts.loc["P3_t"].to_numpy() == pytest.approx(one)
    kept = counts.drop("P0_t")
    assert both.values.loc["P3_t"].to_numpy() == pytest.approx(log_counts(kept).loc["P3_t"])


def test_who_makes_it(sums, sets):
    measures = {
        "slit2": CellMeasure(label="SLIT2", tissue="tumor", gene="SLIT2"),
        "atf4": CellMeasure(label="ATF4", tissue="tumor", set="ATF4_STRESS"),
        "none": CellMeasure(label="other", tissue="tdln", gene="CCL5"),
    }
    table = by_cell_type(sums, measures, sets, 10)
    slit2 = table[table["measure"] == "slit2"].groupby("cell_type")["share"].mean()
    # 400 against 40 counts, with libraries of their own: about ten to one
    assert slit2["fibroblast"] == pytest.approx(10 / 11, abs=0.06)
    shares = table[table["measure"] == "slit2"].groupby("sample")["share"].sum()
    assert shares.to_numpy() == pytest.approx(np.ones(len(shares)))
    atf4 = table[table["measure"] == "atf4"].groupby("cell_type")["value"].mean()
    assert atf4["malignant"] > atf4["fibroblast"] + 0.3
    assert set(table["measure"]) == {"slit2", "atf4"}


def scored(compartment, patients):
    scores = pd.DataFrame(
        {"node": "x", "sample": [f"{p}_{compartment}" for p in patients], "patient": patients,
         "tissue": "tumor", "compartment": compartment, "method": "m", "primary": True,
         "score": range(len(patients))}
    )  # fmt: skip
    nodes = pd.DataFrame({"node": ["x"], "measure": [compartment], "status": ["measured"]})
    empty = pd.DataFrame(columns=["node", "method", "other_method", "n", "spearman"])
    return Scored(scores, nodes, empty)


def test_the_assay_with_more_patients_stands_for_a_node():
    bulk, cells = scored("bulk", list("abcde")), scored("malignant", list("abc"))
    both = combine(bulk, cells)
    assert set(both.scores.loc[both.scores["primary"], "compartment"]) == {"bulk"}
    assert both.nodes["measure"].tolist() == ["bulk"]
    row = both.agreement.iloc[-1]
    assert (row["n"], row["spearman"]) == (3, pytest.approx(1.0))


def test_with_equal_patients_the_cells_stand_for_it():
    both = combine(scored("bulk", list("abc")), scored("malignant", list("abc")))
    assert set(both.scores.loc[both.scores["primary"], "compartment"]) == {"malignant"}
    assert both.nodes["measure"].tolist() == ["malignant"]
    assert combine(None, both) is both
