"""What stands behind a hazard ratio: against R's survival, by hand, planted and under the null."""

import subprocess

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from innervate.clinical.associations import associate
from innervate.clinical.contracts import SURVIVAL_MODELS
from innervate.clinical.survival_models import survival_models
from innervate.config.clinical import ClinicalTable, Endpoint
from innervate.config.settings import Clinical
from innervate.statistics import maximally_selected as search
from innervate.statistics.association_models import cox
from innervate.statistics.maximally_selected import SEARCHED, logrank_scores, maximally_selected_cut
from innervate.statistics.partial_likelihood import (
    efron_terms,
    firth_cox,
    maximize,
    penalized,
    proportional_hazards_test,
)
from innervate.statistics.splines import restricted_cubic_spline

OS = {"time": "time", "status": "status", "event": 1, "censored": 0, "unit": "months"}
COVARIATES = {
    "age": {"column": "age", "kind": "continuous"},
    "sex": {"column": "sex", "kind": "continuous"},
}
NODES = pd.DataFrame({"node": ["score"], "status": "measured", "control": False, "reason": ""})
KEY = ["score", "endpoint", "analysis"]


def clinical(adjust_for=(), **endpoint) -> ClinicalTable:
    """A clinical table with one endpoint."""
    return ClinicalTable.model_validate(
        {"table": "t", "endpoints": {"os": OS | endpoint}, "covariates": COVARIATES,
         "adjust_for": list(adjust_for)}
    )  # fmt: skip


def models(score, time, event, adjust_for=(), *, landmark=None, **columns) -> pd.DataFrame:
    """Rows of one score by analysis."""
    joined = pd.DataFrame({"score": score, "os_time_months": time, "os_event": event, **columns})
    spec = clinical(adjust_for, landmark=landmark)
    rows = survival_models(joined.assign(circuit_index=np.nan), NODES, spec, Clinical(), 1)
    rows = SURVIVAL_MODELS.conform(rows)
    return rows[rows["score"] == "score"].set_index("analysis")


@pytest.fixture
def few_permutations(monkeypatch):
    """Permute less often, for simulations."""
    monkeypatch.setattr(search, "PERMUTATIONS", 199)


def simulated(generator, count, log_hazard=0.0, late=None, follow_up=2.0):
    """Scores, exponential times (with another hazard after 0.5 where `late` is given), events."""
    score = generator.normal(size=count)
    time = generator.exponential(np.exp(-log_hazard * score))
    if late is not None:
        time = np.where(time < 0.5, time, 0.5 + generator.exponential(np.exp(-late * score), count))
    end = generator.exponential(follow_up, count)
    return score, np.minimum(time, end), (time <= end).astype(float)


def against_r(frame, covariates, rscript, repo, folder):
    """The rows, and R's numbers, of a frame of score, time, event and covariates."""
    rows = models(
        frame["score"], frame["time"], frame["event"], covariates,
        **{name: frame[name] for name in covariates},
    )  # fmt: skip
    middle = frame.loc[frame["event"] > 0, "time"].median()
    frame.assign(cut=middle).to_csv(folder / "data.tsv", sep="\t", index=False)
    script = repo / "tests/golden/survival_models.R"
    subprocess.run([rscript, script, folder / "data.tsv", folder / "out.tsv"], check=True)
    return rows, pd.read_csv(folder / "out.tsv", sep="\t").set_index("model")


def agree(rows, oracle):
    """Compare every number that R has; print the largest difference."""
    largest = 0.0
    for model, ending in {"plain": "", "adjusted": ", adjusted"}.items():
        theirs = oracle.loc[model]
        cox = rows.loc[f"Cox{ending}"]
        test = rows.loc[f"Proportional hazards (test){ending}"]
        pairs = [
            (np.log(cox["estimate"]), theirs["coef"]),
            (cox["ci_low"], theirs["ci_low"]),
            (cox["ci_high"], theirs["ci_high"]),
            (cox["pvalue"], theirs["p"]),
            (cox["concordance"], theirs["concordance"]),
            (test["estimate"], theirs["zph_chi2"]),
            (test["pvalue"], theirs["zph_p"]),
            (rows.loc[f"Nonlinearity (spline){ending}", "pvalue"], theirs["spline_p"]),
        ]
        for period in ("early", "late"):
            if f"Cox, {period} period{ending}" in rows.index:
                ratio = rows.loc[f"Cox, {period} period{ending}", "estimate"]
                pairs.append((np.log(ratio), theirs[period]))
        for mine, other in pairs:
            assert mine == pytest.approx(other, abs=1e-4)
            largest = max(largest, abs(mine - other))
    print(f"largest difference from R's survival: {largest:.1e}")


def test_agrees_with_r_on_melanoma(shared, rscript, repo, tmp_path):
    folder = shared / "data/icb_subset"
    table = pd.read_csv(folder / "Liu.clinical.csv", index_col=0)
    genes = pd.read_csv(folder / "Liu.log2tpm.csv.gz", index_col=0)
    frame = pd.DataFrame(
        {"score": genes.loc["CXCL9"].reindex(table["patientid"]).to_numpy(),
         "time": table["survival_time_os"].to_numpy(),
         "event": table["event_occurred_os"].to_numpy(),
         "age": table["purity"].to_numpy(), "sex": (table["sex"] == "M").to_numpy() * 1}
    ).dropna()  # fmt: skip
    rows, oracle = against_r(frame, ["age", "sex"], rscript, repo, tmp_path)
    assert rows.loc["Cox", "n"] == len(frame)
    agree(rows, oracle)


def test_periods_agree_with_r_where_hazards_are_not_proportional(rscript, repo, tmp_path):
    export = f"write.table(survival::veteran, '{tmp_path / 'veteran.tsv'}', sep='\\t', quote=FALSE)"
    subprocess.run([rscript, "-e", export], check=True)
    veteran = pd.read_csv(tmp_path / "veteran.tsv", sep="\t")
    veteran = veteran.rename(columns={"karno": "score", "status": "event", "trt": "sex"})
    frame = veteran[["score", "time", "event", "age", "sex"]]
    rows, oracle = against_r(frame, ["age", "sex"], rscript, repo, tmp_path)
    agree(rows, oracle)
    early, late = rows.loc["Cox, early period"], rows.loc["Cox, late period"]
    # A high Karnofsky score protects at first, and hardly later on.
    assert early["ci_high"] < 1 < late["ci_high"]
    assert early["n_events"] + late["n_events"] == rows.loc["Cox", "n_events"]
    assert rows.loc["Proportional hazards (test)", "note"] == "doubtful: see the periods"
    assert "up to 62 months, the median time to the event" in early["note"]


def test_firth_of_one_event_by_hand():
    """One event in two equal groups: 1.5 log p + 0.5 log(1 - p) is highest at p = 3/4."""
    group = np.repeat([1.0, 0.0], 5)[:, None]
    time, event = np.arange(1.0, 11), np.eye(10)[0]
    beta, value = maximize(efron_terms(group, time, event))
    assert beta[0] == pytest.approx(np.log(3), abs=1e-7)
    assert value == pytest.approx(1.5 * np.log(0.75) + 0.5 * np.log(0.25) - np.log(5))


@pytest.fixture
def few():
    """Three columns, tied times, a third of them events."""
    generator = np.random.default_rng(21)
    columns = generator.normal(size=(30, 3))
    time = np.ceil(4 * generator.exponential(np.exp(-columns[:, 0])))
    return columns, time, (generator.random(30) < 0.35).astype(float)


def test_the_penalized_gradient_is_the_likelihoods_derivative(few):
    terms, beta, step = efron_terms(*few), np.array([0.4, -0.2, 0.1]), 1e-5
    numerical = [
        (penalized(terms, beta + step * unit)[0] - penalized(terms, beta - step * unit)[0])
        / (2 * step)
        for unit in np.eye(3)
    ]
    assert penalized(terms, beta)[1] == pytest.approx(numerical, abs=1e-7)


def test_firth_is_the_highest_point_with_its_profile_interval(few):
    from scipy import optimize

    terms = efron_terms(*few)
    beta, (low, high), pvalue = firth_cox(*few)
    value = maximize(terms)[1]
    highest = optimize.minimize(
        lambda one: -penalized(terms, one)[0], np.zeros(3), method="Nelder-Mead",
        options={"xatol": 1e-8, "fatol": 1e-12, "maxiter": 4000},
    )  # fmt: skip
    assert beta == pytest.approx(highest.x, abs=1e-5)
    for end in (low, high):
        profile = optimize.minimize(
            lambda rest, end=end: -penalized(terms, np.array([end, *rest]))[0], beta[1:],
            method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-12},
        )  # fmt: skip
        assert 2 * (value + profile.fun) == pytest.approx(stats.chi2.ppf(0.95, 1), abs=1e-4)
    assert low < 0 or pvalue < 0.05


def test_firth_is_finite_where_the_score_separates_and_the_row_says_so():
    score, time = np.repeat([0.0, 1.0], 10), np.linspace(20, 1, 20)
    rows = models(score, time, score)
    assert "does not converge" in rows.loc["Cox", "note"]
    row = rows.loc["Cox, penalized (Firth)"]
    assert row["note"] == "Firth's penalized likelihood, as the Cox model does not converge"
    assert 1 < row["ci_low"] < row["estimate"] < row["ci_high"] < np.inf
    assert row["concordance"] > 0.7


def test_firth_agrees_with_cox_in_large_samples_and_covers_the_truth_in_small_ones():
    generator = np.random.default_rng(22)
    score, time, event = simulated(generator, 1500, 0.5)
    beta, ends, _ = firth_cox(score[:, None], time, event)
    rows = models(score / score.std(ddof=1), time, event)
    cox = np.log(rows.loc["Cox", ["estimate", "ci_low", "ci_high"]].astype(float)) / score.std()
    assert [beta[0], *ends] == pytest.approx(cox.tolist(), abs=0.002)
    assert "Cox, penalized (Firth)" not in rows.index
    estimates, covered, draws = [], 0, 100
    for _ in range(draws):
        score, time, event = simulated(generator, 40, 0.7, follow_up=0.25)
        beta, (low, high), _ = firth_cox(score[:, None], time, event)
        estimates.append(beta[0])
        covered += low < 0.7 < high
    error = np.std(estimates) / np.sqrt(draws)
    print(f"Firth, some 8 events: planted 0.70, mean {np.mean(estimates):.3f} (standard error "
          f"{error:.3f}), coverage {covered / draws:.3f}")  # fmt: skip
    assert abs(np.mean(estimates) - 0.7) < 4 * error + 0.02
    assert stats.binomtest(covered, draws, 0.95).pvalue > 0.01


def test_p_values_of_the_checks_are_uniform_without_an_effect(few_permutations):
    generator = np.random.default_rng(23)
    found = {"zph": [], "spline": [], "firth": []}
    for _ in range(60):
        rows = models(*simulated(generator, 60))
        found["zph"].append(rows.loc["Proportional hazards (test)", "pvalue"])
        found["spline"].append(rows.loc["Nonlinearity (spline)", "pvalue"])
    for _ in range(200):
        score, time, event = simulated(generator, 60, follow_up=0.4)
        found["firth"].append(firth_cox(score[:, None], time, event)[2])
    for name, pvalues in found.items():
        fit = stats.kstest(pvalues, "uniform").pvalue
        print(f"{name}: {np.mean(np.array(pvalues) < 0.05):.3f} below 0.05, uniform p {fit:.2f}")
        assert fit > 0.01


def lausen_schumacher(statistic):
    """P-value of the largest statistic in large samples (Lausen and Schumacher 1992)."""
    low, high = SEARCHED
    reach = np.log(high * (1 - low) / ((1 - high) * low))
    density = stats.norm.pdf(statistic)
    return density * (statistic - 1 / statistic) * reach + 4 * density / statistic


def test_only_the_corrected_p_of_a_selected_cut_holds_its_level(few_permutations):
    generator = np.random.default_rng(24)
    found = {"corrected": [], "as if declared": [], "Lausen and Schumacher": []}
    for _ in range(300):
        score, time, event = simulated(generator, 40)
        cut, pvalue = maximally_selected_cut(score, time, event, generator)
        groups = [
            stats.CensoredData.right_censored(time[group], event[group] == 0)
            for group in (score > cut, score <= cut)
        ]
        test = stats.logrank(*groups)
        found["corrected"].append(pvalue)
        found["as if declared"].append(test.pvalue)
        found["Lausen and Schumacher"].append(lausen_schumacher(abs(test.statistic)))
    shares = {name: np.mean(np.array(pvalues) < 0.05) for name, pvalues in found.items()}
    print(f"of 300 null scores, p of the selected cut below 0.05: {shares}")
    assert stats.kstest(found["corrected"], "uniform").pvalue > 0.01
    assert stats.binomtest(round(300 * shares["corrected"]), 300, 0.05).pvalue > 0.01
    assert shares["as if declared"] > 0.15


def test_a_selected_cut_finds_a_planted_one_and_is_called_exploratory():
    generator = np.random.default_rng(25)
    score = generator.normal(size=200)
    time = generator.exponential(np.where(score > 0.4, 0.25, 1.0))
    row = models(score, time, np.ones(200)).loc["Searched cut (log-rank)"]
    assert row["estimate"] == pytest.approx((0.4 - score.mean()) / score.std(ddof=1), abs=0.15)
    assert row["pvalue"] == 1e-4
    assert row["note"].startswith("exploratory: ")
    with pytest.raises(ValueError, match="too many equal values"):
        maximally_selected_cut(np.r_[np.zeros(9), 1.0], time[:10], np.ones(10), generator)


def test_logrank_scores_by_hand():
    scores = logrank_scores(np.array([3.0, 1, 2, 2]), np.array([1.0, 1, 1, 0]))
    assert scores == pytest.approx([1 - 1 / 4 - 1 / 3 - 1, 1 - 1 / 4, 5 / 12, -7 / 12])
    assert scores.sum() == pytest.approx(0)


def test_the_spline_is_straight_beyond_its_outer_knots_and_finds_a_valley():
    x = np.linspace(0, 1, 101)
    slopes = np.diff(restricted_cubic_spline(x), n=2, axis=0)
    assert slopes[97:] == pytest.approx(0, abs=1e-12)
    assert restricted_cubic_spline(x)[x <= 0.05] == pytest.approx(0)
    generator = np.random.default_rng(26)
    score = generator.normal(size=200)
    rows = models(score, generator.exponential(np.exp(-(score**2))), np.ones(200))
    row = rows.loc["Nonlinearity (spline)"]
    assert row["pvalue"] < 1e-6
    assert row["note"] == "the log hazard is not a straight line"
    coarse = models(np.round(score / 3), generator.exponential(size=200), np.ones(200))
    assert coarse.loc["Nonlinearity (spline)", "note"] == "too many equal values for a spline"


def test_a_hazard_that_turns_is_found_and_its_periods_have_their_signs(few_permutations):
    rows = models(*simulated(np.random.default_rng(27), 300, 0.9, late=-0.9))
    assert rows.loc["Proportional hazards (test)", "pvalue"] < 1e-6
    assert rows.loc["Cox, early period", "ci_low"] > 1
    assert rows.loc["Cox, late period", "ci_high"] < 1


def test_a_landmark_undoes_the_time_that_a_sample_on_treatment_takes_for_granted():
    """Scores rise where patients lived to be sampled, and say nothing on what comes after."""
    generator = np.random.default_rng(31)
    time, event = np.ceil(generator.exponential(6.0, 200)), generator.random(200) < 0.8
    score = generator.normal(size=200) + 1.5 * (time > 3)
    rows = models(score, time, event.astype(float), landmark=3)
    assert rows.loc["Cox", "ci_high"] < 0.9
    row = rows.loc["Cox from the landmark"]
    assert row["n"] == (time > 3).sum()
    assert row["n_events"] == event[time > 3].sum()
    assert row["ci_low"] < 1 < row["ci_high"]
    assert row["note"] == "patients followed without the event beyond month 3"
    after = pd.DataFrame({"score": score, "time": time - 3, "event": event * 1.0})[time > 3]
    alone = cox(after["score"], after["time"], after["event"], pd.DataFrame(index=after.index))
    assert row["estimate"] == pytest.approx(alone["estimate"], rel=1e-6)


def test_a_model_that_separates_after_the_landmark_is_penalized():
    time = np.arange(1.0, 41)
    score = np.where(time > 20, -time, np.random.default_rng(32).normal(size=40))
    rows = models(score, time, np.ones(40), landmark=20)
    row = rows.loc["Cox from the landmark"]
    assert row["note"].endswith("Firth's penalized likelihood, as the Cox model does not converge")
    assert 1 < row["ci_low"] < row["estimate"] < row["ci_high"] < np.inf


def test_a_landmark_is_a_time_after_the_start():
    with pytest.raises(ValueError, match="greater than 0"):
        Endpoint.model_validate(OS | {"landmark": 0})


def test_few_events_per_variable_are_said_and_penalized():
    generator = np.random.default_rng(29)
    score, time, event = simulated(generator, 60, 0.3, follow_up=0.5)
    others = {"age": generator.normal(size=60), "sex": np.arange(60) % 2}
    rows = models(score, time, event, ("age", "sex"), **others)
    row = rows.loc["Cox, adjusted"]
    assert row["events_per_variable"] == pytest.approx(event.sum() / 3)
    assert f"{event.sum() / 3:.2g} events per variable: the estimate may be" in row["note"]
    joined = pd.DataFrame({"score": score, "os_time_months": time, "os_event": event, **others})
    joined["circuit_index"] = np.nan
    adjusted = associate(joined, NODES, clinical(("age", "sex")), Clinical()).iloc[2]
    assert (adjusted["model"], adjusted["note"]) == ("Cox, adjusted", row["note"])
    penalized_row = rows.loc["Cox, penalized (Firth), adjusted"]
    assert abs(np.log(penalized_row["estimate"])) < abs(np.log(row["estimate"])) + 0.05
    assert penalized_row["covariates"] == "age;sex"
    assert "Cox, penalized (Firth)" not in rows.index


def test_what_cannot_be_estimated_is_a_row_with_its_reason():
    joined = pd.DataFrame(
        {"score": np.arange(20.0), "flat": 1.0, "absent": np.nan, "circuit_index": np.nan,
         "os_time_months": np.arange(1.0, 21), "os_event": [1.0] * 10 + [0.0] * 10}
    )  # fmt: skip
    nodes = pd.DataFrame(
        {"node": ["flat", "absent", "hypoxia"], "control": [False, False, True],
         "status": ["measured", "not measurable", "measured"], "reason": ["", "no tdln", ""]}
    )  # fmt: skip
    rows = survival_models(joined, nodes, clinical(landmark=18), Clinical(), 1).set_index(KEY)
    assert rows.loc[("absent", "os", "Cox"), "note"] == "not measurable: no tdln"
    assert rows.loc[("flat", "os", "Cox"), "note"] == "the score does not vary"
    assert rows.loc[("circuit_index", "os", "Cox"), "note"] == "0 patients, 8 needed"
    assert "hypoxia" not in rows.index.get_level_values("score")
    landmark = rows.loc[("flat", "os", "Cox from the landmark"), "note"]
    assert landmark.endswith("beyond month 18; 2 patients, 8 needed")
    none = ClinicalTable.model_validate({"table": "t"})
    assert survival_models(joined, nodes, none, Clinical(), 1).empty


def test_equal_seeds_give_equal_rows():
    data = simulated(np.random.default_rng(30), 40)
    pd.testing.assert_frame_equal(models(*data), models(*data))


def test_the_test_of_proportional_hazards_by_hand():
    """Two groups, no ties, at log hazard ratio 0: shares at risk by counting."""
    group, time = np.array([[1.0], [0], [1], [0]]), np.arange(1.0, 5)
    statistic, _ = proportional_hazards_test(group, time, np.ones(4), np.zeros(1))
    residuals = np.array([1 - 1 / 2, 0 - 1 / 3, 1 - 1 / 2, 0])
    variance = np.array([1 / 4, 2 / 9, 1 / 4, 0])
    rank = np.array([-1.5, -0.5, 0.5, 1.5])
    spread = rank**2 @ variance - (rank @ variance) ** 2 / variance.sum()
    assert statistic == pytest.approx((rank @ residuals) ** 2 / spread)
