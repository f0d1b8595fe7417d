"""Clinical tables: declared columns only, every problem at once, events as coded."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from innervate.circuit.covariates import covariate_matrix
from innervate.clinical.associations import associate
from innervate.clinical.join import join, of_patients
from innervate.config.clinical import Response
from innervate.config.cohort import Cohort
from innervate.config.settings import Clinical
from innervate.inputs.clinical.pain import harmonize, instruments
from innervate.inputs.clinical.table import read_clinical
from innervate.runtime.errors import InputError

TABLE = """id\tname\tnrs\tos\tdead\tcgrp\tstage
p1\tJane Doe\t7\t120\t1\t3\tII
p2\tJohn Roe\t\t30\t0\t1\tIV
p3\tMary Major\t0\t0\tNA\t0\tI
"""


@pytest.fixture
def cohort(tmp_path):
    """Return a function that writes a clinical table and declares it."""

    def make(text=TABLE, **changes):
        (tmp_path / "clinical.tsv").write_text(text)
        clinical = {
            "table": str(tmp_path / "clinical.tsv"),
            "patient": "id",
            "drop": ["name"] if "name" in text.partition("\n")[0] else [],
            "pain": {"rest": {"column": "nrs", "instrument": "NRS", "direction": "higher_worse"}},
            "endpoints": {
                "os": {"time": "os", "status": "dead", "event": 1, "censored": 0, "unit": "days"}
            },
            "assays": {"cgrp_tdln": {"column": "cgrp", "tissue": "tdln", "log": True}},
            "covariates": {
                "stage": {"column": "stage", "kind": "ordinal", "levels": ["I", "II", "III", "IV"]}
            },
        }
        samples = {"table": "none.tsv"}
        data = {"title": "", "species": "human", "samples": samples}
        return Cohort.model_validate({**data, "clinical": {**clinical, **changes}})

    return make


def test_declared_columns_are_read_and_no_other(cohort):
    frame, exclusions = read_clinical(cohort(), "cohort.yaml")
    assert frame["os_event"].tolist()[:2] == [1.0, 0.0]
    assert frame["os_time_days"].tolist() == [120, 30, 0]
    assert frame["pain_rest_0_10"].tolist()[0] == 7
    assert frame["assay_cgrp_tdln"].tolist() == [2, 1, 0]
    assert not frame.astype(str).apply(lambda column: column.str.contains("Doe")).any(axis=None)
    missing = set(zip(exclusions["id"], exclusions["stage"], strict=True))
    assert missing == {("p2", "clinical: pain_rest"), ("p3", "clinical: os")}


def test_all_problems_are_listed_with_row_and_column(cohort):
    text = TABLE.replace("p1\tJane Doe\t7\t120\t1\t3\tII", "p1\tx\t11\t-5\t2\tmuch\tV")
    with pytest.raises(InputError) as caught:
        read_clinical(cohort(text), "cohort.yaml")
    message = str(caught.value)
    assert message.startswith("5 problems")
    for column, found in {
        "nrs": "11",
        "os": "-5",
        "dead": "2",
        "cgrp": "much",
        "stage": "V",
    }.items():
        assert f"row 2, column {column}" in message
        assert f"'{found}'" in message


def test_a_patient_twice_and_a_wrong_direction_are_refused(cohort):
    with pytest.raises(InputError, match=r"row 5, column id[\s\S]*a second time"):
        read_clinical(cohort(TABLE + "p1\tx\t1\t1\t1\t1\tI\n"), "cohort.yaml")
    pain = {"rest": {"column": "nrs", "instrument": "UW_QOL", "direction": "higher_worse"}}
    with pytest.raises(InputError, match="higher_better, as UW_QOL is defined"):
        read_clinical(cohort(pain=pain), "cohort.yaml")


RECIST = {"column": "best", "levels": ["PD", "SD", "PR", "CR"]}
ALONE = {"pain": {}, "endpoints": {}, "assays": {}, "covariates": {}}
GRADED = "id\tbest\np1\tCR\np2\tPD\np3\tNA\np4\tPR\np5\tSD\n"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [3, 0, np.nan, 2, 1]),
        ({"responders": ["PR", "CR"]}, [1, 0, np.nan, 1, 0]),
        ({"responders": ["PR", "CR", "SD"]}, [1, 0, np.nan, 1, 1]),
    ],
    ids=["ranks", "responders", "disease_control"],
)
def test_a_response_is_a_rank_or_whether_a_patient_responded(cohort, changes, expected):
    spec = {"icb": {**RECIST, **changes}}
    frame, exclusions = read_clinical(cohort(GRADED, response=spec, **ALONE), "cohort.yaml")
    assert list(frame.columns) == ["patient", "response_icb"]
    np.testing.assert_array_equal(frame["response_icb"], expected)
    assert exclusions[["id", "stage"]].to_numpy().tolist() == [["p3", "clinical: response_icb"]]


def test_of_two_levels_the_second_is_the_response_in_whatever_notation(cohort):
    spec = {"icb": {"column": "dead", "levels": ["1", "0"]}}
    frame, _ = read_clinical(
        cohort(TABLE.replace("\t1\t3\tII", "\t1.0\t3\tII"), response=spec), "c"
    )
    assert frame["response_icb"].tolist()[:2] == [0, 1]


def test_a_response_that_is_no_level_is_refused_with_its_row(cohort):
    text = GRADED.replace("p4\tPR", "p4\tMR")
    with pytest.raises(InputError) as caught:
        read_clinical(cohort(text, response={"icb": RECIST}, **ALONE), "cohort.yaml")
    assert "row 5, column best" in str(caught.value)
    assert "'MR'" in str(caught.value)
    assert "one of: PD, SD, PR, CR" in str(caught.value)
    # How a code that means missing is declared, ready to be copied.
    assert "clinical.dictionary: {best: {meaning: WORDS, missing: [CODE]}}" in str(caught.value)
    dictionary = {"best": {"meaning": "best response", "missing": ["MR"]}}
    table = cohort(text, response={"icb": RECIST}, dictionary=dictionary, **ALONE)
    assert read_clinical(table, "cohort.yaml")[0]["response_icb"].isna().any()


def test_a_response_that_takes_a_taken_name_or_lacks_its_column_is_refused(cohort):
    covariates = {"response_icb": {"column": "stage", "kind": "categorical"}}
    with pytest.raises(InputError, match="the name response_icb"):
        read_clinical(cohort(response={"icb": RECIST}, covariates=covariates), "cohort.yaml")
    with pytest.raises(InputError, match=r"best[\s\S]*clinical\.response\.icb"):
        read_clinical(cohort(response={"icb": RECIST}), "cohort.yaml")
    twice = {"icb": {"column": "dead", "levels": ["1", "1.0"]}}
    with pytest.raises(InputError, match=r"clinical\.response\.icb\.levels[\s\S]*one code twice"):
        read_clinical(cohort(response=twice), "cohort.yaml")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"responders": ["PR", "MR"]}, "some of the levels"),
        ({"responders": ["CR", "PR", "SD", "PD"]}, "some of the levels"),
        ({"levels": ["CR"]}, "at least 2"),
        ({"levels": ["PD", "CR", "PD"]}, "one twice"),
    ],
)
def test_a_response_is_declared_with_levels_some_of_which_respond(changes, message):
    with pytest.raises(ValidationError, match=message):
        Response.model_validate({**RECIST, **changes})


def test_zero_can_be_the_event(shared):
    data = {
        "title": "",
        "species": "human",
        "samples": {"table": "none"},
        "clinical": {
            "table": str(shared / "data/riaz_nivolumab/clinical.csv"),
            "patient": "PatientID",
            "where": {"SampleType": ["pre"]},
            "endpoints": {
                "os": {"time": "OS", "status": "OS_SOR", "event": 0, "censored": 1, "unit": "days"}
            },
        },
    }
    frame, _ = read_clinical(Cohort.model_validate(data), "riaz.yaml")
    raw = pd.read_csv(shared / "data/riaz_nivolumab/clinical.csv")
    raw = raw[raw["SampleType"] == "pre"]
    assert frame["os_event"].sum() == (raw["OS_SOR"] == 0).sum() > 20


@pytest.mark.parametrize(
    ("instrument", "value", "expected"),
    [("NRS", 7, 7), ("VAS_100", 70, 7), ("UW_QOL", 100, 0), ("UW_QOL", 25, 7.5), ("VAS_10", 7, 7)],
)
def test_pain_on_the_common_scale(instrument, value, expected):
    assert harmonize(pd.Series([value]), instruments()[instrument])[0] == pytest.approx(expected)


def test_a_neuropathic_screen_is_no_intensity():
    with pytest.raises(ValueError, match="not a scale of intensity"):
        harmonize(pd.Series([4]), instruments()["DN4"])


def test_joined_are_the_patients_of_the_circuit_and_nobody_else():
    clinical = pd.DataFrame({"patient": ["a", "b"], "os_event": [1.0, 0.0]})
    patients = pd.DataFrame({"patient": ["b", "c"], "m2": [0.1, 0.2]})
    joined, exclusions = join(clinical, patients)
    assert joined["patient"].tolist() == ["b", "c"]
    assert joined["os_event"].fillna(-1).tolist() == [0, -1]
    assert dict(zip(exclusions["id"], exclusions["reason"], strict=True)) == {
        "c": "samples, but no row in the clinical table",
    }


def test_a_value_missing_in_someone_without_a_sample_is_no_row():
    stages = ["clinical: os", "clinical: os", "clinical table"]
    reasons = pd.DataFrame({"level": "patient", "id": ["a", "b", "z"], "stage": stages})
    kept = of_patients(reasons.assign(reason="x"), pd.DataFrame({"patient": ["b", "c"]}))
    assert kept["id"].tolist() == ["b", "z"]


def test_what_cannot_be_estimated_is_a_row_with_its_reason(cohort):
    clinical = cohort(adjust_for=["stage"]).clinical
    joined = pd.DataFrame(
        {
            "patient": [f"p{i}" for i in range(20)],
            "pain_rest_0_10": range(20),
            "os_time_days": range(1, 21),
            "os_event": [1.0] + [0.0] * 19,
            "stage": ["I", "II", "III", "IV"] * 5,
            "slit2": [0.1 * i * (-1) ** i for i in range(20)],
            "cgrp": [None] * 20,
            "circuit_index": [1.0] * 20,
        }
    )
    nodes = pd.DataFrame(
        {
            "node": ["slit2", "cgrp"],
            "control": False,
            "status": ["measured", "not measurable"],
            "reason": ["", "no tdln samples"],
        }
    )
    rows = associate(joined, nodes, clinical, Clinical()).set_index(["score", "endpoint", "model"])
    assert len(rows) == 3 * 2 * 2
    assert rows.loc[("slit2", "pain_rest_0_10", "Spearman"), "pvalue"] > 0
    assert rows.loc[("cgrp", "os", "Cox"), "note"] == "not measurable: no tdln samples"
    assert rows.loc[("slit2", "os", "Cox"), "note"] == "1 events, 5 needed"
    assert "does not vary" in rows.loc[("circuit_index", "pain_rest_0_10", "Spearman"), "note"]
    assert rows.loc[("slit2", "pain_rest_0_10", "partial Spearman"), "covariates"] == "stage"


def test_categories_become_indicators_of_all_but_the_reference(cohort):
    covariates = {"site": {"column": "site", "kind": "categorical", "levels": ["oral", "larynx"]}}
    clinical = cohort(covariates=covariates).clinical
    sites = pd.DataFrame({"site": ["oral", "larynx", "oral"]})
    matrix, idle = covariate_matrix(sites, ["site"], clinical.covariates)
    assert idle == []
    assert matrix.to_dict("list") == {"site_larynx": [0, 1, 0]}
