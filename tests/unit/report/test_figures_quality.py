"""Figures of quality: exclusions, covariates of components, scores by tissue."""

import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from innervate.report.context import Context
from innervate.report.data import load_results
from innervate.report.embed import script_json
from innervate.report.figures.covariates import explained
from innervate.report.figures.exclusions import excluded
from innervate.report.figures.tissues import primary, scores_by_tissue
from innervate.report.parts.bulk import principal_components, quality
from innervate.report.parts.excluded import exclusions

SVG = "{http://www.w3.org/2000/svg}"


def texts(chart) -> list[str]:
    return [text.text for text in ET.fromstring(chart.svg).iter(f"{SVG}text")]


@pytest.fixture
def context(fake, circuit):
    return Context(load_results(fake.folder), fake.cohort, fake.settings, circuit)


def with_exclusions(context, *rows):
    frame = pd.DataFrame(rows, columns=["level", "id", "stage", "reason"])
    results = context.results.__class__(context.results.samples, exclusions=frame)
    return Context(results, context.cohort, context.settings, context.circuit)


def test_exclusions_are_counted_by_stage_and_level(context):
    figure, summary, whole = exclusions(
        with_exclusions(
            context,
            ("cell", "1,200 cells of S1", "cells", "doublet"),
            ("cell", "30 cells of S2", "cells", "doublet"),
            ("gene", "441 genes", "de", "fewer than 3 samples have 10 counts"),
            ("gene", "422 genes", "de", "fewer than 4 samples have 10 counts"),
            ("sample", "12 cells", "pseudobulk", "4 cells, 10 needed"),
        )
    )
    assert figure.title == "Left out: 1,230 cells, 863 genes and 12 samples."
    assert {"1,230", "863"} <= set(texts(figure))
    counted = {(row[0], row[1]): row[3] for row in summary.rows}
    assert counted["cells", "cell"] == "1,230"
    # Reasons that differ in their numbers alone are one reason.
    assert counted["de", "gene"] == "863"
    assert whole.packed["rows"] == 5
    # The page embeds it as JSON.
    assert '"key":"exclusions"' in script_json(whole.header)


def test_a_sample_that_is_no_patients_sex_is_said_without_the_sex(context):
    reason = "declared male, but expresses as female (XIST 168, Y-linked genes 0.8 per million)"
    blocks = exclusions(with_exclusions(context, ("sample", "S1", "bulk", reason)))
    assert "declared and expressed sex differ" in str(blocks)
    assert "female" not in str(blocks)
    *_, table = quality(context)
    place = [column.title for column in table.headers].index("Sex")
    assert table.rows[0][place] == "as declared"
    assert table.rows[3][place] == "not as declared"
    assert "female" not in str(table.rows)


def test_nothing_left_out_is_a_sentence(context):
    assert exclusions(with_exclusions(context)) == ["Nothing was left out."]


def test_suppressed_counts_are_no_bar():
    counts = pd.DataFrame({"stage": ["a", "b"], "level": "patient", "n": [np.nan, 7]})
    chart = excluded(counts)
    assert "a" not in texts(chart)
    assert chart.title == "Left out: 7 patients."


def test_components_are_set_against_what_is_known_of_the_samples(context):
    points, heat = principal_components(context)
    assert sum(len(trace["x"]) for trace in points.plot["data"]) == 24
    assert heat.title.startswith("Tissue goes with")
    assert "n = 12 to 24 samples" in heat.note
    words = texts(heat)
    assert {"Tissue", "Library size", "PC1", "PC4"} <= set(words)
    # One batch explains nothing.
    assert "Batch" not in words


def test_significant_cells_are_marked():
    table = pd.DataFrame({"component": ["pc1", "pc2"], "covariate": "Batch", "n": 20,
                          "r2": [0.514, 0.02], "fdr": [0.001, 0.9]})  # fmt: skip
    words = texts(explained(table, 0.05))
    assert "51*" in words
    assert "2" in words
    assert explained(table.assign(r2=np.nan), 0.05) is None


def test_every_score_is_a_point_with_its_patients_call(context):
    scores = primary(context.results.scores)
    nodes = {"atf4": "ATF4", "ccl5": "CCL5"}
    scores = scores[scores["node"].isin(nodes)]
    calls = context.results.patients.set_index("patient")["call"]
    chart = scores_by_tissue(scores, nodes, calls)
    assert chart.title == "2 nodes scored in samples: 1 in tumor and 1 in tdln."
    uses = list(ET.fromstring(chart.svg).iter(f"{SVG}use"))
    red = sum("fill: #d55e00" in use.get("style", "") for use in uses)
    active = scores["patient"].map(calls).eq("active").sum()
    # And one in the legend.
    assert red == active + 1
    far = scores.assign(z=9.0)
    assert "24 points beyond 4 at the edge" in scores_by_tissue(far, nodes, calls).note


def test_scores_without_a_value_are_left_out(context):
    scores = context.results.scores
    assert primary(scores)["node"].nunique() == scores["node"].nunique() - 1
