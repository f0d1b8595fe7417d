"""Clinical groups on the page: none that identifies a patient."""

import numpy as np
import pandas as pd
import pytest

from innervate.config.settings import Clinical
from innervate.report.context import Context
from innervate.report.data import load_results
from innervate.report.groups import by_group, groupings, smallest_group
from innervate.report.parts import patients


def grouped(sizes: dict[str, int], smallest: int = 5):
    names = [name for name, n in sizes.items() for _ in range(n)]
    codes = [f"P{i}" for i in range(len(names))]
    values = pd.Series(pd.Categorical(names, list(sizes), ordered=True), codes)
    matrix = pd.DataFrame([np.arange(len(codes), dtype=float)], ["node"], codes)
    return by_group(matrix, "Stage", values, smallest)


def test_means_are_those_of_the_groups():
    found = grouped({"I": 5, "II": 6})
    assert found.means.loc["node"].to_dict() == {"I": 2.0, "II": 7.5}
    assert found.sizes == {"I": 5, "II": 6}
    assert found.hidden == 0


@pytest.mark.parametrize(
    ("sizes", "shown"),
    [
        ({"I": 4, "II": 6, "III": 7, "IV": 8}, ["III", "IV"]),
        ({"I": 3, "II": 3, "III": 7, "IV": 8}, ["III", "IV"]),
        ({"I": 0, "II": 6, "III": 7}, ["II", "III"]),
    ],
)
def test_small_groups_are_hidden_with_what_would_give_them_away(sizes, shown):
    assert list(grouped(sizes).means.columns) == shown


def test_fewer_than_two_groups_are_not_shown():
    assert grouped({"I": 4, "II": 20}) is None
    assert grouped({"I": 4, "II": 5, "III": 30}) is None


def test_a_node_measured_in_few_of_a_group_is_not_shown_for_it():
    codes = [f"P{i}" for i in range(12)]
    values = pd.Series(pd.Categorical(["I"] * 6 + ["II"] * 6), codes)
    matrix = pd.DataFrame([np.ones(12)], ["node"], codes)
    matrix.iloc[0, :2] = np.nan
    means = by_group(matrix, "Stage", values, 5).means
    assert np.isnan(means.loc["node", "I"])
    assert means.loc["node", "II"] == 1


@pytest.mark.parametrize(("asked", "smallest"), [(0, 5), (3, 5), (11, 11)])
def test_five_patients_are_the_least_and_the_config_may_ask_for_more(asked, smallest):
    assert smallest_group(Clinical(suppress_below=asked)) == smallest


def test_the_section_groups_by_what_the_cohort_declares(fake, circuit):
    results = load_results(fake.folder)
    found = groupings(fake.cohort, results.clinical["joined"])
    assert list(found) == ["Pain (worst)"]
    assert set(found["Pain (worst)"]) == {"moderate"}
    (sentence,) = patients.groups(Context(results, fake.cohort, fake.settings, circuit))
    assert sentence == "Not shown by Pain (worst): fewer than two groups of 5 patients or more."
    categories = np.where(np.arange(12) % 2, "none", "severe")
    results.clinical["joined"]["pain_worst_category"] = categories
    (chart,) = patients.groups(Context(results, fake.cohort, fake.settings, circuit))
    assert chart.title == "Mean node scores by Pain (worst)."
    assert "none" in chart.svg
    assert "severe" in chart.svg
