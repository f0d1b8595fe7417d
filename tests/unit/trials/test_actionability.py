"""Enrichment rules, agents and trials: by hand, with gaps, with small counts suppressed."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from innervate.config.circuit import load_circuit
from innervate.config.cohort import Cohort
from innervate.config.settings import Clinical
from innervate.config.trials import Criterion, Trial
from innervate.runtime.files import RESOURCES
from innervate.trials import trial_size
from innervate.trials.actionability import assess_actionability, read_agents
from innervate.trials.contracts import AGENTS, TRIALS
from innervate.trials.eligibility import apply_rule, rule_text, trial_problems

CIRCUITS = ("neuroimmune", "melanoma_cgrp")
PFS = {"agents_for": "cgrp", "where": [{"score": "cgrp", "above": 0.5}], "endpoint": "pfs",
       "hazard_ratio": 0.5}  # fmt: skip
RESPONSE = PFS | {"endpoint": "response_icb", "odds_ratio": 4}
RESPONSE.pop("hazard_ratio")
PAIN = PFS | {"endpoint": "pain_nrs_0_10", "difference": 1}
PAIN.pop("hazard_ratio")


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Simulate few and small trials: that sizes are right is tested in test_trial_size.py."""
    monkeypatch.setattr(trial_size, "TRIALS", 200)
    monkeypatch.setattr(trial_size, "LARGEST", 1000)


@pytest.fixture(scope="module")
def circuit():
    return load_circuit(RESOURCES / "circuits/neuroimmune.yaml")


def declare(**trials):
    return Cohort.model_validate({
        "title": "t", "species": "human", "samples": {"table": "s"}, "trials": trials,
        "clinical": {
            "table": "t",
            "pain": {"nrs": {"column": "p", "instrument": "NRS", "direction": "higher_worse"}},
            "endpoints": {"pfs": {"time": "t", "status": "s", "event": 1, "censored": 0,
                                  "unit": "months"}},
            "response": {"icb": {"column": "r", "levels": ["PD", "PR"], "responders": ["PR"]},
                         "grades": {"column": "g", "levels": ["PD", "SD", "PR"]}},
            "covariates": {"hpv": {"column": "h", "kind": "categorical",
                                   "levels": ["negative", "positive"]},
                           "age": {"column": "a", "kind": "continuous"}},
        },
    })  # fmt: skip


@pytest.fixture(scope="module")
def joined(circuit):
    """Return 60 patients: cgrp is above 0.5 in 24 of the 54 who have it."""
    # The clinic has a generator of its own: a further node does not change it.
    scores, rng = np.random.default_rng(3), np.random.default_rng(4)
    n = 60
    frame = pd.DataFrame({name: scores.normal(size=n) for name in circuit.everything()})
    frame["cgrp"] = [*np.linspace(0.6, 2, 24), *np.linspace(-2, 0.4, 30), *[np.nan] * 6]
    time = rng.exponential(10, n)
    return frame.assign(
        patient=[f"SECRET{i}" for i in range(n)], circuit_index=rng.normal(size=n),
        call=["active", "inactive", "uncertain"] * 20, pain_nrs_0_10=rng.integers(0, 11, n) * 1.0,
        pfs_time_months=np.minimum(time, 20), pfs_event=1.0 * (time < 20),
        response_icb=1.0 * (rng.random(n) < 0.3), hpv=["negative", "positive"] * 30,
    )  # fmt: skip


def nodes_of(circuit, lacking=()):
    status = ["not measurable" if name in lacking else "measured" for name in circuit.everything()]
    return pd.DataFrame({"node": list(circuit.everything()), "status": status, "control": False})


def assess(joined, circuit, cohort, settings=None, lacking=()):
    found = assess_actionability(
        joined, nodes_of(circuit, lacking), cohort, circuit, settings or Clinical(), 1
    )
    AGENTS.conform(found.agents)
    TRIALS.conform(found.trials)
    return found.agents, found.trials.set_index("trial")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"where": []}, "at least 1"),
        ({"where": [{"score": "cgrp"}]}, "needs `above` or `below`"),
        ({"where": [{"score": "cgrp", "levels": ["a"]}]}, "needs `above` or `below`"),
        ({"where": [{"covariate": "hpv", "above": 1}]}, "a covariate `levels`"),
        ({"where": [{"above": 1}]}, "either `score` or `covariate`"),
        ({"where": [{"score": "cgrp", "above": 1, "below": 0}]}, "no value is above"),
        ({"odds_ratio": 2}, "give one of"),
        ({"hazard_ratio": None}, "give one of"),
        ({"hazard_ratio": 1.2}, "less than 1"),
    ],
)
def test_a_rule_that_says_nothing_is_refused(change, message):
    with pytest.raises(ValidationError, match=message):
        Trial.model_validate(PFS | change)


def test_every_unknown_name_is_listed(circuit):
    wrong = declare(
        one=PFS | {"agents_for": "nowhere", "endpoint": "response_grades"},
        two=PFS | {"endpoint": "response_icb"},
        three=PFS | {"where": [{"score": "stage", "above": 1},
                               {"covariate": "site", "levels": ["x"]},
                               {"covariate": "hpv", "levels": ["neg"]}]},
    )  # fmt: skip
    found = {problem.where: problem for problem in trial_problems(wrong, circuit, "c.yaml")}
    assert set(found) == {
        "trials.one.agents_for", "trials.one.endpoint", "trials.two", "trials.three.where.0.score",
        "trials.three.where.1.covariate", "trials.three.where.2.levels",
    }  # fmt: skip
    assert "`odds_ratio`" in found["trials.two"].expected
    assert "pfs, response_icb, pain_nrs_0_10" in found["trials.one.endpoint"].expected
    assert not list(trial_problems(declare(a=PFS, b=RESPONSE, c=PAIN), circuit, "c.yaml"))
    bare = declare(a=PFS).model_copy(update={"clinical": None})
    assert [problem.where for problem in trial_problems(bare, circuit, "c.yaml")] == ["trials"]


def test_a_rule_is_applied_by_hand():
    joined = pd.DataFrame({
        "x": [1.0, 0.5, 0.2, np.nan, 2.0, 2.0], "code": [1.0, 1.0, 1.0, 1.0, np.nan, 2.0],
        "call": "active", "circuit_index": [0.1, 0.1, 0.1, 0.1, 0.1, np.nan],
    })  # fmt: skip
    rule = [Criterion(score="x", above=0.3), Criterion(covariate="code", levels=["1"])]
    evaluable, meeting = apply_rule(joined, rule)
    assert list(evaluable) == [True, True, True, False, False, True]
    assert list(meeting) == [True, True, False, False, False, False]
    _, between = apply_rule(joined, [Criterion(score="x", above=0.3, below=1)])
    assert list(between) == [False, True, False, False, False, False]
    # Without an index a call says nothing.
    called, _ = apply_rule(joined, [Criterion(covariate="call", levels=["active"])])
    assert list(called) == [True] * 5 + [False]
    assert rule_text(rule) == "x above 0.3; code is 1"


def test_a_trial_by_hand(joined, circuit):
    _, trials = assess(joined, circuit, declare(pfs=PFS, response=RESPONSE, pain=PAIN))
    row = trials.loc["pfs"]
    assert (row["n_evaluable"], row["n_meeting"]) == (54, 24)
    assert row["prevalence"] == pytest.approx(24 / 54)
    # R: prop.test(24, 54, correct = FALSE)$conf.int
    assert row["prevalence_low"] == pytest.approx(0.3200246417, abs=1e-9)
    assert row["prevalence_high"] == pytest.approx(0.5762435347, abs=1e-9)
    assert row["screened_per_enrolled"] == pytest.approx(54 / 24)
    assert row["screened_per_enrolled_high"] == pytest.approx(1 / row["prevalence_low"])
    assert row["n_screened"] == np.ceil(row["n_enrolled"] * 54 / 24)
    assert row["control_from"] == "those who meet the rule"
    assert "erenumab" in row["agents"]
    here = joined["cgrp"] > 0.5
    deviation = joined.loc[here, "pain_nrs_0_10"].std()
    assert f"standard deviation {deviation:.3g}" in trials.loc["pain", "control"]
    share = joined.loc[here, "response_icb"].mean()
    assert trials.loc["response", "control"] == f"{share:.0%} respond"
    assert (trials["power_reached"] >= 0.8).all()


def test_another_trial_changes_no_number(joined, circuit):
    _, alone = assess(joined, circuit, declare(pfs=PFS))
    _, among = assess(joined, circuit, declare(a=PAIN, pfs=PFS))
    pd.testing.assert_series_equal(alone.loc["pfs"], among.loc["pfs"], check_dtype=False)


def test_few_patients_take_the_control_arm_of_the_cohort(joined, circuit):
    rare = PFS | {"where": [{"score": "cgrp", "above": 1.5}]}
    _, trials = assess(joined, circuit, declare(rare=rare))
    row = trials.loc["rare"]
    assert row["control_from"] == "the whole cohort"
    assert row["control_n"] == 60
    assert "too few patients or events" in row["note"]


def test_pain_in_the_rule_does_not_cut_its_spread_short(joined, circuit):
    severe = {"score": "pain_nrs_0_10", "above": 4}
    _, trials = assess(joined, circuit, declare(
        any=PAIN, severe=PAIN | {"where": [*PAIN["where"], severe]},
        alone=PAIN | {"where": [severe]},
    ))  # fmt: skip
    assert trials.loc["severe", "n_meeting"] < trials.loc["any", "n_meeting"]
    assert trials.loc["severe", "control"] == trials.loc["any", "control"]
    assert trials.loc["severe", "control_from"] == "those who meet it but for pain"
    deviation = joined["pain_nrs_0_10"].std()
    assert f"deviation {deviation:.3g} " in trials.loc["alone", "control"]


def test_a_circuit_of_other_nodes_has_no_agent(joined, circuit):
    other = circuit.model_copy(update={"nodes": {"m1": circuit.nodes["m1"]}})
    agents, trials = assess(joined, other, declare())
    assert agents.empty
    assert trials.empty


def test_what_cannot_be_sized_has_a_reason(joined, circuit):
    nobody = PFS | {"where": [{"score": "cgrp", "above": 9}]}
    tiny = PFS | {"hazard_ratio": 0.97}
    no_agent = PFS | {"agents_for": "polarity", "where": [{"score": "polarity", "above": 0}]}
    gone = joined.assign(cgrp=np.nan)
    _, trials = assess(joined, circuit, declare(nobody=nobody, tiny=tiny, no_agent=no_agent))
    assert trials.loc["nobody", "note"].startswith("no patient meets the rule")
    assert trials.loc["nobody", "screened_per_enrolled_low"] == pytest.approx(
        1 / trials.loc["nobody", "prevalence_high"]
    )
    assert pd.isna(trials.loc["nobody", "n_screened"])
    assert "1,000 patients do not reach the power" in trials.loc["tiny", "note"]
    assert "no agent against the circuit" in trials.loc["no_agent", "note"]
    agents, trials = assess(gone, circuit, declare(pfs=PFS), lacking=["cgrp"])
    assert "no patient has all that the rule asks for" in trials.loc["pfs", "note"]
    assert not agents.loc[agents["node"] == "cgrp", "measured"].any()
    eight = joined.head(5)
    _, trials = assess(eight, circuit, declare(pfs=PFS, pain=PAIN, response=RESPONSE))
    assert trials["note"].str.contains("no control arm").all()


def test_without_a_trial_there_is_an_example_for_each_druggable_node(joined, circuit):
    agents, trials = assess(joined, circuit, declare())
    assert list(trials["node"]) == ["atf4_activity", "slit2", "nociceptor", "cgrp", "effector_t"]
    assert trials.loc["example_effector_t", "rule"] == (
        "effector_t below 0; call is active or uncertain"
    )
    assert trials["note"].str.contains("an example").all()
    # Blocking CCR5 would work with the circuit: listed, with no trial.
    ccr5 = agents[agents["target_genes"] == "CCR5"]
    assert set(ccr5["effect"]) == {"with"}
    assert ccr5["n_meeting"].isna().all()
    assert (agents.loc[agents["node"] == "cgrp", "rules"] == "example_cgrp").all()
    bare = declare()
    clinical = bare.clinical.model_copy(update={"endpoints": {}, "response": {}, "pain": {}})
    _, none = assess(joined, circuit, bare.model_copy(update={"clinical": clinical}))
    assert none.empty


def test_small_counts_are_suppressed_with_what_gives_them_away(joined, circuit):
    few = PFS | {"where": [{"score": "cgrp", "above": 1.8}]}
    most = PFS | {"where": [{"score": "cgrp", "above": -1.9}]}
    cohort = declare(few=few, most=most, some=PFS)
    open_agents, shown = assess(joined, circuit, cohort)
    assert shown.loc["few", "n_meeting"] == 4
    assert shown.loc["most", "n_evaluable"] - shown.loc["most", "n_meeting"] == 2
    agents, trials = assess(joined, circuit, cohort, Clinical(suppress_below=5))
    derived = ["n_meeting", *(name for name in trials if name.startswith(("prev", "screened")))]
    for name in ("few", "most"):
        assert trials.loc[name, [*derived, "n_screened"]].isna().all()
        assert "small counts are suppressed" in trials.loc[name, "note"]
        assert trials.loc[name, "control_from"] == "the whole cohort"
    assert shown.loc["most", "control_n"] == 52
    assert trials.loc["some", "n_meeting"] == 24
    cgrp = agents["node"] == "cgrp"
    assert open_agents.loc[cgrp, "n_meeting"].notna().all()
    # Those who meet any of the three are all but two.
    assert agents.loc[cgrp, "n_meeting"].isna().all()


def test_no_control_arm_gives_a_small_count_away(joined, circuit):
    responders = joined.assign(response_icb=[1.0] * 3 + [0.0] * 57)
    _, trials = assess(responders, circuit, declare(a=RESPONSE), Clinical(suppress_below=5))
    assert pd.isna(trials.loc["a", "control"])
    assert "no control arm" in trials.loc["a", "note"]
    _, trials = assess(responders, circuit, declare(a=RESPONSE))
    assert trials.loc["a", "control_n"] == 24


def test_no_patient_is_named(joined, circuit):
    agents, trials = assess(joined, circuit, declare(pfs=PFS, pain=PAIN))
    text = agents.to_csv() + trials.to_csv()
    assert "SECRET" not in text


def test_the_agents_have_sources_genes_and_nodes():
    agents = read_agents()
    symbols = pd.read_csv(RESOURCES / "genes/human.tsv.gz", sep="\t")["symbol"]
    assert agents["target_genes"].str.split(";").explode().isin(symbols).all()
    nodes = set()
    for name in CIRCUITS:
        nodes |= set(load_circuit(RESOURCES / f"circuits/{name}.yaml").nodes)
    assert set(agents["node"]) <= nodes
    assert set(agents["effect"]) == {"against", "with"}
    assert not agents.duplicated(["agent", "node"]).any()
    assert (agents[["class", "status", "source", "confidence"]] != "").all(axis=None)
    assert agents["confidence"].str.match(r"text read( \(.+ recalled\))?$|recalled$").all()
    approved = agents["status"].str.fullmatch(r"approved( \(China\))?")
    assert agents.loc[approved, "year"].notna().all()
    assert agents.loc[~approved, "year"].isna().all()


def test_the_other_circuit_has_its_own_agents(joined):
    melanoma = load_circuit(RESOURCES / "circuits/melanoma_cgrp.yaml")
    frame = joined.assign(ramp1=joined["m1"], exhaustion=joined["m2"])
    agents, trials = assess(frame, melanoma, declare())
    assert set(agents.loc[agents["node"] == "exhaustion", "agent"]) == {
        "pembrolizumab",
        "nivolumab",
    }
    assert "rimegepant" in set(agents.loc[agents["node"] == "ramp1", "agent"])
    assert "example_ramp1" in trials.index
