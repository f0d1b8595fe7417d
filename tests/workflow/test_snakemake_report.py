"""Snakemake's own report: the headline results by cohort, with captions, made with no network."""

import json
import re
import shutil
import zipfile

import pytest


@pytest.fixture(scope="module")
def archive(finished, tmp_path_factory):
    """Return the files of a report.zip of the finished run, by name."""
    root = tmp_path_factory.mktemp("reported") / "run"
    shutil.copytree(finished.folder.parent, root)
    work = type(finished)(root / "work", root / "checkout")
    work.snakemake("--report", "report.zip")
    with zipfile.ZipFile(work.folder / "report.zip") as opened:
        return {name: opened.read(name) for name in opened.namelist()}


@pytest.fixture(scope="module")
def page(archive):
    """Return the page of the report."""
    return archive["report/report.html"].decode()


def variable(page, name):
    return json.loads(re.search(rf"var {name} = (\{{.*\}});?$", page, re.M)[1])


def test_headline_results_are_entries_under_the_cohort(page, archive):
    categories = variable(page, "categories")
    assert set(categories) == {"demo"}
    entries = {
        section: sorted(path.removeprefix("results/demo/") for path in paths)
        for section, paths in categories["demo"].items()
    }
    assert entries["Report"] == ["report.html"]
    assert entries["Quality control"] == ["bulk/qc.tsv"]
    assert entries["Circuit"] == [
        "circuit/edges.tsv", "circuit/patients.tsv", "circuit/polarization.tsv",
    ]  # fmt: skip
    assert len(entries["Differential expression"]) == 3
    assert {"figures/circuit_1.svg", "figures/edges_1.svg"} < set(entries["Figures"])
    held = {name.rpartition("/")[2] for name in archive}
    assert {path.rpartition("/")[2] for paths in entries.values() for path in paths} <= held


def test_each_entry_has_a_label_and_a_caption_that_is_filled_in(page):
    results = variable(page, "results")
    assert len(results) > 20
    for path, entry in results.items():
        assert entry["labels"]["what"], path
        assert "demo" in entry["caption"], path
        assert "{" not in entry["caption"], path


def test_tables_that_settings_suppress_in_part_are_no_entries(page):
    assert not [path for path in variable(page, "results") if "/clinical/" in path]


def test_the_page_asks_nothing_of_the_network(page):
    assert not re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=[\"']https?:", page)
