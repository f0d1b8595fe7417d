"""The single-cell sections say what the tables say, hold hostile names, and bear what is absent."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from innervate.config.cohort import Cohort
from innervate.contracts import TABLES
from innervate.files import read_table, write_table
from innervate.report import methods
from innervate.report.cell_data import CellResults, load_cell_results
from innervate.report.context import Context
from innervate.report.data import load_results
from innervate.report.figures.style import Chart
from innervate.report.html import render
from innervate.report.parts import single_cell
from innervate.report.tables import Table

KINDS = ("malignant", "t_cd8", "macrophage", "unassigned")
PARTS = ("quality", "types", "pseudobulk", "states", "who_makes_what", "interactions")


def made_up(hostile: str, cells: int = 200) -> CellResults:
    rng = np.random.default_rng(2)
    samples = [f"S1 {hostile}", "S2"]
    frame = pd.DataFrame({"cell": [f"c{n}" for n in range(cells)]})
    frame["sample"] = np.array(samples)[np.arange(cells) % 2]
    frame["patient"], frame["tissue"], frame["lineage"] = "P1", "tumor", "myeloid"
    frame["cell_type"] = np.array(KINDS)[np.arange(cells) % 4]
    frame["cell_type_confidence"] = 0.9
    frame["malignant"] = np.where(frame["cell_type"] == "malignant", "malignant", "not malignant")
    frame["malignant_score"] = rng.random(cells)
    is_macrophage = frame["cell_type"] == "macrophage"
    states = np.array(["M1-like", "M2-like", "intermediate"])[np.arange(cells) % 3]
    frame["polarization"] = np.where(is_macrophage, states, "")
    for column in ("m1_score", "m2_score", "p_m1", "p_m2", "spp1_cxcl9"):
        frame[column] = np.where(is_macrophage, rng.random(cells), np.nan)
    frame[["umap_1", "umap_2"]] = rng.normal(size=(cells, 2))
    qc = pd.DataFrame({"sample": samples, "n_cells": [120, 130], "n_kept": [100, 100],
                       "n_few_counts": [15, 20], "n_doublet": [5, 10], "median_n_counts": 3000.0,
                       "median_n_genes": 1200.0, "ambient_fraction": [0.04, np.nan],
                       "taken_from": "X", "notes": [hostile, ""]})  # fmt: skip
    metrics = ("sample_mixing", "type_purity", "type_silhouette")
    integration = pd.DataFrame(
        [(m, r, 0.5, cells) for m in metrics for r in ("pca", "harmony")],
        columns=["metric", "representation", "value", "n_cells"],
    )
    de = pd.DataFrame({"cell_type": "t_cd8", "gene": [hostile, "CCL5"], "base_mean": 50.0,
                       "log2_fold_change": [1.5, -0.2], "lfc_se": 0.3,
                       "log2_fold_change_shrunk": [1.4, 0.0], "stat": [5.0, -0.7],
                       "pvalue": [0.001, 0.4], "padj": [0.01, 0.5], "n_samples": 8})  # fmt: skip
    gsea = pd.DataFrame({"cell_type": "t_cd8", "set": [hostile, "HYPOXIA"], "size": [12, 30],
                         "es": 0.5, "nes": [1.8, -0.7], "pvalue": [0.001, 0.6],
                         "fdr": [0.002, 0.6], "leading_edge": f"CCL5;{hostile}"})  # fmt: skip
    checked = frame[["sample"]].assign(
        n_counts=rng.lognormal(8, 0.5, cells), n_genes=rng.integers(300, 3000, cells),
        mito_fraction=rng.beta(2, 20, cells), doublet_score=rng.random(cells) / 3,
        drop_reason=np.where(np.arange(cells) % 10 == 0, "mitochondrial", None),
    )  # fmt: skip
    limits = pd.DataFrame([(metric, 0.1, high, name) for metric, high in
                           (("n_counts", 9000.0), ("n_genes", 2500.0), ("mito_fraction", 0.2))
                           for name in samples],
                          columns=["metric", "low", "high", "sample"])  # fmt: skip
    composition = pd.DataFrame({"cell_type": ["t_cd8"], "method": "centered log ratio", "n": 8,
                                "mean_share": 0.2, "estimate": 0.5, "ci_low": 0.1, "ci_high": 0.9,
                                "pvalue": 0.01, "fdr": 0.02})  # fmt: skip
    by_type = pd.DataFrame({"measure": "slit2", "label": f"SLIT2 {hostile}", "tissue": "tumor",
                            "cell_type": ["malignant", "t_cd8"], "sample": "S2", "patient": "P1",
                            "n_cells": 50, "value": [5.0, 2.0], "unit": "log2 counts per million",
                            "detected": 0.5, "share": [0.9, 0.1]})  # fmt: skip
    pairs = pd.DataFrame({"tissue": "tumor", "source": "t_cd8", "target": "macrophage",
                          "ligand": ["CCL5", "CALCA"], "receptor": ["CCR5", "CALCRL_RAMP1"],
                          "n_samples": 2, "expressed_share": [1.0, 0.0], "strength": [1.2, 0.0],
                          "percentile": [0.93, 0.0], "magnitude_rank": 0.01,
                          "specificity_rank": 0.02, "note": ""})  # fmt: skip
    axes = pd.DataFrame({"axis": ["m1", "m2"], "set": ["M1_LIKE", "M2_LIKE"], "genes_found": 10,
                         "genes_total": 15, "states": 2, "separation": 3.0, "excess": 1.0,
                         "note": ["", hostile]})  # fmt: skip
    patients = pd.DataFrame({"patient": ["P1"], "n_epithelial": 50, "n_malignant": 50,
                             "n_no_call": 0, "reason": ""})  # fmt: skip
    agreement = pd.DataFrame({"opinion": ["labels"], "ours": "t_cd8", "theirs": hostile, "n": 5,
                              "share": 1.0})  # fmt: skip
    return CellResults(qc, limits, frame, integration, agreement, patients, axes, {"arm": de},
                       {"arm": composition}, by_type, pairs, {"arm": gsea}, checked)  # fmt: skip


@pytest.fixture(scope="module")
def context(fake, circuit):
    declared = {"format": "h5ad", "path": "c.h5ad", "sample_column": "s"}
    question = {"title": f"Arm {fake.hostile}", "formula": "~ arm", "variable": "arm",
                "numerator": "a", "denominator": "b"}  # fmt: skip
    cohort = Cohort.model_validate(
        fake.cohort.model_dump(exclude_none=True)
        | {"single_cell": {"inputs": [declared], "contrasts": {"arm": question}}}
    )
    results = replace(load_results(fake.folder), single_cell=made_up(fake.hostile))
    return Context(results, cohort, fake.settings, circuit)


def tables(blocks):
    return [block for block in blocks if isinstance(block, Table)]


def charts(blocks):
    return [block for block in blocks if isinstance(block, Chart)]


def test_the_page_with_cells_is_well_formed_and_hostile_names_stay_text(context, fake):
    page = render(context.results, context.cohort, context.settings, context.circuit)
    body = page[page.index("<body") : page.rindex("</body>") + len("</body>")]
    ET.fromstring(body.replace("&nbsp;", " "))
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert") > 3
    again = render(context.results, context.cohort, context.settings, context.circuit)
    assert again == page


def test_numbers_are_those_of_the_tables(context):
    assert "200 of 250 cells were kept" in single_cell.quality(context)[0].title
    drawn, pairs, silent = single_cell.interactions(context)
    assert pairs.rows[0][-2] == "93%"
    assert "CCL5 to CCR5 from CD8 T to Macrophage or monocyte exceeds 93%" in drawn.title
    assert "CALCA with CALCRL_RAMP1" in silent
    genes, shares = tables(single_cell.pseudobulk(context))
    assert genes.rows[0][-1] == "1"
    assert shares.strong == [True]
    changed, enriched, composition = charts(single_cell.pseudobulk(context))
    assert changed.title == "Most genes change in: CD8 T (1)."
    assert enriched.title == "1 of 2 gene sets, over cell types, are enriched."
    assert "1 of 1 cell type changes its share" in composition.title
    assert "highest in: Malignant" in single_cell.who_makes_what(context)[0].title


def test_a_cohort_without_cells_says_so_once_a_section(context):
    plain = replace(context, results=replace(context.results, single_cell=None))
    for name in PARTS:
        assert getattr(single_cell, name)(plain) == ["The cohort has no single cells."]


def test_absent_values_do_not_break_a_section(context):
    whole = context.results.single_cell
    nothing = whole.cells.assign(polarization="", m1_score=np.nan, m2_score=np.nan)
    bare = replace(
        whole,
        cells=nothing,
        agreement=whole.agreement.iloc[:0],
        by_cell_type=whole.by_cell_type.iloc[:0],
        ligand_receptor=whole.ligand_receptor.assign(expressed_share=np.nan, percentile=np.nan),
        integration=whole.integration.assign(value=np.nan),
        de={"arm": whole.de["arm"].iloc[:0]},
        composition={},
        gsea={"arm": whole.gsea["arm"].assign(nes=np.nan)},
        checked=None,
    )
    lacking = replace(context, results=replace(context.results, single_cell=bare))
    for name in PARTS:
        assert getattr(single_cell, name)(lacking)
    assert "No macrophage was called" in single_cell.states(lacking)[0]


def test_tables_without_a_row_bring_the_columns_that_the_page_reads(context, tmp_path):
    def empty(contract):
        names = [column.name for column in TABLES[contract].columns]
        write_table(pd.DataFrame(columns=names), tmp_path / "table.tsv", contract)
        return read_table(tmp_path / "table.tsv", contract)

    bare = replace(
        context.results.single_cell,
        de={"arm": empty("cell_de")},
        composition={"arm": empty("composition")},
        gsea={"arm": empty("gsea").assign(cell_type=pd.Series(dtype=str))},
        checked=context.results.single_cell.checked.iloc[:0],
        by_cell_type=empty("by_cell_type"),
        ligand_receptor=empty("ligand_receptor"),
    )
    lacking = replace(context, results=replace(context.results, single_cell=bare))
    for name in PARTS:
        assert getattr(single_cell, name)(lacking)
    assert "No cell type had the samples" in single_cell.pseudobulk(lacking)[-1]


def test_methods_name_what_was_done_with_the_cells(context):
    text = " ".join(methods.methods(context))
    for words in ("Scrublet", "Harmony", "infercnvpy", "centered log ratio", "beta-binomial"):
        assert words in text


def test_many_cells_are_drawn_as_pixels(context):
    many = made_up("x", cells=30_000)
    large = replace(context, results=replace(context.results, single_cell=many))
    first = single_cell.types(large)[0]
    assert len(first.svg) < 2_000_000
    assert "<image" in str(first.svg)


def test_results_without_cells_load_as_none(tmp_path):
    assert load_cell_results(tmp_path) is None
