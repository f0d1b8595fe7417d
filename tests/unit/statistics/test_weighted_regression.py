"""Batched regressions against statsmodels, and against patients that are really repeated."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from statsmodels.miscmodels.ordinal_model import OrderedModel

from innervate.statistics.resampling import bootstrap_weights
from innervate.statistics.weighted_regression import (
    fit_cox,
    fit_logistic,
    fit_proportional_odds,
    null_residual,
)

COUNT = 120
GOLDEN = pd.read_csv(Path(__file__).parents[2] / "golden/weighted_cox.tsv", sep="\t")


def made_up():
    generator = np.random.default_rng(0)
    design = generator.normal(size=(COUNT, 3))
    linear = design @ [0.8, -0.4, 0.0]
    return {
        "design": design,
        "answer": (generator.random(COUNT) < 1 / (1 + np.exp(-linear))).astype(float),
        "grades": np.digitize(linear + generator.logistic(size=COUNT), [-1, 0, 2.5]),
        "time": np.ceil(generator.exponential(np.exp(-linear)) * 6),
        "event": (generator.random(COUNT) < 0.7).astype(float),
    }


@pytest.fixture(scope="module")
def data():
    return made_up()


FITS = {
    "logistic": (fit_logistic, ["answer"]),
    "ordinal": (fit_proportional_odds, ["grades"]),
    "cox": (fit_cox, ["time", "event"]),
}


def expected(kind, design, outcome):
    if kind == "logistic":
        return sm.Logit(outcome[0], sm.add_constant(design)).fit(disp=0).params[1:]
    if kind == "ordinal":
        return (
            OrderedModel(outcome[0], design, distr="logit").fit(method="newton", disp=0).params[:3]
        )
    return sm.PHReg(outcome[0], design, status=outcome[1], ties="efron").fit().params


@pytest.mark.parametrize("kind", FITS)
def test_equals_statsmodels(data, kind):
    fit, names = FITS[kind]
    outcome = [data[name] for name in names]
    found = fit(data["design"], *outcome, np.ones((1, COUNT)))[0]
    assert found == pytest.approx(expected(kind, data["design"], outcome), abs=1e-5)


@pytest.mark.parametrize("kind", ["logistic", "ordinal"])
def test_weights_are_repeated_patients(data, kind):
    fit, names = FITS[kind]
    weights = bootstrap_weights(COUNT, 3, seed=1)
    found = fit(data["design"], *(data[name] for name in names), weights)
    for coefficients, weight in zip(found, weights, strict=True):
        rows = np.repeat(np.arange(COUNT), weight.astype(int))
        again = fit(
            data["design"][rows], *(data[name][rows] for name in names), np.ones((1, COUNT))
        )
        assert coefficients == pytest.approx(again[0], abs=1e-7)


def test_weighted_cox_equals_r(data):
    """Some 20 events a time in places; weights as a bootstrap draws them, zeros among them."""
    weights = bootstrap_weights(COUNT, 3, seed=1)
    found = fit_cox(data["design"], data["time"], data["event"], weights)
    expected = GOLDEN[GOLDEN["what"].str.startswith("weight")]["value"].to_numpy().reshape(3, 3)
    assert found == pytest.approx(expected, abs=1e-6)


def test_martingale_residuals_equal_r(data):
    outcome = (data["time"], data["event"])
    found = null_residual("survival", outcome, data["design"][:, 1:])
    expected = GOLDEN.loc[GOLDEN["what"] == "martingale", "value"]
    assert found == pytest.approx(expected.to_numpy(), abs=1e-6)


def test_two_tied_deaths_of_three():
    """By hand: increments 1/3 and 1/2; a death takes half of the second, the survivor both."""
    time, event = np.array([1.0, 1.0, 2.0]), np.array([1.0, 1.0, 0.0])
    left = null_residual("survival", (time, event), np.zeros((3, 0)))
    assert left == pytest.approx([1 - 1 / 3 - 1 / 4, 1 - 1 / 3 - 1 / 4, -1 / 3 - 1 / 2])


def test_a_draw_that_lacks_a_grade_is_fitted_without_it(data):
    grades, design = data["grades"], data["design"]
    weights = np.where(grades == 1, 0.0, 1.0)[None, :]
    rows = grades != 1
    found = fit_proportional_odds(design, grades, weights)
    again = fit_proportional_odds(design[rows], grades[rows], np.ones((1, rows.sum())))
    assert found[0] == pytest.approx(again[0], abs=1e-7)
    top = np.where(grades == 3, 1.0, 0.0)[None, :]
    assert np.isnan(fit_proportional_odds(design, grades, top)).all()


def test_two_grades_are_a_logistic_regression(data):
    ones = np.ones((1, COUNT))
    both = [
        fit(data["design"], data["answer"].astype(int), ones)
        for fit in (fit_proportional_odds, fit_logistic)
    ]
    assert both[0] == pytest.approx(both[1], abs=1e-6)


def test_separated_outcomes_have_no_estimate():
    x = np.linspace(-1, 1, 20)[:, None]
    ones = np.ones((1, 20))
    assert np.isnan(fit_logistic(x, (x[:, 0] > 0).astype(float), ones)).all()
    assert np.isnan(fit_cox(x, 1.0 - x[:, 0], np.ones(20), ones)).all()
    assert np.isnan(fit_cox(x, np.arange(20.0), np.zeros(20), ones)).all()


@pytest.mark.parametrize("kind", FITS)
def test_units_and_origin_of_a_column_do_not_matter(data, kind):
    fit, names = FITS[kind]
    outcome, ones = [data[name] for name in names], np.ones((1, COUNT))
    plain = fit(data["design"], *outcome, ones)
    scale = np.array([3.0, 1e-4, 1e4])
    moved = fit(data["design"] * scale + [2015, 0, 0], *outcome, ones)
    assert moved * scale == pytest.approx(plain, abs=1e-7)


def rare(data, kind):
    """A marker of ten patients, and outcomes that it separates."""
    marker = np.arange(COUNT) < 10
    if kind == "cox":
        return marker, [data["time"], np.where(marker, 0.0, data["event"])]
    highest = {"logistic": 1.0, "ordinal": 3}[kind]
    return marker, [np.where(marker, highest, data[FITS[kind][1][0]])]


@pytest.mark.parametrize("kind", FITS)
def test_a_marker_that_separates_has_no_estimate_and_leaves_the_others_theirs(data, kind):
    marker, outcome = rare(data, kind)
    design = np.column_stack([data["design"][:, 0], marker])
    found = FITS[kind][0](design, *outcome, np.ones((1, COUNT)))[0]
    assert np.isnan(found[1])
    # In the limit the separated patients are certain, so that they say nothing of other columns.
    others = [values[~marker] for values in outcome]
    alone = FITS[kind][0](design[~marker, :1], *others, np.ones((1, COUNT - 10)))[0]
    assert found[0] == pytest.approx(alone[0], abs=1e-6)
    residual = null_residual(
        {"logistic": "binary", "ordinal": "ordinal", "cox": "survival"}[kind],
        tuple(outcome) if kind == "cox" else outcome[0],
        marker[:, None].astype(float),
    )
    assert np.abs(residual[marker]).max() < 1e-4


@pytest.mark.parametrize("kind", FITS)
def test_a_column_that_a_draw_makes_constant_has_no_estimate(data, kind):
    fit, names = FITS[kind]
    marker = np.arange(COUNT) < 10
    design = np.column_stack([data["design"][:, 0], marker])
    outcome = [data[name] for name in names]
    found = fit(design, *outcome, np.where(marker, 0.0, 1.0)[None, :])[0]
    alone = fit(design[~marker, :1], *(o[~marker] for o in outcome), np.ones((1, COUNT - 10)))[0]
    assert found[0] == pytest.approx(alone[0], abs=1e-7)
    assert np.isnan(found[1])


def test_null_residuals_are_orthogonal_to_the_covariates_and_know_the_direction(data):
    covariates = data["design"][:, 1:]
    survival = np.column_stack([data["time"], data["event"]])
    outcomes = {"binary": data["answer"], "ordinal": data["grades"], "survival": survival}
    for kind, outcome in outcomes.items():
        left = null_residual(kind, outcome, covariates)
        assert np.abs(covariates.T @ left).max() < 1e-6, kind
        assert left.sum() == pytest.approx(0, abs=1e-6)
        assert data["design"][:, 0] @ left > 5, kind
        assert null_residual(kind, outcome, covariates[:, :0]).sum() == pytest.approx(0, abs=1e-6)
    fit = sm.Logit(data["answer"], sm.add_constant(covariates)).fit(disp=0)
    assert null_residual("binary", data["answer"], covariates) == pytest.approx(
        fit.resid_response, abs=1e-6
    )
