"""Resampling: against repeated patients, other libraries and uniform p-values."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from innervate.statistics.association_models import spearman
from innervate.statistics.resampling import (
    bootstrap_weights,
    freedman_lane,
    interval,
    partial_rank_correlation,
    weighted_ranks,
)


def repeated(values, weights):
    return np.repeat(values, weights.astype(int), axis=0)


@pytest.fixture
def three():
    generator = np.random.default_rng(0)
    common = generator.normal(size=40)
    source = common + generator.normal(size=40)
    target = np.round(0.5 * source + common + generator.normal(size=40), 0)
    return source, target, common[:, None]


def test_ranks_in_a_resample_are_those_of_repeated_patients(three):
    _, tied, _ = three
    weights = bootstrap_weights(40, 5, seed=1)
    for ranks, weight in zip(weighted_ranks(tied, weights), weights, strict=True):
        assert repeated(ranks, weight) == pytest.approx(stats.rankdata(repeated(tied, weight)))


def test_partial_correlation_of_a_resample_is_that_of_repeated_patients(three):
    source, target, covariates = three
    statistic = partial_rank_correlation(source, target, covariates)
    weights = bootstrap_weights(40, 5, seed=2)
    for found, weight in zip(statistic(weights), weights, strict=True):
        parts = [pd.Series(repeated(values, weight)) for values in (source, target)]
        expected = spearman(*parts, pd.DataFrame(repeated(covariates, weight)))["estimate"]
        assert found == pytest.approx(expected)


def test_a_covariate_that_says_all_leaves_no_correlation(three):
    source, target, _ = three
    statistic = partial_rank_correlation(source, target, source[:, None])
    assert np.isnan(statistic(np.ones((1, 40)))).all()


def test_the_interval_of_a_mean_agrees_with_scipy():
    values = np.random.default_rng(3).exponential(size=60)
    ends = interval(values.mean(), lambda w: w @ values / w.sum(axis=1), 60, 20000, seed=4)
    expected = stats.bootstrap(
        (values,), np.mean, n_resamples=20000, method="BCa", rng=np.random.default_rng(5)
    ).confidence_interval
    assert ends == pytest.approx(tuple(expected), abs=0.02)


def test_freedman_lane_agrees_with_t_and_is_uniform_under_a_confounder():
    generator = np.random.default_rng(6)
    pvalues = []
    for seed in range(400):
        common = generator.normal(size=30)
        source, target = (common + generator.normal(size=30) for _ in range(2))
        basis, _ = np.linalg.qr(np.column_stack([np.ones(30), common]))
        left = [values - basis @ (basis.T @ values) for values in (source, target)]
        pvalues.append(freedman_lane(*left, basis, 199, seed))
    rejected = np.mean(np.array(pvalues) <= 0.05)
    assert abs(rejected - 0.05) < 3 * np.sqrt(0.05 * 0.95 / 400)
    assert stats.kstest(pvalues, "uniform").pvalue > 0.001
    exact = freedman_lane(*left, basis, 9999, 0)
    r = left[0] @ left[1] / np.linalg.norm(left[0]) / np.linalg.norm(left[1])
    expected = 2 * stats.t.sf(abs(r) * np.sqrt(27 / (1 - r**2)), 27)
    assert exact == pytest.approx(expected, abs=0.02)
