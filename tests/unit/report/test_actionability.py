"""The section on what could be acted on: with tables, with gaps in them, and without."""

import numpy as np
import pandas as pd
import pytest

from innervate.report.context import Context
from innervate.report.data import load_results
from innervate.report.figures.style import Chart
from innervate.report.html import render
from innervate.report.parts.actionability import actionability
from innervate.report.tables import Table
from innervate.runtime.files import write_table
from innervate.trials.contracts import AGENTS, TRIALS

HOSTILE = "<script>alert(1)</script>"


def agents():
    return pd.DataFrame({
        "node": ["cgrp", "cgrp", "ccl5"], "measured": [True, True, False],
        "agent": ["rimegepant", HOSTILE, "maraviroc"], "class": "gepant", "target_genes": "RAMP1",
        "effect": ["against", "against", "with"], "status": ["approved", "preclinical", "approved"],
        "year": [2020, None, 2007], "indication": "", "n_evaluable": [50, 50, None],
        "n_meeting": [12, None, None], "rules": ["a", "a", ""], "source": "read",
        "confidence": ["text read", "recalled", "text read"], "note": "",
    })  # fmt: skip


def trials():
    return pd.DataFrame({
        "trial": ["a", "b", "c", HOSTILE], "node": "cgrp", "agents": "rimegepant",
        "rule": "cgrp above 0",
        "endpoint": "os", "n_evaluable": [50, 48, 50, None], "n_meeting": [12, 0, 5, None],
        "prevalence": [0.24, 0, 0.1, np.nan], "prevalence_low": [0.14, 0, 0.04, np.nan],
        "prevalence_high": [0.37, 0.07, 0.21, np.nan],
        "screened_per_enrolled": [4.17, np.nan, 10, np.nan],
        "screened_per_enrolled_low": [2.7, 13.5, 4.7, np.nan],
        "screened_per_enrolled_high": [7.0, np.nan, 23, np.nan],
        "control": ["exponential, median 9 months", None, "30% respond", None],
        "control_n": [20, None, 50, None],
        "control_from": ["those", None, "the whole cohort", None],
        "effect_type": ["hazard_ratio", "hazard_ratio", "odds_ratio", "difference"],
        "effect": [0.65, 0.65, 2.5, 1.5], "alpha": 0.05, "power": 0.8, "allocation": 0.5,
        "n_enrolled": [250, None, 120, None], "n_screened": [1042, None, 1200, None],
        "power_reached": [0.803, np.nan, 0.81, np.nan],
        "monte_carlo_se": [0.0126, np.nan, 0.0124, np.nan],
        "note": ["", "no patient meets the rule", "", "small counts are suppressed"],
    })  # fmt: skip


@pytest.fixture
def written(make_results, tmp_path):
    """Return results that have agents and trials."""
    fake = make_results(tmp_path / "results", hostile=False)
    write_table(agents(), fake.folder / "clinical/agents.tsv", AGENTS)
    write_table(trials(), fake.folder / "clinical/trials.tsv", TRIALS)
    return fake


def blocks_of(fake, circuit):
    return actionability(Context(load_results(fake.folder), fake.cohort, fake.settings, circuit))


def test_agents_and_trials_are_shown(written, circuit):
    blocks = blocks_of(written, circuit)
    assert "No patient is named and nothing here is advice for one" in blocks[0]
    first, last = [block for block in blocks if isinstance(block, Table)]
    assert first.strong == [False, False, True]
    cells = [cell for row in first.rows for cell in row]
    assert {"12 of 50", "recalled", "approved, 2020", "opposes its protective arm"} <= set(cells)
    assert len(last.rows) == 4
    text = " ".join(cell for row in last.rows for cell in row)
    assert "hazard ratio 0.65" in text
    assert "1.5 points less pain" in text
    assert "0.803 (0.013)" in text
    (figure,) = [block for block in blocks if isinstance(block, Chart)]
    assert figure.title == "For one patient who meets a rule, 4.2 to 10.0 would be screened."
    assert "n = 48 to 50 patients" in figure.note
    assert any("No agent is listed for" in block for block in blocks if isinstance(block, str))


def test_the_page_holds_the_section_and_no_patient(written, circuit):
    page = render(load_results(written.folder), written.cohort, written.settings, circuit)
    section = page.split('id="actionable"')[1].split("<section")[0]
    assert "What could be acted on (research use only)" in section
    assert "<script>alert" not in page
    assert "P001" not in section
    assert "sized by simulation" in page


def test_gaps_are_said(written, circuit):
    empty = trials().head(0)
    write_table(empty, written.folder / "clinical/trials.tsv", TRIALS)
    assert "No trial was declared" in blocks_of(written, circuit)[-1]
    write_table(trials().tail(1), written.folder / "clinical/trials.tsv", TRIALS)
    blocks = blocks_of(written, circuit)
    assert not [block for block in blocks if isinstance(block, Chart)]
    write_table(trials().iloc[[1]], written.folder / "clinical/trials.tsv", TRIALS)
    (figure,) = [block for block in blocks_of(written, circuit) if isinstance(block, Chart)]
    assert figure.title == "No patient meets a rule."
    write_table(agents().head(0), written.folder / "clinical/agents.tsv", AGENTS)
    assert "No agent is listed for any node of this circuit." in blocks_of(written, circuit)
    (written.folder / "clinical/agents.tsv").unlink()
    (sentence,) = blocks_of(written, circuit)
    assert "no clinical table" in sentence
