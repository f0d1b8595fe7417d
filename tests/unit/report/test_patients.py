"""What the page holds of each patient: nodes, intervals, index and call, and nothing clinical."""

import json

import numpy as np
import pytest
from tests.unit.report.test_embed import unpacked

from innervate.circuit.contracts import PATIENTS
from innervate.clinical.contracts import JOINED
from innervate.report.context import Context
from innervate.report.data import load_results
from innervate.report.parts import patients
from innervate.report.tables import BigTable
from innervate.runtime.files import read_table


def blocks(fake, circuit, results=None):
    context = Context(results or load_results(fake.folder), fake.cohort, fake.settings, circuit)
    _, table, view = patients.patients(context)
    return table, view


def test_the_table_holds_every_node_of_every_patient(fake, circuit):
    table, view = blocks(fake, circuit)
    assert isinstance(table, BigTable)
    found = unpacked(json.loads(json.dumps(table.header)))
    frame = read_table(fake.folder / "circuit/patients.tsv", PATIENTS).set_index("patient")
    assert found["patient"] == frame["circuit_index"].sort_values(ascending=False).index.tolist()
    for node in view.data["nodes"]:
        expected = frame.loc[found["patient"], node["column"]].astype(float)
        assert found[node["column"]] == pytest.approx(expected.tolist(), nan_ok=True)
    assert [node["column"] for node in view.data["nodes"]] == [*circuit.nodes, *circuit.controls]


def test_an_interval_is_given_only_where_the_patients_score_is_one_samples(fake, circuit):
    results = load_results(fake.folder)
    scores = results.scores.assign(z_error=0.25)
    tumor = scores["node"] == "atf4"
    own = results.patients.set_index("patient")["atf4"]
    scores.loc[tumor, "z"] = scores.loc[tumor, "patient"].map(own)
    first = scores.loc[tumor, "patient"].iloc[0]
    # One patient's value is an assay's, another's error is that of a single gene.
    scores.loc[tumor & (scores["patient"] == first), "z"] += 1
    second = scores.loc[tumor, "patient"].iloc[2]
    scores.loc[tumor & (scores["patient"] == second), "z_error"] = 0.0
    object.__setattr__(results, "scores", scores)
    table, view = blocks(fake, circuit, results)
    named = {node["column"]: node["error_column"] for node in view.data["nodes"]}
    assert named["atf4"] == "error_atf4"
    assert named["slit2"] is None, "its samples' scores are not the patients' values"
    found = unpacked(table.packed)
    errors = dict(zip(found["patient"], found["error_atf4"], strict=True))
    assert np.isnan([errors.pop(first), errors.pop(second)]).all()
    assert set(errors.values()) == {0.25}


def test_no_clinical_value_is_in_what_is_embedded(fake, circuit):
    table, view = blocks(fake, circuit)
    clinical = read_table(fake.folder / "clinical/joined.tsv", JOINED).columns
    held = {column["name"] for column in table.packed["columns"]}
    allowed = {*read_table(fake.folder / "circuit/patients.tsv", PATIENTS).columns, "reason"}
    assert held - allowed == set()
    assert not held & {name for name in clinical if name.startswith(("pain", "os_", "opioids"))}
    assert str(fake.secret_pain)[:4] not in json.dumps(view.data)
