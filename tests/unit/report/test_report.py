"""The whole page: safe, self-contained, reproducible, and true to its tables."""

import base64
import dataclasses
import gzip
import hashlib
import html.parser
import re

import pandas as pd
import pytest

from innervate.report import summary
from innervate.report.context import SIGNIFICANCE, Context
from innervate.report.data import CohortResults, load_results
from innervate.report.html import render
from innervate.report.page import plotly_source
from innervate.report.parts.bulk import contrasts
from innervate.report.parts.evidence import chains
from innervate.report.sections import SECTIONS

READERS = {
    "went-in": {"genes"},
    "quality": {"qc"},
    "components": {"pca", "qc"},
    "nodes": {"scores", "nodes", "agreement", "patients"},
    "polarization": {"polarization"},
    "patients": {"patients", "scores"},
    "pain": {"joined", "pain_over_time"},
    "clinical": {"associations", "survival_models"},
    "biomarkers": {"biomarkers"},
    "missing": {"missing", "imputed"},
}
"""Sections by the tables they read."""
VOID = {"meta", "link", "br", "hr", "img", "input", "source", "wbr", "area", "base", "col"}


class Page(html.parser.HTMLParser):
    """Collect elements and text, and check that every tag is closed in its turn."""

    def __init__(self, text: str):
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: dict[str, list[str]] = {}
        self.problems: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append(tag)

    def handle_data(self, data):
        if self.open and data.strip():
            self.words.setdefault(self.open[-1], []).append(data.strip())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="session")
def parsed(page) -> Page:
    return Page(page)


def test_the_page_is_well_formed(parsed):
    assert parsed.problems == []
    assert parsed.open == []
    ids = [attributes["id"] for _, attributes in parsed.elements if "id" in attributes]
    assert sorted(ids) == sorted(set(ids))


def test_the_page_asks_nothing_of_the_network(page, parsed):
    names = {name for name, _ in parsed.elements}
    assert not names & {"link", "iframe", "object", "embed", "form", "img", "base"}
    beside = re.compile(r"[\w./-]+\.(tsv|html|bib|json|svg|pdf)$")
    for _, attributes in parsed.elements:
        assert not [key for key in attributes if key.startswith("on")]
        for key in ("src", "href", "xlink:href", "srcset", "action"):
            value = attributes.get(key)
            local = ("#", "data:image/png;base64,")
            # What is saved and not opened: the methods' text and its references.
            local += ("data:text/plain;charset=utf-8;base64,",) * ("download" in attributes)
            assert value is None or value.startswith(local) or beside.match(value), value
    style = re.search(r"<style>(.*?)</style>", page, re.S)[1]
    assert not re.search(r"@import|url\(\s*['\"]?(?!#)", style)


def test_only_the_scripts_that_the_policy_names_may_run(page, parsed):
    policy = next(m["content"] for m in parsed.all("meta") if "http-equiv" in m)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert not re.search(r"unsafe|http|\*", rules["script-src"])
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", page, re.S)
    run = [text for kind, text in scripts if 'type="application/json"' not in kind]
    library, app = run
    unpacked = gzip.decompress(base64.b64decode(library)).decode()
    assert unpacked == plotly_source()
    for text in (app, unpacked):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in rules["script-src"]
    assert len(rules["script-src"].split()) == 2


def test_the_same_results_give_the_same_bytes(fake, page):
    assert fake.html(processes=2) == page


def test_hostile_names_stay_text(fake, page, parsed):
    assert page.count("<script") == len(parsed.all("script"))
    kinds = [script["type"] for script in parsed.all("script")]
    assert kinds.count("module") == kinds.count("text/plain") == 1
    cells = parsed.words["th"] + parsed.words["td"]
    assert fake.hostile in cells
    assert fake.hostile in "".join(parsed.words["h1"])
    # In figures, cut short: the dollar signs stand as they are and are no mathematics.
    assert [words for words in parsed.words["text"] if words.startswith("<script>")]


def test_dollars_in_figures_are_not_mathematics(fake, circuit):
    results = load_results(fake.folder)
    names = {0: "$\\frac{1}{0}$", 1: "a$b", 2: "_c", 3: "$x$ \\$"}
    results.de["site"].loc[list(names), "gene"] = list(names.values())
    results.de["site"].loc[list(names), ["pvalue", "padj"]] = 1e-30
    results.de["site"].loc[list(names), "log2_fold_change_shrunk"] = 2.0
    blocks = contrasts(Context(results, fake.cohort, fake.settings, circuit))
    words = Page(blocks[0].svg).words["text"]
    assert set(map(str.strip, names.values())) <= set(words)


def test_every_figure_has_a_name_and_something_in_it(page):
    figures = re.findall(r"<figure.*?</figure>", page, re.S)
    assert len(figures) >= 14
    for figure in map(Page, figures):
        (image,) = figure.all("svg")
        assert image["role"] == "img"
        assert re.search(r"n = \d", image["aria-label"])
        assert sum(name in ("path", "use", "image") for name, _ in figure.elements) > 10


def test_tables_have_captions_and_scoped_headings(parsed):
    assert len(parsed.all("caption")) == len(parsed.all("table")) > 10
    assert {heading["scope"] for heading in parsed.all("th")} == {"col", "row"}


def test_every_section_is_in_the_navigation(page, parsed):
    navigation = Page(re.search(r"<nav.*?</nav>", page, re.S).group())
    links = {link["href"] for link in navigation.all("a")}
    assert {f"#{part.anchor}" for part in SECTIONS} | {"#summary"} == links
    assert {section["id"] for section in parsed.all("section")} == {link[1:] for link in links}


def test_the_summary_says_what_the_tables_say(fake, page):
    results = load_results(fake.folder)
    summary = re.sub(r"\s+", " ", " ".join(Page(_section(page, "summary")).words["li"]))
    de, tested = results.de["site"], results.clinical["associations"].dropna(subset="pvalue")
    hits = de[de["padj"] < 0.05]
    up = int((hits["log2_fold_change"] > 0).sum())
    assert f"{len(hits)} of {de['pvalue'].notna().sum()} genes" in summary
    assert f"({up} with a positive and {len(hits) - up} with a negative" in summary
    for call, n in results.patients["call"].value_counts().items():
        assert f"{n} {call}" in summary
    for call, n in results.polarization["call"].value_counts().items():
        assert f"{n} {call}" in summary
    significant = int((tested["fdr"] < SIGNIFICANCE).sum())
    assert f"{significant} of {len(tested)} clinical associations" in summary
    first = tested.loc[tested["pvalue"].idxmin()]
    assert f"{first['estimate']:.2f}".replace("-", "\u2212") in summary
    assert f"n = {first['n']}" in summary
    assert "6 of 7 nodes and 2 of 2 controls could be measured." in summary
    assert "Not measurable: CGRP in the lymph node." in summary


def test_the_first_lines_say_how_many_and_how_far(page):
    first = Page(_section(page, "summary")).words
    assert "12 patients, 24 samples (12 tdln and 12 tumor)." in first["dd"][1]
    assert "dropped 1 of 24 bulk samples" in first["dd"][1]
    assert any("does not prove a cause" in words for words in first["li"])
    assert any(words.startswith("With 12 patients") for words in first["li"])
    assert page.index("Research use only.") < page.index('id="summary"')


def test_patients_clinical_values_are_not_shown(fake, page):
    words = " ".join(text for part in Page(page).words.values() for text in part)
    assert "PyDESeq2" in words
    assert str(fake.secret_pain)[:4] not in words
    assert "1234" not in words


def test_every_exclusion_is_shown(fake, page):
    words = Page(_section(page, "exclusions")).words
    assert words["span"][1].startswith("All 3 rows of exclusions")
    assert "Left out: 2 genes, 1 patient and 1 sample." in words["figcaption"]
    assert {"GENE7, GENE8", "P002", "low_counts", fake.hostile} <= set(words["td"])


def test_methods_are_those_of_this_run(fake, circuit):
    settings = fake.settings.model_copy(
        update={"scoring": fake.settings.scoring.model_copy(update={"bootstrap": 777})}
    )
    page = render(load_results(fake.folder), fake.cohort, settings, circuit)
    methods = " ".join(Page(_section(page, "methods")).words["p"])
    assert "777 bootstrap draws" in methods
    assert "PyDESeq2 0.5.9" in methods
    assert "~ patient + tissue; tissue: tumor against tdln" in methods
    assert "NRS, higher worse" in methods


def test_a_cohort_of_samples_alone_gets_a_report_that_says_what_is_absent(fake, circuit):
    samples = load_results(fake.folder).samples
    cohort = fake.cohort.model_copy(update={"bulk": None, "clinical": None})
    page = render(CohortResults(samples), cohort, fake.settings, circuit)
    parsed = Page(page)
    assert parsed.problems == []
    assert parsed.all("figure") == []
    for part in SECTIONS:
        assert Page(_section(page, part.anchor)).words.get("p") or part.anchor == "went-in"
    assert "Nothing was left out." in page
    assert "has no clinical table" in page


@pytest.mark.parametrize("name", sorted(set().union(*READERS.values())))
@pytest.mark.parametrize("how", ["absent", "empty"])
def test_any_one_part_may_be_absent_or_empty(fake, circuit, name, how):
    results = load_results(fake.folder)
    if name in results.clinical:
        changed = {name: results.clinical[name].iloc[:0]} if how == "empty" else {}
        changed = {"clinical": changed}
    else:
        changed = {name: None if how == "absent" else getattr(results, name).iloc[:0]}
    results = dataclasses.replace(results, **changed, de={}, gsea={})
    context = Context(results, fake.cohort, fake.settings, circuit)
    assert summary.findings(context)
    for section in SECTIONS:
        if READERS.get(section.anchor, set()) & {name}:
            assert section.blocks(context)


def test_a_contrast_in_which_nothing_was_tested_is_drawn(fake, circuit):
    results = load_results(fake.folder)
    de = results.de["site"].assign(pvalue=float("nan"), padj=float("nan"))
    results = dataclasses.replace(results, de={"site": de}, gsea={})
    context = Context(results, fake.cohort, fake.settings, circuit)
    assert any("0 of 0 genes" in sentence for sentence in summary.findings(context))
    volcano, table, sentence = contrasts(context)
    assert "0 genes higher in tumor and 0 higher in tdln" in volcano.title
    assert table.packed["rows"] == 60
    assert sentence == "Gene sets were not tested on contrast site."


def test_missing_scores_do_not_break_the_page(fake, circuit):
    results = load_results(fake.folder)
    patients = results.patients.assign(circuit_index_low=float("nan"), circuit_index=pd.NA)
    associations = results.clinical["associations"].assign(ci_high=float("inf"))
    results = dataclasses.replace(
        results, patients=patients, clinical={"associations": associations}
    )
    assert Page(render(results, fake.cohort, fake.settings, circuit)).problems == []


def test_patients_are_ordered_by_index(fake, circuit):
    results = load_results(fake.folder)
    context = Context(results, fake.cohort, fake.settings, circuit)
    index = results.patients.set_index("patient")["circuit_index"]
    assert index[context.patient_order].is_monotonic_decreasing


def _section(page: str, anchor: str) -> str:
    return re.search(rf'<section id="{anchor}".*?</section>', page, flags=re.DOTALL).group()


def test_a_chain_is_told_by_the_names_of_its_nodes(fake, circuit):
    context = Context(load_results(fake.folder), fake.cohort, fake.settings, circuit)
    shown = next(block for block in chains(context) if getattr(block, "kind", "") == "table")
    labels = [circuit.nodes[name].label for name in ("atf4", "slit2", "cgrp")]
    assert shown.rows[0][0] == " \u2192 ".join(labels)
    links = [header.title for header in shown.headers].index("Links")
    assert shown.rows[0][links] == "0.50, \u22120.40"
