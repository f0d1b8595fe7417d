"""One denominator: who is a patient of the report, who is not, and where it is said."""

import dataclasses
import re

import pandas as pd
import pytest

from innervate.circuit.patients import NO_SAMPLE, NO_SCORE, NOT_MEASURED, OTHER_TISSUE, STAGE
from innervate.clinical.join import NO_ROW
from innervate.config.settings import Settings
from innervate.report.cohorts import cohort_facts
from innervate.report.context import Context
from innervate.report.data import load_results
from innervate.report.figures.patients import CALLS
from innervate.report.figures.tissues import primary, scores_by_tissue
from innervate.report.flow import EVERYONE, PATIENTS, WORDS, patient_flow
from innervate.report.parts.excluded import exclusions
from innervate.report.parts.inputs import went_in
from innervate.report.parts.patients import patients
from innervate.report.summary import caution, findings, limits, size
from innervate.report.tables import Table


@pytest.fixture
def registry(fake, circuit):
    """Return a maker of the context of made-up patients beside a registry of 503 more."""
    results = load_results(fake.folder)
    people = results.patients.copy()
    people.loc[people.index[0], ["call", "circuit_index"]] = [NOT_MEASURED, float("nan")]
    rows = [("patient", f"r{n}", STAGE, NO_SAMPLE) for n in range(503)]
    rows += [("patient", "b1", STAGE, OTHER_TISSUE), ("patient", "c1", "clinical join", NO_ROW)]
    rows += [("patient", people["patient"].iloc[0], STAGE, NO_SCORE)]
    excluded = pd.DataFrame(rows, columns=["level", "id", "stage", "reason"])
    blood = results.samples.head(1).assign(sample="b1", patient="b1", tissue="blood")
    results = dataclasses.replace(
        results, patients=people, exclusions=excluded, samples=pd.concat([results.samples, blood])
    )

    def make(below: int = 0) -> Context:
        settings = Settings.model_validate({"clinical": {"suppress_below": below}})
        return Context(results, fake.cohort, settings, circuit)

    return make


def test_the_flow_from_everyone_to_the_patients(registry):
    context = registry()
    n = len(context.results.patients)
    assert dict(patient_flow(context)) == {
        EVERYONE: n + 504, NO_SAMPLE: 503, OTHER_TISSUE: 1, PATIENTS: n, NOT_MEASURED: 1, NO_ROW: 1,
    }  # fmt: skip
    table = next(
        block
        for block in went_in(context)
        if isinstance(block, Table) and "analysis" in block.caption
    )
    assert [row[0] for row in table.rows] == list(WORDS.values())
    assert table.rows[1] == [WORDS[NO_SAMPLE], "503"]


def test_small_counts_of_the_flow_are_hidden(registry):
    flow = patient_flow(registry(below=5))
    assert flow[[EVERYONE, OTHER_TISSUE, NOT_MEASURED, NO_ROW]].isna().all()
    assert flow[NO_SAMPLE] == 503


def test_one_number_of_patients_throughout(registry):
    context = registry()
    n = len(context.results.patients)
    assert size(context).startswith(f"{n} patients, ")
    assert size(context).endswith(
        " Left out of all analyses: 503 in the clinical table without a sample of the circuit's "
        "tissues and 1 with samples of other tissues only."
    )
    said = " ".join([*findings(context), caution(context), *limits(context)])
    assert f"the calls over {n} patients are:" in said
    assert ", 1 not measured" in said
    assert set(re.findall(r"(\d+) patients", said)) == {str(n)}
    spread = next(block for block in went_in(context) if "samples a patient" in block.caption)
    assert sum(int(row[1]) for row in spread.rows) == n
    assert f"Calls over {n} patients" in patients(context)[0].title


def test_every_call_has_its_color(registry, circuit):
    context = registry()
    assert set(context.results.patients["call"]) <= set(CALLS)
    assert len({color for color, _ in CALLS.values()}) == len(CALLS)
    calls = context.results.patients.set_index("patient")["call"]
    drawn = scores_by_tissue(primary(context.results.scores), context.names, calls)
    assert NOT_MEASURED in drawn.svg


def test_the_index_and_the_synthesis_count_the_same_patients(circuit):
    samples = pd.DataFrame({"sample": ["a", "b", "c"], "patient": ["p", "p", "in blood only"]})
    people = pd.DataFrame({"patient": ["p", "by an assay only"], "call": "uncertain"})
    fact = cohort_facts({"x": ("X", "")}, [samples], [people], [pd.DataFrame()], circuit)[0]
    assert (fact.patients, fact.samples) == (2, 3)


@pytest.mark.parametrize("below", [0, 5])
def test_a_registry_is_one_row_of_the_exclusions(registry, below):
    _, counts, whole = exclusions(registry(below))
    assert ["circuit patients", "patient", NO_SAMPLE, "503"] in counts.rows
    rows = [row for row in whole.first.rows if row[2] == NO_SAMPLE]
    assert [row[3] for row in rows] == ["503"]
    assert not any("r1" in row[4] for row in rows)
