"""The section on response: it says what the tables say, and what is missing."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from innervate.prediction.discrimination import roc_points
from innervate.report.context import Context
from innervate.report.data import load_results
from innervate.report.figures.style import Chart
from innervate.report.html import render
from innervate.report.parts.response import response
from innervate.report.tables import Table
from innervate.statistics.probability_calibration import calibration, decision_curve


@pytest.fixture
def tables(fake):
    """Return the tables of a response with a hostile name."""
    generator = np.random.default_rng(0)
    score = pd.Series(generator.uniform(0.1, 0.9, 40))
    answer = pd.Series((generator.uniform(size=40) < score) * 1.0)
    names = {"response": fake.hostile}
    row = {**names, "n": 40, "n_responders": 17, "ci_low": 0.55, "ci_high": 0.85, "pvalue": 0.01,
           "fdr": 0.03, "note": "", "higher_means": "response"}  # fmt: skip
    empty = dict.fromkeys(("auc_difference", "difference_low", "difference_high"), np.nan)
    row |= {**empty, "difference_pvalue": np.nan, "n_common": 40}
    rows = [
        {**row, "predictor": "circuit_index", "kind": "index", "auc": 0.6123},
        {**row, "predictor": "signature", "kind": "signature", "auc": 0.7345},
        {**row, "predictor": "cd274", "kind": "baseline", "auc": np.nan, "ci_low": np.nan,
         "ci_high": np.nan, "fdr": np.nan, "note": "not measurable: no bulk"},
    ]  # fmt: skip
    points = roc_points(score, answer)
    arm = {"score": "atf4", "endpoint": "os", "model": "Cox", "n_control": 20, "n_treated": 20,
           "n_events_control": 9, "n_events_treated": 8, "estimate": 1.7, "ci_low": 1.1,
           "ci_high": 2.6, "pvalue": 0.02, "fdr": 0.04, "note": ""}  # fmt: skip
    return {
        "prediction": pd.DataFrame(rows),
        "roc": pd.concat(
            points.assign(predictor=name, **names) for name in ("circuit_index", "signature")
        ),
        "calibration": calibration(score, answer).assign(**names),
        "decision": decision_curve(score, answer).assign(**names),
        "arm_interactions": pd.DataFrame([arm]),
    }


def with_tables(fake, tables):
    results = load_results(fake.folder)
    return dataclasses.replace(results, clinical={**results.clinical, **tables})


def test_the_section_shows_curves_areas_calibration_and_net_benefit(fake, circuit, tables):
    context = Context(with_tables(fake, tables), fake.cohort, fake.settings, circuit)
    blocks = response(context)
    charts = [block for block in blocks if isinstance(block, Chart)]
    assert len(charts) == 4
    assert "0.73" in charts[0].title
    assert "0.61 (0.55 to 0.85), n = 40" in charts[0].svg
    assert charts[1].title.startswith("2 of 2 predictors have")
    assert f"{tables['calibration']['slope'].iloc[0]:.2f}" in charts[2].title
    areas, arms = (block for block in blocks if isinstance(block, Table))
    assert [row[0] for row in areas.rows][2] == "CD274 (PD-L1) expression"
    assert "not measurable: no bulk" in areas.rows[2]
    assert "1.70 (1.10 to 2.60)" in arms.rows[0]


def test_each_predictor_is_shown_with_its_direction(fake, circuit, tables):
    tables["prediction"]["higher_means"] = ["no response", "response", "response"]
    context = Context(with_tables(fake, tables), fake.cohort, fake.settings, circuit)
    blocks = response(context)
    curves, areas = [block for block in blocks if isinstance(block, Chart)][:2]
    for chart in (curves, areas):
        assert "Circuit index (higher: no response)" in chart.svg
        assert "cross-validated (higher: response)" in chart.svg
    table = next(block for block in blocks if isinstance(block, Table))
    heads = [column.title for column in table.headers]
    shown = [row[heads.index("Higher means")] for row in table.rows]
    assert shown == ["no response", "response", "response"]


def test_a_node_is_drawn_for_the_known_predictor_that_it_is(fake, circuit, tables):
    frame = tables["prediction"].assign(same_as="")
    frame.loc[0, ["predictor", "kind"]] = ["cgrp", "node"]
    frame.loc[2, ["predictor", "same_as"]] = ["cxcl9_spp1", "cgrp"]
    tables["roc"] = tables["roc"].replace({"predictor": {"circuit_index": "cgrp"}})
    results = with_tables(fake, {**tables, "prediction": frame})
    blocks = response(Context(results, fake.cohort, fake.settings, circuit))
    curves = next(block for block in blocks if isinstance(block, Chart))
    assert "0.61 (0.55 to 0.85), n = 40" in curves.svg


def test_the_page_holds_it_safely_and_its_methods(fake, circuit, tables):
    page = render(with_tables(fake, tables), fake.cohort, fake.settings, circuit)
    assert "<script>alert" not in page
    assert "weights, which are patented" in page
    assert "Vickers and Elkin" in page
    assert page == render(with_tables(fake, tables), fake.cohort, fake.settings, circuit)


def test_what_is_missing_is_a_sentence(fake, circuit, tables):
    def shown(**changed):
        results = with_tables(fake, {**tables, **changed})
        return response(Context(results, fake.cohort, fake.settings, circuit))

    nothing = shown(prediction=tables["prediction"].iloc[:0], arm_interactions=None)
    assert len(nothing) == 2
    assert "No response to treatment is declared" in nothing[0]
    failed = tables["prediction"].iloc[2:]
    assert "was not predicted: not measurable: no bulk" in shown(prediction=failed)[0]
    bare = shown(roc=None, calibration=tables["calibration"].iloc[:0], decision=None)
    assert len([block for block in bare if isinstance(block, Chart)]) == 1
