"""Predictors of response: fixed directions, reasons, real cohorts; scores by arm of a trial."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from pydantic import ValidationError

from innervate.config.circuit import Circuit, load_circuit
from innervate.config.clinical import ClinicalTable
from innervate.config.cohort import Cohort
from innervate.config.load import circuit_path
from innervate.config.settings import Clinical, Scoring
from innervate.contracts import TABLES
from innervate.genes.harmonize import collapse, harmonize
from innervate.genes.sets import load_sets
from innervate.genes.table import load_genes
from innervate.inputs.clinical.table import read_clinical
from innervate.prediction import judging, signature
from innervate.prediction.baselines import (
    BASELINES,
    MUTATIONS_SIGN,
    BaselineScores,
    score_baselines,
)
from innervate.prediction.contracts import ARM_INTERACTIONS, PREDICTION
from innervate.prediction.interactions import interactions
from innervate.prediction.judging import predict
from innervate.runtime.errors import InputError

CIRCUIT = load_circuit(circuit_path("neuroimmune"))
NODES = ["slit2", "polarity", "ccl5", "m2"]
RESPONSE = {"icb": {"column": "r", "levels": ["no", "yes"], "responders": ["yes"]}}


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(signature, "REPEATS", 2)
    monkeypatch.setattr(judging, "PERMUTATIONS", 19)


def table(**changes):
    return ClinicalTable.model_validate({"table": "x", "response": RESPONSE, **changes})


def cohort(effect=1.5, count=80, seed=0):
    """Patients in whom polarity, and through it the index, lowers the odds of a response."""
    generator = np.random.default_rng(seed)
    frame = pd.DataFrame(generator.normal(size=(count, len(NODES))), columns=NODES)
    frame.insert(0, "patient", [f"p{number}" for number in range(count)])
    frame["circuit_index"] = (frame["slit2"] + frame["polarity"] - frame["ccl5"]) / 3
    liability = -effect * frame["polarity"] + generator.logistic(size=count)
    frame["response_icb"] = (liability > 0) * 1.0
    frame["tmb"] = np.exp(generator.normal(size=count))
    nodes = pd.DataFrame({"node": [*NODES, "cgrp"], "control": False, "status": "measured"})
    nodes.loc[4, "status"] = "not measurable"
    frame["cgrp"] = np.nan
    return frame, nodes.assign(reason=[*[""] * 4, "no assay"])


def predicted(joined, nodes, clinical=None, baselines=None):
    baselines = baselines or BaselineScores(reasons=dict.fromkeys(BASELINES, "no bulk"))
    found = predict(joined, nodes, baselines, clinical or table(), CIRCUIT, Clinical(), 1)
    for name, frame in (
        ("prediction", found.table),
        ("roc", found.roc),
        ("calibration", found.calibration),
        ("decision", found.decision),
    ):
        TABLES[name].conform(frame)
    return found


def test_a_planted_effect_is_found_in_the_direction_of_the_circuit_file():
    found = predicted(*cohort())
    rows = found.table.set_index("predictor")
    assert rows.loc["polarity", "higher_means"] == "no response"
    assert rows.loc["ccl5", "higher_means"] == "response"
    assert rows.loc["polarity", "ci_low"] > 0.6
    assert rows.loc["circuit_index", "auc"] > 0.6
    assert rows.loc["signature", "ci_low"] > 0.6
    assert rows.loc["signature", "pvalue"] == pytest.approx(1 / 20)
    assert rows.loc["polarity", "auc_difference"] > 0
    assert np.isnan(rows.loc["circuit_index", "auc_difference"])
    assert rows.loc["polarity", "direction_from"] == "edges"
    assert rows.loc["signature", "direction_from"] == "learned"
    assert rows.loc["cgrp", "note"] == "not measurable: no assay"
    assert rows.loc["cd274", "note"] == "not measurable: no bulk"
    assert "names no column" in rows.loc["tumor_mutational_burden", "note"]
    assert found.calibration["slope"].iloc[0] > 0.4
    at = found.decision.set_index("threshold").loc[0.5]
    assert at["signature"] > max(at["treat_all"], 0)


# By hand from the circuit files: 1 where a node is expected to be high in responders.
EXPECTED = {
    "neuroimmune": {
        "atf4_activity": -1, "slit2": -1, "slit_robo": -1, "nociceptor": -1, "cgrp": -1,
        "effector_t": 1, "ccl5": 1, "m1": 1, "m2": -1, "polarity": -1, "spp1_cxcl9": -1,
    },
    "melanoma_cgrp": {
        "nociceptor": -1, "cgrp": -1, "ramp1": -1, "exhaustion": -1, "effector_t": 1,
    },
}  # fmt: skip
PUBLISHED = {
    "cd274": 1, "t_inflamed": 1, "cytolytic_activity": 1, "cxcl9": 1, "cxcl9_spp1": 1,
    "tide_like_dysfunction": -1, "tide_like_exclusion": -1, "tumor_mutational_burden": 1,
}  # fmt: skip


def every_predictor(name, sign=1, count=60):
    """A cohort in which each predictor goes with response as it is expected to, times `sign`."""
    circuit, generator = load_circuit(circuit_path(name)), np.random.default_rng(7)
    answer = (np.arange(count) % 2) * 1.0
    signs = {**EXPECTED[name], **PUBLISHED, "circuit_index": -1}
    scores = {
        key: sign * way * answer + generator.normal(scale=0.7, size=count)
        for key, way in signs.items()
    }
    joined = pd.DataFrame({**scores, "patient": np.arange(count), "response_icb": answer})
    nodes = pd.DataFrame({"node": list(EXPECTED[name]), "control": False, "status": "measured",
                          "reason": "", "measure": "mean z"})  # fmt: skip
    known = BaselineScores(joined.set_index("patient")[list(BASELINES)])
    clinical = table(
        covariates={"tumor_mutational_burden": {"column": "t", "kind": "continuous"}},
        tumor_mutational_burden="tumor_mutational_burden",
    )
    return predict(joined, nodes, known, clinical, circuit, Clinical(), 1), signs


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_predictor_has_the_direction_that_it_is_expected_in(name, sign):
    found, signs = every_predictor(name, sign)
    rows = found.table.set_index("predictor").drop(index="signature")
    assert set(rows.index) == set(signs)
    means = rows["higher_means"].map({"response": 1, "no response": -1})
    assert means.to_dict() == signs
    judged = rows[rows["same_as"].eq("")]
    assert len(judged) >= len(rows) - 1
    assert (judged["auc"] > 0.5).all() if sign > 0 else (judged["auc"] < 0.5).all()
    assert set(rows["direction_from"]) <= {"edges", "circuit file", "published"}


def test_one_quantity_is_judged_once_and_one_way():
    found = every_predictor("neuroimmune")[0]
    rows = found.table.set_index("predictor")
    node, known = rows.loc["spp1_cxcl9"], rows.loc["cxcl9_spp1"]
    assert (known["higher_means"], known["auc"] > 0.5) == ("response", True)
    assert np.isnan(node["auc"])
    assert (node["higher_means"], node["same_as"]) == ("no response", "cxcl9_spp1")
    assert "the same quantity as cxcl9_spp1" in node["note"]
    assert "spp1_cxcl9" not in set(found.roc["predictor"])
    assert known["same_as"] == ""


def test_of_one_quantity_what_more_patients_have_is_judged():
    joined, nodes = cohort()
    joined["spp1_cxcl9"] = joined["polarity"]
    nodes.loc[4, ["node", "status", "reason"]] = ["spp1_cxcl9", "measured", ""]
    # Single cells measure the node in patients who have no bulk.
    bulk = -joined.set_index("patient")["polarity"].rename("cxcl9_spp1").iloc[10:]
    known = BaselineScores(bulk.to_frame(), dict.fromkeys(set(BASELINES) - {"cxcl9_spp1"}, "no"))
    rows = predicted(joined, nodes, baselines=known).table.set_index("predictor")
    assert rows.loc["spp1_cxcl9", "n"] == 80
    assert rows.loc["spp1_cxcl9", "auc"] == pytest.approx(rows.loc["polarity", "auc"])
    assert np.isnan(rows.loc["cxcl9_spp1", "auc"])
    assert rows.loc["cxcl9_spp1", "same_as"] == "spp1_cxcl9"
    # A stain is another quantity than the RNA.
    stained = nodes.assign(measure=["x"] * 4 + ["assay stain"])
    rows = predicted(joined, stained, baselines=known).table.set_index("predictor")
    assert rows.loc[["spp1_cxcl9", "cxcl9_spp1"], "auc"].notna().all()


def test_two_nodes_that_are_one_quantity_are_judged_once():
    data = CIRCUIT.model_dump()
    ratio = {"kind": "ratio", "numerator": "CXCL9", "denominator": "SPP1"}
    turned = {"measures": [ratio], "to_response": 1}
    data["nodes"]["turned"] = {**data["nodes"]["spp1_cxcl9"], **turned}
    joined, nodes = cohort()
    joined["turned"], joined["spp1_cxcl9"] = -joined["polarity"], joined["polarity"]
    nodes.loc[4, ["node", "status", "reason"]] = ["spp1_cxcl9", "measured", ""]
    nodes.loc[5] = ["turned", False, "measured", ""]
    baselines = BaselineScores(reasons=dict.fromkeys(BASELINES, "no bulk"))
    found = predict(joined, nodes, baselines, table(), Circuit.model_validate(data), Clinical(), 1)
    rows = found.table.set_index("predictor")
    assert rows.loc["spp1_cxcl9", "auc"] > 0.5
    assert np.isnan(rows.loc["turned", "auc"])
    assert rows.loc["turned", "same_as"] == "spp1_cxcl9"


def test_a_known_predictor_stands_where_its_node_does_not():
    joined, nodes = cohort()
    joined["spp1_cxcl9"] = np.nan
    nodes.loc[4, ["node", "reason"]] = ["spp1_cxcl9", "no SPP1"]
    ratio = -joined.set_index("patient")["polarity"].rename("cxcl9_spp1")
    known = BaselineScores(ratio.to_frame(), dict.fromkeys(set(BASELINES) - {"cxcl9_spp1"}, "no"))
    rows = predicted(joined, nodes, baselines=known).table.set_index("predictor")
    assert rows.loc["cxcl9_spp1", "auc"] == pytest.approx(rows.loc["polarity", "auc"])
    assert rows.loc["cxcl9_spp1", "same_as"] == ""


def test_a_node_without_a_direction_is_not_judged():
    data = CIRCUIT.model_dump()
    data["nodes"]["m1"]["to_response"] = 0
    joined, nodes = cohort()
    nodes.loc[4, ["node", "status", "reason"]] = ["m1", "measured", ""]
    joined["m1"] = joined["polarity"]
    baselines = BaselineScores(reasons=dict.fromkeys(BASELINES, "no bulk"))
    found = predict(joined, nodes, baselines, table(), Circuit.model_validate(data), Clinical(), 1)
    PREDICTION.conform(found.table)
    row = found.table.set_index("predictor").loc["m1"]
    assert np.isnan(row[["auc", "pvalue", "fdr", "auc_difference"]].astype(float)).all()
    assert (row["higher_means"], row["direction_from"]) == ("", "none")
    assert row["note"].startswith("no direction: no edge of the circuit says")
    assert "m1" not in set(found.roc["predictor"])


def test_an_index_without_a_direction_is_not_judged_and_nothing_is_held_against_it():
    data = CIRCUIT.model_dump()
    data["outcomes"], data["paths"] = {}, []
    data["edges"] = [edge for edge in data["edges"] if edge["target"] in data["nodes"]]
    for node in data["nodes"].values():
        node["to_response"] = 0
    baselines = BaselineScores(reasons=dict.fromkeys(BASELINES, "no bulk"))
    circuit = Circuit.model_validate(data)
    rows = predict(*cohort(), baselines, table(), circuit, Clinical(), 1).table
    judged = rows[rows["auc"].notna()]
    assert judged["predictor"].tolist() == ["signature"]
    assert judged["auc_difference"].isna().all()


def test_the_areas_of_known_predictors_have_a_direction_in_their_table():
    assert {name: one.sign for name, one in BASELINES.items()} | {
        "tumor_mutational_burden": MUTATIONS_SIGN
    } == PUBLISHED


def test_an_effect_the_other_way_stays_below_one_half():
    rows = predicted(*cohort(effect=-1.5)).table.set_index("predictor")
    assert rows.loc["polarity", "ci_high"] < 0.5


def test_mutational_burden_is_a_covariate_that_is_a_number():
    burden = {"tmb": {"column": "t", "kind": "continuous"}}
    clinical = table(covariates=burden, tumor_mutational_burden="tmb")
    rows = predicted(*cohort(), clinical).table.set_index("predictor")
    assert rows.loc["tumor_mutational_burden", "n"] == 80
    with pytest.raises(ValidationError, match="not a continuous covariate"):
        table(tumor_mutational_burden="tmb")


def test_few_responders_grades_and_no_response_are_said():
    joined, nodes = cohort(count=80)
    joined.loc[joined[joined["response_icb"] == 1].index[6:], "response_icb"] = np.nan
    rows = predicted(joined, nodes).table.set_index("predictor")
    assert rows.loc["signature", "note"] == "6 patients with the rarer answer, 10 needed"
    assert rows.loc["polarity", "auc"] > 0.5
    graded = table(response={"icb": {"column": "r", "levels": ["PD", "SD", "PR"]}})
    found = predicted(joined, nodes, graded)
    assert "no `responders` declared" in found.table["note"].iloc[0]
    empty = predicted(joined, nodes, ClinicalTable(table="x"))
    assert empty.table.empty
    assert list(empty.decision.columns)[:2] == ["response", "threshold"]


def test_patients_without_a_sample_and_nodes_that_few_have_do_not_stop_the_signature():
    joined, nodes = cohort(count=80)
    joined.loc[50:, [*NODES, "circuit_index"]] = np.nan
    joined.loc[:30, "m2"] = np.nan
    row = predicted(joined, nodes).table.set_index("predictor").loc["signature"]
    assert row["n"] == 50
    assert row["note"].startswith("of slit2, polarity, ccl5;")


def test_equal_input_gives_equal_tables():
    one, two = (predicted(*cohort(count=50)) for _ in range(2))
    pd.testing.assert_frame_equal(one.table, two.table)
    pd.testing.assert_frame_equal(one.calibration, two.calibration)


def normalized(values, unit, samples):
    """What bulk.h5ad holds, of genes x samples; counts as log2 counts per million."""
    mapping = harmonize(values.index.astype(str), load_genes("human"))
    matrix, facts = collapse(values.to_numpy(float), mapping, "sum" if unit == "counts" else "mean")
    adata = ad.AnnData(matrix.T.copy(), obs=samples.loc[values.columns], var=facts[["symbol"]])
    logged = np.log2(matrix / matrix.sum(axis=0) * 1e6 + 1) if unit == "counts" else matrix
    adata.layers["vst"] = logged.T.copy()
    adata.uns |= {"unit": unit, "species": "human"}
    return adata


def real_areas(adata, answer, timepoint=None):
    baselines = score_baselines(adata, load_sets("human"), Scoring(), timepoint)
    joined = pd.DataFrame({"patient": answer.index, "response_icb": answer.to_numpy()})
    joined["circuit_index"] = np.nan
    nodes = pd.DataFrame({"node": [], "control": [], "status": [], "reason": []})
    return predicted(joined, nodes, baselines=baselines).table.set_index("predictor")


@pytest.fixture(scope="module")
def riaz(shared):
    folder = shared / "data/riaz_nivolumab"
    samples = pd.read_csv(folder / "samples.csv", index_col="sample")
    counts = pd.read_csv(folder / "counts.csv.gz", index_col=0)
    samples = samples.rename(columns={"pt": "patient", "tp": "timepoint"}).assign(tissue="tumor")
    return normalized(counts[samples.index.intersection(counts.columns)], "counts", samples)


@pytest.mark.parametrize(("timepoint", "least"), [("On", 0.65), ("Pre", 0.0)])
def test_known_predictors_tell_responders_from_progressors_on_nivolumab(riaz, timepoint, least):
    facts = riaz.obs[riaz.obs["timepoint"] == timepoint].drop_duplicates("patient")
    answer = facts.set_index("patient")["resp"].map({"R": 1.0, "PD": 0.0}).dropna()
    rows = real_areas(riaz, answer, timepoint)
    print(rows[["n", "n_responders", "auc", "ci_low", "ci_high", "pvalue"]].round(3).to_string())
    assert rows.loc["cytolytic_activity", "n_responders"] == 10
    assert rows.loc[["cytolytic_activity", "t_inflamed"], "auc"].min() > least
    assert (rows.loc["cytolytic_activity", "ci_low"] > 0.5) == (timepoint == "On")


@pytest.mark.parametrize("name", ["Liu", "Hugo"])
def test_what_is_not_associated_in_two_cohorts_is_not_claimed(shared, name):
    folder = shared / "data/icb_subset"
    clinical = pd.read_csv(folder / f"{name}.clinical.csv").set_index("patientid")
    values = pd.read_csv(folder / f"{name}.log2tpm.csv.gz", index_col=0)
    values = values[values.columns.intersection(clinical.index)]
    samples = pd.DataFrame({"patient": values.columns, "tissue": "tumor"}, index=values.columns)
    answer = clinical["response"].map({"R": 1.0, "NR": 0.0}).dropna()
    rows = real_areas(normalized(values, "log2_tpm", samples), answer)
    print(rows[["n", "auc", "ci_low", "ci_high", "note"]].round(3).to_string())
    known = rows.loc[["cxcl9", "cytolytic_activity", "t_inflamed", "cxcl9_spp1"]]
    assert known["ci_low"].lt(0.5).all()
    assert known["ci_high"].gt(0.5).all()
    assert "20 of 50 genes" in rows.loc["tide_like_dysfunction", "note"]


def test_cytolytic_activity_is_a_geometric_mean(riaz):
    scores = score_baselines(riaz, load_sets("human"), Scoring(), "On")
    on = riaz[riaz.obs["timepoint"] == "On"]
    logged = pd.DataFrame(on.layers["vst"], index=on.obs["patient"], columns=on.var_names)
    expected = np.log2(np.sqrt(2 ** logged["GZMA"] * 2 ** logged["PRF1"])).groupby(level=0).mean()
    found = scores.values["cytolytic_activity"]
    assert found.to_numpy() == pytest.approx(expected[found.index].to_numpy())
    assert scores.reasons == {}


def test_no_bulk_and_too_few_tumors_are_reasons(riaz):
    assert set(score_baselines(None, {}, Scoring(), None).reasons) == set(BASELINES)
    few = score_baselines(riaz[:3], load_sets("human"), Scoring(), None)
    assert "3 bulk samples of tissue tumor, 4 needed" in few.reasons["cd274"]


def trial(seed, effect):
    """A trial in which the score changes the effect of the treatment, or does not."""
    generator = np.random.default_rng(seed)
    count = 160
    z = generator.normal(size=count)
    arm = np.tile([0.0, 1.0], count // 2)
    odds = 0.4 * z + 0.3 * arm - effect * z * arm
    hazard = np.exp(0.3 * z - 0.2 * arm + effect * z * arm)
    time = generator.exponential(1 / hazard)
    return pd.DataFrame(
        {
            "patient": range(count),
            "slit2": z,
            "circuit_index": generator.normal(size=count),
            "arm": arm,
            "response_icb": (generator.logistic(size=count) < odds) * 1.0,
            "os_time_days": np.minimum(time, 2),
            "os_event": (time < 2) * 1.0,
        }
    )


TRIAL = table(
    arm={"column": "a", "control": "chemo", "treated": "icb"},
    endpoints={"os": {"time": "t", "status": "s", "event": 1, "censored": 0, "unit": "days"}},
)
SLIT2 = pd.DataFrame({"node": ["slit2"], "control": False, "status": "measured", "reason": ""})


def test_score_by_arm_is_the_product_of_the_model():
    joined = trial(1, 1.0)
    rows = interactions(joined, SLIT2, TRIAL, Clinical())
    ARM_INTERACTIONS.conform(rows)
    rows = rows.set_index(["score", "endpoint"])
    z = (joined["slit2"] - joined["slit2"].mean()) / joined["slit2"].std()
    design = sm.add_constant(pd.DataFrame({"z": z, "a": joined["arm"], "za": z * joined["arm"]}))
    fit = sm.Logit(joined["response_icb"], design).fit(disp=0)
    row = rows.loc[("slit2", "response_icb")]
    assert row["estimate"] == pytest.approx(np.exp(fit.params["za"]), rel=1e-5)
    assert row["ci_low"] == pytest.approx(np.exp(fit.conf_int().loc["za", 0]), rel=1e-5)
    assert row["pvalue"] == pytest.approx(fit.pvalues["za"], rel=1e-4)
    assert row["n_control"] == row["n_treated"] == 80
    assert rows.loc[("slit2", "os"), "estimate"] == pytest.approx(np.exp(1), rel=0.5)
    assert rows.loc[("slit2", "os"), "ci_low"] > 1


def test_without_an_interaction_p_is_uniform():
    no_time = table(arm=TRIAL.arm)
    rows = pd.concat(
        interactions(trial(seed, 0.0), SLIT2, no_time, Clinical()) for seed in range(150)
    )
    pvalues = rows.loc[rows["score"] == "slit2", "pvalue"]
    assert len(pvalues) == 150
    assert abs((pvalues < 0.05).mean() - 0.05) < 3 * np.sqrt(0.05 * 0.95 / 150)


def test_one_small_arm_is_said_and_response_is_predicted_in_the_treated():
    joined = trial(1, 1.0)
    assert interactions(joined, SLIT2, table(), Clinical()).empty
    found = predict(joined, SLIT2, BaselineScores(reasons=dict.fromkeys(BASELINES, "no")), TRIAL,
                    CIRCUIT, Clinical(), 1)  # fmt: skip
    assert found.table.set_index("predictor").loc["slit2", "n"] == 80
    small = joined[(joined["arm"] == 1) | (joined["patient"] < 8)]
    rows = interactions(small, SLIT2, TRIAL, Clinical())
    assert rows["estimate"].isna().all()
    assert rows["note"].str.startswith("control arm: 4 patients").all()


def test_the_arm_is_read_and_odd_codes_are_problems(tmp_path):
    path = tmp_path / "clinical.tsv"
    path.write_text("patient\tarm_code\np1\tC\np2\tT\np3\tNA\n")
    arm = {"column": "arm_code", "control": "C", "treated": "T"}
    data = {"title": "", "species": "human", "samples": {"table": "none.tsv"}}
    declared = Cohort.model_validate({**data, "clinical": {"table": str(path), "arm": arm}})
    frame, exclusions = read_clinical(declared, "cohort.yaml")
    assert frame["arm"].tolist()[:2] == [0.0, 1.0]
    assert exclusions["stage"].tolist() == ["clinical: arm"]
    path.write_text("patient\tarm_code\np1\tC\np2\tplacebo\n")
    with pytest.raises(InputError, match=r"(?s)placebo.*C \(control\) or T \(treated\)"):
        read_clinical(declared, "cohort.yaml")
    twice = {"table": str(path), "arm": {"column": "arm_code", "control": 1, "treated": "1.0"}}
    with pytest.raises(InputError, match=r"(?s)clinical\.arm.*one code twice"):
        read_clinical(Cohort.model_validate({**data, "clinical": twice}), "cohort.yaml")
