"""Enrichment rules hold only what patients can have; every rule is met by those it describes."""

import itertools

import numpy as np
import pandas as pd
import pytest

from innervate.circuit.patients import score_patients
from innervate.config.circuit import load_circuit
from innervate.config.load import Run
from innervate.config.settings import Config, Scoring, Settings
from innervate.config.trials import Criterion, Trial
from innervate.inputs.clinical.pain import CATEGORIES, Neuropathic, instruments, pain_category
from innervate.inputs.clinical.table import check_clinical
from innervate.intake.problems import run_problems
from innervate.runtime.files import RESOURCES
from innervate.trials.eligibility import CALLS, apply_rule, trial_problems

NEUROPATHIC = [name for name, one in instruments().items() if one.measures == "neuropathic"]


@pytest.fixture(scope="module")
def circuit():
    return load_circuit(RESOURCES / "circuits/neuroimmune.yaml")


def trial(*where):
    return Trial.model_validate(
        {"agents_for": "cgrp", "where": list(where), "endpoint": "pfs", "hazard_ratio": 0.5}
    )


def problems_of(cohort, circuit, *where, read=None):
    cohort = cohort.model_copy(update={"trials": {"one": trial(*where)}})
    return {
        problem.where.removeprefix("trials.one.where."): problem
        for problem in trial_problems(cohort, circuit, "c.yaml", read)
    }


@pytest.fixture
def cohort(declare):
    """Return six patients with a screen, opioids and covariates with and without levels."""
    text = (
        "id\tscreen\tnrs\tdrug\tdose\troute\thpv\tsite\tgrade\tage\tt\te\n"
        "a\t30\t5\tmorphine\t20\toral\t1\ttongue\tlow\t60\t3\t1\n"
        "b\t15\t4\tnone\t\t\t0\tfloor\thigh\t70\t4\t0\n"
        "c\t3\t3\tnone\t\t\t1\ttongue\tlow\t50\t5\t1\n"
        "d\t19\t2\tnone\t\t\t0\ttongue\thigh\t40\t6\t0\n"
        "e\t\t1\tmorphine\t60\toral\t0\tfloor\tlow\t45\t7\t1\n"
    )
    screen = {"column": "screen", "instrument": "PAINDETECT", "direction": "higher_worse"}
    return declare(
        text,
        pain={"screen": screen, "nrs": {**screen, "column": "nrs", "instrument": "NRS"}},
        endpoints={"pfs": {"time": "t", "status": "e", "event": 1, "censored": 0,
                           "unit": "months"}},
        dictionary={"hpv": {"meaning": "p16", "codes": {"0": "negative", "1": "positive"}},
                    "age": {"meaning": "at diagnosis", "minimum": 18, "maximum": 110}},
        covariates={
            "hpv": {"column": "hpv", "kind": "categorical"},
            "site": {"column": "site", "kind": "categorical"},
            "grade": {"column": "grade", "kind": "ordinal", "levels": ["low", "high"]},
            "age": {"column": "age", "kind": "continuous"},
            "opioids": {"column": "drug", "kind": "opioid_dose", "dose": "dose", "route": "route"},
        },
    )  # fmt: skip


def test_patients_meet_a_neuropathic_rule(cohort, circuit):
    read, _, problems = check_clinical(cohort, "c.yaml")
    assert problems == []
    rule = {"covariate": "pain_screen_neuropathic", "levels": ["likely"]}
    assert problems_of(cohort, circuit, rule, read=read) == {}
    evaluable, meeting = apply_rule(read, [Criterion(**rule)])
    # painDETECT: 19 and more are likely, 13 to 18 possible; e was not asked.
    assert list(read["patient"][meeting]) == ["a", "d"]
    assert list(read["patient"][~evaluable]) == ["e"]
    wider = Criterion(covariate="pain_screen_neuropathic", levels=["likely", "possible"])
    assert list(read["patient"][apply_rule(read, [wider])[1]]) == ["a", "b", "d"]


def test_a_level_that_cannot_occur_is_refused_with_those_that_can(cohort, circuit):
    read = check_clinical(cohort, "c.yaml")[0]
    found = problems_of(
        cohort, circuit,
        {"covariate": "pain_screen_neuropathic", "levels": ["yes", "likely"]},
        {"covariate": "hpv", "levels": ["1"]},
        {"covariate": "site", "levels": ["tounge"]},
        {"covariate": "grade", "levels": ["medium"]},
        {"covariate": "call", "levels": ["activ"]},
        read=read,
    )  # fmt: skip
    assert {where: (one.found, one.expected) for where, one in found.items()} == {
        "0.levels": ("yes", "some of: likely, possible, unlikely"),
        "1.levels": ("1", "some of: negative, positive"),
        "2.levels": ("tounge", "some of: floor, tongue"),
        "3.levels": ("medium", "some of: low, high"),
        "4.levels": ("activ", "some of: active, uncertain, inactive"),
    }


def test_a_bound_that_no_value_passes_is_refused(cohort, circuit):
    found = problems_of(
        cohort, circuit,
        {"score": "pain_nrs_0_10", "above": 40},
        {"score": "pain_nrs", "above": 4},
        {"score": "age", "below": 18},
        {"score": "opioids", "below": 0},
        {"score": "cgrp", "above": 40},
    )  # fmt: skip
    assert set(found) == {"0.above", "2.below", "3.below"}
    assert found["0.above"].expected == "a bound that pain_nrs_0_10, from 0 to 10, can pass"


@pytest.mark.parametrize(
    "where",
    [
        [
            {"covariate": "call", "levels": ["active"]},
            {"covariate": "call", "levels": ["inactive"]},
        ],
        [{"score": "m2", "above": 1}, {"score": "m2", "below": 0.5}],
        [{"score": "m2", "above": 1}, {"score": "slit2", "above": 0}, {"score": "m2", "below": 1}],
    ],
)
def test_conditions_that_exclude_each_other_are_refused(cohort, circuit, where):
    [found] = trial_problems(
        cohort.model_copy(update={"trials": {"t": trial(*where)}}), circuit, "c"
    )
    assert found.where == "trials.t.where"
    assert "together" in found.expected


def test_conditions_on_one_column_that_overlap_are_none(cohort, circuit):
    rule = trial(
        {"covariate": "call", "levels": ["active", "uncertain"]},
        {"covariate": "call", "levels": ["Active"]},
        {"score": "m2", "above": 0}, {"score": "m2", "below": 1},
    )  # fmt: skip
    assert not list(trial_problems(cohort.model_copy(update={"trials": {"t": rule}}), circuit, "c"))


def test_an_opioid_dose_is_a_score_and_no_word(cohort, circuit):
    wrong = {"covariate": "opioids", "levels": ["morphine"]}
    assert set(problems_of(cohort, circuit, wrong)) == {"0.covariate"}
    right = {"score": "opioids", "above": 3.5}
    assert problems_of(cohort, circuit, right) == {}
    read = check_clinical(cohort, "c.yaml")[0]
    # log(1 + 20) is 3.04, log(1 + 60) 4.11.
    assert list(read["patient"][apply_rule(read, [Criterion(**right)])[1]]) == ["e"]


def test_every_level_that_a_rule_may_ask_can_occur(cohort, circuit, declare):
    read = check_clinical(cohort, "c.yaml")[0]
    wrong = "no such level"
    columns = ["pain_screen_neuropathic", "hpv", "site", "grade"]
    found = problems_of(
        cohort, circuit, *({"covariate": name, "levels": [wrong]} for name in columns), read=read
    )
    for place, name in enumerate(columns):
        accepted = found[f"{place}.levels"].expected.removeprefix("some of: ").split(", ")
        assert set(accepted) == set(read[name].dropna()), name
        for level in accepted:
            assert apply_rule(read, [Criterion(covariate=name, levels=[level])])[1].any()


@pytest.mark.parametrize("name", NEUROPATHIC)
def test_a_screen_says_nothing_beyond_its_vocabulary(declare, name):
    known = instruments()[name]
    scores = np.arange(known.minimum, known.maximum + 0.5)
    lines = "".join(f"p{place}\t{score:g}\n" for place, score in enumerate(scores))
    screen = {"column": "s", "instrument": name, "direction": known.direction}
    read = check_clinical(declare("id\ts\n" + lines, pain={"screen": screen}), "c.yaml")[0]
    said = set(read["pain_screen_neuropathic"])
    assert {Neuropathic.LIKELY, Neuropathic.UNLIKELY} <= said <= set(Neuropathic)


def test_every_category_of_pain_occurs_and_no_other():
    values = pd.Series(np.linspace(0, 10, 101))
    assert set(pain_category(values, 5, 7)) == set(CATEGORIES)


def test_every_call_that_a_rule_may_ask_is_made(circuit):
    names = [name for name, node in circuit.nodes.items() if node.toward]
    rows = []
    for (patient, shift), name in itertools.product(
        {"high": 5.0, "low": -5.0, "mid": 0.0, **{f"x{n}": 0.0 for n in range(9)}}.items(), names
    ):
        z = shift * circuit.nodes[name].toward + (0.1 * len(patient) if shift == 0 else 0)
        rows.append({"node": name, "sample": patient, "patient": patient, "z": z, "z_error": 0.01,
                     "primary": True})  # fmt: skip
    scores = pd.DataFrame(rows)
    samples = scores[["sample", "patient"]].drop_duplicates().assign(tissue="tumor", timepoint="")
    nodes = pd.DataFrame({"node": list(circuit.everything()), "status": "measured", "measure": "x"})
    patients, _ = score_patients(scores, nodes, samples, None, circuit, Scoring(), 1)
    assert set(CALLS) <= set(patients["call"])


def test_a_rule_is_checked_before_anything_computes(cohort, repo, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    rule = {"covariate": "site", "levels": ["tounge"]}
    asked = cohort.model_copy(update={"trials": {"one": trial(rule)}})
    path = RESOURCES / "circuits/neuroimmune.yaml"
    run = Run(Config(cohorts=["c.yaml"]), {"c": asked}, {"c": Settings()}, path, {})
    wheres = {problem.where for problem in run_problems(run)}
    assert "trials.one.where.0.levels" in wheres
