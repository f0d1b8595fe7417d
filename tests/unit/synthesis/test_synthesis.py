"""Cohorts pooled: against R's metafor 3.8, by coverage, and with what cohorts may lack."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from innervate.statistics.meta_analysis import pool, without_each
from innervate.synthesis.pooling import synthesize

GOLDEN = pd.read_csv(Path(__file__).parents[2] / "golden/metafor.tsv", sep="\t")


@pytest.mark.parametrize("name", ["varied", "alike", "two"])
def test_agrees_with_metafor(name):
    rows = GOLDEN[GOLDEN["set"] == name]
    effects, errors = rows["yi"].to_numpy(), np.sqrt(rows["vi"].to_numpy())
    found, expected = pool(effects, errors), rows.iloc[0]
    for number in ("estimate", "low", "high", "pvalue", "tau2", "q_pvalue"):
        assert getattr(found, number) == pytest.approx(expected[number], abs=1e-6), number
    if rows["without"].notna().all():
        left = [one.estimate for one in without_each(effects, errors)]
        assert left == pytest.approx(rows["without"].tolist(), abs=1e-6)


def test_prediction_by_hand_needs_three_cohorts():
    rows = GOLDEN[GOLDEN["set"] == "varied"]
    found = pool(rows["yi"].to_numpy(), np.sqrt(rows["vi"].to_numpy()))
    error = (found.high - found.estimate) / stats.t.ppf(0.975, 4)
    reach = stats.t.ppf(0.975, 3) * np.sqrt(found.tau2 + error**2)
    assert found.prediction[1] - found.estimate == pytest.approx(reach)
    assert np.isnan(pool(np.array([0.1, 0.2]), np.array([0.1, 0.1])).prediction).all()


def test_the_interval_covers_where_cohorts_differ():
    generator = np.random.default_rng(0)
    held = []
    for _ in range(400):
        errors = generator.uniform(0.1, 0.3, size=8)
        effects = 0.3 + generator.normal(size=8) * 0.2 + generator.normal(size=8) * errors
        found = pool(effects, errors)
        held.append(found.low <= 0.3 <= found.high)
    assert abs(np.mean(held) - 0.95) < 3 * np.sqrt(0.95 * 0.05 / 400)


def edges(estimate, half, **changes):
    z = np.arctanh(estimate)
    row = {"source": "a", "target": "b", "expected_sign": 1, "n": 40, "estimate": estimate,
           "estimate_type": "partial_spearman", "pvalue": 0.03, "ci_low": np.tanh(z - half),
           "ci_high": np.tanh(z + half)}  # fmt: skip
    return pd.DataFrame([row | changes])


def associations(ratio, half):
    row = {"score": "a", "endpoint": "pfs", "model": "Cox", "n": 40, "estimate": ratio,
           "estimate_type": "hazard_ratio_per_sd", "pvalue": 0.03, "ci_low": ratio / np.exp(half),
           "ci_high": ratio * np.exp(half)}  # fmt: skip
    return pd.DataFrame([row])


TYPES = {"one": "HNSC", "two": "HNSC", "three": "SKCM", "lacks": "PAAD"}


def test_correlations_are_pooled_on_fishers_z_and_ratios_on_the_logarithm():
    lacks = edges(np.nan, np.nan, n=0, estimate_type="")
    given = {"one": edges(0.5, 0.4), "two": edges(0.5, 0.4), "three": edges(0.5, 0.4)}
    found = synthesize(
        {**given, "lacks": lacks},
        {"one": associations(2.0, 0.5), "two": associations(2.0, 0.5)},
        TYPES,
    )
    row = found.edges.iloc[0]
    assert (len(found.edges), row["k"], row["n"]) == (1, 3, 120)
    assert row["estimate"] == pytest.approx(0.5)
    error = 0.4 / stats.norm.ppf(0.975) / np.sqrt(3)
    assert np.arctanh(row["ci_high"]) - np.arctanh(0.5) == pytest.approx(
        stats.t.ppf(0.975, 2) * error
    )
    ratio = found.associations.iloc[0]
    assert ratio["estimate"] == pytest.approx(2.0)
    assert ratio["ci_high"] == pytest.approx(
        2.0 * np.exp(stats.t.ppf(0.975, 1) * 0.5 / stats.norm.ppf(0.975) / np.sqrt(2))
    )
    forest = found.forest[found.forest["kind"] == "edge"]
    assert forest["cohort"].tolist() == ["one", "two", "three"]
    assert forest["weight"].tolist() == pytest.approx([1 / 3] * 3)


def test_tumor_types_that_differ_are_told_apart():
    found = synthesize(
        {"one": edges(0.7, 0.2), "two": edges(0.7, 0.2), "three": edges(-0.5, 0.2)}, {}, TYPES
    ).moderators.set_index("tumor_type")
    assert found.loc["HNSC", "estimate"] == pytest.approx(0.7)
    assert found.loc["SKCM", "estimate"] == pytest.approx(-0.5)
    assert (found.loc["HNSC", "k"], found.loc["SKCM", "k"]) == (2, 1)
    alike = synthesize({"one": edges(0.5, 0.2), "three": edges(0.5, 0.2)}, {}, TYPES).moderators
    assert alike["q_between_pvalue"].tolist() == pytest.approx([1.0, 1.0])


def test_one_cohort_or_none_is_said():
    alone = synthesize({"one": edges(0.5, 0.4)}, {}, TYPES).edges.iloc[0]
    assert alone["note"] == "one cohort: nothing is pooled"
    assert (alone["ci_low"], alone["ci_high"]) == pytest.approx(
        tuple(np.tanh(np.arctanh(0.5) + np.array([-0.4, 0.4])))
    )
    assert alone["pvalue"] == 0.03
    assert np.isnan(alone["tau2"])
    nothing = synthesize({"one": edges(np.nan, np.nan, n=0, estimate_type="")}, {}, TYPES)
    assert nothing.edges.iloc[0]["note"] == "no cohort estimates it"
    assert (nothing.edges.iloc[0]["k"], len(nothing.forest)) == (0, 0)


def test_the_order_of_cohorts_does_not_change_a_number():
    given = {"one": edges(0.7, 0.2), "two": edges(0.1, 0.3), "three": edges(-0.5, 0.2)}
    turned = dict(reversed(given.items()))
    tables = [synthesize(one, {}, TYPES).edges.drop(columns="note") for one in (given, turned)]
    pd.testing.assert_frame_equal(*tables)
