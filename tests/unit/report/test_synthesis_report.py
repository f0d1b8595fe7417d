"""The report over cohorts and the index say what the tables say, and link to what is there."""

import re

import numpy as np
import pytest
from made_up_synthesis import NAMES, edges, made_up_synthesis

from innervate.config.evidence import STATUSES, SUGGESTIVE
from innervate.report.index import render_index
from innervate.report.synthesis import SynthesisResults, render_synthesis, with_status
from innervate.report.text import interval, p_value
from innervate.synthesis.contracts import SYNTHESIS_EDGES
from innervate.synthesis.pooling import synthesize


@pytest.fixture(scope="module")
def results(circuit):
    return made_up_synthesis(circuit)


@pytest.fixture(scope="module")
def page(results, circuit):
    return render_synthesis(results, circuit)


@pytest.mark.parametrize(
    ("effect", "status"), [(0.8, "supported"), (-0.8, "contradicted"), (0.02, "inconclusive")]
)
def test_a_pooled_edge_is_judged_by_direction_and_false_discovery_rate(circuit, effect, status):
    pooled = with_status(made_up_synthesis(circuit, effect).edges, circuit)
    assert list(pooled["status"]) == [status, "not measurable"]


@pytest.mark.parametrize(
    ("effect", "status"), [(0.8, SUGGESTIVE), (-0.8, "inconclusive"), (0.02, "inconclusive")]
)
def test_a_mean_that_holds_one_unadjusted_cohort_is_no_more_than_suggestive(
    circuit, effect, status
):
    tables = {name: edges(i, effect) for i, name in enumerate(NAMES)}
    tables["two"]["unadjusted_for"] = ["hpv;stage", ""]
    pooled = synthesize(tables, {}, dict.fromkeys(NAMES, "")).edges
    SYNTHESIS_EDGES.conform(pooled)
    assert pooled[["k", "k_unadjusted"]].iloc[0].tolist() == [3, 1]
    assert with_status(pooled, circuit)["status"].tolist() == [status, "not measurable"]


def test_the_answer_has_the_pooled_numbers(page, results):
    row = results.edges.iloc[0]
    numbers = re.search(r'<li id="step-1".*?<p class="numbers">(.*?)</p>', page, re.S)[1]
    ends = interval(row["estimate"], row["ci_low"], row["ci_high"]).replace("(", "(95% interval ")
    assert numbers == (
        f"partial rank correlation {ends}, 3 cohorts, n = 120, FDR {p_value(row['fdr'])}"
    )
    verdict = re.search(r'<p class="verdict">(.*?)</p>', page)[1]
    assert verdict == "The one measurable step of the circuit is supported over the cohorts."


def test_each_cohort_and_what_is_left_without_it_is_drawn(page, results):
    figures = re.findall(r"<figure.*?</figure>", page, re.S)
    forests = [figure for figure in figures if "without it" in figure]
    assert len(forests) == 2
    for figure in forests:
        assert figure.count("(40)") == 3 * (2 if "azard" in figure else 1)
        assert "mean (120), I²" in figure
    assert "leave one out" in page.lower()


def test_hostile_names_stay_text(page, results, circuit):
    for text in (page, render_index(results.cohorts, circuit, synthesis=True)):
        kinds = re.findall(r"<script([^>]*)>", text)
        assert set(kinds) <= {' type="application/json" class="columns"', ' type="module"'}
        assert not re.search(r'(href|src)="\s*javascript', text)


def test_equal_tables_give_equal_bytes(page, results, circuit):
    assert render_synthesis(results, circuit) == page


def test_nothing_pooled_is_said(circuit, results):
    alone = made_up_synthesis(circuit)
    bare = SynthesisResults(
        alone.edges.assign(estimate=np.nan), alone.associations.iloc[:0], alone.forest.iloc[:0],
        alone.moderators.iloc[:0], alone.cohorts,
    )  # fmt: skip
    page = render_synthesis(bare, circuit)
    assert "The circuit could not be tested over the cohorts." in page
    assert "No cohort estimates an association" in page
    assert "No edge was estimated in a cohort that declares its tumor type." in page


def test_the_index_counts_and_links_every_cohort(results, circuit):
    text = render_index(results.cohorts, circuit, synthesis=True)
    rows = re.findall(r"<tr>\s*<th scope=\"row\".*?</tr>", text, re.S)
    assert len(rows) == 3
    for name, row in zip(NAMES, rows, strict=True):
        assert f'href="{name}/report.html"' in row
        numbers = [int(n) for n in re.findall(r'<td class="number">(\d+)</td>', row)]
        assert numbers == [30, 60, 1, 0, 0, 0, 1]
    heads = re.findall(r'<th scope="col" class="number">(.*?)</th>', text)
    assert heads == ["Patients", "Samples", *(status.capitalize() for status in STATUSES)]
    assert 'href="synthesis/report.html"' in text
    assert "3 cohorts, 90 patients, 180 samples." in text
    assert "synthesis/report" not in render_index(results.cohorts[:1], circuit, synthesis=False)
