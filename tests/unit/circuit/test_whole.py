"""The circuit as a whole: planted models win, equivalent ones are said, semopy is checked."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from innervate.circuit.hypotheses import compare_hypotheses
from innervate.circuit.path_model import fit_path_model

EDGES = [("a", "b"), ("b", "d"), ("c", "d"), ("d", "e")]
NOTHING = pd.DataFrame(index=range(300))


@pytest.fixture(scope="module")
def collider():
    """A circuit with a collider at d: b and c are independent."""
    generator = np.random.default_rng(0)
    a, c, *noise = generator.normal(size=(5, 300))
    b = 0.6 * a + noise[0]
    d = 0.6 * b - 0.6 * c + noise[1]
    frame = pd.DataFrame({"a": a, "b": b, "c": c, "d": d, "e": 0.7 * d + noise[2]})
    return (frame - frame.mean()) / frame.std()


def causes(generator, count=300):
    return pd.DataFrame(generator.normal(size=(count, 2)), columns=["purity", "inflammation"])


def best(table):
    return table.sort_values("bic")["hypothesis"].iloc[0]


def test_the_declared_circuit_wins_where_it_is_planted(collider):
    common = causes(np.random.default_rng(1))
    table, reason = compare_hypotheses(collider, EDGES, NOTHING, common)
    assert reason == ""
    assert best(table) == "declared"
    assert table.set_index("hypothesis")["weight"]["declared"] > 0.95
    assert table["weight"].sum() == pytest.approx(1)
    assert (table["equivalent_to"] == "").all()


def test_likelihood_is_the_sum_over_regressions(collider):
    table, _ = compare_hypotheses(collider, EDGES, NOTHING, NOTHING)
    parents = {"a": [], "b": ["a"], "c": [], "d": ["b", "c"], "e": ["d"]}
    fits = [sm.OLS(collider[n], sm.add_constant(collider[p])).fit() if p
            else sm.OLS(collider[n], np.ones(300)).fit() for n, p in parents.items()]  # fmt: skip
    row = table.set_index("hypothesis").loc["declared"]
    assert row["log_likelihood"] == pytest.approx(sum(fit.llf for fit in fits))
    assert row["parameters"] == 5 * 2 + 4


def test_a_common_cause_wins_where_it_is_planted():
    generator = np.random.default_rng(2)
    common = causes(generator)
    nodes = pd.DataFrame({name: common["purity"] + generator.normal(size=300) for name in "abcde"})
    table, _ = compare_hypotheses(nodes, EDGES, NOTHING, common)
    assert best(table) == "common cause"


def test_a_chain_and_its_reversal_can_not_be_told_apart():
    generator = np.random.default_rng(3)
    a = generator.normal(size=300)
    b = 0.5 * a + generator.normal(size=300)
    nodes = pd.DataFrame({"a": a, "b": b, "c": 0.5 * b + generator.normal(size=300)})
    table, _ = compare_hypotheses(nodes, [("a", "b"), ("b", "c")], NOTHING, NOTHING)
    rows = table.set_index("hypothesis")
    assert rows.loc["declared", "equivalent_to"] == "reversed"
    assert "no cross-section" in rows.loc["declared", "note"]
    assert rows.loc["declared", "bic"] == pytest.approx(rows.loc["reversed", "bic"])


def test_refusals_give_their_reason(collider):
    few = compare_hypotheses(collider.head(12), EDGES, NOTHING.head(12), NOTHING.head(12))
    assert few[0].empty
    assert few[1] == "12 patients, 19 needed"
    assert compare_hypotheses(collider[[]], [], NOTHING, NOTHING)[1].startswith("0 edges")
    round_trip = [*EDGES, ("e", "a")]
    assert compare_hypotheses(collider, round_trip, NOTHING, NOTHING)[1] == "the edges form a cycle"
    assert fit_path_model(collider, round_trip, NOTHING).reason == "the edges form a cycle"
    model = fit_path_model(collider.head(20), EDGES, NOTHING.head(20))
    assert model.reason == "20 patients have every node, 35 needed"
    assert model.coefficients.empty


def test_path_coefficients_are_those_of_regression(collider):
    generator = np.random.default_rng(4)
    covariate = pd.DataFrame({"purity": generator.normal(size=300)})
    shifted = collider.add(covariate["purity"], axis=0)
    model = fit_path_model(shifted, EDGES, covariate)
    left = shifted.apply(lambda values: sm.OLS(values, sm.add_constant(covariate)).fit().resid)
    left = left / left.std()
    slopes = sm.OLS(left["d"], left[["b", "c"]]).fit().params
    found = model.coefficients.set_index(["source", "target"])["estimate"]
    assert list(found.index) == EDGES
    assert found["b", "d"] == pytest.approx(slopes["b"], abs=5e-3)
    assert found["c", "d"] == pytest.approx(slopes["c"], abs=5e-3)


def test_fit_indices_tell_a_right_model_from_a_wrong_one(collider):
    right = fit_path_model(collider, EDGES, NOTHING)
    wrong = fit_path_model(collider, [("a", "e"), ("c", "b"), ("e", "c"), ("a", "d")], NOTHING)
    assert right.fit["pvalue"] > 0.01
    assert right.fit["cfi"] > 0.97
    assert right.fit["rmsea"] < 0.07
    assert wrong.fit["pvalue"] < 1e-6
    assert wrong.fit["cfi"] < 0.8
