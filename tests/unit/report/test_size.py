"""500 patients, 100,000 cells and 20,000 genes still make a page that opens at once."""

import dataclasses
import json
import shutil
import time

import pytest
from opening import quickest_opening

from innervate.config.cohort import Cohort
from innervate.report.context import Context
from innervate.report.data import load_results
from innervate.report.figures.style import Chart
from innervate.report.html import render
from innervate.report.sections import SECTIONS
from innervate.report.tables import BigTable

pytestmark = pytest.mark.slow

PAGE, FIGURES, TABLES = 15_000_000, 5_000_000, 2_500_000
"""Bytes, the latter two of what the page may have."""
SLOWEST = 2.0
"""Seconds by the clock from the double click to the first frame."""


@pytest.fixture(scope="module")
def big(make_results, make_cells, circuit, tmp_path_factory):
    """What a page is made of, for a cohort as large as they come."""
    names = ("site", "response", "stage")
    folder = tmp_path_factory.mktemp("big")
    large = make_results(folder, patients=500, genes=20_000, contrasts=names, hostile=False)
    declared = {"format": "h5ad", "path": "c.h5ad", "sample_column": "s"}
    arm = {"formula": "~ arm", "variable": "arm", "numerator": "a", "denominator": "b"}
    cohort = Cohort.model_validate(
        large.cohort.model_dump(exclude_none=True)
        | {"single_cell": {"inputs": [declared], "contrasts": {"arm": arm}}}
    )
    results = dataclasses.replace(load_results(folder), single_cell=make_cells("S", 100_000))
    return results, cohort, large.settings, circuit


@pytest.fixture(scope="module")
def page(big, tmp_path_factory):
    """The page as a file."""
    start = time.process_time()
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(render(*big), encoding="utf-8")
    print(f"\n{path.stat().st_size / 1e6:.1f} MB made in {time.process_time() - start:.0f} s")
    return path


def test_figures_and_large_tables_leave_room(big):
    context = Context(*big)
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


def test_the_page_stays_under_fifteen_megabytes(page):
    assert 2_000_000 < page.stat().st_size < PAGE


@pytest.mark.browser
def test_the_page_opens_within_two_seconds(page, record_property):
    sync_api = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed")
    with sync_api.sync_playwright() as started:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = started.chromium.launch(executable_path=chromium, args=flags)
        clock, processor = quickest_opening(browser, page, SLOWEST)
        browser.close()
    record_property("log", f"opened in {clock:.2f} s, of which {processor:.2f} s of processor")
    assert 0 < processor < clock < SLOWEST
