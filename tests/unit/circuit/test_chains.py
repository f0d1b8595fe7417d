"""Chains: planted ones hold with their size, broken ones do not, reasons are said."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from innervate.circuit.chains import assess_chains, chain_columns, coefficients, link_pvalues
from innervate.config.settings import EdgeTests

FEW = EdgeTests(bootstrap=400, permutations=499)
EXACT = {"rna_reliability": 1.0, "assay_reliability": 1.0, "confounding": 0.0}


def test_a_planted_chain_holds_with_its_size(drawn, chain_circuit):
    table = assess_chains(drawn(patients=400, **EXACT), chain_circuit, FEW, seed=1)
    row = table.iloc[0]
    assert row["path"] == "a > b > c"
    assert row["indirect"] == pytest.approx(-0.36, abs=0.08)
    assert row["ci_low"] < -0.36 < row["ci_high"]
    assert row["pvalue"] < 1e-6
    assert row["expected_sign"] == -1
    assert row["consistent"]
    assert row["direct"] == pytest.approx(0, abs=0.12)
    assert row["total"] == pytest.approx(row["indirect"] + row["direct"], abs=1e-6)


def test_a_chain_with_one_link_cut_is_broken(drawn, chain_circuit):
    kept = [edge for edge in chain_circuit.edges if edge.target != "c"]
    planted = chain_circuit.model_copy(update={"edges": kept, "paths": []})
    row = assess_chains(drawn(patients=400, planted=planted), chain_circuit, FEW, seed=1).iloc[0]
    assert row["pvalue"] > 0.05
    assert row["ci_low"] < 0 < row["ci_high"]


def test_a_path_to_a_survival_time_is_refused(drawn, chain_circuit):
    row = assess_chains(drawn(), chain_circuit, FEW, seed=1).iloc[2]
    assert row["note"].startswith("survival is no number")
    assert np.isnan(row["pvalue"])


def test_few_patients_are_refused(drawn, chain_circuit):
    few = EdgeTests(min_patients=30)
    row = assess_chains(drawn(patients=20), chain_circuit, few, 1).iloc[0]
    assert row["note"] == "20 patients have every node, 30 needed"


def test_links_are_regressions_on_all_that_stand_before():
    generator = np.random.default_rng(0)
    nodes = pd.DataFrame(generator.normal(size=(50, 3)), columns=list("abc")).cumsum(axis=1)
    columns = chain_columns(nodes, pd.DataFrame({"x": generator.normal(size=50)}))
    found = coefficients(columns, 3, np.ones((1, 50)))
    first = sm.OLS(columns[:, 3], columns[:, :3]).fit()
    second = sm.OLS(columns[:, 4], columns[:, :4]).fit()
    assert found.links[0] == pytest.approx([first.params[2], second.params[3]])
    assert found.direct[0] == pytest.approx(second.params[2])
    assert found.total[0] == pytest.approx(sm.OLS(columns[:, 4], columns[:, :3]).fit().params[2])
    assert link_pvalues(columns, 3) == pytest.approx([first.pvalues[2], second.pvalues[3]])
