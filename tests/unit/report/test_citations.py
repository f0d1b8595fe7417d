"""Citations: each one that the methods name has an entry, each entry is named, entries parse."""

import base64
import re

import pandas as pd
import pytest

from innervate.config.circuit import load_circuit
from innervate.config.load import circuit_path
from innervate.report.citations import Citation, citations, numbered
from innervate.report.context import Context
from innervate.report.data import load_results
from innervate.report.parts.run import methods_text

DOI = re.compile(r"doi:(10\.\d{4,9}/[\w.()/-]*[\w/-])")


@pytest.fixture
def blocks(fake, circuit):
    """Return the methods section of the made-up results."""
    return methods_text(Context(load_results(fake.folder), fake.cohort, fake.settings, circuit))


def parse_bibtex(text):
    """Return the fields of each entry by its key, minding nested braces."""
    entries = {}
    for chunk in re.split(r"^@", text, flags=re.M)[1:]:
        kind, key = re.match(r"(\w+)\{([^,\s]+),", chunk).groups()
        braces = re.sub(r"\\[{}]", "", chunk)
        assert braces.count("{") == braces.count("}"), f"{key} does not close"
        assert key not in entries
        entries[key] = {"kind": kind, **dict(re.findall(r"^  (\w+) = \{(.*)\},?$", chunk, re.M))}
    return entries


def test_every_doi_of_the_methods_has_an_entry_and_the_other_way_round(repo):
    package = repo / "workflow/scripts/innervate/report"
    text = "".join(path.read_text() for path in package.glob("*methods.py"))
    named = {doi.lower() for doi in DOI.findall(text)}
    circuits = [
        load_circuit(circuit_path(path.stem)).doi.lower()
        for path in (repo / "resources/circuits").glob("*.yaml")
    ]
    assert len(named) > 20
    assert set(citations()) == named | set(circuits)


def test_the_table_says_where_each_entry_comes_from(repo):
    frame = pd.read_csv(repo / "resources/citations.tsv", sep="\t", dtype=str)
    assert frame["key"].is_unique
    assert frame["doi"].is_unique
    assert frame["checked"].str.match(r"looked up|recalled").all()
    for row in frame.itertuples():
        assert row.key.endswith(row.year)


def test_entries_parse_and_hold_their_fields():
    whole = "\n".join(citation.bibtex() for citation in citations().values())
    entries = parse_bibtex(whole)
    assert len(entries) == len(citations())
    for citation in citations().values():
        fields = entries[citation.key]
        assert fields["kind"] == "article"
        assert fields["doi"] == citation.doi
        assert fields["year"] == citation.year
        assert fields["author"].count(" and ") == citation.authors.count(";") + (
            " and others" in citation.authors
        )
    love = next(c for c in citations().values() if c.key == "love2014")
    assert entries["love2014"]["author"] == "Love, M. I. and Huber, W. and Anders, S."
    assert love.reference().startswith("Love MI, Huber W, Anders S. Moderated estimation")
    assert love.reference().endswith("Genome Biology 2014;15:550. doi:10.1186/s13059-014-0550-8")


def test_a_title_with_characters_of_latex_can_be_read_back():
    hostile = Citation(
        "x", "10.1/x", "A B", r"50% of {genes} & \input{secret} $x_1$", "", "", "", ""
    )
    entry = parse_bibtex(hostile.bibtex())["x"]
    assert entry["kind"] == "misc"
    assert "\\input" not in entry["title"]


def test_numbers_go_by_first_appearance_and_repeat(circuit):
    love, zhu = "doi:10.1186/s13059-014-0550-8", "doi:10.1093/bioinformatics/bty895"
    texts, cited = numbered([f"A (Zhu 2019, {zhu}).", f"B ({love}); C (Zhu, {zhu})."], circuit)
    assert texts == ["A (Zhu 2019 [1]).", "B [2]; C (Zhu [1])."]
    assert [citation.key for citation in cited] == ["zhu2019", "love2014"]


def test_a_circuit_of_ones_own_is_cited_by_its_title(circuit):
    texts, cited = numbered([f"Circuit (doi:{circuit.doi})."], circuit)
    assert texts == ["Circuit [1]."]
    assert cited[0].title == circuit.title
    assert cited[0].key == "circuit"


def test_the_section_numbers_all_it_cites_and_holds_the_files(blocks):
    text = " ".join(block for block in blocks if isinstance(block, str))
    assert "doi:" not in text
    table = next(block for block in blocks if getattr(block, "caption", "") == "References.")
    numbers = {int(number) for number in re.findall(r"\[(\d+)\]", text)}
    assert numbers == set(range(1, len(table.rows) + 1))
    links = next(block for block in blocks if getattr(block, "kind", "") == "links").links
    files = {
        link.download: base64.b64decode(link.href.partition("base64,")[2]).decode()
        for link in links
    }
    assert len(parse_bibtex(files["references.bib"])) == len(table.rows)
    assert text.split(". ")[0] in files["methods.txt"]
    assert table.rows[-1][1] in files["methods.txt"]


def test_a_doi_with_parentheses_is_cited_whole(circuit):
    text = "Two (Farrar and others 2001, doi:10.1016/S0304-3959(01)00349-9), and (doi:10.1234/x)."
    (paragraph,), (first, second) = numbered([text], circuit)
    assert paragraph == "Two (Farrar and others 2001 [1]), and [2]."
    assert first.key == "farrar2001"
    assert second.doi == "10.1234/x"
