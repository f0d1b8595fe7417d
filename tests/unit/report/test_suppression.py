"""Small counts of patients by a clinical value are nowhere in a section, a figure or a table."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from innervate.config.settings import Settings
from innervate.report.context import Context
from innervate.report.data import load_results
from innervate.report.figures.missing import patterns
from innervate.report.figures.style import Chart
from innervate.report.figures.survival import kaplan_meier
from innervate.report.parts.clinical import associations
from innervate.report.parts.excluded import exclusions
from innervate.report.parts.pain import pain
from innervate.report.suppression import suppressed, suppressed_cells
from innervate.report.tables import Table
from innervate.report.text import MISSING


def settings(below: int) -> Settings:
    return Settings.model_validate({"clinical": {"suppress_below": below}})


@pytest.fixture
def hidden(fake, circuit):
    return Context(load_results(fake.folder), fake.cohort, settings(5), circuit)


def cells(table: Table, title: str) -> list[str]:
    place = [column.title for column in table.headers].index(title)
    return [row[place] for row in table.rows]


@pytest.mark.parametrize(
    ("counts", "kept"),
    [
        ([10, 6, 5, 3], [10, 6, None, None]),
        ([10, 3, 2, 0], [10, None, None, 0]),
        ([4, 0], [None, None]),
        ([7, 5], [7, 5]),
        ([0, 9], [0, 9]),
        ([3], [None]),
    ],
)
def test_a_small_count_is_hidden_and_so_is_what_the_sum_would_tell(counts, kept):
    assert suppressed_cells(counts, 5) == kept
    assert suppressed_cells(counts, 0) == counts


def test_nothing_is_hidden_unless_the_config_asks(fake, circuit):
    results = load_results(fake.folder)
    assert suppressed(results, 0) is results
    assert Context(results, fake.cohort, settings(1), circuit).results is results


def test_every_context_is_without_small_counts(hidden):
    clinical = hidden.results.clinical
    # 8 events of 12 patients leave 4 without; 3 patients with 2 events are few themselves.
    survival = clinical["associations"].query("endpoint == 'overall_survival'")
    assert survival["n_events"].isna().all()
    few = survival[survival["model"] == "adjusted"]
    assert few["n"].isna().all()
    assert few["note"].item() == "too few events; small counts are suppressed"
    assert clinical["missing"]["n"].isna().all()
    assert clinical["survival"]["n_events"].isna().all()


def test_what_is_hidden_stays_hidden_the_same_way(hidden):
    again = suppressed(hidden.results, 5).clinical
    for name, frame in hidden.results.clinical.items():
        pd.testing.assert_frame_equal(again[name], frame)


def test_events_that_are_few_are_not_told_with_the_associations(hidden):
    blocks = associations(hidden)
    table = next(block for block in blocks if isinstance(block, Table))
    assert "Events" not in [column.title for column in table.headers]
    assert "8 events" not in str(blocks)
    assert "Counts of 1 to 4 patients" in blocks[0]


def test_curves_are_not_drawn_where_a_group_has_few_events(hidden, fake):
    assert hidden.results.clinical["survival_curves"].empty
    sentence = f"No curve of {fake.hostile} is shown, as small counts are suppressed."
    assert sentence in associations(hidden)


def test_one_group_with_few_events_hides_the_others_of_its_figure(fake):
    results = load_results(fake.folder)
    groups = results.clinical["survival"].assign(n=20, n_events=[9, 4])
    clinical = {**results.clinical, "survival": groups}
    results = dataclasses.replace(results, clinical=clinical)
    assert suppressed(results, 5).clinical["survival_curves"].empty
    assert len(suppressed(results, 4).clinical["survival_curves"]) == 4


def test_a_curve_ends_where_few_are_at_risk(fake):
    results = load_results(fake.folder)
    groups = results.clinical["survival"].assign(n=20, n_events=[9, 8])
    rows = [("low", 0, 20), ("low", 90, 12), ("low", 180, 4), ("high", 0, 20), ("high", 50, 5)]
    curves = pd.DataFrame(rows, columns=["group", "time", "at_risk"])
    curves = curves.assign(
        score="circuit_index", endpoint=fake.hostile, survival=0.5, ci_low=0.2, ci_high=0.9
    )
    clinical = {**results.clinical, "survival": groups, "survival_curves": curves}
    kept = suppressed(dataclasses.replace(results, clinical=clinical), 5).clinical
    assert kept["survival_curves"]["at_risk"].tolist() == [20, 12, 20, 5]
    chart = kaplan_meier(kept["survival_curves"], kept["survival"], "Index", "days", 5)
    assert "&lt;5" in chart.svg
    assert ">4<" not in chart.svg
    assert "fewer than 5 are at risk" in chart.note
    assert "17 events" in chart.note


def test_pain_is_counted_without_small_categories(hidden):
    joined = hidden.results.clinical["joined"].copy()
    joined["pain_worst_category"] = ["none"] * 8 + ["mild"] * 3 + ["severe"]
    joined["pain_worst_worsening"] = [1.0] * 2 + [0.0] * 10
    joined["opioids"] = [3.0] + [0.0] * 11
    clinical = {**hidden.results.clinical, "joined": joined}
    context = dataclasses.replace(
        hidden, results=dataclasses.replace(hidden.results, clinical=clinical)
    )
    blocks = pain(context)
    table = next(block for block in blocks if isinstance(block, Table))
    found = {title: cells(table, title)[0] for title in ("None", "Mild", "Moderate", "Severe")}
    assert found == {"None": "8", "Mild": MISSING, "Moderate": "0", "Severe": MISSING}
    assert cells(table, "Worse at the end") == [MISSING]
    assert cells(table, "Judged") == ["12"]
    assert any(str(block).startswith("Some (suppressed) of 12 took opioids") for block in blocks)
    assert not any(isinstance(block, Chart) and "by category" in block.title for block in blocks)


def test_a_response_of_few_patients_has_no_curve_that_could_be_counted(fake):
    key = {"response": "icb"}
    prediction = pd.DataFrame([
        {**key, "predictor": name, "n": 40, "n_responders": n, "note": ""}
        for name, n in (("signature", 37), ("index", 20))
    ])  # fmt: skip
    clinical = {
        "prediction": prediction,
        "roc": pd.DataFrame({**key, "predictor": ["signature", "index"],
                             "false_positive_rate": 0.5, "true_positive_rate": 0.5}),
        "calibration": pd.DataFrame({**key, "n": [10, 10], "observed": [0.5, 0.2]}),
        "decision": pd.DataFrame({**key, "threshold": [0.1]}),
    }  # fmt: skip
    results = dataclasses.replace(load_results(fake.folder), clinical=clinical)
    kept = suppressed(results, 5).clinical
    assert kept["prediction"]["n_responders"].isna().tolist() == [True, False]
    assert kept["roc"]["predictor"].tolist() == ["index"]
    assert kept["calibration"].empty
    assert kept["decision"].empty
    clinical["prediction"] = prediction.assign(n_responders=20)
    kept = suppressed(dataclasses.replace(results, clinical=clinical), 5).clinical
    # Two of ten responded in the second bin.
    assert kept["calibration"]["observed"].tolist() == [0.5]
    assert len(kept["decision"]) == 1


def test_a_marker_is_judged_only_where_no_cell_of_its_table_is_small(fake):
    results = load_results(fake.folder)
    kept = suppressed(results, 5).clinical["biomarkers"]
    # 70% of 6 active patients are 4; a node is no clinical value.
    assert np.isnan(kept.loc[kept["score"] == "pain_worst_0_10", "sensitivity"].item())
    assert kept.loc[kept["score"] == "atf4", "sensitivity"].item() == 0.7


def test_few_patients_of_an_arm_are_not_told(fake):
    arms = pd.DataFrame({
        "n_control": [20, 20, 3], "n_treated": 20, "n_events_control": [9, 2, 3],
        "n_events_treated": 8, "estimate": 1.5, "pvalue": 0.1, "note": "",
    })  # fmt: skip
    results = load_results(fake.folder)
    results = dataclasses.replace(results, clinical={"arm_interactions": arms})
    kept = suppressed(results, 5).clinical["arm_interactions"]
    assert kept["n_events_control"].isna().tolist() == [False, True, True]
    assert kept["n_events_treated"].isna().tolist() == [False, True, True]
    assert kept["n_control"].isna().tolist() == [False, False, True]
    assert kept["estimate"].isna().tolist() == [False, False, True]


def test_patterns_with_hidden_counts_are_drawn_without_them(fake):
    missing = pd.DataFrame({"columns": ["", "stage", "hpv"], "n": [20, 6, 2], "share": 0.1})
    results = dataclasses.replace(load_results(fake.folder), clinical={"missing": missing})
    chart = patterns(suppressed(results, 5).clinical["missing"])
    assert chart.title == (
        "20 of 20 patients, and those of 2 patterns whose counts are suppressed, lack nothing."
    )
    assert chart.svg.count("suppressed") == 2 + 1 + 1


def test_who_lacks_a_value_is_not_listed(hidden):
    figure, summary, whole = exclusions(hidden)
    assert "P002" not in str(whole.first)
    assert "not listed" in str(whole.first)
    assert summary.rows[[row[1] for row in summary.rows].index("patient")][-1] == MISSING
    assert "1 patient" not in figure.title
