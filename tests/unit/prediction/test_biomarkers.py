"""Biomarkers: two by two by hand, intervals that cover, and no agreement by arithmetic."""

import numpy as np
import pandas as pd
import pytest

from innervate.circuit.patients import score_patients
from innervate.config.circuit import Circuit, load_circuit
from innervate.config.clinical import ClinicalTable
from innervate.config.load import circuit_path
from innervate.config.settings import Clinical, Scoring
from innervate.genes.sets import load_sets
from innervate.prediction.biomarkers import auc_interval, identify, judge, unknown_scores
from innervate.prediction.contracts import BIOMARKERS

NRS = {"column": "p", "instrument": "NRS", "direction": "higher_worse"}
NODES = ("a", "b", "c", "noise")


def clinical_table(**parts) -> ClinicalTable:
    return ClinicalTable.model_validate({"table": "x", **parts})


def small_circuit() -> Circuit:
    """Four nodes of four genes; b falls where the circuit is active."""
    nodes = {
        name: {
            "label": name,
            "tissue": "tumor",
            "toward": -1 if name == "b" else 1,
            "measures": [{"kind": "gene", "gene": name.upper()}],
        }
        for name in NODES
    }
    return Circuit.model_validate(
        {
            "title": "t",
            "doi": "d",
            "nodes": nodes,
            "evidence": {
                "supported": {"direction": "expected", "fdr_below": 0.05},
                "contradicted": {"direction": "opposite", "fdr_below": 0.05},
            },
            "call": {"minimum_nodes": 2, "active_above": 0.0, "inactive_below": 0.0},
        }
    )


def measured(names=NODES) -> pd.DataFrame:
    frame = pd.DataFrame({"node": names, "control": False, "status": "measured"})
    return frame.assign(measure="m", reason="")


def cohort(generator, patients=60) -> pd.DataFrame:
    """Three nodes of one latent circuit, and one of nothing."""
    latent = generator.normal(size=patients)
    frame = pd.DataFrame(generator.normal(size=(patients, 4)), columns=NODES)
    frame["a"] += latent
    frame["b"] -= latent
    frame["c"] += latent
    frame = (frame - frame.mean()) / frame.std()
    index = (frame["a"] - frame["b"] + frame["c"] + frame["noise"]) / 4
    pain = np.clip(np.rint(4 + 2 * latent + generator.normal(size=patients)), 0, 10)
    return frame.assign(circuit_index=index, pain_now_0_10=pain)


def test_two_by_two_by_hand():
    active = np.repeat([True, False], 10)
    values = np.array([1.0] * 8 + [-1] * 2 + [1] * 3 + [-1] * 7)
    row = judge(values, active, 0.0, "above")
    # prop.test(8, 10, correct = FALSE) of R, and so on.
    expected = {
        "sensitivity": (0.8, 0.4901625, 0.9433178),
        "specificity": (0.7, 0.3967781, 0.8922087),
        "positive_predictive_value": (8 / 11, 0.4343541, 0.9025398),
        "negative_predictive_value": (7 / 9, 0.4525890, 0.9367749),
    }
    for name, numbers in expected.items():
        found = [row[f"{name}{end}"] for end in ("", "_low", "_high")]
        assert found == pytest.approx(numbers, abs=1e-6), name
    assert row["prevalence"] == 0.5
    # Of 100 pairs 56 are in order, 6 turned, and 38 tied.
    assert row["auc"] == pytest.approx(0.56 + 0.38 / 2)


def test_a_value_at_the_cut_is_positive_on_either_side():
    active = np.array([False, True, True, False])
    pain = np.array([3.0, 4.0, 5.0, 4.0])
    above, below = (judge(pain, active, 4.0, direction) for direction in ("above", "below"))
    assert (above["sensitivity"], above["specificity"]) == (1.0, 0.5)
    assert (below["sensitivity"], below["specificity"]) == (0.5, 0.0)
    assert above["auc"] == pytest.approx(1 - below["auc"])


def test_shares_of_nobody_are_missing():
    row = judge(np.arange(5.0), np.ones(5, bool), 9.0, "above")
    assert np.isnan([row["specificity"], row["positive_predictive_value"], row["auc"]]).all()
    assert row["note"] == "all of the patients active by the reference"


def test_the_interval_of_an_area_inverts_hanley_and_mcneil():
    low, high = auc_interval(0.8, 20, 30)
    for end in (low, high):
        spread = 1 + 24 * ((1 - end) / (2 - end) + end / (1 + end))
        variance = end * (1 - end) * spread / 600
        assert abs(0.8 - end) == pytest.approx(1.959964 * np.sqrt(variance), rel=1e-5)
    assert low < 0.8 < high
    assert auc_interval(1.0, 10, 10)[1] == 1
    assert 0.5 < auc_interval(1.0, 10, 10)[0] < 0.9
    assert auc_interval(0.0, 10, 10) == pytest.approx(
        [1 - end for end in auc_interval(1.0, 10, 10)[::-1]]
    )


@pytest.mark.parametrize(("shift", "truth"), [(0.0, 0.5), (1.190, 0.8), (2.326, 0.95)])
def test_the_interval_of_an_area_covers_it(shift, truth):
    generator = np.random.default_rng(31)
    active = np.repeat([True, False], [25, 35])
    covered = 0
    for _ in range(500):
        row = judge(generator.normal(size=60) + shift * active, active, 0.0, "above")
        covered += row["auc_low"] < truth < row["auc_high"]
    print(f"area {truth}: coverage {covered / 500:.3f}")
    assert covered / 500 == pytest.approx(0.95, abs=0.03)


def test_a_marker_is_never_part_of_what_judges_it():
    generator = np.random.default_rng(32)
    rows = identify(
        cohort(generator, 200), measured(), clinical_table(pain={"now": NRS}), small_circuit(), {},
        Clinical(),
    ).set_index("marker")  # fmt: skip
    assert rows["reference"].to_dict() == {
        "pain": "a;b;c;noise",
        "a": "b;c;noise",
        "b": "a;c;noise",
        "c": "a;b;noise",
        "noise": "a;b;c",
    }
    assert rows["direction"].to_dict() == dict.fromkeys(rows.index, "above") | {"b": "below"}
    assert rows.loc["pain", "cut"] == 4
    assert (rows.loc[["pain", "a", "b", "c"], "auc_low"] > 0.5).all()
    BIOMARKERS.conform(rows.reset_index())


def test_noise_agrees_with_the_index_it_is_in_but_not_with_the_rest():
    """Over seeds the interval covers 0.5 in 95 %; judged by the whole index it would not."""
    circuit = small_circuit()
    clinical = clinical_table(
        biomarkers={"noise": {"score": "noise", "cut": 0, "direction": "above"}}
    )
    covered, areas, circular = 0, [], []
    for seed in range(300):
        joined = cohort(np.random.default_rng([33, seed]))
        row = identify(joined, measured(), clinical, circuit, {}, Clinical()).iloc[0]
        covered += row["auc_low"] <= 0.5 <= row["auc_high"]
        areas.append(row["auc"])
        active = (joined["circuit_index"] > 0).to_numpy()
        circular.append(judge(joined["noise"].to_numpy(), active, 0.0, "above")["auc"])
    print(
        f"noise: coverage {covered / 300:.3f}, mean area {np.mean(areas):.3f}, "
        f"by the whole index {np.mean(circular):.3f}"
    )
    assert covered / 300 == pytest.approx(0.95, abs=0.035)
    assert np.mean(areas) == pytest.approx(0.5, abs=0.015)
    assert np.mean(circular) > 0.6


def test_nodes_that_share_a_gene_or_a_column_are_left_out():
    circuit = load_circuit(circuit_path("neuroimmune"))
    names = list(circuit.everything())
    nodes = measured(names).assign(control=[name in circuit.controls for name in names])
    nodes.loc[nodes["node"] == "cgrp", "measure"] = "assay cgrp_tdln"
    joined = pd.DataFrame(np.random.default_rng(34).normal(size=(20, len(names))), columns=names)
    joined = joined.assign(circuit_index=0.0, assay_cgrp_tdln=joined["cgrp"], stain=joined["cgrp"])
    assay = {"cgrp_tdln": {"column": "ihc", "tissue": "tdln"}}
    markers = {"assay": "assay_cgrp_tdln", "same": "stain", "m2": "m2", "macrophages": "spp1_cxcl9"}
    clinical = clinical_table(
        assays=assay,
        covariates={"stain": {"column": "ihc", "kind": "continuous"}},
        biomarkers={
            name: {"score": score, "cut": 0, "direction": "above"}
            for name, score in markers.items()
        },
    )
    rows = identify(joined, nodes, clinical, circuit, load_sets("human"), Clinical())
    left_out = {
        row.marker: {name for name, node in circuit.nodes.items() if node.toward}
        - set(row.reference.split(";"))
        for row in rows.itertuples()
    }
    assert left_out["assay"] == left_out["same"] == {"cgrp"}
    # The M2 set and both genes of the ratio are in the node of polarity.
    assert left_out["m2"] == left_out["macrophages"] == {"polarity"}


def default_markers(circuit, count=20):
    names = list(circuit.everything())
    nodes = measured(names).assign(control=[name in circuit.controls for name in names])
    joined = pd.DataFrame(np.random.default_rng(37).normal(size=(count, len(names))), columns=names)
    rows = identify(
        joined.assign(circuit_index=0.0), nodes, clinical_table(), circuit, load_sets("human"),
        Clinical(),
    )  # fmt: skip
    BIOMARKERS.conform(rows)
    return rows.set_index("marker")


def test_default_markers_are_positive_where_the_circuit_is_expected_to_be_active():
    rows = default_markers(load_circuit(circuit_path("neuroimmune")))
    assert set(rows.index[rows["direction"] == "below"]) == {"effector_t", "ccl5", "m1"}
    assert set(rows.index[rows["direction"] == "above"]) == {
        "atf4_activity", "slit2", "slit_robo", "nociceptor", "cgrp", "m2", "polarity", "spp1_cxcl9"
    }  # fmt: skip
    assert rows["auc"].notna().all()


def test_a_marker_without_a_direction_is_not_judged():
    data = load_circuit(circuit_path("neuroimmune")).model_dump()
    data["nodes"]["slit_robo"]["to_response"] = 0
    row = default_markers(Circuit.model_validate(data)).loc["slit_robo"]
    assert row["direction"] == ""
    assert row[["sensitivity", "specificity", "auc"]].isna().all()
    assert row["note"].startswith("no direction")


def test_the_reference_agrees_with_the_patients_index():
    """Judged without any node of it left out, the index is the one that patients have."""
    generator = np.random.default_rng(35)
    names = [f"p{number:02d}" for number in range(20)]
    circuit = small_circuit()
    scores = pd.concat(
        pd.DataFrame({"node": node, "sample": names, "patient": names,
                      "z": generator.normal(size=20), "primary": True, "z_error": 0.0})
        for node in NODES
    )  # fmt: skip
    samples = pd.DataFrame(
        {"sample": names, "patient": names, "tissue": "tumor", "timepoint": "pre"}
    )
    patients, nodes = score_patients(
        scores, measured().assign(genes_found=1, genes_total=1), samples, None, circuit,
        Scoring(), 1,
    )  # fmt: skip
    joined = patients.assign(other=generator.normal(size=20))
    clinical = clinical_table(
        covariates={"other": {"column": "o", "kind": "continuous"}},
        biomarkers={"other": {"score": "other", "cut": 0, "direction": "above"}},
    )
    row = identify(joined, nodes, clinical, circuit, {}, Clinical()).iloc[0]
    assert row["n_active"] == (patients["circuit_index"] > 0).sum()


def test_what_cannot_be_judged_has_its_reason():
    joined = cohort(np.random.default_rng(36), 6)
    nodes = measured()
    nodes.loc[nodes["node"] == "c", "status"] = "not measurable"
    rows = identify(joined, nodes, clinical_table(), small_circuit(), {}, Clinical())
    assert list(rows["marker"]) == ["a", "b", "noise"]
    assert rows["note"].eq("6 patients, 8 needed").all()
    assert rows["reference"].iloc[0] == "b;noise"
    BIOMARKERS.conform(rows)


def test_a_score_that_is_nothing_is_a_problem():
    markers = {
        name: {"score": score, "cut": 0, "direction": "above"}
        for name, score in {"x": "slitt2", "y": "pain_now_0_10", "z": "stage", "w": "a"}.items()
    }
    clinical = clinical_table(
        pain={"now": NRS},
        covariates={"stage": {"column": "s", "kind": "ordinal", "levels": ["I", "II"]}},
        biomarkers=markers,
    )
    problems = unknown_scores(clinical, small_circuit(), "cohort.yaml")
    assert [(problem.where, problem.found) for problem in problems] == [
        ("clinical.biomarkers.x.score", "slitt2"),
        ("clinical.biomarkers.z.score", "stage"),
    ]
