"""Sizes of trials: tests against lifelines and SciPy, sizes against formulas, fits against R."""

import subprocess

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from innervate.trials.trial_size import (
    LARGEST,
    TRIALS,
    Survival,
    arms,
    difference_trials,
    fit_survival,
    fourfold_pvalues,
    logrank,
    response_trials,
    smallest_size,
    survival_trials,
)

ERRORS = 3
"""Monte-Carlo standard errors by which a simulated power may be off."""


def within(found, expected):
    return abs(found - expected) < ERRORS * np.sqrt(expected * (1 - expected) / TRIALS)


def generator(number=0):
    return np.random.default_rng([20251024, number])


def event_share(control, hazard_ratio, accrual, follow_up):
    """Share of patients with the event, by numerical integration over entry and arm."""
    watched = np.linspace(follow_up, accrual + follow_up, 20_001)
    hazard = (watched / control.scale) ** control.shape
    return np.mean([1 - np.exp(-hazard).mean(), 1 - np.exp(-hazard_ratio * hazard).mean()])


def schoenfeld(control, hazard_ratio, accrual, follow_up, power=0.8, alpha=0.05):
    """Patients of a trial with equal arms, doi:10.1093/biomet/68.1.316."""
    z = stats.norm.isf(alpha / 2) + stats.norm.ppf(power)
    events = 4 * z**2 / np.log(hazard_ratio) ** 2
    return events / event_share(control, hazard_ratio, accrual, follow_up)


def test_the_logrank_statistic_is_that_of_lifelines():
    from lifelines.statistics import logrank_test

    rng = generator()
    time, event = rng.exponential(size=(25, 60)), rng.random((25, 60)) < 0.7
    treated = arms(60, 0.4)
    for row, found in enumerate(logrank(time, event, treated)):
        theirs = logrank_test(
            time[row][treated], time[row][~treated], event[row][treated], event[row][~treated]
        )
        assert found**2 == pytest.approx(theirs.test_statistic, rel=1e-9)


def test_the_logrank_statistic_by_hand():
    # Treated: events at 2 and 4; others: an event at 1, censored at 3.
    found = logrank(
        np.array([[2.0, 4.0, 1.0, 3.0]]), np.array([[True, True, True, False]]),
        np.array([True, True, False, False]),
    )  # fmt: skip
    excess = (0 - 2 / 4) + (1 - 2 / 3) + (1 - 1 / 1)
    variance = 2 / 4 * 2 / 4 + 2 / 3 * 1 / 3 + 0
    assert found[0] == pytest.approx(excess / np.sqrt(variance))
    nothing = logrank(np.array([[1.0, 2.0]]), np.array([[False, False]]), np.array([True, False]))
    assert nothing[0] == 0


@pytest.mark.parametrize(
    ("control", "ratio", "accrual", "follow_up"),
    [(Survival(500, 1), 0.65, 730, 365), (Survival(12, 1.6), 0.6, 24, 12)],
)
def test_the_size_is_schoenfelds(control, ratio, accrual, follow_up):
    formula = schoenfeld(control, ratio, accrual, follow_up)
    rejected = survival_trials(control, ratio, accrual, follow_up, 0.5, 0.05, generator())
    assert within(rejected(round(formula)).mean(), 0.8)
    found = smallest_size(rejected, 0.8)
    assert found.patients == pytest.approx(formula, rel=0.08)
    assert found.power >= 0.8
    assert found.error == pytest.approx(np.sqrt(found.power * (1 - found.power) / TRIALS))


def test_uneven_arms_need_more():
    sizes = [
        smallest_size(survival_trials(Survival(1, 1), 0.6, 2, 1, share, 0.05, generator()), 0.8)
        for share in (0.5, 0.25)
    ]
    # By Schoenfeld's formula 0.25 / (0.25 * 0.75) = 1.33 times the events.
    assert sizes[1].patients / sizes[0].patients == pytest.approx(4 / 3, rel=0.12)


def test_without_an_effect_the_level_holds():
    null = {
        "survival": survival_trials(Survival(1, 1.3), 1.0, 2, 1, 0.5, 0.05, generator()),
        "response": response_trials(0.4, 1.0, 0.5, 0.05, generator()),
        "difference": difference_trials(0.0, 2.0, 0.5, 0.05, generator()),
    }
    for name, rejected in null.items():
        assert within(rejected(300).mean(), 0.05), name


def test_the_power_for_a_mean_is_that_of_statsmodels():
    from statsmodels.stats.power import TTestIndPower

    formula = TTestIndPower()
    rejected = difference_trials(1.5, 2.4, 0.5, 0.05, generator())
    for patients in (20, 40, 84, 120):
        expected = formula.power(1.5 / 2.4, patients // 2, 0.05)
        assert within(rejected(patients).mean(), expected)
    found = smallest_size(rejected, 0.8)
    exact = 2 * formula.solve_power(1.5 / 2.4, power=0.8, alpha=0.05)
    assert found.patients == pytest.approx(exact, rel=0.08)


def test_the_power_for_a_response_is_that_of_statsmodels():
    from statsmodels.stats.proportion import power_proportions_2indep

    control, ratio = 0.3, 2.5
    odds = ratio * control / (1 - control)
    apart = odds / (1 + odds) - control
    rejected = response_trials(control, ratio, 0.5, 0.05, generator())
    for patients in (100, 160, 240):
        expected = power_proportions_2indep(apart, control, patients // 2).power
        assert within(rejected(patients).mean(), expected)
    found = smallest_size(rejected, 0.8)
    assert 0.8 <= rejected(found.patients).mean() == found.power


def test_fourfold_pvalues_are_those_of_scipy():
    rng = generator()
    left, right = rng.binomial(30, 0.5, 40), rng.binomial(20, 0.1, 40)
    for a, b, found in zip(left, right, fourfold_pvalues(left, 30, right, 20), strict=True):
        table = np.array([[a, 30 - a], [b, 20 - b]])
        expected = stats.contingency.expected_freq(table)
        if expected.min() < 5:
            assert found == pytest.approx(stats.fisher_exact(table)[1])
        else:
            assert found == pytest.approx(stats.chi2_contingency(table, correction=False)[1])
    # Both tests took part.
    assert 0 < np.mean((left + right) / 50 * 20 < 5) < 1
    assert fourfold_pvalues(np.array([0]), 5, np.array([0]), 5)[0] == 1


def test_bisection_finds_the_smallest_size(monkeypatch):
    asked = []

    def rejected(patients):
        asked.append(patients)
        return np.arange(TRIALS) < TRIALS * min(1, patients / 500)

    assert smallest_size(rejected, 0.8).patients == 400
    assert len(asked) < 20
    assert smallest_size(lambda n: np.ones(TRIALS, dtype=bool), 0.8).patients == 10
    assert smallest_size(lambda n: np.zeros(TRIALS, dtype=bool), 0.8) is None
    assert max(asked) <= LARGEST


def test_arms_hold_the_allocation():
    for share in (0.1, 0.25, 0.5, 2 / 3, 0.9):
        assert arms(120, share).sum() == pytest.approx(120 * share)
    assert list(arms(4, 0.5)) == [False, True, False, True]


def test_the_first_patients_of_a_trial_are_the_same_at_any_size():
    first, again = (
        survival_trials(Survival(1, 1), 0.7, 2, 1, 0.5, 0.05, generator()) for _ in range(2)
    )
    first(900)
    assert (first(200) == again(200)).all()


@pytest.mark.parametrize(("shape", "family"), [(1.0, "exponential"), (2.0, "Weibull")])
def test_a_planted_distribution_is_found_and_agrees_with_r(shape, family, rscript, repo, tmp_path):
    rng = generator()
    time = 300 * rng.weibull(shape, 150)
    watched = rng.uniform(150, 700, 150)
    data = pd.DataFrame({"time": np.minimum(time, watched), "event": 1.0 * (time <= watched)})
    fit, name = fit_survival(data["time"], data["event"])
    assert name == family
    assert fit.median == pytest.approx(300 * np.log(2) ** (1 / shape), rel=0.15)
    data.to_csv(tmp_path / "data.tsv", sep="\t", index=False)
    script, out = repo / "tests/golden/weibull.R", tmp_path / "out.tsv"
    subprocess.run([rscript, script, tmp_path / "data.tsv", out], check=True)
    theirs = pd.read_csv(out, sep="\t").iloc[0]
    assert (theirs["difference"] > 1) == (family == "Weibull")
    if family == "Weibull":
        assert fit.scale == pytest.approx(theirs["scale"], rel=1e-4)
        assert fit.shape == pytest.approx(theirs["shape"], rel=1e-4)
    else:
        assert fit.scale == pytest.approx(theirs["exponential_scale"], rel=1e-6)
        assert fit.shape == 1


def test_a_time_of_zero_is_fitted():
    fit, _ = fit_survival(pd.Series([0.0, 2.0, 3.0, 4.0, 9.0]), pd.Series([1.0, 1, 0, 1, 1]))
    assert np.isfinite([fit.scale, fit.shape]).all()
    assert Survival(2.0, 1.0).median == pytest.approx(2 * np.log(2))
