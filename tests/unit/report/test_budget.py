"""500 patients and 100,000 cells: what figures and tables add to the page."""

import dataclasses
import json

import pytest

from innervate.config.cohort import Cohort
from innervate.report.context import Context
from innervate.report.data import load_results
from innervate.report.figures.style import Chart
from innervate.report.sections import SECTIONS
from innervate.report.tables import BigTable

FIGURES, TABLES = 5_000_000, 2_500_000
"""Bytes, of the 15 MB that a page may have."""


@pytest.mark.slow
def test_figures_and_large_tables_leave_room_in_fifteen_megabytes(
    make_results, make_cells, circuit, tmp_path
):
    names = ("site", "response", "stage")
    large = make_results(tmp_path, patients=500, genes=20_000, contrasts=names, hostile=False)
    declared = {"format": "h5ad", "path": "c.h5ad", "sample_column": "s"}
    arm = {"formula": "~ arm", "variable": "arm", "numerator": "a", "denominator": "b"}
    cohort = Cohort.model_validate(
        large.cohort.model_dump(exclude_none=True)
        | {"single_cell": {"inputs": [declared], "contrasts": {"arm": arm}}}
    )
    results = dataclasses.replace(load_results(tmp_path), single_cell=make_cells("S", 100_000))
    context = Context(results, cohort, large.settings, circuit)
    blocks = [block for section in SECTIONS for block in section.blocks(context)]
    charts = [block for block in blocks if isinstance(block, Chart)]
    drawn = {chart.title: len(chart.svg) for chart in charts}
    explored = {chart.title: len(json.dumps(chart.plot)) for chart in charts if chart.plot}
    assert len(charts) > 25
    assert len(explored) > 8
    assert max(drawn.values()) < 700_000, max(drawn, key=drawn.get)
    assert max(explored.values()) < 400_000, max(explored, key=explored.get)
    assert sum(drawn.values()) + sum(explored.values()) < FIGURES
    large_tables = [len(json.dumps(b.packed)) for b in blocks if isinstance(b, BigTable)]
    assert 500_000 < sum(large_tables) < TABLES
