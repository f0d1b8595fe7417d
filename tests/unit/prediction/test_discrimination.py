"""Areas under the ROC curve: by hand, by brute force, coverage; calibration and net benefit."""

import itertools

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from statsmodels.stats.proportion import proportion_confint

from innervate.prediction import signature
from innervate.prediction.discrimination import (
    area,
    area_over_folds,
    areas_of,
    difference,
    difference_over_folds,
    roc_points,
)
from innervate.statistics.probability_calibration import calibration, decision_curve


def drawn(count=60, effect=0.0, seed=0, nodes=1):
    generator = np.random.default_rng(seed)
    x = pd.DataFrame(generator.normal(size=(count, nodes)))
    answer = effect * x[0] + generator.logistic(size=count) > 0.3
    return x, pd.Series(answer * 1.0)


def delong_by_definition(scores, answer):
    """Areas and their covariance, pair by pair of patients."""
    responders, others = np.flatnonzero(answer == 1), np.flatnonzero(answer == 0)
    psi = np.zeros((len(scores), len(responders), len(others)))
    for k, score in enumerate(scores):
        for (a, i), (b, j) in itertools.product(enumerate(responders), enumerate(others)):
            psi[k, a, b] = 0.5 * (score[i] == score[j]) + (score[i] > score[j])
    by_responder, by_other = psi.mean(axis=2), psi.mean(axis=1)
    covariance = np.cov(by_responder) / len(responders) + np.cov(by_other) / len(others)
    return psi.mean(axis=(1, 2)), covariance


def test_area_by_hand():
    # Responders 3, 5, 5; others 1, 3: of six pairs five are right and one is a tie.
    score, answer = pd.Series([3.0, 5, 5, 1, 3]), pd.Series([1.0, 1, 1, 0, 0])
    row = area(score, answer)
    assert row["auc"] == pytest.approx(5.5 / 6)
    # Placements 3/4, 1, 1 of the responders and 1, 5/6 of the others.
    error = np.sqrt(np.var([0.75, 1, 1], ddof=1) / 3 + np.var([1, 5 / 6], ddof=1) / 2)
    assert row["ci_low"] == pytest.approx(5.5 / 6 - 1.959964 * error, abs=1e-6)
    assert row["ci_high"] == 1


def test_areas_and_their_difference_are_delongs():
    x, answer = drawn(50, 1.0, 3, nodes=2)
    x = x.round(1)
    areas, covariance = delong_by_definition([x[0], x[1]], answer)
    row, paired = area(x[0], answer), difference(x[0], x[1], answer)
    assert row["auc"] == pytest.approx(areas[0])
    assert row["auc"] == pytest.approx(roc_auc_score(answer, x[0]))
    assert row["auc"] - row["ci_low"] == pytest.approx(1.959964 * np.sqrt(covariance[0, 0]))
    assert paired["auc_difference"] == pytest.approx(areas[0] - areas[1])
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    width = paired["difference_high"] - paired["difference_low"]
    assert width == pytest.approx(2 * 1.959964 * np.sqrt(variance), rel=1e-6)


def test_the_interval_is_that_of_a_bootstrap():
    x, answer = drawn(150, 0.8, 5)
    generator, areas = np.random.default_rng(1), []
    for _ in range(500):
        chosen = generator.integers(150, size=150)
        areas.append(roc_auc_score(answer[chosen], x[0][chosen]))
    row = area(x[0], answer)
    assert row["ci_low"] == pytest.approx(np.quantile(areas, 0.025), abs=0.015)
    assert row["ci_high"] == pytest.approx(np.quantile(areas, 0.975), abs=0.015)


def test_a_wrong_direction_stays_below_one_half_and_separation_has_no_interval():
    x, answer = drawn(80, 1.5, 2)
    assert area(-x[0], answer)["auc"] == pytest.approx(1 - area(x[0], answer)["auc"])
    assert area(-x[0], answer)["ci_high"] < 0.5
    row = area(answer + 0.1 * x[0].rank() / 100, answer)
    assert row["auc"] == 1
    assert np.isnan(row["ci_low"])
    assert "separates" in row["note"]
    assert np.isnan(difference(x[0], x[0], answer)["difference_pvalue"])


def test_without_an_effect_intervals_cover_one_half_and_p_is_uniform():
    rows = [area(x[0], answer) for x, answer in (drawn(60, 0, seed) for seed in range(300))]
    covered = np.mean([row["ci_low"] <= 0.5 <= row["ci_high"] for row in rows])
    assert abs(covered - 0.95) < 0.04
    for bound in (0.05, 0.5):
        share = np.mean([row["pvalue"] < bound for row in rows])
        assert abs(share - bound) < 3 * np.sqrt(bound * (1 - bound) / 300)


def test_roc_points_enclose_the_area():
    x, answer = drawn(70, 1.0, 4)
    points = roc_points(x[0], answer)
    enclosed = np.trapezoid(points["true_positive_rate"], points["false_positive_rate"])
    assert enclosed == pytest.approx(area(x[0], answer)["auc"])


def test_ridge_is_scikit_learns():
    x, answer = drawn(80, 1.0, 1, nodes=5)
    fits = signature.ridge(x.to_numpy(), answer.to_numpy(), np.array([100.0, 1.0, 0.1]))
    for penalty, fit in zip((100.0, 1.0, 0.1), fits, strict=True):
        known = LogisticRegression(C=1 / penalty, tol=1e-12, max_iter=10_000).fit(x, answer)
        assert fit == pytest.approx(np.append(known.intercept_, known.coef_), abs=1e-6)


def test_predictions_are_those_of_a_model_of_the_other_folds_alone():
    x, answer = drawn(40, 1.0, 6, nodes=3)
    folds = signature.out_of_fold(x, answer, [1]).folds
    assert [len(fold) for fold in folds] == [8] * len(folds)
    first = signature._folds(answer.to_numpy(), 5, np.random.default_rng([1, 0]))[0]
    assert set(folds[0].index) == set(first[1])
    train = [i for i in x.index if i not in folds[0].index]
    scale = x.loc[train]
    z = (x.loc[folds[0].index] - scale.mean()) / scale.std(ddof=0)
    fits = signature.ridge(
        ((scale - scale.mean()) / scale.std(ddof=0)).to_numpy(),
        answer[train].to_numpy(),
        signature.PENALTIES,
    )
    shift = np.log(answer.mean() / (1 - answer.mean()))
    shift -= np.log(answer[train].mean() / (1 - answer[train].mean()))
    each = z.to_numpy() @ fits[:, 1:].T + fits[:, 0] + shift
    assert np.abs(each - folds[0].to_numpy()[:, None]).max(axis=0).min() < 1e-8


def test_the_signature_recovers_a_planted_effect_and_nothing_else(monkeypatch):
    monkeypatch.setattr(signature, "REPEATS", 2)
    null = np.random.default_rng(0).normal(0.5, 0.1, 99)
    x, answer = drawn(200, 2.0, 7, nodes=5)
    found = signature.out_of_fold(x, answer, [3])
    row = area_over_folds(found.folds, answer, null)
    # What the planted node alone would reach, known only to the planter.
    assert row["auc"] == pytest.approx(roc_auc_score(answer, x[0]), abs=0.05)
    assert row["ci_low"] > 0.5
    assert row["pvalue"] == pytest.approx(0.01)
    paired = difference_over_folds(found.folds, x[1], answer, null)
    assert paired["auc_difference"] > 0.1
    areas = []
    for seed in range(40):
        x, answer = drawn(60, 0.0, seed, nodes=4)
        areas.append(areas_of(signature.out_of_fold(x, answer, [seed]).folds, answer).mean())
    assert abs(np.mean(areas) - 0.5) < 3 * np.std(areas) / np.sqrt(40)


def test_calibration_of_right_and_of_too_extreme_probabilities():
    generator = np.random.default_rng(2)
    odds = generator.normal(0, 1.2, 3000)
    answer = pd.Series((generator.logistic(size=3000) < odds) * 1.0)
    right = calibration(pd.Series(1 / (1 + np.exp(-odds))), answer)
    assert right["slope"].iloc[0] == pytest.approx(1, abs=0.12)
    assert right["intercept"].iloc[0] == pytest.approx(0, abs=0.12)
    assert right["ci_low"].le(right["predicted"]).mean() >= 0.8
    extreme = calibration(pd.Series(1 / (1 + np.exp(-2 * odds))), answer)
    assert extreme["slope"].iloc[0] == pytest.approx(right["slope"].iloc[0] / 2)
    assert right["n"].sum() == 3000
    first = right.iloc[0]
    low, high = proportion_confint(first["observed"] * first["n"], first["n"], method="wilson")
    assert (first["ci_low"], first["ci_high"]) == pytest.approx((low, high))
    flat = calibration(pd.Series(0.5, index=answer.index), answer)
    assert flat["slope"].isna().all()
    assert flat["note"].str.contains("hardly differ").all()


def test_net_benefit_by_hand():
    predicted, answer = pd.Series([0.9, 0.6, 0.4, 0.1]), pd.Series([1.0, 0, 1, 0])
    curve = decision_curve(predicted, answer).set_index("threshold")
    # At 0.5 one responder and one other are treated: (1 - 1 * 1) / 4.
    assert curve.loc[0.5, "signature"] == pytest.approx(0)
    # At 0.2 two responders and one other: (2 - 1 * 0.25) / 4; all: (2 - 2 * 0.25) / 4.
    assert curve.loc[0.2, "signature"] == pytest.approx(1.75 / 4)
    assert curve.loc[0.2, "treat_all"] == pytest.approx(1.5 / 4)
    assert (curve["treat_none"] == 0).all()
