"""Figures of the clinic: curves, pain by node; what is drawn is what the tables hold."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from innervate.inputs.clinical.pain import CATEGORIES
from innervate.report.data import load_results
from innervate.report.figures.clinical import forest
from innervate.report.figures.pain_nodes import scores_by_category
from innervate.report.figures.survival import kaplan_meier

SVG = "{http://www.w3.org/2000/svg}"


def texts(chart) -> list[str]:
    return [text.text for text in ET.fromstring(chart.svg).iter(f"{SVG}text")]


@pytest.fixture(scope="module")
def clinical(fake):
    return load_results(fake.folder).clinical


def test_curves_stand_above_the_numbers_at_risk(clinical, fake):
    chart = kaplan_meier(clinical["survival_curves"], clinical["survival"], "Index", "days")
    words = texts(chart)
    assert "low: n = 6, 2 events" in words
    assert "high: n = 6, 4 events" in words
    place = words.index("Patients at risk")
    assert place > 0
    assert chart.title == f"{fake.hostile} by Index: log-rank p 0.04."
    assert "n = 12 patients, 6 events" in chart.note
    assert "Log-rank test" in chart.note
    assert chart.table == "clinical/survival_curves.tsv"


def test_the_number_at_risk_is_of_those_whose_time_is_not_over():
    rows = [("low", t, n) for t, n in ((0, 9), (100, 9), (200, 7), (400, 2))]
    curves = pd.DataFrame(rows, columns=["group", "time", "at_risk"])
    curves = curves.assign(survival=0.9, ci_low=0.5, ci_high=1.0)
    groups = pd.DataFrame({"endpoint": "os", "cut": "median", "group": ["low"], "n": 9,
                           "n_events": 7, "horizon": 400.0, "logrank_pvalue": 0.2})  # fmt: skip
    words = texts(kaplan_meier(curves, groups, "Index"))
    ticks = [float(word) for word in words if word in ("0", "100", "200", "300", "400")]
    assert ticks[:5] == [0, 100, 200, 300, 400]
    at_risk = [word for word in words if word in ("9", "7", "2")]
    assert at_risk == ["9", "9", "7", "2", "2"]


def joined(counts: dict[str, int]) -> pd.DataFrame:
    rows = [category for category, n in counts.items() for _ in range(n)]
    frame = pd.DataFrame({"pain_nrs_category": rows})
    frame["atf4"] = frame["pain_nrs_category"].map(CATEGORIES.index) + np.linspace(-1, 1, len(rows))
    return frame


def drawn(frame, below=0):
    tests = pd.DataFrame({"score": ["atf4"], "estimate": [0.5123], "fdr": [0.01]})
    names = {"atf4": "ATF4 <b>", "absent": "Absent"}
    return scores_by_category(frame, "pain_nrs_category", CATEGORIES, names, tests, 0.05, below)


def test_pain_by_node_shows_means_with_n_and_the_test_of_the_associations():
    chart = drawn(joined({"none": 8, "mild": 7, "moderate": 6, "severe": 3}))
    assert chart.title == "1 of 1 score rises or falls with nrs at a false discovery rate of 5%."
    assert "(8 none, 7 mild, 6 moderate)" in chart.note
    assert "they have too few patients: severe" in chart.note
    words = texts(chart)
    assert "rank correlation 0.51, FDR 0.01" in words
    assert "ATF4 <b>" in words
    assert "severe" not in words


def test_suppression_takes_a_second_category_along():
    frame = joined({"none": 8, "mild": 7, "moderate": 6, "severe": 3})
    assert "(8 none, 7 mild)" in drawn(frame, below=5).note
    assert drawn(joined({"none": 8, "mild": 7, "severe": 3}), below=5) is None
    assert drawn(joined({"none": 4, "mild": 4})) is None


def test_a_category_of_few_with_the_score_has_no_mean():
    frame = joined({"none": 8, "mild": 7, "moderate": 6})
    frame.loc[frame.index[-3:], "atf4"] = np.nan
    whole, part = (
        len(re.findall("<use", drawn(f).svg))
        for f in (joined({"none": 8, "mild": 7, "moderate": 6}), frame)
    )
    assert part < whole


def test_ratios_are_labeled_without_running_into_each_other(clinical):
    part = clinical["associations"].query("endpoint == 'overall_survival'").copy()
    part["ci_low"], part["ci_high"] = 0.01, 100.0
    chart = forest(part, {}, 0.05)
    ticks = [word for word in texts(chart) if re.fullmatch(r"[\d.]+", word or "")]
    assert ticks == ["0.01", "0.1", "1", "10", "100"]
    part["ci_low"], part["ci_high"] = 0.6, 1.8
    ticks = [word for word in texts(forest(part, {}, 0.05)) if re.fullmatch(r"[\d.]+", word or "")]
    assert ticks == ["0.67", "0.8", "1", "1.25", "1.5", "2"]
    assert chart.table == "clinical/associations.tsv"


def test_one_row_is_enough_for_a_forest(clinical):
    chart = forest(clinical["associations"].iloc[:1], {}, 0.05)
    assert "of 1 score" in chart.title
