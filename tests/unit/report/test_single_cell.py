"""The single-cell sections say what the tables say, hold hostile names, and bear what is absent."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from innervate.config.cohort import Cohort
from innervate.report import methods
from innervate.report.cell_data import load_cell_results
from innervate.report.context import Context
from innervate.report.data import load_results
from innervate.report.figures.style import Chart
from innervate.report.html import render
from innervate.report.parts import single_cell
from innervate.report.tables import Table
from innervate.runtime.files import read_table, write_table
from innervate.scoring.contracts import BY_CELL_TYPE, HIGHEST
from innervate.single_cell.contracts import CELL_DE, CELL_GSEA, COMPOSITION, LIGAND_RECEPTOR

PARTS = ("quality", "types", "pseudobulk", "states", "who_makes_what", "interactions")


@pytest.fixture(scope="module")
def context(fake, circuit, make_cells):
    declared = {"format": "h5ad", "path": "c.h5ad", "sample_column": "s"}
    question = {"title": f"Arm {fake.hostile}", "formula": "~ arm", "variable": "arm",
                "numerator": "a", "denominator": "b"}  # fmt: skip
    cohort = Cohort.model_validate(
        fake.cohort.model_dump(exclude_none=True)
        | {"single_cell": {"inputs": [declared], "contrasts": {"arm": question}}}
    )
    results = replace(load_results(fake.folder), single_cell=make_cells(fake.hostile))
    return Context(results, cohort, fake.settings, circuit)


def tables(blocks):
    return [block for block in blocks if isinstance(block, Table)]


def charts(blocks):
    return [block for block in blocks if isinstance(block, Chart)]


def test_the_page_with_cells_is_well_formed_and_hostile_names_stay_text(context, fake):
    page = render(context.results, context.cohort, context.settings, context.circuit)
    body = page[page.index("<body") : page.rindex("</body>") + len("</body>")]
    # What the scripts hold is no markup.
    body = re.sub(r"(<script[^>]*>).*?(</script>)", r"\1\2", body, flags=re.DOTALL)
    ET.fromstring(body.replace("&nbsp;", " ").replace(" hidden>", ' hidden="">'))
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert") > 3
    again = render(context.results, context.cohort, context.settings, context.circuit)
    assert again == page


def test_cell_types_with_a_prior_at_its_floor_are_named(context):
    def said(scale):
        cells = context.results.single_cell
        de = {name: table.assign(prior_scale=scale) for name, table in cells.de.items()}
        results = replace(context.results, single_cell=replace(cells, de=de))
        blocks = single_cell.pseudobulk(replace(context, results=results))
        return [block for block in blocks if isinstance(block, str) and "the prior of" in block]

    assert said(0.5) == []
    assert len(said(0.001)) == 1
    assert said(0.001)[0].startswith("In CD8 T the prior of the shrunken fold changes fell to")


def test_numbers_are_those_of_the_tables(context):
    assert "200 of 250 cells were kept" in single_cell.quality(context)[0].title
    drawn, pairs, silent = single_cell.interactions(context)
    assert pairs.rows[0][-2] == "93%"
    assert "CCL5 to CCR5 from CD8 T to Macrophage or monocyte exceeds 93%" in drawn.title
    assert "in 4 samples" in drawn.title
    assert "CALCA with CALCRL_RAMP1" in silent
    genes, shares = tables(single_cell.pseudobulk(context))
    assert genes.rows[0][-1] == "1"
    assert shares.strong == [True]
    changed, enriched, composition = charts(single_cell.pseudobulk(context))
    assert changed.title == "Of 1 cell type tested, most genes change in: CD8 T (1)."
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
        highest=whole.highest.iloc[:0],
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
        write_table(pd.DataFrame(columns=contract.names), tmp_path / "table.tsv", contract)
        return read_table(tmp_path / "table.tsv", contract)

    bare = replace(
        context.results.single_cell,
        de={"arm": empty(CELL_DE)},
        composition={"arm": empty(COMPOSITION)},
        gsea={"arm": empty(CELL_GSEA)},
        checked=context.results.single_cell.checked.iloc[:0],
        by_cell_type=empty(BY_CELL_TYPE),
        highest=empty(HIGHEST),
        ligand_receptor=empty(LIGAND_RECEPTOR),
    )
    lacking = replace(context, results=replace(context.results, single_cell=bare))
    for name in PARTS:
        assert getattr(single_cell, name)(lacking)
    assert "No cell type had the samples" in single_cell.pseudobulk(lacking)[-1]


def test_methods_name_what_was_done_with_the_cells(context):
    text = " ".join(methods.methods(context))
    for words in ("Scrublet", "Harmony", "infercnvpy", "centered log ratio", "beta-binomial"):
        assert words in text


def test_many_cells_are_drawn_as_pixels(context, make_cells):
    many = make_cells("x", 30_000)
    large = replace(context, results=replace(context.results, single_cell=many))
    first = single_cell.types(large)[0]
    assert len(first.svg) < 2_000_000
    assert "<image" in str(first.svg)


def test_results_without_cells_load_as_none(tmp_path):
    assert load_cell_results(tmp_path) is None


def with_cells(context, **tables):
    cells = replace(context.results.single_cell, **tables)
    return replace(context, results=replace(context.results, single_cell=cells))


def test_a_source_is_named_only_where_its_table_names_it(context):
    highest = context.results.single_cell.highest
    name = highest["label"].iloc[0]

    def title(**changes):
        changed = with_cells(context, highest=highest.assign(**changes))
        return single_cell.who_makes_what(changed)[0].title

    assert title() == f"{name} is highest in: Malignant (tumor)."
    assert title(n_samples=1) == f"{name} is highest in: Malignant (tumor, 1 sample only)."
    why = "Fibroblast holds more (5 molecules in 9 cells)"
    none = title(status="a left-out type holds more", cell_type=None, n_samples=1, reason=why)
    assert none == f"{name} by cell type (tumor, 1 sample). None is named as the highest: {why}."


def test_a_measure_without_cells_is_said(context):
    cells = context.results.single_cell
    lacking = cells.highest.assign(measure="ccl5", label="CCL5", reason="no cells of this tissue")
    both = pd.concat([cells.highest, lacking])
    said = single_cell.who_makes_what(with_cells(context, highest=both))[-1]
    assert said == "Not measured by cell type: CCL5 (tumor): no cells of this tissue."


@pytest.mark.parametrize(
    "few", [{"n_expressed": 2}, {"ligand_molecules": 19}, {"receptor_molecules": 3}]
)
def test_a_pair_from_few_samples_or_molecules_is_not_named(context, few):
    pairs = context.results.single_cell.ligand_receptor.assign(n_samples=2, **few)
    drawn = single_cell.interactions(with_cells(context, ligand_receptor=pairs))[0]
    assert drawn.title == (
        "1 ligand-receptor pair between cell types of 2 tumor samples. None is named as standing "
        "out: that takes 3 samples in which both genes are expressed, and 20 molecules of each."
    )


def test_of_pairs_the_strongest_that_is_sure_is_named(context):
    pair = context.results.single_cell.ligand_receptor.iloc[[0]]
    stronger = pair.assign(ligand="SLIT2", receptor="ROBO1", percentile=0.99, n_expressed=1)
    both = pd.concat([pair, stronger], ignore_index=True)
    drawn = single_cell.interactions(with_cells(context, ligand_receptor=both))[0]
    assert drawn.title.startswith("CCL5 to CCR5 from CD8 T")
