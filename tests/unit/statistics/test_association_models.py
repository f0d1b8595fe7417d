"""Associations: hand values, R's survival, uniform p under the null, planted effects."""

import subprocess

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from innervate.statistics.association_models import cox, spearman

NONE = pd.DataFrame(index=range(228))


def test_spearman_equals_scipy_and_bonett_wright_by_hand():
    generator = np.random.default_rng(1)
    score, pain = pd.Series(generator.normal(size=40)), pd.Series(generator.integers(0, 11, 40))
    row = spearman(score, pain, pd.DataFrame(index=score.index))
    expected = stats.spearmanr(score, pain)
    assert row["estimate"] == pytest.approx(expected.statistic)
    assert row["pvalue"] == pytest.approx(expected.pvalue)
    rho = expected.statistic
    error = np.sqrt((1 + rho**2 / 2) / (40 - 3))
    assert row["ci_low"] == pytest.approx(np.tanh(np.arctanh(rho) - 1.959964 * error), abs=1e-6)


def test_partial_spearman_equals_the_formula_for_one_covariate():
    generator = np.random.default_rng(2)
    third = generator.normal(size=60)
    score, pain = third + generator.normal(size=60), third + generator.normal(size=60)
    covariates = pd.DataFrame({"third": third})
    row = spearman(pd.Series(score), pd.Series(pain), covariates)
    ab, ac, bc = (
        stats.spearmanr(*pair).statistic for pair in ((score, pain), (score, third), (pain, third))
    )
    expected = (ab - ac * bc) / np.sqrt((1 - ac**2) * (1 - bc**2))
    assert row["estimate"] == pytest.approx(expected)
    t = expected * np.sqrt(57 / (1 - expected**2))
    assert row["pvalue"] == pytest.approx(2 * stats.t.sf(abs(t), 57))
    assert abs(row["estimate"]) < stats.spearmanr(score, pain).statistic


@pytest.fixture(scope="module")
def lung():
    from lifelines.datasets import load_lung

    frame = load_lung().dropna(subset=["age", "sex", "meal.cal"]).reset_index(drop=True)
    return pd.DataFrame(
        {
            "time": frame["time"],
            "event": frame["status"],
            "score": frame["meal.cal"],
            "age": frame["age"],
            "sex": frame["sex"],
        }
    )


def test_cox_agrees_with_r_survival(lung, rscript, repo, tmp_path):
    lung = lung.assign(score=(lung["score"] - lung["score"].mean()) / lung["score"].std())
    lung.to_csv(tmp_path / "data.tsv", sep="\t", index=False)
    script = repo / "tests/golden/survival.R"
    subprocess.run([rscript, script, tmp_path / "data.tsv", tmp_path / "out.tsv"], check=True)
    oracle = pd.read_csv(tmp_path / "out.tsv", sep="\t").set_index("model")
    for model, covariates in {"plain": [], "adjusted": ["age", "sex"]}.items():
        row = cox(lung["score"], lung["time"], lung["event"], lung[covariates])
        assert np.log(row["estimate"]) == pytest.approx(oracle.loc[model, "coef"], rel=1e-4)
        assert row["pvalue"] == pytest.approx(oracle.loc[model, "p"], rel=1e-3)
        print(model, np.log(row["estimate"]), oracle.loc[model, "coef"])


@pytest.mark.parametrize("adjusted", [False, True])
def test_p_values_are_uniform_without_an_effect(adjusted):
    generator = np.random.default_rng(3)
    pvalues = []
    for _ in range(400):
        third = generator.normal(size=30)
        score = third * adjusted + generator.normal(size=30)
        pain = np.rint(third * adjusted + generator.normal(size=30))
        covariates = pd.DataFrame({"third": third} if adjusted else {}, index=range(30))
        pvalues.append(spearman(pd.Series(score), pd.Series(pain), covariates)["pvalue"])
    assert stats.kstest(pvalues, "uniform").pvalue > 0.01
    assert np.mean(np.array(pvalues) < 0.05) == pytest.approx(0.05, abs=0.033)


def test_planted_hazard_is_recovered_with_coverage():
    generator = np.random.default_rng(4)
    covered, estimates = 0, []
    for _ in range(100):
        score = pd.Series(generator.normal(size=120))
        time = pd.Series(generator.exponential(np.exp(-0.5 * score)))
        follow_up = generator.exponential(2.0, 120)
        event = (time <= follow_up).astype(float)
        row = cox(score, np.minimum(time, follow_up), event, pd.DataFrame(index=score.index))
        estimates.append(np.log(row["estimate"]) / score.std())
        covered += row["ci_low"] < np.exp(0.5 * score.std()) < row["ci_high"]
    print(f"planted 0.50, mean estimate {np.mean(estimates):.3f}, coverage {covered} %")
    assert np.mean(estimates) == pytest.approx(0.5, abs=0.05)
    assert 89 <= covered <= 100


def test_separation_is_said():
    score = pd.Series([0.0] * 10 + [1.0] * 10)
    event = score.copy()
    with pytest.raises(ValueError, match="does not converge"):
        cox(score, pd.Series(np.linspace(20, 1, 20)), event, pd.DataFrame(index=score.index))
