"""Pain over time: changes from baseline, and the mixed model against R's nlme."""

import shutil
import subprocess

import numpy as np
import openpyxl
import pandas as pd
import pytest
from scipy import stats

from innervate.clinical.associations import associate
from innervate.config.settings import Clinical
from innervate.inputs.clinical.pain import pain_category
from innervate.inputs.clinical.table import read_clinical, read_over_time
from innervate.inputs.clinical.visits import mixed_model, over_time, summarize
from innervate.runtime.errors import InputError

NRS = {"column": "nrs", "instrument": "NRS", "direction": "higher_worse"}
LATER = "code\tweek\tpain\na\t2\t4\na\t4\t7\nb\t-1\t9\nb\t4\t5\nc\t2\t1\nx\t2\t9\na\t0\t3\n"


def repeated(tmp_path, text=LATER):
    (tmp_path / "later.tsv").write_text(text)
    repeats = {"table": str(tmp_path / "later.tsv"), "patient": "code", "time": "week"}
    return NRS | {"repeats": repeats | {"value": "pain", "unit": "weeks"}}


def test_categories_at_their_cut_offs():
    values = pd.Series([0, 1, 4.9, 5, 6.9, 7, 10, np.nan])
    names = ["none", "mild", "mild", "moderate", "moderate", "severe", "severe", None]
    assert pain_category(values, 5, 7).tolist() == names
    # The five levels of the University of Washington scale, once inverted.
    levels = pd.Series([0, 2.5, 5, 7.5, 10])
    assert pain_category(levels, 5, 7).tolist() == ["none", "mild", "moderate", "severe", "severe"]


def test_changes_and_a_worsening_by_hand(declare, tmp_path):
    cohort = declare("id\tnrs\na\t3\nb\t6\nc\t\nd\t2\n", pain={"now": repeated(tmp_path)})
    frame, _ = read_clinical(cohort, "cohort.yaml")
    frame = frame.set_index("patient")
    # From 3 by 4 to 7. b falls; c has no baseline, d nothing later.
    np.testing.assert_array_equal(frame["pain_now_change"], [4, -1, np.nan, np.nan])
    np.testing.assert_array_equal(frame["pain_now_worsening"], [1, 0, np.nan, np.nan])
    over_time, problems = read_over_time(cohort.clinical, frame.reset_index())
    assert problems == []
    assert "x" not in set(over_time["patient"])
    mine = over_time[over_time["patient"] == "a"]
    assert mine["days"].tolist() == [0, 14, 28]
    assert mine["change"].tolist() == [0, 1, 4]


def judged(*visits, baseline=3.0, rise=2.0):
    """Worsening of one patient asked every four weeks, and of nobody else."""
    days = 28.0 * np.arange(1, len(visits) + 1)
    later = pd.DataFrame({"patient": "a", "days": days, "value_0_10": visits})
    frame = over_time(pd.Series({"a": baseline}), later, "now")
    return summarize(frame, rise).loc["a", "worsening"]


@pytest.mark.parametrize(
    ("visits", "baseline", "worsening"),
    [
        ([5], 3, 1),
        ([4], 3, 0),
        # A rise that was undone; one between two visits that ends below the threshold.
        ([9, 3], 3, 0),
        ([1, 4], 3, 0),
        # In small steps, none of which reaches the threshold.
        ([4, 5, 6], 3, 1),
        # On a scale of 0 to 100, where 9.3 - 7.3 is not 2.
        ([9.3], 7.3, 1),
        # From 9 nobody rises by 2.
        ([10, 10], 9, np.nan),
        ([10], 8, 1),
        ([4, 6], np.nan, np.nan),
    ],
)
def test_a_worsening_is_a_change_from_baseline(visits, baseline, worsening):
    np.testing.assert_equal(judged(*visits, baseline=baseline), worsening)


@pytest.mark.parametrize(("spread", "by_chance"), [(1.0, 0.145), (1.5, 0.25)])
def test_more_visits_do_not_make_more_patients_worsen(spread, by_chance):
    """With no change at all: counting any rise between two visits gives 14 to 72, 25 to 91 %."""
    rng = np.random.default_rng(11)
    patients = [f"p{number}" for number in range(4000)]
    own = np.clip(rng.normal(4, 2, len(patients)), 1, 8)

    def asked():
        return np.clip(np.round(own + rng.normal(0, spread, len(own))), 0, 10)

    shares = {}
    for visits in (2, 4, 8):
        baseline = pd.Series(asked(), patients)
        later = [
            pd.DataFrame({"patient": patients, "days": 28.0 * visit, "value_0_10": asked()})
            for visit in range(1, visits)
        ]
        frame = over_time(baseline, pd.concat(later), "now")
        shares[visits] = summarize(frame, 2.0)["worsening"].mean()
    print(shares)
    # Binomial standard errors are at most 0.007.
    assert max(shares.values()) - min(shares.values()) < 0.035
    assert shares[8] == pytest.approx(by_chance, abs=0.025)


def test_no_measurement_is_left_out_without_a_row(declare, tmp_path):
    text = (
        "code\tweek\tpain\na\t2\t4\na\t\t4\na\t6\t\nx\t2\t9\nx\t3\t9\nw\t2\t1\n"
        "e\t2\t10\nf\t0\t4\nf\t2\t5\ng\t0\t4\ng\t2\t5\n"
    )
    cohort = declare(
        "id\tvisit\tnrs\na\t0\t3\nb\t0\t6\ne\t0\t9\nf\t0\t3\ng\t0\t\nw\t1\t4\n",
        pain={"now": repeated(tmp_path, text)},
        where={"visit": ["0"]},
    )
    _, exclusions = read_clinical(cohort, "cohort.yaml")
    found = exclusions[exclusions["stage"] == "clinical: pain_now over time"]
    assert set(zip(found["id"], found["reason"], strict=True)) == {
        ("x", "2 measurements: no row in the clinical table"),
        ("w", "1 measurement: no row of the clinical table that clinical.where selects"),
        ("a", "2 measurements: no time or no value"),
        ("b", "no measurement after the baseline"),
        ("g", "no baseline in the clinical table: no change from it"),
        ("e", "no worsening is judged: the baseline leaves no room for a rise of 2 points"),
        ("f", "a measurement at time 0 differs from the clinical table's, which stands"),
    }


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("001", "1"), ("1", "001"), ("P01", "p1"), ("P-07", "P07"), ("P10.0", "P10"), ("7 a", "07A")],
)
def test_codes_written_otherwise_are_a_problem_that_names_both(declare, tmp_path, ours, theirs):
    text = f"code\tweek\tpain\nq\t2\t4\n {theirs} \t2\t4\n{theirs}\t4\t6\n"
    cohort = declare(f"id\tnrs\nq\t3\n{ours} \t3\n", pain={"now": repeated(tmp_path, text)})
    with pytest.raises(InputError) as caught:
        read_clinical(cohort, "cohort.yaml")
    (problem,) = caught.value.problems
    assert problem.file == str(tmp_path / "later.tsv")
    assert problem.where == "row 3, column code"
    assert repr(theirs) in problem.found
    assert repr(ours) in problem.expected
    assert str(tmp_path / "clinical.tsv") in problem.expected
    assert "the same way in both files" in problem.fix


def test_a_code_that_both_tables_have_is_no_problem_beside_one_like_it(declare, tmp_path):
    text = "code\tweek\tpain\n1\t2\t4\n01\t2\t6\n1-12\t2\t1\n"
    table = "id\tnrs\n1\t3\n01\t3\n11-2\t3\n"
    cohort = declare(table, pain={"now": repeated(tmp_path, text)})
    frame, _ = read_clinical(cohort, "cohort.yaml")
    assert frame["pain_now_change"].tolist()[:2] == [1, 3]


def test_visits_of_nobody_in_the_clinical_table_are_a_problem(declare, tmp_path):
    cohort = declare("id\tnrs\nZ1\t3\n", pain={"now": repeated(tmp_path)})
    with pytest.raises(InputError, match=r"no patient of .*clinical\.tsv"):
        read_clinical(cohort, "cohort.yaml")


def test_only_an_intensity_is_followed_over_time(declare, tmp_path):
    screen = repeated(tmp_path) | {"instrument": "DN4"}
    cohort = declare("id\tnrs\na\t3\n", pain={"now": screen})
    with pytest.raises(InputError, match="an instrument of intensity"):
        read_clinical(cohort, "cohort.yaml")


def test_a_table_of_repeats_is_checked_like_any_other(declare, tmp_path):
    text = "code\tweek\tpain\na\t2\t4\na\t2\t5\na\t3\t11\na\t2020-01-01\t4\n"
    cohort = declare("id\tnrs\na\t3\n", pain={"now": repeated(tmp_path, text)})
    with pytest.raises(InputError) as caught:
        read_clinical(cohort, "cohort.yaml")
    wheres = {problem.where for problem in caught.value.problems}
    assert wheres == {"row 3", "row 4, column pain", "row 5, column week"}


def test_a_workbook_is_read_as_a_text_table(declare, tmp_path):
    book = openpyxl.Workbook()
    for row in (["id", "nrs", None], ["a", 3, None], ["007", 2.5, None], [None, None, None]):
        book.active.append(row)
    book.create_sheet("other").append(["id"])
    book.save(tmp_path / "clinical.xlsx")
    cohort = declare("", table=str(tmp_path / "clinical.xlsx"), pain={"now": NRS})
    frame, _ = read_clinical(cohort, "cohort.yaml")
    assert frame["patient"].tolist() == ["a", "007"]
    assert frame["pain_now"].tolist() == [3, 2.5]
    (tmp_path / "clinical.xlsx").write_text("no workbook")
    with pytest.raises(InputError, match="a readable workbook"):
        read_clinical(cohort, "cohort.yaml")


def simulated(patients, level, trend, seed):
    rng = np.random.default_rng(seed)
    names = [f"p{number:03d}" for number in range(patients)]
    age = pd.Series(rng.normal(60, 9, patients), names)
    score = pd.Series(rng.normal(size=patients), names)
    score = (score - score.mean()) / score.std()
    rows = []
    for name in names:
        own = rng.normal()
        for days in (0, 30, 61, 91):
            if days == 0 or rng.random() > 0.2:
                mean = 4 + level * score[name] + trend * score[name] * days / 30.4375
                mean += 0.03 * (age[name] - 60) + own
                rows.append((name, days, mean + rng.normal(0, 0.7)))
    frame = pd.DataFrame(rows, columns=["patient", "days", "value_0_10"])
    return score, frame, age.to_frame("age")


@pytest.mark.skipif(not shutil.which("Rscript"), reason="R is not installed")
def test_the_mixed_model_agrees_with_nlme(tmp_path):
    score, frame, covariates = simulated(40, 0.8, 0.3, seed=3)
    found = mixed_model(score, frame, covariates)
    table = frame.assign(score=score[frame["patient"]].to_numpy())
    table["age"] = covariates.loc[frame["patient"], "age"].to_numpy()
    table["months"] = table["days"] / (365.25 / 12)
    table.to_csv(tmp_path / "table.csv", index=False)
    code = (
        "if (!requireNamespace('nlme', quietly = TRUE)) quit(status = 9)\n"
        "d <- read.csv('table.csv')\n"
        "m <- nlme::lme(value_0_10 ~ score * months + age, random = ~ 1 | patient, data = d)\n"
        "write.csv(summary(m)$tTable, 'found.csv')\n"
    )
    done = subprocess.run(["Rscript", "-e", code], cwd=tmp_path, check=False)
    if done.returncode == 9:
        pytest.skip("R's nlme is not installed")
    theirs = pd.read_csv(tmp_path / "found.csv", index_col=0)
    for name, row in {"level": "score", "trend": "score:months"}.items():
        assert found[name]["estimate"] == pytest.approx(theirs.loc[row, "Value"], rel=1e-5)
        # Standard errors come from the whole Hessian here, with the variances in it.
        reach = stats.t.ppf(0.975, theirs.loc[row, "DF"]) * theirs.loc[row, "Std.Error"]
        width = found[name]["ci_high"] - found[name]["ci_low"]
        assert width / 2 == pytest.approx(reach, rel=1e-3)
        assert found[name]["pvalue"] == pytest.approx(theirs.loc[row, "p-value"], rel=0.02)


def test_what_is_planted_lies_in_its_interval_and_nothing_is_found_where_nothing_is():
    inside, pvalues = [], []
    for seed in range(60):
        found = mixed_model(*simulated(30, 0.6, 0.0, seed))
        level, trend = found["level"], found["trend"]
        inside.append(level["ci_low"] < 0.6 < level["ci_high"])
        pvalues.append(trend["pvalue"])
    assert 0.87 <= np.mean(inside) <= 1
    assert np.mean(np.array(pvalues) < 0.05) < 0.14
    assert 0.35 < np.mean(pvalues) < 0.65


def test_associations_hold_category_level_trend_and_worsening(declare, tmp_path):
    score, frame, covariates = simulated(40, 0.9, 0.4, seed=1)
    frame["pain"] = frame["value_0_10"].clip(0, 10).round(2)
    frame["code"], frame["week"] = frame["patient"], frame["days"] / 7
    text = frame.loc[frame["days"] > 0, ["code", "week", "pain"]].to_csv(sep="\t", index=False)
    first = frame[frame["days"] == 0].set_index("patient")["pain"]
    lines = [f"{name}\t{first[name]}\t{covariates.loc[name, 'age']}" for name in score.index]
    cohort = declare(
        "id\tnrs\tage\n" + "\n".join(lines) + "\n",
        pain={"now": repeated(tmp_path, text)},
        covariates={"age": {"column": "age", "kind": "continuous"}},
        adjust_for=["age"],
    )
    joined, _ = read_clinical(cohort, "cohort.yaml")
    over_time, _ = read_over_time(cohort.clinical, joined)
    joined["slit2"] = joined["circuit_index"] = joined["patient"].map(score)
    nodes = pd.DataFrame({"node": ["slit2"], "control": False, "status": "measured", "reason": ""})
    rows = associate(joined, nodes, cohort.clinical, Clinical(), over_time)
    mine = rows[rows["score"] == "slit2"].set_index(["endpoint", "model"])
    level = mine.loc[("pain_now_level", "mixed model, adjusted")]
    assert level["estimate_type"] == "points_per_sd"
    assert level["ci_low"] < 0.9 < level["ci_high"]
    trend = mine.loc[("pain_now_trend", "mixed model")]
    assert trend["ci_low"] < 0.4 < trend["ci_high"]
    category = mine.loc[("pain_now_category", "proportional odds")]
    assert category["estimate"] > 1.5
    assert category["pvalue"] < 0.05
    assert ("pain_now_worsening", "logistic") in mine.index
    # Too few worsen for a logistic model with a covariate: a row that says so.
    assert rows.loc[rows["fdr"].isna(), "note"].str.contains("events, .* needed").all()
