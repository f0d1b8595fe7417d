"""A run after a change says what differs from the one before; one with nothing to do, nothing."""

import json
import shutil

import pandas as pd
import pytest


@pytest.fixture
def copy(finished, tmp_path):
    """Return a copy of the finished run, that a test may change."""
    root = tmp_path / "copy"
    shutil.copytree(finished.folder.parent, root)
    return type(finished)(root / "work", root / "checkout")


def read(work, name):
    return json.loads((work.folder / "results/demo/provenance" / name).read_text())


def changed(work):
    frame = pd.read_csv(work.folder / "results/demo/provenance/changes.tsv", sep="\t", dtype=str)
    return set(frame[["kind", "name"]].itertuples(index=False, name=None)), frame


@pytest.mark.slow
def test_a_setting_is_told_beside_what_it_moved(copy):
    first = read(copy, "run.json")
    copy.cohort("demo", settings__differential_expression__alpha=0.2)
    copy.snakemake("--", "results/demo/provenance/run.json")
    told, frame = changed(copy)
    assert ("setting", "differential_expression.alpha") in told
    # The commit differs where the finished run was kept from an earlier one.
    assert {kind for kind, _ in told} - {"commit"} <= {
        "setting", "cohort file", "input file", "key number"
    }  # fmt: skip
    # The setting stands in the cohort file, which is an input too.
    inputs = {name for kind, name in told if kind == "input file"}
    assert inputs == {"config/cohorts/demo.yaml"}
    row = frame[frame["name"] == "differential_expression.alpha"].iloc[0]
    assert row["after"] == "0.2"
    assert read(copy, "previous.json") == first
    # Recorded again without a change, it is still compared with the first run.
    copy.snakemake("--force", "--", "results/demo/provenance/run.json")
    assert changed(copy)[0] == told
    assert read(copy, "previous.json") == first


def test_the_first_run_has_no_previous_one(finished):
    assert read(finished, "previous.json") == {}
    assert changed(finished)[0] == set()
    page = (finished.folder / "results/demo/report.html").read_text()
    assert "This is the first run of this cohort" in page
