"""Figures: what is drawn is what the table holds."""

import io
import xml.etree.ElementTree as ET

import matplotlib
import numpy as np
import pandas as pd
import pytest

from innervate.config.settings import BulkQC
from innervate.report.context import Context
from innervate.report.data import CohortResults, load_results
from innervate.report.figures import style
from innervate.report.figures.clinical import forest
from innervate.report.figures.contrasts import significant, volcano
from innervate.report.figures.pain import pain_over_time
from innervate.report.figures.patients import circuit_index
from innervate.report.figures.pca import components
from innervate.report.figures.polarization import m1_against_m2
from innervate.report.figures.qc import qc_metrics
from innervate.report.figures.saving import saved
from innervate.report.figures.scores import heat_map

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def results(fake):
    return load_results(fake.folder)


def points(chart: style.Chart, color: str) -> int:
    """Count the markers of a color."""
    marks = ET.fromstring(chart.svg).iter(f"{SVG}use")
    return sum(f"fill: {color.lower()}" in mark.get("style", "") for mark in marks)


def texts(chart: style.Chart) -> list[str]:
    return [text.text for text in ET.fromstring(chart.svg).iter(f"{SVG}text")]


@style.styled
def small(name: str) -> style.Chart:
    figure, grid = style.canvas(2, 2)
    grid[0, 0].text(0.5, 0.5, style.label(name))
    return style.chart(figure, f"A title with {name}.", "n = 1.")


def test_names_are_text_in_the_figure_and_in_its_accessible_name():
    name = "<b onload='x'>\"&$\\alpha$"
    chart = small(name)
    root = ET.fromstring(chart.svg)
    assert name in texts(chart)
    assert root.get("aria-label") == f"A title with {name}. n = 1."
    assert root.get("role") == "img"
    assert "<b " not in chart.svg


def test_figures_are_the_same_twice_and_have_ids_of_their_own():
    assert small("a").svg == small("a").svg
    ids = [{e.get("id") for e in ET.fromstring(small(n).svg).iter() if e.get("id")} for n in "ab"]
    assert ids[0]
    assert not ids[0] & ids[1]


def test_drawing_in_one_pass_gives_what_savefig_gives():
    drawn = []
    for _ in range(2):
        with matplotlib.rc_context({"svg.hashsalt": "same", "savefig.dpi": 160}):
            figure, grid = style.canvas(4, 3, columns=2)
            grid[0, 0].scatter(range(1000), range(1000), rasterized=True)
            grid[0, 0].set(xlabel="x", ylabel="y", title="A long title that takes room")
            grid[0, 1].plot([1, 3, 2], label="line")
            grid[0, 1].legend()
            if drawn:
                drawn.append(saved(figure, "svg"))
                continue
            buffer = io.BytesIO()
            nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
            figure.savefig(buffer, format="svg", metadata=nothing)
            drawn.append(buffer.getvalue())
    assert drawn[0] == drawn[1]


def test_references_inside_a_figure_lead_somewhere(results):
    root = ET.fromstring(qc_metrics(results.qc, pd.Series(dtype=str), BulkQC()).svg)
    ids = {element.get("id") for element in root.iter()}
    links = [e.get("href")[1:] for e in root.iter() if (e.get("href") or "").startswith("#")]
    clips = [e.get("clip-path")[5:-1] for e in root.iter() if e.get("clip-path")]
    assert links
    assert clips
    assert set(links) | set(clips) <= ids


def test_figures_carry_no_style_metadata_or_time(results):
    svg = circuit_index(results.patients).svg
    assert "<style" not in svg
    assert "<metadata" not in svg
    assert "<!DOCTYPE" not in svg
    assert "purl.org" not in svg


def test_a_legend_shows_names_that_begin_with_an_underscore(results):
    pca = results.pca.assign(tissue="_hidden")
    assert "_hidden" in [text.strip() for text in texts(components(pca, set()))]


def test_every_sample_is_a_point_in_the_quality_figure(results):
    tissues = results.samples.set_index("sample")["tissue"]
    chart = qc_metrics(results.qc, tissues, BulkQC())
    # Four metrics of 12 tumors, of which one was dropped, and five of 12 lymph nodes.
    assert points(chart, style.VERMILLION) == 4 * 11
    assert points(chart, style.BLUE) == 5 * 12
    assert chart.title == "Quality control flagged 2 of 24 bulk samples and dropped 1."


def test_every_sample_is_a_point_in_the_components(results):
    chart = components(results.pca, {results.qc["sample"].iloc[3]})
    # Two panels of 12 points a tissue, and one in the legend.
    assert points(chart, style.VERMILLION) == points(chart, style.BLUE) == 2 * 12 + 1
    assert chart.title == "The first two components hold 43% of the variance."
    assert "PC1 (31.0% of variance)" in texts(chart)
    assert "outlier" in texts(chart)


def test_the_volcano_counts_and_colors_genes():
    de = pd.DataFrame({
        "gene": list("abcdef"), "log2_fold_change": [2.0, 3.0, -1.0, 0.1, 0.2, np.nan],
        "log2_fold_change_shrunk": [1.5, 2.5, -0.5, 0.0, 0.1, np.nan],
        "pvalue": [1e-9, 0.0, 1e-4, 0.5, 0.01, np.nan],
        "padj": [1e-8, 0.0, 1e-3, 0.6, np.nan, np.nan],
    })  # fmt: skip
    assert significant(de, 0.05) == (5, 2, 1)
    chart = volcano(de, 0.05, "A question", "higher in x", "higher in y")
    assert points(chart, style.VERMILLION) == 2
    assert points(chart, style.BLUE) == 1
    assert "A question: 2 genes higher in x and 1 higher in y" in chart.title
    assert {"a", "b", "c"} <= set(texts(chart))
    assert "d" not in texts(chart)


def test_a_dense_volcano_is_drawn_as_pixels():
    rng = np.random.default_rng(1)
    n = 20_000
    de = pd.DataFrame({"gene": [f"g{i}" for i in range(n)], "log2_fold_change": rng.normal(size=n)})
    de = de.assign(log2_fold_change_shrunk=np.nan, pvalue=rng.random(n), padj=1.0)
    chart = volcano(de, 0.05, "q", "up", "down")
    assert len(chart.svg) < 400_000
    assert ET.fromstring(chart.svg).find(f".//{SVG}image") is not None


def test_the_heat_map_draws_nodes_above_controls():
    matrix = pd.DataFrame(
        {"P2": [1.0, np.nan, 0.0], "P1": [-1.0, np.nan, np.nan]}, index=["a", "b", "c"]
    )
    rows = pd.DataFrame(
        {"name": ["Node A", "Node B", "Control C"], "control": [False, False, True],
         "measured": [True, False, True]}
    )  # fmt: skip
    chart = heat_map(matrix, rows)
    assert chart.title == "1 of 2 nodes and 1 of 1 control could be measured."
    assert texts(chart)[:2] == ["P2", "P1"]
    assert {"Node A", "Node B", "Control C"} <= set(texts(chart))


def test_nodes_come_from_patients_and_else_from_primary_scores(results, fake, circuit):
    context = Context(results, fake.cohort, fake.settings, circuit)
    values = results.patients.set_index("patient")["slit2"]
    assert context.node_matrix.loc["slit2"].to_dict() == values.to_dict()
    assert list(context.node_matrix.index) == list(circuit.everything())
    rows = [("slit2", "P1", 1.0, True), ("slit2", "P1", 3.0, True), ("slit2", "P1", 9.0, False)]
    scores = pd.DataFrame(rows, columns=["node", "patient", "z", "primary"])
    alone = CohortResults(results.samples, scores=scores)
    context = Context(alone, fake.cohort, fake.settings, circuit)
    assert context.node_matrix.loc["slit2"].to_dict() == {"P1": 2.0}
    assert context.node_rows.query("measured")["node"].tolist() == ["slit2"]


def test_every_sample_is_a_point_in_the_polarization(results):
    chart = m1_against_m2(results.polarization)
    n = int((results.polarization["call"] == "M2-like").sum())
    assert points(chart, style.VERMILLION) == n + 1
    assert f"M2-like ({n})" in texts(chart)


def test_every_patient_is_a_point_with_its_call(results):
    chart = circuit_index(results.patients)
    n = int((results.patients["call"] == "active").sum())
    assert points(chart, style.VERMILLION) == n + 1
    assert f"active ({n})" in texts(chart)


def test_the_forest_fills_what_is_significant(results):
    part = results.clinical["associations"].query("endpoint == 'overall_survival'").copy()
    part["fdr"] = [0.01, 0.04, *[0.5] * (len(part) - 2)]
    chart = forest(part, {}, 0.05)
    assert chart.title.startswith("2 of 8 scores go with overall_survival")
    assert points(chart, style.BLUE) == 2
    assert "Cox proportional hazards" in chart.note
    assert "n = 12 patients, 8 events at most" in chart.note


def test_pain_over_time_counts_who_was_asked_again(results):
    over_time = results.clinical["pain_over_time"]
    index = results.clinical["joined"].set_index("patient")["circuit_index"]
    drawn = pain_over_time(over_time, index, "Circuit index")
    assert "12 patients asked again" in drawn.note
    # Two patients are too few for a mean.
    few = over_time[over_time["patient"].isin(over_time["patient"].unique()[:2])]
    assert pain_over_time(few, index, "Circuit index") is None
