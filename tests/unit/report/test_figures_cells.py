"""Figures of single cells: maps, states, distributions, pairs."""

import json
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from innervate.report.figures import interactive, macrophages, maps
from innervate.report.figures.cell_quality import distributions, sample_quality
from innervate.report.figures.ligand_receptor import pairs

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<img src=x onerror=alert(1)> & %{x} $a$"


def texts(chart) -> list[str]:
    return [text.text for text in ET.fromstring(chart.svg).iter(f"{SVG}text")]


def macrophage_cells(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    calls = np.array(["M1-like", "M2-like", "intermediate"])[np.arange(n) % 3]
    shift = np.where(calls == "M1-like", 2.0, 0.0)
    return pd.DataFrame({
        "sample": HOSTILE, "polarization": calls, "m1_score": rng.normal(shift),
        "m2_score": rng.normal(2 - shift), "spp1_cxcl9": rng.normal(2 - shift),
        "umap_1": rng.normal(size=n), "umap_2": rng.normal(size=n),
    })  # fmt: skip


def total(chart) -> int:
    return sum(len(trace["x"]) for trace in chart.plot["data"])


def test_few_macrophages_are_points_and_many_a_density_with_a_line_a_call():
    few, many = (macrophages.state_density(macrophage_cells(n)) for n in (60, 9_000))
    assert ET.fromstring(few.svg).find(f".//{SVG}image") is None
    assert ET.fromstring(many.svg).find(f".//{SVG}image") is not None
    assert len(many.svg) < 300_000
    for chart, n in ((few, 20), (many, 3_000)):
        assert {f"M1-like ({n:,})", f"M2-like ({n:,})"} <= set(texts(chart))
    assert total(few) == 60
    assert total(many) == interactive.SUBSAMPLE
    assert "holds 5,000 of the 9,000 cells, drawn by chance" in many.note


def test_cells_without_spread_or_too_few_for_a_line_are_still_drawn():
    same = macrophage_cells(60).assign(m1_score=1.0, m2_score=1.0)
    assert "n = 60 macrophages" in macrophages.state_density(same).note
    assert "n = 1 macrophage of 1 sample" in macrophages.state_density(macrophage_cells(1)).note


def test_the_sample_that_is_explored_is_always_the_same():
    cells = macrophage_cells(6_000)
    first, second = (interactive.subsample(cells) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
    assert len(first) == 5_000
    assert first.index.is_monotonic_increasing


def test_names_are_text_where_plotly_reads_tags():
    plotted = json.dumps(macrophages.state_density(macrophage_cells(9)).plot)
    assert "<img" not in plotted
    assert "&lt;img" in plotted
    kinds = maps.panels(macrophage_cells(9), "sample", "Title.")
    assert "<img" not in json.dumps(kinds.plot)
    assert "<img" not in kinds.svg


def test_the_ratio_is_tested_over_samples_and_never_over_cells():
    samples = pd.DataFrame({"assay": "bulk", "polarity": [-1.0, 0, 1, 2, 3],
                            "spp1_cxcl9": [-2.0, 0, 1, 3, 2]})  # fmt: skip
    chart = macrophages.spp1_cxcl9(samples, macrophage_cells(30))
    assert chart.title == "SPP1:CXCL9 rises with M2 over M1: rank correlation 0.90."
    assert "Samples: n = 5" in chart.note
    assert "Cells: n = 30, lines are medians; cells are not replicates, so no test." in chart.note
    assert macrophages.spp1_cxcl9(samples.assign(spp1_cxcl9=np.nan), None) is None
    alone = macrophages.spp1_cxcl9(samples.iloc[:2], None)
    assert "too few for a test" in alone.note


def test_a_call_is_named_only_where_no_few_cells_or_samples_decide():
    none = pd.DataFrame(columns=["assay", "polarity", "spp1_cxcl9"])
    cells = macrophage_cells(60)
    assert macrophages.spp1_cxcl9(none, cells).title == (
        "SPP1:CXCL9 of 60 macrophages of 1 sample, by their call."
    )
    three = cells.assign(sample=np.array(["a", "b", "c"])[np.arange(60) // 3 % 3])
    middle = three.groupby("polarization")["spp1_cxcl9"].median()
    named = macrophages.spp1_cxcl9(none, three).title
    assert named.startswith(f"SPP1:CXCL9 is highest in {middle.idxmax()} macrophages")
    few = three[(three["polarization"] != "M2-like") | (np.arange(60) < 20)]
    assert macrophages.spp1_cxcl9(none, few).title.endswith("by their call.")


def test_shares_of_few_macrophages_are_drawn_but_set_no_range():
    frame = pd.DataFrame({
        "sample": list("abc"), "fraction_m2": [0.2, 0.5, 0.95], "n_macrophages": [40, 50, 2],
        "fraction_m2_low": 0.1, "fraction_m2_high": 0.99,
    })  # fmt: skip
    chart = macrophages.m2_fractions(frame)
    assert chart.title == (
        "M2-like shares run from 0.20 to 0.50, 1 sample of fewer than 10 macrophages left aside."
    )
    assert "c (2)" in texts(chart)
    assert macrophages.m2_fractions(frame.iloc[:2]).title == "M2-like shares run from 0.20 to 0.50."
    assert macrophages.m2_fractions(frame.iloc[:1]).title == "M2-like shares of 1 sample."


def test_each_kind_has_a_panel_with_its_count():
    cells = macrophage_cells(30)
    chart = maps.panels(
        cells, "polarization", "Title.", {"M2-like": "#D55E00", "M1-like": "#0072B2"}
    )
    titles = [word for word in texts(chart) if word and word.endswith("(10)")]
    assert titles == ["M2-like (10)", "M1-like (10)"]
    many = maps.panels(cells.assign(sample=[f"S{i:02d}" for i in range(30)]), "sample", "Title.")
    assert "18 more with fewer cells" in many.note
    assert total(many) == 30


def test_types_are_numbered_on_the_map_and_in_the_legend():
    cells = macrophage_cells(30).assign(cell_type=["b"] * 10 + ["a"] * 20)
    chart = maps.type_map(cells, {"a": "A cell", "b": "B cell"}, "Title.")
    assert {"1", "2", "1  A cell (20)", "2  B cell (10)"} <= set(texts(chart))


def test_a_hundred_thousand_cells_stay_small():
    cells = macrophage_cells(100_000)
    for chart in (
        maps.panels(cells, "polarization", "Title."),
        maps.type_map(cells.assign(cell_type=cells["polarization"]), {}, "Title."),
        macrophages.state_density(cells),
    ):
        assert len(chart.svg) + len(json.dumps(chart.plot)) < 1_000_000


def checked(samples: int = 2, cells: int = 50) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(4)
    names = [f"S{i}" for i in range(samples)]
    n = samples * cells
    frame = pd.DataFrame({
        "sample": np.repeat(names, cells), "n_counts": rng.lognormal(8, 1, n),
        "n_genes": rng.lognormal(7, 1, n), "mito_fraction": rng.beta(2, 20, n),
        "doublet_score": np.nan, "drop_reason": np.where(np.arange(n) % 5 == 0, "doublet", None),
    })  # fmt: skip
    limits = pd.DataFrame({"metric": "mito_fraction", "low": 0.0, "high": 0.123, "sample": names})
    return frame, limits


def test_thresholds_stand_on_the_distributions():
    frame, limits = checked()
    chart = distributions(frame, limits)
    words = texts(chart)
    assert chart.title.startswith("20 of 100 cells were dropped")
    assert "Doublet score" not in words
    bars = ET.fromstring(chart.svg).iter(f"{SVG}path")
    bars = [bar for bar in bars if "stroke: #d55e00" in bar.get("style", "").lower()]
    # A bar a sample, for the one metric with a threshold.
    assert len(bars) == 2
    none = distributions(frame, limits.assign(high=np.inf))
    bars = ET.fromstring(none.svg).iter(f"{SVG}path")
    assert not [bar for bar in bars if "stroke: #d55e00" in bar.get("style", "").lower()]


def test_of_many_samples_those_that_lost_most_are_drawn():
    frame, limits = checked(samples=60)
    frame.loc[frame["sample"] == "S7", "drop_reason"] = "doublet"
    chart = distributions(frame, limits)
    assert "S7" in texts(chart)
    assert "40 samples of 60" in chart.note
    assert len(chart.svg) < 400_000
    assert distributions(frame.iloc[:0], limits) is None


def test_reasons_are_shares_of_the_input():
    qc = pd.DataFrame({"sample": ["A", "B"], "n_cells": [200, 0], "n_kept": [150, 0],
                       "n_doublet": [50, 0], "n_many_genes": [0, 0]})  # fmt: skip
    words = texts(sample_quality(qc))
    assert {"A (150 of 200)", "B (0 of 0)", "doublet"} <= set(words)
    assert "many genes" not in words


@pytest.fixture
def frame():
    return pd.DataFrame({
        "tissue": "tumor", "source": ["f", "m", "f"], "target": ["m", "m", "t"],
        "ligand": "SLIT2", "receptor": ["ROBO1", "ROBO1", "ROBO2_X"], "n_samples": 6,
        "n_expressed": [6, 2, 4], "ligand_molecules": 40, "receptor_molecules": 25,
        "expressed_share": [1.0, 1 / 3, 2 / 3], "percentile": [0.5, 0.25, 0.92],
    })  # fmt: skip


def test_pairs_are_dots_of_the_tables_numbers(frame):
    chart = pairs(frame, {"f": "Fibroblast", "m": HOSTILE, "t": "T cell"})
    assert chart.title == (
        "SLIT2 to ROBO2+X from Fibroblast to T cell exceeds 92% of random pairs in the tumor, in "
        "6 samples."
    )
    (trace,) = chart.plot["data"]
    assert trace["marker"]["color"] == [50.0, 25.0, 92.0]
    assert "expressed in 33% of 6 samples" in trace["customdata"][1]
    assert "<img" not in json.dumps(chart.plot)
    assert "n = 6 samples" in chart.note


def test_one_pair_is_enough(frame):
    assert "exceeds 50%" in pairs(frame.iloc[:1], {}).title
