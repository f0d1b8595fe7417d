"""Kaplan-Meier by groups: against R's survival, by hand, and with too little to say."""

import subprocess

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter

from innervate.clinical.survival import restricted_mean, survival_by_group
from innervate.config.clinical import ClinicalTable
from innervate.config.settings import Clinical

SPEC = ClinicalTable.model_validate(
    {"table": "t", "endpoints": {"os": {"time": "time", "status": "status", "event": 1,
                                        "censored": 0, "unit": "days"}}}
)  # fmt: skip
NODES = pd.DataFrame({"node": ["a", "b"], "status": ["measured", "not measurable"],
                      "control": False})  # fmt: skip


@pytest.fixture(scope="module")
def joined():
    from lifelines.datasets import load_lung

    frame = load_lung().dropna(subset=["meal.cal"]).reset_index(drop=True)
    return pd.DataFrame(
        {"a": frame["meal.cal"] + np.arange(len(frame)) * 1e-6, "circuit_index": frame["age"] * 1.0,
         "os_time_days": frame["time"] * 1.0, "os_event": frame["status"] * 1.0}
    )  # fmt: skip


def test_agrees_with_r_survival(joined, rscript, repo, tmp_path):
    found = survival_by_group(joined, NODES, SPEC, Clinical()).table
    mine = found[found["score"] == "a"].set_index("group")
    group = np.where(joined["a"] > joined["a"].median(), "high", "low")
    data = pd.DataFrame({"time": joined["os_time_days"], "event": joined["os_event"],
                         "group": group})  # fmt: skip
    data.to_csv(tmp_path / "data.tsv", sep="\t", index=False)
    horizon = str(mine["horizon"].iloc[0])
    script = repo / "tests/golden/kaplan_meier.R"
    out = tmp_path / "out.tsv"
    subprocess.run([rscript, script, tmp_path / "data.tsv", horizon, out], check=True)
    theirs = pd.read_csv(out, sep="\t").set_index("group")
    for name in ("low", "high"):
        assert mine.loc[name, "n"] == theirs.loc[name, "records"]
        assert mine.loc[name, "median_time"] == theirs.loc[name, "median"]
        assert mine.loc[name, "median_low"] == theirs.loc[name, "0.95LCL"]
        mean = theirs.loc[name, "rmean"]
        assert mine.loc[name, "restricted_mean"] == pytest.approx(mean, rel=1e-6)
        error = theirs.loc[name, "se(rmean)"]
        assert mine.loc[name, "restricted_mean_se"] == pytest.approx(error, rel=1e-4)
    assert mine["logrank_pvalue"].iloc[0] == pytest.approx(theirs["logrank"].iloc[0], rel=1e-4)


def test_the_restricted_mean_by_hand():
    fit = KaplanMeierFitter().fit([1.0, 2.0, 4.0], [1, 1, 0])
    mean, error = restricted_mean(fit, 3.0)
    assert mean == pytest.approx(1 + 2 / 3 + 1 / 3)
    # After 1 an area of 1 is left, after 2 one of 1/3; 1/(3*2) and 1/(2*1) by Greenwood.
    assert error == pytest.approx(np.sqrt(1 / 6 + 1 / 9 / 2))


def test_curves_start_at_one_and_count_who_is_at_risk(joined):
    curves = survival_by_group(joined, NODES, SPEC, Clinical(cut="tertiles")).curves
    assert set(curves["group"]) == {"low", "middle", "high"}
    assert set(curves["score"]) == {"a", "circuit_index"}
    first = curves[(curves["score"] == "a") & (curves["time"] == 0)]
    assert (first["survival"] == 1).all()
    assert first["at_risk"].sum() == len(joined)


def test_few_patients_or_equal_values_are_said(joined):
    few = survival_by_group(joined.head(6), NODES, SPEC, Clinical()).table
    assert few["note"].iloc[0] == "6 patients with 5 events, 8 with 5 needed"
    flat = survival_by_group(joined.assign(a=1.0), NODES, SPEC, Clinical()).table
    assert flat["note"].iloc[0] == "too many equal values for groups"
