"""Pain over time: changes, sudden rises, and the mixed model against R's nlme."""

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
from innervate.inputs.clinical.visits import mixed_model
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


def test_changes_and_a_sudden_rise_by_hand(declare, tmp_path):
    cohort = declare("id\tnrs\na\t3\nb\t6\nc\t\nd\t2\n", pain={"now": repeated(tmp_path)})
    frame, _ = read_clinical(cohort, "cohort.yaml")
    frame = frame.set_index("patient")
    # From 3 by 4 to 7: the last step is 3 points. b falls; c has no baseline, d nothing later.
    np.testing.assert_array_equal(frame["pain_now_change"], [4, -1, np.nan, np.nan])
    np.testing.assert_array_equal(frame["pain_now_worsening"], [1, 0, np.nan, np.nan])
    over_time, problems = read_over_time(cohort.clinical, frame.reset_index())
    assert problems == []
    assert "x" not in set(over_time["patient"])
    mine = over_time[over_time["patient"] == "a"]
    assert mine["days"].tolist() == [0, 14, 28]
    assert mine["change"].tolist() == [0, 1, 4]


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
