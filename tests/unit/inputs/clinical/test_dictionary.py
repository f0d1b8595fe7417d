"""The data dictionary, times that can't be, and doses of opioids."""

import numpy as np
import pytest

from innervate.circuit.covariates import covariate_matrix
from innervate.inputs.clinical.opioids import factors, morphine_equivalent
from innervate.inputs.clinical.table import read_clinical
from innervate.runtime.errors import InputError

OS = {"time": "os", "status": "dead", "event": "died", "censored": "alive", "unit": "months"}
PFS = OS | {"time": "pfs", "status": "progressed", "event": 1, "censored": 0, "unit": "days"}


def test_codes_mean_what_the_dictionary_says(declare):
    text = "id\tos\tdead\thpv\tnrs\na\t1\t1\t0\t3\nb\t2\t2.0\t1\t99\nc\t3\t1\t9\t0\n"
    dictionary = {
        "dead": {"meaning": "vital status", "codes": {"1": "alive", "2": "died"}},
        "hpv": {"meaning": "p16", "codes": {"0": "negative", "1": "positive"}, "missing": ["9"]},
        "nrs": {"meaning": "worst pain of the day", "missing": ["99"]},
    }
    cohort = declare(
        text,
        dictionary=dictionary,
        endpoints={"os": OS},
        pain={"now": {"column": "nrs", "instrument": "NRS", "direction": "higher_worse"}},
        covariates={
            "hpv": {"column": "hpv", "kind": "categorical", "levels": ["negative", "positive"]}
        },
    )
    frame, exclusions = read_clinical(cohort, "cohort.yaml")
    assert frame["os_event"].tolist() == [0, 1, 0]
    assert frame["hpv"].fillna("").tolist() == ["negative", "positive", ""]
    np.testing.assert_array_equal(frame["pain_now"], [3, np.nan, 0])
    assert set(exclusions["id"]) == {"b", "c"}


def test_what_the_dictionary_does_not_allow_is_refused(declare):
    text = "id\tage\thpv\na\t61\t0\nb\t610\t7\nc\t-1\t1\n"
    dictionary = {
        "age": {"meaning": "age", "unit": "years", "minimum": 18, "maximum": 110},
        "hpv": {"meaning": "p16", "codes": {"0": "negative", "1": "positive"}},
        "stage": {"meaning": "of a column that is not there"},
    }
    covariates = {
        "age": {"column": "age", "kind": "continuous"},
        "hpv": {"column": "hpv", "kind": "categorical"},
    }
    with pytest.raises(InputError) as caught:
        read_clinical(declare(text, dictionary=dictionary, covariates=covariates), "cohort.yaml")
    wheres = {problem.where for problem in caught.value.problems}
    assert wheres == {
        "row 3, column age",
        "row 4, column age",
        "row 3, column hpv",
        "column stage",
    }


def test_impossible_follow_up_is_refused(declare):
    text = (
        "id\tos\tdead\tpfs\tprogressed\n"
        "a\t12\tdied\t365\t1\n"
        "b\t12\talive\t366\t0\n"
        "c\t2\talive\t90\t1\n"
        "d\t1284000000\talive\t30\t1\n"
        "e\t2019-03-01\talive\t30\t1\n"
    )
    endpoints = {"os": OS, "pfs": PFS | {"no_later_than": "os"}}
    with pytest.raises(InputError) as caught:
        read_clinical(declare(text, endpoints=endpoints), "cohort.yaml")
    found = {problem.where: problem.expected for problem in caught.value.problems}
    # A year is 12 months to within a day: rounding is no mistake.
    assert set(found) == {"row 4, column pfs", "row 5, column os", "row 6, column os"}
    assert "no longer than that of os" in found["row 4, column pfs"]
    assert "no date" in found["row 6, column os"]


def test_an_endpoint_that_comes_later_must_be_declared(declare):
    with pytest.raises(ValueError, match="which is not another endpoint"):
        declare("id\n", endpoints={"pfs": PFS | {"no_later_than": "os"}})


@pytest.mark.parametrize(
    ("drugs", "doses", "routes", "expected"),
    [
        ("none", "", "", 0),
        ("Oxycodone", "20", "oral", 30),
        ("fentanyl", "25", "transdermal", 60),
        ("morphine;tramadol", "10; 100", "intravenous; oral", 50),
    ],
)
def test_doses_in_milligrams_of_oral_morphine(drugs, doses, routes, expected):
    assert morphine_equivalent(drugs, doses, routes) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("drugs", "doses", "routes", "message"),
    [
        ("buprenorphine", "8", "sublingual", "fentanyl .transdermal."),
        ("fentanyl", "0.1", "intravenous", "an opioid and route of"),
        ("oxycodone", "", "oral", "a dose"),
        ("oxycodone", "-5", "oral", "a dose"),
        ("oxycodone;tramadol", "5", "oral", "as many doses"),
    ],
)
def test_a_dose_that_can_not_be_converted_is_never_guessed(drugs, doses, routes, message):
    with pytest.raises(ValueError, match=message):
        morphine_equivalent(drugs, doses, routes)


def test_every_factor_is_a_number_with_a_route():
    assert len(factors()) == 11
    assert all(0 < factor <= 5 for factor in factors().values())


def test_an_opioid_dose_is_a_covariate(declare):
    text = "id\topioid\tmg\troute\na\tnone\t\t\nb\toxycodone\t20\toral\nc\t\t\t\n"
    text += "d\theroin\t5\toral\n"
    covariates = {
        "opioids": {"column": "opioid", "kind": "opioid_dose", "dose": "mg", "route": "route"}
    }
    with pytest.raises(InputError, match=r"row 5, column opioid[\s\S]*heroin"):
        read_clinical(declare(text, covariates=covariates), "cohort.yaml")
    cohort = declare(text.replace("heroin", "codeine"), covariates=covariates)
    frame, exclusions = read_clinical(cohort, "cohort.yaml")
    expected = np.log1p([0, 30, np.nan, 0.75])
    np.testing.assert_allclose(frame["opioids"], expected)
    assert exclusions["id"].tolist() == ["c"]
    known = frame.dropna()
    matrix, idle = covariate_matrix(known, ["opioids"], cohort.clinical.covariates)
    assert matrix["opioids"].tolist() == known["opioids"].tolist()
    assert idle == []
