"""Rival hypotheses: their likelihoods by regression, and which of them no data can tell apart."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from innervate.circuit.hypotheses import compare_hypotheses

COUNT = 200


@pytest.fixture(scope="module")
def patients():
    """A chain from a to c, and what may confound it."""
    generator = np.random.default_rng(5)
    age, purity, a, *noise = generator.normal(size=(5, COUNT))
    b = 0.5 * a + 0.4 * age + noise[0]
    c = 0.5 * b + 0.6 * purity + noise[1]
    return pd.DataFrame({"a": a, "b": b, "c": c, "age": age, "purity": purity})


def test_bic_counts_covariates_and_common_causes_in_every_regression(patients):
    table, reason = compare_hypotheses(
        patients[["a", "b", "c"]], [("a", "b"), ("b", "c")], patients[["age"]], patients[["purity"]]
    )
    assert reason == ""
    causes = {
        "declared": {"a": [], "b": ["a"], "c": ["b"]},
        "reversed": {"a": ["b"], "b": ["c"], "c": []},
        "common cause": {"a": ["purity"], "b": ["purity"], "c": ["purity"]},
        "declared and common cause": {"a": ["purity"], "b": ["a", "purity"], "c": ["b", "purity"]},
        "unconnected": {"a": [], "b": [], "c": []},
    }
    rows = table.set_index("hypothesis")
    assert list(rows.index) == list(causes)
    for name, model in causes.items():
        designs = {node: sm.add_constant(patients[["age", *of]]) for node, of in model.items()}
        fits = [sm.OLS(patients[node], design).fit() for node, design in designs.items()]
        # OLS leaves out the variance of the residuals.
        bic = sum(fit.bic for fit in fits) + 3 * np.log(COUNT)
        assert rows.loc[name, "bic"] == pytest.approx(bic), name
    odds = rows.loc["declared", "weight"] / rows.loc["declared and common cause", "weight"]
    apart = rows.loc["declared", "bic"] - rows.loc["declared and common cause", "bic"]
    assert odds == pytest.approx(np.exp(-apart / 2))
    assert table["bic"].idxmin() == list(causes).index("declared and common cause")


def test_a_fork_is_a_chain_that_turns_into_a_collider(patients):
    edges = [("b", "a"), ("b", "c")]
    table, _ = compare_hypotheses(
        patients[["a", "b", "c"]], edges, patients[["age"]], patients[["purity"]]
    )
    rows = table.set_index("hypothesis")
    assert (rows["equivalent_to"] == "").all()
    assert rows.loc["declared", "bic"] < rows.loc["reversed", "bic"] - 10


def test_a_collider_of_adjacent_causes_is_none(patients):
    edges = [("a", "b"), ("a", "c"), ("b", "c")]
    table, _ = compare_hypotheses(
        patients[["a", "b", "c"]], edges, patients[["age"]], patients[["purity"]]
    )
    rows = table.set_index("hypothesis")
    assert rows.loc["declared", "equivalent_to"] == "reversed"
    assert rows.loc["declared", "bic"] == pytest.approx(rows.loc["reversed", "bic"])
