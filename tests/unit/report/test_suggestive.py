"""An edge that lost a declared confounder reads so everywhere on the page."""

import dataclasses
import re

import pytest

from innervate.config.evidence import SUGGESTIVE
from innervate.report.cohorts import cohort_facts
from innervate.report.data import load_results
from innervate.report.html import render
from innervate.report.index import render_index


@pytest.fixture
def edges(fake):
    """Return the edges of the made-up cohort; the first lost two confounders, one hostile."""
    frame = load_results(fake.folder).evidence["edges"].copy()
    frame.loc[0, ["status", "unadjusted_for"]] = [SUGGESTIVE, f"stage;{fake.hostile}"]
    return frame


@pytest.fixture
def page(fake, circuit, edges):
    results = load_results(fake.folder)
    results = dataclasses.replace(results, evidence={**results.evidence, "edges": edges})
    return render(results, fake.cohort, fake.settings, circuit)


def test_the_headline_the_sentence_and_the_step_say_it(page):
    verdict = re.search(r'<p class="verdict">(.*?)</p>', page)[1]
    assert verdict.startswith("None of 1 measurable step of the circuit is supported or")
    assert (
        "1 is suggestive, as not every declared confounder of it could be adjusted for" in verdict
    )
    assert "Suggestive (unadjusted): higher" in page
    assert "not adjusted for stage and &lt;script&gt;" in page
    assert re.findall(r'<li id="step-\d+".*?data-status="(.*?)">', page)[0] == SUGGESTIVE
    assert "<script>alert" not in page


def test_the_drawing_its_key_and_the_forest_have_a_line_of_their_own(page):
    key = re.search(r'<ul class="key".*?</ul>', page, re.S)[0]
    assert key.count(SUGGESTIVE) == 1
    edge = re.search(r'<a href="#step-1" class="edge".*?</a>', page, re.S)[0]
    assert f": {SUGGESTIVE};" in edge
    assert 'stroke="#E69F00"' in edge
    assert f"Evidence for 1 measurable edge: 1 {SUGGESTIVE}." in page


def test_the_table_names_what_was_lost(page):
    head = re.search(r"<th[^>]*>Not adjusted for</th>", page)
    assert head
    assert re.search(r'<td class="wide">stage; &lt;script', page)


def test_the_index_counts_it(fake, circuit, edges):
    results = load_results(fake.folder)
    about = {"one": ("One", "")}
    facts = cohort_facts(about, [results.samples], [results.patients], [edges], circuit)
    text = render_index(facts, circuit, synthesis=False)
    heads = re.findall(r'<th scope="col" class="number">(.*?)</th>', text)
    numbers = re.findall(r'<td class="number">(\d+)</td>', text)
    assert dict(zip(heads, numbers, strict=True))["Suggestive (unadjusted)"] == "1"
