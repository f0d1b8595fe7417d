"""Nodes in their own cells, and one assay to stand for a node."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest

from innervate.config.circuit import load_circuit
from innervate.config.settings import Scoring
from innervate.genes.sets import load_sets
from innervate.runtime.files import RESOURCES
from innervate.scoring.combine import combine
from innervate.scoring.compartments import (
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
            count = {"malignant": 40 + 10 * number, "fibroblast": 50}[kind] if number else 4
            obs.append((f"P{number}_t", f"P{number}", "tumor", kind, count))
    frame = pd.DataFrame(obs, columns=["sample", "patient", "tissue", "cell_type", "n_cells"])
    frame["timepoint"] = ""
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


def test_cells_of_blood_measure_no_node(sums, circuit, sets):
    blood = sums.copy()
    blood.obs["tissue"] = "blood"
    scored = score_compartments(blood, circuit, sets, Scoring(), 10, seed=1)
    assert len(scored.scores) == 0
    assert set(scored.nodes["status"]) == {"not measurable"}


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


def scored(compartment, patients, z):
    scores = pd.DataFrame(
        {"node": "x", "sample": [f"{p}_{compartment}" for p in patients], "patient": patients,
         "tissue": "tumor", "timepoint": "", "compartment": compartment, "method": "m",
         "primary": True, "score": z, "z": z, "z_error": 0.1}
    )  # fmt: skip
    nodes = pd.DataFrame({"node": ["x"], "measure": [compartment], "status": ["measured"]})
    empty = pd.DataFrame(columns=["node", "method", "other_method", "n", "spearman"])
    return Scored(scores, nodes, empty)


def test_a_patient_measured_twice_is_used_once_by_the_cells():
    bulk = scored("bulk", list("abcdef"), [-2.0, -1.0, 0.0, 1.0, 2.0, 3.0])
    cells = scored("malignant", list("bcde"), [0.0, 0.1, 0.2, 0.3])
    both = combine(bulk, cells, min_patients=4)
    used = both.scores[both.scores["primary"]].set_index("patient")
    assert used.index.is_unique
    assert set(used.index[used["compartment"] == "malignant"]) == set("bcde")
    # The cells' scale is a tenth of bulk's and starts at b: after equating both are the same.
    assert used["z"][list("abcdef")].to_numpy() == pytest.approx(np.arange(-2.0, 4.0))
    assert used.loc["b", "z_error"] == pytest.approx(1.0)
    assert both.nodes["measure"].tolist() == ["malignant (4 patients); bulk (2 patients, bulk)"]
    row = both.agreement.iloc[-1]
    assert (row["n"], row["spearman"]) == (4, pytest.approx(1.0))


def test_with_few_common_patients_each_z_stays_within_its_assay():
    bulk = scored("bulk", list("abcdef"), [-2.0, -1.0, 0.0, 1.0, 2.0, 3.0])
    cells = scored("malignant", list("ab"), [0.5, 0.7])
    used = combine(bulk, cells, min_patients=4).scores
    used = used[used["primary"]].set_index("patient")["z"]
    assert used[list("abc")].tolist() == [0.5, 0.7, 0.0]


def test_where_cells_measure_every_patient_they_stand_alone():
    values = [0.0, 1.0, 2.0]
    both = combine(scored("bulk", list("abc"), values), scored("m", list("abc"), values), 4)
    assert set(both.scores.loc[both.scores["primary"], "compartment"]) == {"m"}
    assert both.nodes["measure"].tolist() == ["m"]
    assert combine(None, both, 4) is both


def test_shares_of_cells_by_hand(sums, circuit, sets):
    found = score_compartments(sums, circuit, sets, Scoring(), 10, seed=1)
    rows = found.scores[found.scores["node"] == "stroma"].set_index("sample")
    # P3 has 70 malignant cells and 50 fibroblasts; P0's 8 cells are too few.
    assert rows.loc["P3_t", "score"] == pytest.approx(50 / 120)
    assert len(rows) == 11
    error = np.sqrt(50 / 120 * 70 / 120 / 120) / rows["score"].std()
    assert rows.loc["P3_t", "z_error"] == pytest.approx(error)
    nodes = found.nodes.set_index("node")
    assert nodes.loc["stroma", "measure"] == "share of fibroblast among all cells"
    assert nodes.loc["t_nk_cells", "reason"] == "0 samples have 10 cells, 4 needed"
