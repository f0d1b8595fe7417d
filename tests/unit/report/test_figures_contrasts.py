"""Figures of contrasts: volcano, enrichment, overlap, cell types."""

import json
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from innervate.report.embed import references
from innervate.report.figures.cell_contrasts import changed, composition, counts, enriched
from innervate.report.figures.contrasts import volcano, with_sides
from innervate.report.figures.enrichment import enrichment
from innervate.report.figures.overlap import combinations, overlap
from innervate.report.parts.contrast import genes, sets

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<a href='javascript:x'>"
SIDES = ("higher in a", "higher in b")


def texts(chart) -> list[str]:
    return [text.text for text in ET.fromstring(chart.svg).iter(f"{SVG}text")]


@pytest.fixture
def de():
    return pd.DataFrame({
        "gene": ["a", "b", "c", HOSTILE], "base_mean": 10.0,
        "log2_fold_change": [2.0, -3.0, 0.2, np.nan], "lfc_se": 0.3,
        "log2_fold_change_shrunk": [1.5, -2.5, 0.1, np.nan], "stat": 1.0,
        "pvalue": [1e-4, 1e-9, 0.5, np.nan], "padj": [1e-3, 1e-8, 0.5, np.nan],
    })  # fmt: skip


def test_the_volcano_refers_to_the_table_so_that_genes_are_embedded_once(de):
    figure, table = genes(de, 0.05, "Q?", SIDES, "de-x", "bulk/de/x.tsv")
    columns = {name for key, name in references(figure.plot) if key == "de-x"}
    embedded = {column["name"] for column in table.packed["columns"]}
    assert columns == {"log2_fold_change", "pvalue", "gene", "side", "symbol"}
    assert columns <= embedded
    assert len(json.dumps(figure.plot)) < 1_000
    assert (figure.table, table.file, table.key) == ("bulk/de/x.tsv", "bulk/de/x.tsv", "de-x")
    assert [row[0] for row in table.first.rows] == ["b", "a", "c", HOSTILE]
    assert figure.title.startswith("Q? 1 gene higher in a and 1 higher in b at")


def test_sides_are_those_of_significant_genes(de):
    assert with_sides(de, 0.05)["side"].tolist() == [1, -1, 0, 0]
    assert with_sides(de, 0.05)["symbol"].tolist() == [5, 6, 0, 0]


def points(chart) -> list[str]:
    """Where the figure draws its markers."""
    uses = ET.fromstring(chart.svg).iter(f"{SVG}use")
    return sorted((use.get("x"), use.get("y")) for use in uses)


def test_the_volcano_shows_the_estimate_whatever_shrinkage_made_of_it(de):
    chart = volcano(de, 0.05, "Q", *SIDES)
    assert len(points(chart)) >= 3
    moved = de.assign(log2_fold_change=[1.0, -3.0, 0.2, np.nan])
    assert points(volcano(moved, 0.05, "Q", *SIDES)) != points(chart)
    for shrunken in (1e-6, 50.0, np.nan):
        other = volcano(de.assign(log2_fold_change_shrunk=shrunken), 0.05, "Q", *SIDES)
        assert points(other) == points(chart)
    assert "log2 fold change: ← higher in b | higher in a →" in texts(chart)
    assert chart.plot is None


def test_a_prior_at_its_floor_is_said(de):
    blocks = genes(de.assign(prior_scale=0.001), 0.05, "Q?", SIDES, "de-x", "bulk/de/x.tsv")
    assert [block for block in blocks if isinstance(block, str)] == [
        "In this contrast the prior of the shrunken fold changes fell to its smallest scale: they "
        "are near zero or hardly shrunken, whatever the evidence, and should not be read. Nothing "
        "here rests on them."
    ]
    wide = genes(de.assign(prior_scale=0.3), 0.05, "Q?", SIDES, "de-x", "bulk/de/x.tsv")
    assert not [block for block in wide if isinstance(block, str)]


def gene_sets(n: int = 30) -> pd.DataFrame:
    nes = np.linspace(-2, 2, n)
    return pd.DataFrame({
        "set": [HOSTILE, *(f"SET_{i}" for i in range(1, n))], "size": np.arange(n) + 5, "es": 0.3,
        "nes": nes, "pvalue": 0.01, "fdr": np.where(np.abs(nes) > 1.5, 0.01, 0.5),
        "leading_edge": f"A;{HOSTILE}",
    })  # fmt: skip


def test_enrichment_shows_the_scores_of_the_table():
    frame = gene_sets()
    chart = enrichment(frame, 0.05, *SIDES, table="gsea.tsv")
    up = int(((frame["nes"] > 0) & (frame["fdr"] < 0.05)).sum())
    down = int(((frame["nes"] < 0) & (frame["fdr"] < 0.05)).sum())
    assert chart.title == (
        f"{up + down} gene sets of 30 at a false discovery rate of 5%: {up} higher in a, "
        f"{down} higher in b."
    )
    (trace,) = chart.plot["data"]
    assert len(trace["x"]) == 24
    assert trace["x"][0] == 2.0
    assert trace["x"][-1] == -2.0
    assert "<a href" not in json.dumps(chart.plot)
    assert "n = 30 gene sets tested, of which the 24" in chart.note


def test_sets_without_a_score_are_a_sentence():
    frame = gene_sets(3)
    assert sets(frame.assign(nes=np.nan), 0.05, "x", SIDES, "k", "f") == [
        "No gene set could be tested on contrast x."
    ]
    figure, table = sets(frame.iloc[:1], 0.05, "x", SIDES, "k", "f")
    assert "1 gene set of 1" in figure.title
    assert table.packed["rows"] == 1


def contrast(**signs: float) -> pd.DataFrame:
    return pd.DataFrame({"gene": list(signs), "log2_fold_change": list(signs.values()),
                         "padj": 0.01})  # fmt: skip


def test_genes_are_counted_by_the_contrasts_that_share_them():
    x, y = contrast(a=1, b=1, c=-1, d=1), contrast(a=2, b=-1, c=-2, e=-1)
    insignificant = contrast(a=1).assign(padj=0.9)
    found = combinations({"x": x, "y": y, "n": insignificant}, 0.05)
    rows = {(row.x, row.y): tuple(row)[3:] for row in found.itertuples(index=False)}
    assert rows == {
        (True, True): (1, 1, 1, 3),
        (True, False): (1, 0, 0, 1),
        (False, True): (0, 1, 0, 1),
    }
    chart = overlap({"x": x, "y": y, "n": insignificant}, 0.05)
    assert chart.title == "3 of 5 significant genes are so in several contrasts."
    assert {"x (4)", "y (4)", "n (0)"} <= set(texts(chart))
    assert overlap({"x": insignificant, "y": insignificant}, 0.05) is None


def test_a_gene_of_two_rows_is_one_gene():
    twice = pd.concat([contrast(a=1), contrast(a=1)])
    assert combinations({"x": twice, "y": contrast(b=1)}, 0.05)["_n"].tolist() == [1, 1]


@pytest.fixture
def by_type():
    return pd.DataFrame({
        "cell_type": ["t", "t", "t", "m"], "gene": list("abcd"), "n_samples": [8, 8, 8, 6],
        "log2_fold_change": [1.0, -1.0, -2.0, 1.0], "pvalue": [0.1, 0.1, 0.1, np.nan],
        "padj": [0.01, 0.01, 0.02, np.nan],
    })  # fmt: skip


def test_genes_of_cell_types_are_counted_both_ways(by_type):
    found = counts(by_type, 0.05)
    assert found.to_dict("list") == {
        "cell_type": ["t", "m"], "samples": [8, 6], "tested": [3, 0], "up": [1, 0], "down": [2, 0],
    }  # fmt: skip
    chart = changed(found, {"t": HOSTILE}, SIDES, 0.05, "de.tsv")
    assert chart.title == f"Of 1 cell type tested, most genes change in: {HOSTILE} (3)."
    tied = changed(found.assign(tested=3, up=2, down=0), {"t": "T", "m": "M"}, SIDES, 0.05, "x.tsv")
    assert tied.title == "Of 2 cell types tested, most genes change in: T and M (2)."
    assert f"{HOSTILE} (8)" in texts(chart)
    none = changed(found.assign(up=0, down=0), {}, SIDES, 0.05, "de.tsv")
    assert none.title.startswith("No gene changes")


def test_sets_of_cell_types_are_drawn_by_how_many_have_them():
    frame = pd.concat([gene_sets(30).assign(cell_type="t"), gene_sets(4).assign(cell_type="m")])
    chart = enriched(frame, {}, 0.05, "gsea.tsv")
    hits = int((frame["fdr"] < 0.05).sum())
    assert chart.title == f"{hits} of 34 gene sets, over cell types, are enriched."
    assert "n = 2 cell types; the 20 of 30 gene sets" in chart.note


def test_the_change_of_shares_names_its_methods():
    shares = pd.DataFrame({
        "cell_type": ["t", "t", "m"], "method": ["logit", "clr", "logit"], "n": 8,
        "estimate": [1.234, 1.1, -0.2], "ci_low": 0.1, "ci_high": 2.0,
        "pvalue": [0.001, 0.01, np.nan], "fdr": [0.01, 0.2, np.nan],
    })  # fmt: skip
    chart = composition(shares, {"t": "T cells"}, SIDES, 0.05, "composition.tsv")
    assert chart.title == (
        "1 of 2 cell types changes its share at a false discovery rate of 5%; smallest p: "
        "T cells, 1.23 log2."
    )
    assert {"logit", "clr"} <= set(texts(chart))
