"""A small circuit and cohorts drawn from it."""

import pytest

from innervate.config.circuit import Circuit
from innervate.config.plan import Plan
from innervate.planning.cohorts import draw_patients


def node(tissue="tumor", toward=1):
    measures = [{"kind": "gene", "gene": "X"}]
    return {"label": "x", "tissue": tissue, "toward": toward, "measures": measures}


@pytest.fixture(scope="session")
def chain_circuit() -> Circuit:
    """Return a circuit a > b > c that ends in pain, in survival and in a response."""
    names = ("a", "b", "c")
    return Circuit.model_validate({
        "title": "t", "doi": "d",
        "nodes": {name: node() for name in names},
        "controls": {"purity": node(), "hypoxia": node()},
        "outcomes": {"pain": {"label": "Pain", "kind": "pain"},
                     "survival": {"label": "Survival", "kind": "time_to_event"},
                     "response": {"label": "Response", "kind": "response"}},
        "edges": [{"source": "a", "target": "b", "sign": 1},
                  {"source": "b", "target": "c", "sign": -1},
                  {"source": "c", "target": "pain", "sign": 1},
                  {"source": "c", "target": "survival", "sign": 1},
                  {"source": "a", "target": "response", "sign": -1}],
        "paths": [["a", "b", "c"], ["b", "c", "pain"], ["b", "c", "survival"]],
        "evidence": {
            "composition": ["purity"], "specificity": ["hypoxia"], "common_causes": ["purity"],
            "supported": {"direction": "expected", "fdr_below": 0.05, "specificity_at_least": 0.95,
                          "survives_controls": True},
            "contradicted": {"direction": "opposite", "fdr_below": 0.05}},
        "call": {"minimum_nodes": 2, "active_above": 0.0, "inactive_below": 0.0},
    })  # fmt: skip


@pytest.fixture(scope="session")
def drawn(chain_circuit):
    """Return a function that draws a cohort of the circuit."""

    def draw(patients=120, effect=0.6, seed=0, planted=None, **plan):
        return draw_patients(
            planted or chain_circuit,
            Plan(**{"rna_reliability": 0.9, **plan}),
            patients,
            effect,
            seed,
        )

    return draw
