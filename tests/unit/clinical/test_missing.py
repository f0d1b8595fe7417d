"""Missing data: patterns by hand, Rubin's rules, and what imputation does to bias."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.imputation.mice import MICE, MICEData

from innervate.clinical.associations import associate
from innervate.clinical.contracts import IMPUTED, MISSING
from innervate.clinical.missing import missing_patterns, with_imputation
from innervate.config.clinical import ClinicalTable
from innervate.config.settings import Clinical
from innervate.statistics.imputation import impute, pool

PARTS = {
    "endpoints": {"os": {"time": "t", "status": "s", "event": 1, "censored": 0, "unit": "days"}},
    "pain": {"now": {"column": "p", "instrument": "NRS", "direction": "higher_worse"}},
    "response": {"drug": {"column": "r", "levels": ["no", "yes"], "responders": ["yes"]}},
}
Z = {"covariates": {"z": {"column": "z", "kind": "continuous"}}, "adjust_for": ["z"]}
SLOPE = 0.7
FEW = Clinical(imputations=10)


def declare(*parts, **more) -> ClinicalTable:
    return ClinicalTable.model_validate({"table": "x", **{k: PARTS[k] for k in parts}, **more})


def nodes() -> pd.DataFrame:
    return pd.DataFrame({"node": ["s"], "control": False, "status": "measured", "reason": ""})


def both(joined, clinical, settings=FEW, seed=1) -> pd.DataFrame:
    """Rows of the score, by analysis and endpoint."""
    associations = associate(joined, nodes(), clinical, settings)
    rows = with_imputation(joined, associations, clinical, settings, seed)
    IMPUTED.conform(rows)
    return rows[rows["score"] == "s"].set_index(["analysis", "endpoint"])


def drawn(generator, patients) -> pd.DataFrame:
    """A score, a covariate that goes with it, and endpoints that go with both."""
    z = generator.normal(size=patients)
    s = 0.5 * z + generator.normal(size=patients)
    risk = SLOPE * s + z
    time = generator.exponential(np.exp(-risk))
    censored = generator.exponential(2, patients)
    return pd.DataFrame(
        {
            "s": s,
            "z": z,
            "circuit_index": np.nan,
            "os_time_days": np.minimum(time, censored),
            "os_event": (time <= censored).astype(float),
            "pain_now_0_10": np.clip(np.rint(5 + risk + generator.normal(size=patients)), 0, 10),
            "response_drug": (generator.random(patients) < 1 / (1 + np.exp(-risk))).astype(float),
        }
    )


def test_patterns_by_hand():
    joined = pd.DataFrame(
        {
            "s": [1.0, 2, 3, 4, 5, np.nan],
            "circuit_index": np.nan,
            "pain_now_0_10": [1.0, np.nan, 3, np.nan, 4, np.nan],
            "os_time_days": [1.0, 2, 3, np.nan, 5, 6],
            "os_event": [1.0, 0, np.nan, np.nan, 1, 1],
            "z": [1.0, 1, 1, 1, 1, np.nan],
        }
    )
    found = missing_patterns(joined, nodes(), declare("pain", "endpoints", **Z))
    # The sixth patient has no score, and so is in no model.
    assert list(found.itertuples(index=False, name=None)) == [
        ("", 2, 0.4),
        ("os", 1, 0.2),
        ("pain_now_0_10", 1, 0.2),
        ("pain_now_0_10;os", 1, 0.2),
    ]
    MISSING.conform(found)
    empty = missing_patterns(joined.iloc[5:], nodes(), declare("pain"))
    assert empty.empty
    MISSING.conform(empty)


def test_rubin_by_hand():
    found = pool(np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.5, 0.5]), 20)
    # Between: 4/3 of variance 1; share 8/11; freedom 1 / (64/242 + 11 * 23 / (60 * 21)).
    freedom = 1 / (32 / 121 + 253 / 1260)
    reach = stats.t.ppf(0.975, freedom) * np.sqrt(0.5 + 4 / 3)
    assert found.estimate == 2
    assert (found.ci_low, found.ci_high) == pytest.approx((2 - reach, 2 + reach))
    assert found.pvalue == pytest.approx(2 * stats.t.sf(2 / np.sqrt(0.5 + 4 / 3), freedom))
    ratio = 8 / 3
    expected = (ratio + 2 / (freedom + 3)) / (1 + ratio)
    assert found.fraction_missing_information == pytest.approx(expected)


def test_data_sets_that_agree_are_one_data_set():
    found = pool(np.full(5, 0.3), np.full(5, 0.04), 50)
    freedom = 51 / 53 * 50
    assert found.ci_high == pytest.approx(0.3 + 0.2 * stats.t.ppf(0.975, freedom))
    assert found.fraction_missing_information == 0


def test_pooling_and_arrays_agree_with_statsmodels():
    """The same draws give the same data sets as with formulas, and the same pooled numbers."""
    generator = np.random.default_rng(41)
    frame = drawn(generator, 80)[["s", "z", "response_drug"]]
    frame.loc[generator.random(80) < 0.3, "z"] = np.nan
    theirs = MICEData(frame, k_pmm=5, rng=np.random.default_rng(5))
    ours = impute(frame, 4, np.random.default_rng(5))
    theirs.update_all(1)
    for data in ours:
        theirs.update_all(1)
        np.testing.assert_allclose(data["z"], theirs.data["z"])
    whole = MICE("s ~ z", sm.OLS, MICEData(frame, rng=np.random.default_rng(6)))
    result = whole.fit(2, 8)
    fits = whole.results_list
    found = pool(
        np.array([fit.params.iloc[1] for fit in fits]),
        np.array([fit.bse.iloc[1] ** 2 for fit in fits]),
        1e9,
    )
    assert found.estimate == pytest.approx(result.params[1])
    # Theirs has no degrees of freedom: the standard error is got back from the p-value's t.
    share = result.frac_miss_info[1]
    freedom = 1 / (share**2 / 7 + 1 / (1e9 * (1 - share)))
    error = (found.ci_high - found.estimate) / stats.t.ppf(0.975, freedom)
    assert error == pytest.approx(result.bse[1], rel=1e-6)


def test_where_nothing_is_missing_nothing_is_imputed():
    joined = drawn(np.random.default_rng(42), 60)
    rows = both(joined, declare("pain", "endpoints", **Z))
    assert set(rows.index.get_level_values("analysis")) == {"complete case"}
    assert rows["note"].str.contains("no covariate is missing").all()
    assert rows["share_missing"].eq(0).all()
    clinical = declare("pain", "endpoints")
    associations = associate(joined, nodes(), clinical, FEW)
    assert with_imputation(joined, associations, clinical, FEW, 1).empty


def test_scores_and_endpoints_are_not_imputed_and_seeds_decide():
    generator = np.random.default_rng(43)
    joined = drawn(generator, 90)
    for place, name in enumerate(("s", "z", "os_event", "pain_now_0_10")):
        joined.loc[10 * place : 10 * place + 9, name] = np.nan
    clinical = declare("pain", "endpoints", "response", **Z)
    rows = both(joined, clinical)
    assert rows["n"].to_dict() == {
        ("complete case", "pain_now_0_10"): 60,
        ("multiple imputation", "pain_now_0_10"): 70,
        ("complete case", "os"): 60,
        ("multiple imputation", "os"): 70,
        ("complete case", "response_drug"): 70,
        ("multiple imputation", "response_drug"): 80,
    }
    assert rows.loc[("multiple imputation", "os"), "share_missing"] == pytest.approx(1 / 7)
    pd.testing.assert_frame_equal(rows, both(joined, clinical))
    other = both(joined, clinical, seed=2).loc["multiple imputation", "estimate"]
    assert (other != rows.loc["multiple imputation", "estimate"]).all()


@pytest.mark.parametrize("at_random", [False, True])
def test_imputation_takes_away_the_bias_of_complete_cases(at_random):
    """A covariate that responders with high scores lack makes the complete cases say nothing."""
    generator = np.random.default_rng(44)
    clinical = declare("response", **Z)
    found = []
    for seed in range(40):
        joined = drawn(generator, 300)
        chosen = (joined["response_drug"] > 0) & (joined["s"] > 0)
        share = np.where(chosen, 0.8, 0.1) if at_random else 0.35
        joined["z"] = joined["z"].mask(generator.random(300) < share)
        rows = both(joined, clinical, seed=seed).droplevel("endpoint")
        observed = joined.loc[joined["z"].notna(), "s"]
        spread = {"complete case": observed, "multiple imputation": joined["s"]}
        for analysis, row in rows.iterrows():
            deviation = spread[analysis].std()
            ends = np.log([row["estimate"], row["ci_low"], row["ci_high"]]) / deviation
            found.append((analysis, ends[0], ends[1] < SLOPE < ends[2], ends[2] - ends[1]))
    means = pd.DataFrame(found, columns=["analysis", "slope", "covered", "width"])
    means = means.groupby("analysis").mean()
    print(f"missing {'at random' if at_random else 'completely at random'}, truth {SLOPE}")
    print(means.round(3).to_string())
    assert means.loc["multiple imputation", "slope"] == pytest.approx(SLOPE, abs=0.08)
    assert means.loc["multiple imputation", "covered"] >= 0.85
    if at_random:
        assert means.loc["complete case", "slope"] < 0.3
    else:
        assert means.loc["complete case", "slope"] == pytest.approx(SLOPE, abs=0.1)
        assert means.loc["multiple imputation", "width"] < means.loc["complete case", "width"]


@pytest.mark.parametrize("endpoint", ["os", "pain_now_0_10"])
def test_imputed_estimates_come_near_those_of_the_whole_data(endpoint):
    """The covariate is lacking in patients with early events, or pain, and high scores."""
    generator = np.random.default_rng(45)
    whole = drawn(generator, 400)
    early = whole["os_time_days"] < whole["os_time_days"].median()
    chosen = (early if endpoint == "os" else whole["pain_now_0_10"] >= 5) & (whole["s"] > 0)
    lacking = generator.random(400) < np.where(chosen, 0.7, 0.05)
    clinical = declare("endpoints" if endpoint == "os" else "pain", **Z)
    truth = both(whole, clinical).loc[("complete case", endpoint)]
    rows = both(whole.assign(z=whole["z"].mask(lacking)), clinical).xs(endpoint, level="endpoint")
    distance = (rows["estimate"] - truth["estimate"]).abs()
    print(f"{endpoint}: whole {truth['estimate']:.3f}", rows["estimate"].round(3).to_dict())
    assert distance["multiple imputation"] < 0.5 * distance["complete case"]
    imputed = rows.loc["multiple imputation"]
    assert imputed["ci_low"] < truth["estimate"] < imputed["ci_high"]
    assert 0 < imputed["fraction_missing_information"] < 0.6


def test_a_category_stays_one_of_its_levels():
    """Three sites that go with the score: imputed shares are those of the patients alike."""
    generator = np.random.default_rng(46)
    joined = drawn(generator, 400)
    site = np.select([joined["s"] > 0.8, joined["s"] < -0.8], ["larynx", "oral"], "tongue")
    joined["site"] = pd.Series(site).mask(generator.random(400) < 0.3)
    kinds = {"site": {"column": "x", "kind": "categorical", "levels": ["tongue", "oral", "larynx"]}}
    clinical = declare("response", covariates=kinds, adjust_for=["site"])
    from innervate.clinical import missing

    question = missing.questions(clinical)[0]
    rng = np.random.default_rng(1)
    completed = missing._completed(joined, "s", question, clinical, 10, rng)
    lacking = joined["site"].isna()
    right = []
    for data in completed:
        assert set(data["site"]) == {"tongue", "oral", "larynx"}
        assert data.loc[~lacking, "site"].equals(joined.loc[~lacking, "site"])
        right.append((data["site"] == site)[lacking].mean())
    print(f"sites imputed as they were: {np.mean(right):.2f}, by chance 0.38")
    assert np.mean(right) > 0.75
    rows = both(joined, clinical)
    assert rows["estimate"].notna().all()


def test_what_cannot_be_imputed_has_its_reason():
    joined = drawn(np.random.default_rng(47), 40).assign(z=np.nan)
    rows = both(joined, declare("response", **Z))
    notes = rows.droplevel("endpoint")["note"]
    assert notes["complete case"] == "0 patients, 8 needed"
    assert notes["multiple imputation"] == "z: no value among these patients to impute from"
    few = drawn(np.random.default_rng(48), 8)
    few.loc[0, "z"] = np.nan
    rows = both(few, declare("response", **Z)).droplevel("endpoint")
    assert "needed" in rows.loc["multiple imputation", "note"]
