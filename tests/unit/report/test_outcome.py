"""The checks of Cox models in the report: which rows are shown, and what the sentence counts."""

import dataclasses

import pytest

from innervate.report.context import Context
from innervate.report.data import load_results
from innervate.report.methods import methods
from innervate.report.parts.clinical import associations
from innervate.report.parts.outcome import survival_models


@pytest.fixture
def context(fake, circuit):
    """Return the context of the made-up results."""
    return Context(load_results(fake.folder), fake.cohort, fake.settings, circuit)


def test_the_index_is_shown_and_of_other_scores_what_is_in_doubt(context):
    sentence, table = survival_models(context)
    assert "doubtful (p < 0.05) in 1 of 2 models" in sentence
    assert "not a straight line (p < 0.05) in 0 of 1" in sentence
    assert "2 of 2 have fewer than 10 events per variable" in sentence
    titles = [column.title for column in table.headers]
    names = [(row[0], row[titles.index("Analysis")]) for row in table.rows]
    first = context.score_names["cgrp"]
    assert names == [
        (first, "Proportional hazards (test)"),
        (first, "Cox, early period"),
        (first, "Cox, late period"),
        ("Circuit index", "Cox"),
        ("Circuit index", "Proportional hazards (test)"),
    ]
    assert table.strong == [True, True, True, False, False]
    assert "clinical/survival_models.tsv" in table.caption
    kinds = [row[titles.index("Estimate is")] for row in table.rows]
    assert kinds[:2] == ["chi-squared statistic", "hazard ratio per standard deviation"]


def test_the_blocks_close_the_clinical_section_and_the_methods_say_how(context):
    *_, sentence, table = associations(context)
    assert sentence == survival_models(context)[0]
    assert table.rows == survival_models(context)[1].rows
    clinical = " ".join(methods(context))
    assert "Firth's penalized partial likelihood" in clinical
    assert "between 25% and 75% of the patients" in clinical
    assert "9,999 permutations" in clinical


@pytest.mark.parametrize("how", ["absent", "empty"])
def test_what_is_not_there_is_said(context, how):
    clinical = dict(context.results.clinical)
    frame = clinical.pop("survival_models")
    if how == "empty":
        clinical["survival_models"] = frame.iloc[:0]
    results = dataclasses.replace(context.results, clinical=clinical)
    context = dataclasses.replace(context, results=results)
    (sentence,) = survival_models(context)
    assert sentence.startswith("No time-to-event endpoint is declared")
    assert "Firth's penalized partial likelihood" not in methods(context)[-1]
