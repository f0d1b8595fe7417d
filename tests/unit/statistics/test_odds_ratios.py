"""Response to treatment: against statsmodels, Firth against its own definition, coverage."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import optimize, stats
from statsmodels.miscmodels.ordinal_model import OrderedModel

from innervate.statistics.odds_ratios import FIRTH, firth, response


def drawn(count=80, slope=0.8, seed=0):
    generator = np.random.default_rng(seed)
    covariates = pd.DataFrame({"age": generator.normal(60, 8, count)})
    score = pd.Series(3 + 2 * generator.normal(size=count))
    linear = slope * (score - 3) / 2 + 0.05 * (covariates["age"] - 60)
    return score, linear + generator.logistic(size=count), covariates


def test_a_yes_or_no_is_a_logistic_regression():
    score, liability, covariates = drawn()
    answer = (liability > 0).astype(float)
    row = response(score, answer, covariates)
    z = ((score - score.mean()) / score.std()).rename("score")
    fit = sm.Logit(answer, sm.add_constant(pd.concat([z, covariates], axis=1))).fit(disp=0)
    assert row["estimate"] == pytest.approx(np.exp(fit.params["score"]), rel=1e-6)
    assert row["ci_high"] == pytest.approx(np.exp(fit.conf_int().loc["score", 1]), rel=1e-6)
    assert row["pvalue"] == pytest.approx(fit.pvalues["score"], rel=1e-6)
    assert row["note"] == ""


def test_grades_are_a_proportional_odds_regression():
    score, liability, covariates = drawn(200)
    grades = pd.Series(np.digitize(liability, [-1, 0, 1.5]) * 1.0)
    row = response(score, grades, covariates)
    z = ((score - score.mean()) / score.std()).rename("score")
    model = OrderedModel(grades.astype(int), pd.concat([z, covariates], axis=1), distr="logit")
    fit = model.fit(method="bfgs", disp=0, maxiter=2000, gtol=1e-8)
    assert row["estimate"] == pytest.approx(np.exp(fit.params["score"]), rel=1e-4)


def test_separated_responders_get_firths_estimate_by_its_definition():
    score = pd.Series(np.arange(20.0))
    answer = (score > 12).astype(float)
    row = response(score, answer, pd.DataFrame(index=score.index))
    columns = np.column_stack([np.ones(20), (score - score.mean()) / score.std()])

    def penalized(beta):
        mean = 1 / (1 + np.exp(-columns @ beta))
        information = (columns * (mean * (1 - mean))[:, None]).T @ columns
        likelihood = (answer * (columns @ beta) - np.logaddexp(0, columns @ beta)).sum()
        return likelihood + np.log(np.linalg.det(information)) / 2

    best = optimize.minimize(lambda b: -penalized(b), [0, 1], method="Nelder-Mead",
                             options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 4000})  # fmt: skip
    assert row["note"] == FIRTH
    assert np.log(row["estimate"]) == pytest.approx(best.x[1], abs=1e-4)
    nothing = optimize.minimize_scalar(lambda b: -penalized([b, 0.0]))
    expected = stats.chi2.sf(2 * (nothing.fun - best.fun), 1)
    assert row["pvalue"] == pytest.approx(expected, rel=1e-4)
    profile = firth(columns, answer.to_numpy(), held=np.log(row["ci_low"]))[1]
    assert -best.fun - profile == pytest.approx(stats.chi2.ppf(0.95, 1) / 2, abs=1e-6)
    assert row["ci_low"] > 1


def test_the_interval_covers_the_planted_odds_ratio():
    truth, held, pvalues = 0.8, [], []
    for seed in range(200):
        score, liability, covariates = drawn(120, truth, seed)
        row = response(score, (liability > 0).astype(float), covariates)
        # Per standard deviation of these patients' scores.
        mine = np.exp(truth * score.std() / 2)
        held.append(row["ci_low"] <= mine <= row["ci_high"])
        score, liability, covariates = drawn(120, 0.0, 1000 + seed)
        pvalues.append(response(score, (liability > 0).astype(float), covariates)["pvalue"])
    error = np.sqrt(0.05 * 0.95 / 200)
    assert abs(np.mean(held) - 0.95) < 3 * error
    assert abs(np.mean(np.array(pvalues) < 0.05) - 0.05) < 3 * error


def test_a_score_that_the_covariates_determine_is_refused():
    _, liability, covariates = drawn()
    with pytest.raises(ValueError, match="determine the score"):
        response(2 * covariates["age"], (liability > 0).astype(float), covariates)
