"""Associations: published and R's numbers, families of tests, event coding, planted effects."""

import subprocess

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from innervate.clinical.associations import associate
from innervate.clinical.contracts import ASSOCIATIONS
from innervate.config.clinical import ClinicalTable
from innervate.config.cohort import Cohort
from innervate.config.settings import Clinical
from innervate.inputs.clinical.table import read_clinical
from innervate.statistics.association_models import cox, spearman

COX_IN_R = """
suppressPackageStartupMessages(library(survival))
arguments <- commandArgs(trailingOnly = TRUE)
data <- read.delim(arguments[1])
data$score <- as.vector(scale(data$score))
fit <- coxph(as.formula(paste("Surv(time, event) ~ score", arguments[3])), data, ties = "efron")
row <- summary(fit)
out <- data.frame(
  n = fit$n, n_events = fit$nevent, estimate = row$conf.int["score", "exp(coef)"],
  ci_low = row$conf.int["score", "lower .95"], ci_high = row$conf.int["score", "upper .95"],
  pvalue = row$coefficients["score", "Pr(>|z|)"],
  proportional = cox.zph(fit, transform = "rank")$table["score", "p"]
)
options(digits = 12)
write.table(out, arguments[2], sep = "\t", quote = FALSE, row.names = FALSE)
"""
NUMBERS = ["n", "n_events", "estimate", "ci_low", "ci_high", "pvalue"]


@pytest.fixture
def cox_in_r(rscript, tmp_path):
    """Return a function that fits a Cox model with R's survival."""

    def fit(frame, covariates=""):
        frame.to_csv(tmp_path / "data.tsv", sep="\t", index=False)
        (tmp_path / "cox.R").write_text(COX_IN_R)
        files = [tmp_path / "cox.R", tmp_path / "data.tsv", tmp_path / "out.tsv"]
        subprocess.run([rscript, *files, covariates], check=True)
        return pd.read_csv(tmp_path / "out.tsv", sep="\t").iloc[0]

    return fit


def clinical_table(**changes) -> ClinicalTable:
    """A clinical table with an endpoint ``os`` in days."""
    endpoint = {"time": "t", "status": "s", "event": 1, "censored": 0, "unit": "days"}
    return ClinicalTable.model_validate({"table": "x", "endpoints": {"os": endpoint}, **changes})


def nodes_named(*names) -> pd.DataFrame:
    """Measured nodes of these names."""
    return pd.DataFrame({"node": names, "control": False, "status": "measured", "reason": ""})


def plain(*values) -> pd.DataFrame:
    """No covariates, for as many patients."""
    return pd.DataFrame(index=range(len(values[0])))


def test_interval_of_the_published_example():
    # Example of statpsych's ci.spear (Bonett): 0.8699639, 0.5840951 to 0.9638297.
    y = pd.Series([21, 4, 9, 12, 35, 18, 10, 22, 24, 1, 6, 8, 13, 16, 19])
    x = pd.Series([67, 28, 30, 28, 52, 40, 25, 37, 44, 10, 14, 20, 28, 40, 51])
    row = spearman(x, y, plain(x))
    assert row["estimate"] == pytest.approx(0.8699639, abs=1e-7)
    assert row["ci_low"] == pytest.approx(0.5840951, abs=1e-6)
    assert row["ci_high"] == pytest.approx(0.9638297, abs=1e-6)


@pytest.mark.parametrize(
    ("x", "y", "rho", "pvalue"),
    [
        # cor.test(x, y, method = "spearman") of R 4.2, which is exact here.
        ([3, 1, 4, 1.5, 9, 2.6, 5, 8], [2, 7, 1, 8, 2.8, 1.8, 4, 5], -0.2857143, 0.5008),
        (range(1, 10), [2, 1, 4, 3, 6, 5, 8, 9, 7], 0.9, 0.002028219),
        # By hand: 2 of the 8! orders are as extreme.
        (range(8), range(8), 1.0, 2 / 40320),
        # By hand, with ties: 4! 4! of the 8! orders give +1 and as many -1.
        ([0] * 4 + [1] * 4, [5] * 4 + [7] * 4, 1.0, 2 / 70),
    ],
)
def test_p_of_few_patients_is_exact(x, y, rho, pvalue):
    row = spearman(pd.Series(x, dtype=float), pd.Series(y, dtype=float), plain(x))
    assert row["estimate"] == pytest.approx(rho, abs=1e-7)
    assert row["pvalue"] == pytest.approx(pvalue, rel=2e-4)
    assert np.isnan(row["ci_low"]) == (rho == 1)


def test_partial_spearman_equals_the_inverse_of_the_rank_correlations():
    """Agree with ppcor's definition: partial correlations from the inverse correlation matrix."""
    generator = np.random.default_rng(11)
    stage = generator.integers(1, 5, 70)
    site = generator.choice(["oral", "larynx", "oropharynx"], 70)
    joined = pd.DataFrame(
        {
            "slit2": stage + generator.normal(size=70),
            "pain_now_0_10": np.clip(np.rint(stage + 2 * generator.normal(size=70)), 0, 10),
            "stage": pd.Series(stage).map(dict(enumerate(("I", "II", "III", "IV"), start=1))),
            "site": site,
            "circuit_index": generator.normal(size=70),
        }
    )
    clinical = clinical_table(
        endpoints={},
        pain={"now": {"column": "p", "instrument": "NRS", "direction": "higher_worse"}},
        covariates={
            "stage": {"column": "a", "kind": "ordinal", "levels": ["I", "II", "III", "IV"]},
            "site": {
                "column": "b",
                "kind": "categorical",
                "levels": ["oral", "larynx", "oropharynx"],
            },
        },
        adjust_for=["stage", "site"],
    )
    rows = associate(joined, nodes_named("slit2"), clinical, Clinical())
    row = rows[(rows["score"] == "slit2") & (rows["model"] == "partial Spearman")].iloc[0]
    columns = [joined["slit2"], joined["pain_now_0_10"], stage, site == "larynx"]
    inverse = np.linalg.inv(np.corrcoef(stats.rankdata([*columns, site == "oropharynx"], axis=1)))
    expected = -inverse[0, 1] / np.sqrt(inverse[0, 0] * inverse[1, 1])
    assert row["estimate"] == pytest.approx(expected, abs=1e-10)
    freedom = 70 - 2 - 3
    t = expected * np.sqrt(freedom / (1 - expected**2))
    assert row["pvalue"] == pytest.approx(2 * stats.t.sf(abs(t), freedom))
    assert row["covariates"] == "stage;site"


def test_cox_with_categories_agrees_with_r_on_veterans(rscript, cox_in_r, tmp_path):
    export = f"write.table(survival::veteran, '{tmp_path / 'veteran.tsv'}', sep='\\t', quote=FALSE)"
    subprocess.run([rscript, "-e", export], check=True)
    veteran = pd.read_csv(tmp_path / "veteran.tsv", sep="\t")
    frame = veteran.rename(columns={"karno": "score", "status": "event"})
    oracle = cox_in_r(frame, "+ age + celltype")
    covariates = {
        "age": {"column": "age", "kind": "continuous"},
        "celltype": {"column": "celltype", "kind": "categorical"},
    }
    clinical = clinical_table(covariates=covariates, adjust_for=["age", "celltype"])
    joined = frame.rename(columns={"time": "os_time_days", "event": "os_event"})
    joined = joined.assign(circuit_index=np.nan)
    rows = associate(joined, nodes_named("score"), clinical, Clinical())
    row = rows[(rows["score"] == "score") & (rows["model"] == "Cox, adjusted")].iloc[0]
    assert row[NUMBERS].tolist() == pytest.approx(oracle[NUMBERS].tolist(), rel=1e-4)
    # The hazards by Karnofsky score are the textbook case of not being proportional.
    assert oracle["proportional"] < 0.01
    assert row["note"].startswith("proportional hazards doubtful: p = ")


def test_cox_agrees_with_r_on_melanoma_where_0_is_the_event(shared, cox_in_r):
    folder = shared / "data/riaz_nivolumab"
    data = {
        "title": "",
        "species": "human",
        "samples": {"table": "none"},
        "clinical": {
            "table": str(folder / "clinical.csv"),
            "patient": "PatientID",
            "where": {"SampleType": ["pre"]},
            "endpoints": {
                "os": {"time": "OS", "status": "OS_SOR", "event": 0, "censored": 1, "unit": "days"}
            },
        },
    }
    cohort = Cohort.model_validate(data)
    clinical, _ = read_clinical(cohort, "riaz.yaml")
    raw = pd.read_csv(folder / "clinical.csv")
    raw = raw[raw["SampleType"] == "pre"]
    assert clinical["os_event"].sum() == (raw["OS_SOR"] == 0).sum()
    counts = pd.read_csv(folder / "counts.csv.gz", index_col=0)
    samples = pd.read_csv(folder / "samples.csv")
    samples = samples[samples["tp"] == "Pre"].drop_duplicates("pt")
    ccl5 = np.log2(1e6 * counts.loc[6352] / counts.sum() + 1)
    scores = samples.assign(ccl5=ccl5.reindex(samples["sample"]).to_numpy())
    scores = scores.rename(columns={"pt": "patient"})[["patient", "ccl5"]]
    joined = clinical.merge(scores, on="patient").assign(circuit_index=np.nan)
    rows = associate(joined, nodes_named("ccl5"), cohort.clinical, Clinical())
    row = rows.set_index("score").loc["ccl5"]
    names = {"os_time_days": "time", "os_event": "event", "ccl5": "score"}
    oracle = cox_in_r(joined.rename(columns=names)[[*names.values()]].dropna())
    print(f"CCL5 and survival: hazard ratio {row['estimate']:.4f}, in R {oracle['estimate']:.4f}")
    assert row[NUMBERS].tolist() == pytest.approx(oracle[NUMBERS].tolist(), rel=1e-4)
    assert row["n_events"] > 20


def test_swapped_event_codes_turn_the_direction(tmp_path):
    """Patients with high scores die, the others are censored: swapped codes say the opposite."""
    generator = np.random.default_rng(12)
    score = generator.normal(size=60)
    died = score + generator.normal(scale=0.7, size=60) > 0
    time = generator.integers(1, 700, 60)
    frame = pd.DataFrame(
        {"patient": [f"p{n}" for n in range(60)], "t": time, "s": died.astype(int)}
    )
    frame.to_csv(tmp_path / "clinical.tsv", sep="\t", index=False)
    hazards = {}
    for event in (1, 0):
        endpoint = {"time": "t", "status": "s", "event": event, "censored": 1 - event}
        spec = {
            "table": str(tmp_path / "clinical.tsv"),
            "endpoints": {"os": endpoint | {"unit": "days"}},
        }
        data = {"title": "", "species": "human", "samples": {"table": "none"}, "clinical": spec}
        clinical, _ = read_clinical(Cohort.model_validate(data), "cohort.yaml")
        columns = clinical["os_time_days"], clinical["os_event"]
        hazards[event] = cox(pd.Series(score), *columns, plain(score))
    assert hazards[1]["ci_low"] > 1
    assert hazards[0]["ci_high"] < 1


def test_times_of_zero_and_ties_agree_with_r(cox_in_r):
    generator = np.random.default_rng(13)
    score = generator.normal(size=50)
    time = np.floor(generator.exponential(4 * np.exp(-0.5 * score)))
    event = (generator.random(50) < 0.8).astype(float)
    assert (time == 0).sum() > 3
    frame = pd.DataFrame({"time": time, "event": event, "score": score})
    row = cox(frame["score"], frame["time"], frame["event"], plain(score))
    oracle = cox_in_r(frame)
    assert [row[name] for name in NUMBERS[2:]] == pytest.approx(
        oracle[NUMBERS[2:]].tolist(), rel=1e-4
    )


def permuted(count: int, patients: int = 40) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Clinical data, and as many scores that have nothing to do with them."""
    generator = np.random.default_rng(14)
    joined = pd.DataFrame(
        {
            "pain_now_0_10": generator.integers(0, 11, patients).astype(float),
            "os_time_days": np.ceil(generator.exponential(300, patients)),
            "os_event": (generator.random(patients) < 0.7).astype(float),
            "circuit_index": np.nan,
        }
    )
    score = generator.normal(size=patients)
    names = [f"score_{number}" for number in range(count)]
    shuffled = pd.DataFrame({name: generator.permutation(score) for name in names})
    return pd.concat([joined, shuffled], axis=1), nodes_named(*names)


NRS = {"now": {"column": "p", "instrument": "NRS", "direction": "higher_worse"}}


def test_permuted_scores_give_uniform_p_and_no_discoveries():
    joined, nodes = permuted(300)
    rows = associate(joined, nodes, clinical_table(endpoints={}, pain=NRS), Clinical())
    pvalues = rows["pvalue"].dropna()
    assert len(pvalues) == 300
    assert stats.kstest(pvalues, "uniform").pvalue > 0.01
    joined, nodes = permuted(120)
    rows = associate(joined, nodes, clinical_table(), Clinical())
    pvalues = rows["pvalue"].dropna()
    assert len(pvalues) == 120
    assert stats.kstest(pvalues, "uniform").pvalue > 0.01
    assert (rows["fdr"] < 0.05).sum() == 0


def test_false_discovery_rates_are_by_endpoint_and_model():
    joined, nodes = permuted(5)
    joined["stage"] = np.arange(len(joined)) % 4
    joined["score_1"] = np.nan
    clinical = clinical_table(
        pain=NRS,
        covariates={"stage": {"column": "c", "kind": "continuous"}},
        adjust_for=["stage"],
    )
    rows = associate(joined, nodes, clinical, Clinical())
    questions = rows[["endpoint", "model"]].drop_duplicates()
    assert list(questions.itertuples(index=False, name=None)) == [
        ("pain_now_0_10", "Spearman"),
        ("pain_now_0_10", "partial Spearman"),
        ("os", "Cox"),
        ("os", "Cox, adjusted"),
    ]
    for _, family in rows.groupby(["endpoint", "model"]):
        assert len(family) == 6
        # Scores that were not estimated are not part of the family: 4 tests, not 6.
        tested = family.dropna(subset="pvalue").sort_values("pvalue")
        assert len(tested) == 4
        by_hand = [
            min(tested["pvalue"].iloc[place] * 4 / (place + 1) for place in range(rank, 4))
            for rank in range(4)
        ]
        assert tested["fdr"].tolist() == pytest.approx(by_hand)
        left = family[family["pvalue"].isna()]
        assert left["note"].eq("0 patients, 8 needed").all()
        assert left["n"].eq(0).all()
    checked = ASSOCIATIONS.conform(rows)
    assert checked["n_events"].isna().sum() == 12


def test_a_planted_correlation_is_covered_by_its_interval():
    """Draw bivariate normal pairs: Spearman's rho is 6/pi asin(r/2)."""
    generator = np.random.default_rng(15)
    r = 0.5
    truth = 6 / np.pi * np.arcsin(r / 2)
    covered = 0
    for _ in range(400):
        x = generator.normal(size=40)
        y = r * x + np.sqrt(1 - r**2) * generator.normal(size=40)
        row = spearman(pd.Series(x), pd.Series(y), plain(x))
        covered += row["ci_low"] < truth < row["ci_high"]
    print(f"coverage of the 95% interval: {covered / 4:.1f}%")
    assert 0.92 <= covered / 400 <= 0.98
