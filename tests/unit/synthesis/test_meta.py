"""Groups of cohorts and prediction against R's metafor; what single cohorts gave is kept."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from innervate.statistics.meta_analysis import pool, pool_groups
from innervate.synthesis.pooling import synthesize

GOLDEN = pd.read_csv(Path(__file__).parents[2] / "golden/metafor_types.tsv", sep="\t")


@pytest.mark.parametrize("name", ["varied", "alike"])
def test_kinds_of_cohorts_agree_with_metafor(name):
    rows = GOLDEN[GOLDEN["set"] == name]
    kinds = [one for _, one in rows.groupby("type")]
    groups, test = pool_groups(
        [one["yi"].to_numpy() for one in kinds], [np.sqrt(one["vi"].to_numpy()) for one in kinds]
    )
    for found, expected in zip(groups, kinds, strict=True):
        for number in ("estimate", "low", "high", "tau2"):
            assert getattr(found, number) == pytest.approx(expected[number].iloc[0], abs=1e-6)
    assert test.q / (len(kinds) - 1) == pytest.approx(rows["f"].iloc[0], abs=1e-6)
    assert test.pvalue == pytest.approx(rows["pvalue"].iloc[0], abs=1e-6)


@pytest.mark.parametrize("name", ["varied", "alike"])
def test_prediction_agrees_with_metafor(name):
    rows = GOLDEN[GOLDEN["set"] == name]
    found = pool(rows["yi"].to_numpy(), np.sqrt(rows["vi"].to_numpy()))
    expected = rows[["prediction_low", "prediction_high"]].iloc[0].tolist()
    assert found.prediction == pytest.approx(expected, abs=1e-6)


def test_kinds_that_do_not_differ_are_told_apart_one_time_in_twenty():
    generator = np.random.default_rng(0)
    told = []
    for _ in range(600):
        errors = generator.uniform(0.1, 0.3, size=(2, 4))
        effects = 0.3 + generator.normal(size=(2, 4)) * np.hypot(0.3, errors)
        told.append(pool_groups(list(effects), list(errors))[1].pvalue <= 0.05)
    assert abs(np.mean(told) - 0.05) < 3 * np.sqrt(0.05 * 0.95 / 600)


def test_one_cohort_a_kind_is_tested_as_whether_cohorts_differ():
    effects, errors = np.array([0.1, 0.5, 0.6]), np.array([0.1, 0.2, 0.1])
    groups, test = pool_groups(list(effects[:, None]), list(errors[:, None]))
    assert test.pvalue == pytest.approx(pool(effects, errors).q_pvalue)
    assert groups[1].high == pytest.approx(0.5 + stats.norm.ppf(0.975) * 0.2)


def edge(estimate, low, high):
    row = {"source": "a", "target": "pfs", "expected_sign": 1, "n": 40, "estimate": estimate,
           "estimate_type": "log_hazard_ratio_per_sd", "pvalue": 0.03, "ci_low": low,
           "ci_high": high}  # fmt: skip
    return pd.DataFrame([row])


TYPES = {"one": "HNSC", "two": "SKCM", "unknown": ""}


def test_a_cohort_without_an_end_to_its_interval_is_not_pooled():
    given = {"one": edge(0.4, 0.1, 0.9), "two": edge(3.0, -np.inf, np.inf)}
    found = synthesize(given, {}, TYPES)
    row = found.edges.iloc[0]
    assert (row["k"], row["n"], row["estimate"]) == (1, 40, 0.4)
    assert found.forest["cohort"].tolist() == ["one"]


def test_a_cohorts_own_interval_is_not_made_symmetric():
    found = synthesize({"one": edge(0.4, 0.1, 0.9)}, {}, TYPES)
    for table in (found.edges, found.forest):
        assert table[["estimate", "ci_low", "ci_high"]].iloc[0].tolist() == [0.4, 0.1, 0.9]


def test_cohorts_that_declare_no_tumor_type_are_no_type():
    given = {"one": edge(0.4, 0.1, 0.9), "two": edge(0.2, 0.0, 0.4), "unknown": edge(3, 2, 4)}
    found = synthesize(given, {}, TYPES)
    assert found.moderators["tumor_type"].tolist() == ["HNSC", "SKCM"]
    assert found.edges["k"].tolist() == [3]
