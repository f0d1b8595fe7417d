"""Areas under the curve, the signature, its calibration and net benefit, and arms of a trial."""

import itertools

import numpy as np
import pandas as pd
import pytest

from innervate.circuit.covariates import covariate_matrix
from innervate.clinical.arms import arm_interactions
from innervate.clinical.baselines import PARTS, by_patient, no_bulk, score_baselines
from innervate.clinical.prediction import predict
from innervate.clinical.roc import area, curve, difference, placements
from innervate.clinical.signature import cross_validated, fold_area
from innervate.clinical.table import read_clinical
from innervate.config.circuit import load_circuit
from innervate.config.clinical import ClinicalTable
from innervate.config.settings import Clinical
from innervate.errors import InputError
from innervate.files import RESOURCES
from innervate.genes.sets import GeneSet
from innervate.scoring.expression import Expression

RESPONSE = {"icb": {"column": "r", "levels": ["no", "yes"]}}


def test_an_area_is_the_share_of_pairs_in_order():
    values = np.array([3.0, 1.0, 2.0, 2.0, 5.0, 0.0])
    positive = np.array([True, False, True, False, True, False])
    pairs = itertools.product(values[positive], values[~positive])
    wins = np.mean([1.0 if high > low else 0.5 * (high == low) for high, low in pairs])
    assert area(placements(values, positive)).estimate == pytest.approx(wins)
    points = curve(values, positive).to_numpy()
    assert np.trapezoid(points[:, 1], points[:, 0]) == pytest.approx(wins)
    # One responder is above both of the others, one above one of them.
    known = placements(np.array([4.0, 1.5, 1.0, 2.0]), np.array([True, True, False, False]))
    assert known.area == 0.75
    assert known.error == pytest.approx(np.sqrt(0.125 / 2 + 0.125 / 2))
    assert np.isnan(area(placements(np.array([2.0, 3, 0, 1]), np.arange(4) < 2)).low)


def test_intervals_of_areas_and_differences_hold_the_truth():
    rng = np.random.default_rng(1)
    held, held_gap, null = [], [], []
    truth = 0.7602  # normal scores one standard deviation apart: Phi(1 / sqrt 2)
    for _ in range(300):
        positive = np.arange(60) < 25
        shared = rng.normal(size=60)
        good = shared + positive
        other = 0.6 * shared + 0.8 * rng.normal(size=60) + positive
        one, two = placements(good, positive), placements(other, positive)
        found, gap = area(one), difference(one, two)
        held.append(found.low < truth < found.high)
        held_gap.append(gap.low < 0 < gap.high)
        null.append(area(placements(rng.normal(size=60), positive)).pvalue < 0.05)
    assert 0.92 < np.mean(held) < 0.985
    assert 0.91 < np.mean(held_gap) < 0.995
    assert np.mean(null) < 0.085


def test_baselines_by_hand():
    genes = ["CD274", "GZMA", "PRF1", "CXCL9", "SPP1", "A", "B", "CCL5"]
    values = pd.DataFrame(np.arange(32.0).reshape(4, 8) % 7, index=list("wxyz"), columns=genes)
    expression = Expression(values, pd.Series(True, index=genes), "human")
    sets = {
        "T_INFLAMED": GeneSet("T_INFLAMED", ("A", "B"), (1.0, 1.0)),
        "CYTOLYTIC": GeneSet("CYTOLYTIC", ("GZMA", "PRF1"), (1.0, 1.0)),
        "T_DYSFUNCTION": GeneSet("T_DYSFUNCTION", ("A",), (1.0,)),
        "STROMA": GeneSet("STROMA", ("not there", "B", "nor this"), (1.0,) * 3),
        "M2_LIKE": GeneSet("M2_LIKE", ("SPP1",), (1.0,)),
    }
    scores, reasons = score_baselines(expression, sets, 0.5)
    np.testing.assert_allclose(scores["cytolytic"], values[["GZMA", "PRF1"]].mean(axis=1))
    np.testing.assert_allclose(scores["cxcl9_spp1"], values["CXCL9"] - values["SPP1"])
    np.testing.assert_allclose(scores["t_inflamed"], expression.z[["A", "B", "CCL5"]].mean(axis=1))
    assert reasons == {"exclusion": "too few genes expressed of: STROMA"}
    samples = pd.DataFrame(
        {"sample": list("wxyz"), "patient": ["p", "p", "q", "q"], "timepoint": ["pre", "on"] * 2}
    )
    mean = by_patient(scores, samples, None)
    assert mean.loc["p", "cd274"] == pytest.approx(values.loc[["w", "x"], "CD274"].mean())
    assert by_patient(scores, samples, "pre").loc["q", "cd274"] == values.loc["y", "CD274"]
    assert set(no_bulk()) == set(PARTS)


def patients_with(effect, count, seed, nodes=("slit2", "ccl5", "polarity")):
    rng = np.random.default_rng(seed)
    joined = pd.DataFrame(rng.normal(size=(count, len(nodes))), columns=list(nodes))
    odds = effect * (joined["ccl5"] - joined["slit2"])
    joined["response_icb"] = (rng.random(count) < 1 / (1 + np.exp(-odds))).astype(float)
    joined["circuit_index"] = joined["slit2"] - joined["ccl5"]
    joined.insert(0, "patient", [f"p{number:03d}" for number in range(count)])
    return joined


def test_a_signature_is_no_better_than_chance_where_there_is_nothing():
    areas, held = [], []
    for seed in range(10):
        joined = patients_with(0.0, 48, seed).set_index("patient")
        answer = joined["response_icb"].astype(bool)
        found = cross_validated(joined, answer, ["slit2", "ccl5", "polarity"], seed)
        own = np.array(
            [placements(fold.to_numpy(), answer.loc[fold.index].to_numpy()).area
             for fold in found.folds]
        )  # fmt: skip
        one = fold_area(own, 0.5)
        areas.append(one.estimate)
        held.append(one.low < 0.5 < one.high)
    # Ranked over folds, the mean would be near 0.44.
    assert abs(np.mean(areas) - 0.5) < 0.07
    assert np.sum(held) >= 8


@pytest.fixture(scope="module")
def circuit():
    return load_circuit(RESOURCES / "circuits/neuroimmune.yaml")


def asked(circuit, joined, baselines=None, **clinical):
    spec = ClinicalTable.model_validate({"table": "t", "response": RESPONSE, **clinical})
    names = [name for name in circuit.nodes if circuit.nodes[name].toward]
    nodes = pd.DataFrame({"node": names, "control": False})
    measured = nodes["node"].isin(joined.columns)
    nodes["status"] = np.where(measured, "measured", "not measurable")
    nodes["reason"] = np.where(measured, "", "no gene of it")
    baselines = pd.DataFrame() if baselines is None else baselines
    reasons = {name: why for name, why in no_bulk().items() if name not in baselines}
    return predict(joined, nodes, baselines, reasons, circuit, spec, Clinical(), seed=3)


def test_what_is_planted_is_predicted_and_every_predictor_has_a_row(circuit):
    joined = patients_with(1.4, 150, 5)
    opposite = pd.DataFrame({"cxcl9": -joined["ccl5"].to_numpy()}, index=joined["patient"])
    found = asked(circuit, joined, opposite)
    rows = found.prediction.set_index("predictor")
    assert rows.loc["signature", "ci_low"] > 0.6
    assert rows.loc["circuit_index", "auc"] > 0.75
    assert rows.loc["slit2", "auc"] > 0.6
    assert rows.loc["ccl5", "auc"] > 0.6
    # A predictor that points the wrong way stays below one half.
    assert rows.loc["cxcl9", "auc"] == pytest.approx(1 - rows.loc["ccl5", "auc"])
    assert rows.loc["cxcl9", "difference_high"] < 0
    assert rows.loc["cgrp", "note"] == "no gene of it"
    assert rows.loc["cd274", "note"] == "no bulk expression"
    assert rows.loc["tumor_mutational_burden", "note"] == "not declared"
    assert found.calibration["n"].sum() == 150
    assert found.calibration["slope_low"].iloc[0] < 1 < found.calibration["slope_high"].iloc[0]
    assert set(found.roc["predictor"]) >= {"circuit_index", "signature", "slit2", "cxcl9"}


def test_net_benefit_by_hand(circuit):
    joined = patients_with(1.4, 150, 5)
    found = asked(circuit, joined).decision.set_index("threshold")
    share = joined["response_icb"].mean()
    assert found.loc[0.5, "treat_all"] == pytest.approx(share - (1 - share))
    assert found.loc[0.2, "treat_all"] == pytest.approx(share - 0.25 * (1 - share))
    assert (found["treat_none"] == 0).all()
    assert found.loc[0.5, "signature"] > max(found.loc[0.5, "treat_all"], 0)


def test_few_patients_get_reasons_and_a_graded_response_is_not_predicted(circuit):
    rows = asked(circuit, patients_with(1.0, 20, 2)).prediction.set_index("predictor")
    assert "of the rarer answer with all nodes, 10 needed" in rows.loc["signature", "note"]
    graded = {"icb": {"column": "r", "levels": ["PD", "SD", "PR"]}}
    only = asked(circuit, patients_with(1.0, 40, 2), response=graded).prediction
    assert only["note"].tolist() == ["graded: declare `responders` to have it predicted"]


def with_arms(count, seed, interaction):
    rng = np.random.default_rng(seed)
    joined = pd.DataFrame({"slit2": rng.normal(size=count), "arm": rng.integers(0, 2, count)})
    joined["circuit_index"] = rng.normal(size=count)
    risk = 0.4 * joined["slit2"] - 0.3 * joined["arm"]
    risk += interaction * joined["slit2"] * joined["arm"]
    time = rng.exponential(size=count) * np.exp(-risk)
    joined["os_time_days"], joined["os_event"] = np.minimum(time, 2), (time < 2).astype(float)
    return joined


OS = {"os": {"time": "t", "status": "s", "event": 1, "censored": 0, "unit": "days"}}
ARM = {"column": "a", "control": "chemo", "treated": "icb"}
NODES = pd.DataFrame({"node": ["slit2"], "control": False, "status": "measured", "reason": ""})


def test_the_planted_difference_between_arms_is_covered():
    spec = ClinicalTable.model_validate({"table": "t", "endpoints": OS, "arm": ARM})
    held, none = [], []
    for seed in range(40):
        row = arm_interactions(with_arms(160, seed, 0.6), NODES, spec, Clinical()).iloc[0]
        held.append(np.log(row["ci_low"]) < 0.6 < np.log(row["ci_high"]))
        row = arm_interactions(with_arms(160, 500 + seed, 0.0), NODES, spec, Clinical()).iloc[0]
        none.append(row["pvalue"] < 0.05)
    assert row["estimate_type"] == "ratio_of_hazard_ratios"
    assert np.mean(held) > 0.87
    assert np.mean(none) < 0.13


def test_an_arm_that_is_too_small_is_a_row_with_the_reason():
    spec = ClinicalTable.model_validate({"table": "t", "endpoints": OS, "arm": ARM})
    joined = with_arms(60, 1, 0.0)
    joined["arm"] = (np.arange(60) < 4).astype(float)
    row = arm_interactions(joined, NODES, spec, Clinical()).iloc[0]
    assert row["note"].startswith("treated: 4 patients")
    assert arm_interactions(joined, NODES, spec.model_copy(update={"arm": None}), Clinical()).empty


def test_arms_and_mutations_are_declared(declare):
    text = "id\ta\ttmb\np\tchemo\t3\nq\ticb\t4\nr\tother\t\n"
    covariates = {"burden": {"column": "tmb", "kind": "continuous"}}
    spec = {"covariates": covariates, "tumor_mutational_burden": "burden", "arm": ARM}
    with pytest.raises(InputError, match="row 4, column a"):
        read_clinical(declare(text, **spec), "c")
    frame, _ = read_clinical(declare(text.replace("other", "NA"), **spec), "c")
    np.testing.assert_array_equal(frame["arm"], [0, 1, np.nan])
    with pytest.raises(ValueError, match="no continuous covariate"):
        declare(text, tumor_mutational_burden="burden")
    declared = declare(text, **spec).clinical.covariates
    matrix, _ = covariate_matrix(frame.iloc[:2], ["burden"], declared)
    assert matrix["burden"].tolist() == [3, 4]
