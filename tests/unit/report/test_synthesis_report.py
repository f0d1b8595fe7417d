"""The report over cohorts and the index say what the tables say, and link to what is there."""

import re

import numpy as np
import pandas as pd
import pytest

from innervate.circuit.synthesis import synthesize
from innervate.report.answer import STATUSES
from innervate.report.cohorts import cohort_facts
from innervate.report.index import render_index
from innervate.report.synthesis import SynthesisResults, render_synthesis, with_status
from innervate.report.text import interval, p_value

HOSTILE = "<script>alert('x')</script> & \"q\" javascript:alert(1)"
NAMES = ("one", "two", "three")


def edges(seed: int, effect: float, n: int = 40) -> pd.DataFrame:
    """Return a cohort's table of the made-up circuit's two edges; it measures one of them."""
    value = np.tanh(effect + np.random.default_rng(seed).normal(0, 0.05))
    return pd.DataFrame({
        "source": ["atf4", "slit2"], "target": ["slit2", "cgrp"], "expected_sign": [1, -1],
        "n": [n, 0], "estimate": [value, np.nan], "ci_low": [value - 0.15, np.nan],
        "ci_high": [value + 0.15, np.nan], "pvalue": [0.01, np.nan], "fdr": [0.01, np.nan],
        "specificity": [0.97, np.nan], "status": ["supported", "not measurable"],
        "estimate_type": ["partial_spearman", np.nan], "explained_by": np.nan,
        "covariates": np.nan, "note": ["", "no genes"],
    })  # fmt: skip


def associations(seed: int) -> pd.DataFrame:
    ratio = np.exp(np.random.default_rng(seed).normal(0.2, 0.1, 2))
    return pd.DataFrame({
        "score": ["atf4", "cgrp"], "endpoint": HOSTILE, "model": "Cox", "n": 40, "n_events": 20,
        "estimate": ratio, "estimate_type": "hazard_ratio_per_sd", "ci_low": ratio * 0.7,
        "ci_high": ratio / 0.7, "pvalue": 0.1, "fdr": 0.2, "covariates": "", "note": "",
    })  # fmt: skip


def made_up(circuit, effect: float = 0.8):
    tables = {name: edges(i, effect) for i, name in enumerate(NAMES)}
    found = synthesize(
        tables,
        {name: associations(i) for i, name in enumerate(NAMES)},
        dict(zip(NAMES, ("HNSC", "HNSC", ""), strict=True)),
    )
    sample = [f"s{i}" for i in range(60)]
    sheet = pd.DataFrame({"sample": sample, "patient": [f"p{i // 2}" for i in range(60)]})
    about = {name: (f"Cohort {name} {HOSTILE}", "HNSC") for name in NAMES}
    cohorts = cohort_facts(about, [sheet] * 3, tables.values(), circuit)
    return SynthesisResults(
        found.edges, found.associations, found.forest, found.moderators, cohorts
    )


@pytest.fixture(scope="module")
def results(circuit):
    return made_up(circuit)


@pytest.fixture(scope="module")
def page(results, circuit):
    return render_synthesis(results, circuit)


@pytest.mark.parametrize(
    ("effect", "status"), [(0.8, "supported"), (-0.8, "contradicted"), (0.02, "inconclusive")]
)
def test_a_pooled_edge_is_judged_by_direction_and_false_discovery_rate(circuit, effect, status):
    pooled = with_status(made_up(circuit, effect).edges, circuit)
    assert list(pooled["status"]) == [status, "not measurable"]


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
    alone = made_up(circuit)
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
        assert numbers == [30, 60, 1, 0, 0, 1]
    heads = re.findall(r'<th scope="col" class="number">(.*?)</th>', text)
    assert heads == ["Patients", "Samples", *(status.capitalize() for status in STATUSES)]
    assert 'href="synthesis/report.html"' in text
    assert "3 cohorts, 90 patients, 180 samples." in text
    assert "synthesis/report" not in render_index(results.cohorts[:1], circuit, synthesis=False)
