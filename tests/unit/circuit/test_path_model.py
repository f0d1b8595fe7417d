"""The path model: against R's lavaan, by regression, and what can't be fitted."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from innervate.circuit.path_model import fit_path_model

GOLDEN = pd.read_csv(
    Path(__file__).parents[2] / "golden/lavaan.tsv", sep="\t", keep_default_na=False
)
MODELS = {
    "collider": [("a", "b"), ("b", "d"), ("c", "d"), ("d", "e")],
    "other": [("a", "e"), ("c", "b"), ("e", "c"), ("a", "d")],
}
NAMES = {"npar": "parameters", "df": "degrees_of_freedom", "chisq": "chi2", "est": "estimate"}
CORRELATION = [
    [1.00, 0.45, 0.10, 0.20, 0.30],
    [0.45, 1.00, -0.05, 0.40, 0.25],
    [0.10, -0.05, 1.00, -0.35, -0.15],
    [0.20, 0.40, -0.35, 1.00, 0.55],
    [0.30, 0.25, -0.15, 0.55, 1.00],
]
"""That of tests/golden/lavaan.R."""


@pytest.fixture(scope="module")
def nodes():
    """Eighty patients whose correlations are exactly those that lavaan was given."""
    noise = np.random.default_rng(0).normal(size=(80, 5))
    noise -= noise.mean(axis=0)
    white = np.linalg.solve(np.linalg.cholesky(np.cov(noise.T)), noise.T)
    return pd.DataFrame((np.linalg.cholesky(CORRELATION) @ white).T, columns=list("abcde"))


def nothing(nodes):
    return pd.DataFrame(index=nodes.index)


@pytest.mark.parametrize("name", MODELS)
def test_agrees_with_lavaan(nodes, name):
    expected = GOLDEN[GOLDEN["model"] == name]
    model = fit_path_model(nodes, MODELS[name], nothing(nodes))
    found = model.coefficients.set_index(["source", "target"])
    assert list(found.index) == MODELS[name]
    for row in expected[expected["source"] != ""].itertuples():
        value = found.loc[(row.source, row.target), NAMES.get(row.measure, row.measure)]
        assert value == pytest.approx(row.value, abs=1e-3), row
    for row in expected[expected["source"] == ""].itertuples():
        value = model.fit[NAMES.get(row.measure, row.measure)]
        assert value == pytest.approx(row.value, abs=1e-3), row


def test_a_true_model_is_rejected_as_often_as_the_level_says():
    generator = np.random.default_rng(1)
    pvalues = []
    for _ in range(100):
        a, c, *noise = generator.normal(size=(5, 400))
        b = 0.5 * a + noise[0]
        d = 0.5 * b - 0.4 * c + noise[1]
        frame = pd.DataFrame({"a": a, "b": b, "c": c, "d": d, "e": 0.6 * d + noise[2]})
        pvalues.append(fit_path_model(frame, MODELS["collider"], nothing(frame)).fit["pvalue"])
    assert stats.kstest(pvalues, "uniform").pvalue > 0.01


def test_causes_that_may_correlate_leave_no_degree_of_freedom(nodes):
    model = fit_path_model(nodes, [("a", "d"), ("b", "d"), ("c", "d")], nothing(nodes))
    assert model.reason.startswith("no degree of freedom")
    assert model.coefficients.empty


def test_a_node_without_an_edge_changes_nothing(nodes):
    alone = nodes.assign(alone=np.arange(80.0))
    with_it = fit_path_model(alone, MODELS["collider"], nothing(nodes))
    assert with_it.fit == fit_path_model(nodes, MODELS["collider"], nothing(nodes)).fit


def test_names_are_not_read_as_model_language(nodes, capsys):
    odd = {"a": "x1", "b": "CGRP (LN)", "c": "x0 ~ x1", "d": "1", "e": "# tumor"}
    edges = [(odd[source], odd[target]) for source, target in MODELS["collider"]]
    plain = fit_path_model(nodes, MODELS["collider"], nothing(nodes))
    model = fit_path_model(nodes.rename(columns=odd), edges, nothing(nodes))
    assert list(zip(model.coefficients["source"], model.coefficients["target"], strict=True)) == (
        edges
    )
    assert model.coefficients["estimate"].equals(plain.coefficients["estimate"])
    assert model.fit == plain.fit
    assert capsys.readouterr() == ("", "")


def test_two_edges_are_too_few(nodes):
    model = fit_path_model(nodes, MODELS["collider"][:2], nothing(nodes))
    assert model.reason == "2 edges between measured nodes, 3 needed"


def test_a_node_that_others_or_covariates_determine_is_refused(nodes):
    reason = "a node is determined by other nodes or by covariates"
    same = nodes.assign(e=nodes["d"])
    assert fit_path_model(same, MODELS["collider"], nothing(nodes)).reason == reason
    covariate = (2 * nodes["a"] + 1).to_frame("purity")
    assert fit_path_model(nodes, MODELS["collider"], covariate).reason == reason
