"""Edges: planted ones are found with their models, and every reason against one is said."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from innervate.circuit.edges import RandomScores, assess_edges
from innervate.circuit.effects import Model, Target
from innervate.config.settings import EdgeTests
from innervate.statistics.association_models import spearman

FEW = EdgeTests(bootstrap=400, permutations=499)


def nothing(name, who):
    return None


def run(patients, circuit, background=nothing, settings=FEW):
    return assess_edges(patients, circuit, background, settings, seed=1)


@pytest.fixture(scope="module")
def tested(drawn, chain_circuit):
    return run(drawn(), chain_circuit).edges


def test_planted_edges_are_supported_by_the_model_that_their_end_needs(tested):
    assert tested["estimate_type"].tolist() == [
        "partial_spearman", "partial_spearman", "partial_spearman",
        "log_hazard_ratio_per_sd", "log_odds_ratio_per_sd",
    ]  # fmt: skip
    assert set(tested["status"]) == {"supported"}
    assert (tested["estimate"] * tested["expected_sign"] > 0).all()
    assert tested["consistent"].all()
    assert (tested["ci_low"] < tested["estimate"]).all()
    assert (tested["estimate"] < tested["ci_high"]).all()
    assert tested.loc[0, "fdr"] >= tested.loc[0, "pvalue"]


def test_a_correlation_is_the_partial_spearman_of_the_clinical_models(drawn, chain_circuit, tested):
    patients = drawn()
    batch = patients.origin[patients.origin["node"] == "a"].set_index("patient")["batch"]
    covariates = pd.get_dummies(batch, drop_first=True).astype(float)
    covariates["purity"] = patients.values["purity"]
    row = spearman(patients.values["a"], patients.values["b"], covariates)
    assert tested.loc[0, "estimate"] == pytest.approx(row["estimate"])
    assert tested.loc[0, "pvalue"] == pytest.approx(row["pvalue"], abs=0.02)
    assert tested.loc[0, "ci_low"] == pytest.approx(row["ci_low"], abs=0.06)


def test_scrambled_signs_are_contradicted(drawn, chain_circuit):
    turned = [edge.model_copy(update={"sign": -edge.sign}) for edge in chain_circuit.edges]
    edges = run(drawn(), chain_circuit.model_copy(update={"edges": turned, "paths": []})).edges
    assert set(edges["status"]) == {"contradicted"}


@pytest.mark.parametrize(("asked", "status"), [(True, "inconclusive"), (False, "supported")])
def test_an_interval_that_holds_zero_is_no_support_where_the_rule_asks(
    drawn, chain_circuit, monkeypatch, asked, status
):
    sure = Model.effect
    monkeypatch.setattr(Model, "effect", lambda *args: replace(sure(*args), low=-9.0, high=9.0))
    evidence = chain_circuit.evidence
    rule = evidence.supported.model_copy(update={"interval_excludes_zero": asked})
    evidence = evidence.model_copy(update={"supported": rule})
    edges = run(drawn(), chain_circuit.model_copy(update={"evidence": evidence})).edges
    assert set(edges["status"]) == {status}


def test_shuffled_patients_support_nothing(drawn, chain_circuit):
    patients = drawn()
    generator = np.random.default_rng(0)
    values = patients.values.apply(generator.permutation)
    clinical = patients.clinical.iloc[generator.permutation(120)].set_index(values.index)
    edges = run(replace(patients, values=values, clinical=clinical), chain_circuit).edges
    assert set(edges["status"]) == {"inconclusive"}


def test_a_confounder_makes_no_edge(drawn, chain_circuit):
    planted = chain_circuit.model_copy(update={"edges": [], "paths": []})
    patients = drawn(planted=planted, confounding=0.9, effect=0.0)
    naive = chain_circuit.evidence.model_copy(update={"composition": []})
    spec = patients.spec.model_copy(update={"adjust_for": []})
    unaware = replace(patients, spec=spec, origin=patients.origin.assign(batch=""))
    blind = run(unaware, chain_circuit.model_copy(update={"evidence": naive})).edges
    assert blind.loc[0, "status"] == "supported", "the confounder is strong enough to mislead"
    assert run(patients, chain_circuit).edges.loc[0, "status"] == "inconclusive"


def test_a_control_that_explains_an_edge_is_named(drawn, chain_circuit):
    patients = drawn()
    nodes = patients.nodes.copy()
    nodes.loc["hypoxia", "status"] = "measured"
    generator = np.random.default_rng(1)
    values = patients.values.copy()
    values["hypoxia"] = values["a"] + 0.05 * generator.normal(size=120)
    tested = run(replace(patients, values=values, nodes=nodes), chain_circuit)
    first = tested.controls[tested.controls["source"] == "a"].iloc[0]
    assert first["share_left"] < 0.5
    assert tested.edges.loc[0, "explained_by"] == "hypoxia"
    assert tested.edges.loc[0, "status"] == "inconclusive"
    values["hypoxia"] = generator.normal(size=120)
    harmless = run(replace(patients, values=values, nodes=nodes), chain_circuit)
    assert harmless.edges.loc[0, "status"] == "supported"
    assert harmless.controls.iloc[0]["share_left"] == pytest.approx(1, abs=0.1)


def test_specificity_is_the_share_of_random_sets_that_are_exceeded(drawn, chain_circuit):
    patients = drawn()
    generator = np.random.default_rng(2)

    def background(name, who):
        own = patients.values.loc[who, name].to_numpy()
        random = generator.normal(size=(200, len(who)))
        if name == "b":
            # Half of the random sets say the same as the node: it is not specific.
            random[:100] = own + 0.01 * random[:100]
        return RandomScores(who, own, random)

    edges = run(patients, chain_circuit, background).edges
    assert edges.loc[0, "specificity"] < 0.95
    assert edges.loc[0, "status"] == "inconclusive"
    assert edges.loc[2, "specificity"] > 0.99
    assert edges.loc[2, "status"] == "supported"


def test_reasons_are_said(drawn, chain_circuit):
    patients = drawn(patients=40)
    nodes = patients.nodes.copy()
    nodes.loc["b", ["status", "reason"]] = ["not measurable", "3 of 20 genes"]
    values = patients.values.copy()
    values.iloc[8:, values.columns.get_loc("a")] = np.nan
    values["c"] = 1.0
    edges = run(replace(patients, nodes=nodes, values=values), chain_circuit).edges
    assert set(edges["status"]) == {"not measurable"}
    assert edges["note"].tolist() == [
        "b: 3 of 20 genes", "b: 3 of 20 genes", "the source does not vary",
        "the source does not vary", "8 patients have both ends, 10 needed",
    ]  # fmt: skip
    assert edges["fdr"].isna().all()
    lacking = run(replace(drawn(), clinical=None, spec=None), chain_circuit).edges
    assert lacking["note"].tolist()[2:] == [
        f"{name}: the cohort declares none" for name in ("pain", "survival", "response")
    ]


def test_covariates_are_left_out_where_patients_are_few(drawn, chain_circuit):
    row = run(drawn(patients=12), chain_circuit).edges.iloc[0]
    # The cohort's own covariate is the purity that the circuit asks for, too.
    assert row["covariates"] == "purity_share"
    assert (row["covariates_dropped"], row["unadjusted_for"]) == ("batch of a", "")
    assert "batch of a left out: 12 patients or events allow no more covariates" in row["note"]


def test_equal_seeds_give_equal_numbers(drawn, chain_circuit, tested):
    pd.testing.assert_frame_equal(run(drawn(), chain_circuit).edges, tested)


def test_grades_are_a_proportional_odds_model():
    generator = np.random.default_rng(3)
    source = pd.Series(generator.normal(size=300))
    grades = pd.Series(np.digitize(source + generator.logistic(size=300), [-1, 0.5]) * 1.0)
    model = Model(Target("ordinal", grades), pd.DataFrame(index=source.index))
    effect = model.effect(source, 400, 499, seed=1)
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    fit = OrderedModel(grades.astype(int), source / source.std(), distr="logit")
    expected = fit.fit(method="newton", disp=0)
    assert effect.estimate == pytest.approx(expected.params.iloc[0], abs=1e-4)
    assert effect.se == pytest.approx(expected.bse.iloc[0], rel=0.15)
    assert effect.pvalue == pytest.approx(1 / 500)


def test_permutation_of_the_score_agrees_with_the_likelihood():
    generator = np.random.default_rng(4)
    covariate = generator.normal(size=150)
    source = pd.Series(covariate + generator.normal(size=150))
    answer = pd.Series((covariate + 0.3 * source + generator.logistic(size=150) > 0) * 1.0)
    model = Model(Target("binary", answer), pd.DataFrame({"x": covariate}))
    fits = [
        sm.Logit(answer, sm.add_constant(columns)).fit(disp=0)
        for columns in (pd.DataFrame({"x": covariate}), pd.DataFrame({"x": covariate, "s": source}))
    ]
    expected = stats.chi2.sf(2 * (fits[1].llf - fits[0].llf), 1)
    assert model.effect(source, 200, 9999, seed=1).pvalue == pytest.approx(expected, abs=0.03)
