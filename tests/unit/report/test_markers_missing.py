"""Biomarkers and missing data: what the sections say is what their tables hold."""

import dataclasses

import pandas as pd

from innervate.report.context import Context
from innervate.report.data import load_results
from innervate.report.parts.biomarkers import biomarkers
from innervate.report.parts.missing import missing


def context_of(fake, circuit, **tables) -> Context:
    results = load_results(fake.folder)
    results = dataclasses.replace(results, clinical=results.clinical | tables)
    return Context(results, fake.cohort, fake.settings, circuit)


def sentences(blocks) -> str:
    return " ".join(block for block in blocks if isinstance(block, str))


def test_biomarkers_say_that_they_agree_within_the_circuit(fake, circuit):
    blocks = biomarkers(context_of(fake, circuit))
    words = sentences(blocks)
    assert "not validation against an outside standard" in words
    assert "Pain alone, at 4 of 10 or above: it finds 70% (95% interval 45% to 87%)" in words
    table = blocks[-1]
    assert [len(table.rows), table.rows[1][0]] == [3, "ATF4 activity"]
    assert table.rows[1][4] == "0.70 (0.45 to 0.87)"


def test_markers_that_could_not_be_judged_are_in_the_table(fake, circuit):
    frame = load_results(fake.folder).clinical["biomarkers"].iloc[2:]
    blocks = biomarkers(context_of(fake, circuit, biomarkers=frame))
    assert "No marker could be judged" in sentences(blocks)
    assert blocks[-1].rows[0][-1] == "0 patients, 8 needed"


def test_missing_data_are_counted_and_compared(fake, circuit):
    drawn, _, estimates, table = missing(context_of(fake, circuit))
    assert drawn.title == "9 of 12 patients lack nothing."
    assert "n = 9 complete cases and 12 with imputed covariates for" in estimates.note
    assert len(table.rows) == 2


def test_cohorts_that_lack_nothing_say_so(fake, circuit):
    whole = pd.DataFrame({"columns": [None], "n": [12], "share": [1.0]})
    imputed = load_results(fake.folder).clinical["imputed"].iloc[:1]
    words = sentences(missing(context_of(fake, circuit, missing=whole, imputed=imputed)))
    assert "None of 12 patients" in words
    assert "none was imputed" in words
    words = sentences(missing(context_of(fake, circuit, missing=whole, imputed=imputed.iloc[:0])))
    assert "No covariate is adjusted for" in words
