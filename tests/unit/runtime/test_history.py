"""What differs from the run before is told, and only that."""

import copy

import pandas as pd
import pytest

from innervate.report.key_results import key_results
from innervate.runtime.files import write_tsv
from innervate.runtime.history import changes, previous_run
from innervate.runtime.provenance import code_digests, describe_run

BEFORE = {
    "inputs": {"counts.tsv": "aa", "clinical.tsv": "bb"},
    "settings": {"edges": {"bootstrap": 500}},
    "cohort": {"title": "Ward 7, Mrs. Miller"},
    "versions": {"scipy": "1.15"},
    "code": {"bulk": "11"},
    "edges": {"atf4 to slit2": "supported; 0.500, FDR 0.01, n = 22"},
    "numbers": {"patients": 22},
}


@pytest.fixture
def after():
    """Return a record to be changed."""
    return copy.deepcopy(BEFORE)


def told(frame):
    return list(frame.itertuples(index=False, name=None))


def test_a_run_that_repeats_the_last_differs_in_nothing(after):
    assert changes(BEFORE, after).empty


def test_each_difference_is_one_row_with_both_sides(after):
    after["inputs"] |= {"clinical.tsv": "cc", "new.tsv": "dd"}
    after["settings"]["edges"]["bootstrap"] = 900
    after["versions"]["scipy"] = "1.16"
    after["edges"]["atf4 to slit2"] = "inconclusive; 0.300, FDR 0.2, n = 20"
    del after["numbers"]["patients"]
    assert told(changes(BEFORE, after)) == [
        ("input file", "clinical.tsv", "bb", "cc"),
        ("input file", "new.tsv", "none", "dd"),
        ("setting", "edges.bootstrap", "500", "900"),
        ("version", "scipy", "1.15", "1.16"),
        (
            "edge",
            "atf4 to slit2",
            BEFORE["edges"]["atf4 to slit2"],
            after["edges"]["atf4 to slit2"],
        ),
        ("key number", "patients", "22", "none"),
    ]


def test_free_text_of_the_cohort_file_is_not_told(after):
    after["cohort"]["title"] = "Ward 8"
    assert told(changes(BEFORE, after)) == [("cohort file", "title", "(not shown)", "(not shown)")]


def test_the_first_run_has_nothing_to_differ_from(after):
    assert changes({}, after).empty


def test_what_an_older_record_does_not_hold_is_no_difference(after):
    older = {key: value for key, value in BEFORE.items() if key != "code"}
    assert changes(older, after).empty


def test_a_repeated_run_keeps_what_the_last_was_compared_with(after):
    other = {**BEFORE, "seed": 1}
    assert previous_run(BEFORE, other, after) is other
    after["seed"] = 2
    assert previous_run(BEFORE, other, after) is BEFORE


def test_key_results_are_those_of_the_tables(tmp_path, fake):
    found = key_results(fake.folder)
    assert found["numbers"]["patients"] == 12
    assert found["numbers"]["samples"] == 24
    calls = pd.read_csv(fake.folder / "circuit/patients.tsv", sep="\t")["call"].value_counts()
    for call, n in calls.items():
        assert found["numbers"][f"patients called {call}"] == n
    edges = pd.read_csv(fake.folder / "circuit/edges.tsv", sep="\t")
    assert len(found["edges"]) == len(edges)
    first = edges[edges["estimate"].notna()].iloc[0]
    words = found["edges"][f"{first['source']} to {first['target']}"]
    assert words.startswith(f"{first['status']}; {first['estimate']:.3f}, FDR")
    assert key_results(tmp_path) == {"edges": {}, "numbers": {}}


def test_the_record_tells_the_parts_of_the_code_apart(tmp_path):
    path = tmp_path / "a.tsv"
    write_tsv(pd.DataFrame({"a": [1]}), path)
    described = describe_run([path], seed=1)
    assert described["code"] == code_digests()
    assert {"bulk", "circuit", "report"} <= set(described["code"])
