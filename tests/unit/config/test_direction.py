"""A node's direction follows from the edges; where they can't say it, it is declared or unknown."""

import pytest
from pydantic import ValidationError

from innervate.config.circuit import Circuit
from innervate.config.direction import Direction

OUTCOMES = {
    "response": {"label": "r", "kind": "response"},
    "death": {"label": "d", "kind": "time_to_event"},
    "pain": {"label": "p", "kind": "pain"},
}


def circuit(arrows, names="abc", **nodes):
    """Arrows as "a>b" with a sign; nodes with what they declare."""
    edges = [
        {"source": pair.split(">")[0], "target": pair.split(">")[1], "sign": sign}
        for pair, sign in arrows.items()
    ]
    plain = {"label": "x", "tissue": "tumor", "measures": [{"kind": "gene", "gene": "X"}]}
    rule = {"direction": "expected", "fdr_below": 0.05}
    return Circuit.model_validate({
        "title": "t", "doi": "d", "outcomes": OUTCOMES, "edges": edges,
        "nodes": {name: plain | nodes.get(name, {}) for name in names},
        "evidence": {"supported": rule, "contradicted": rule | {"direction": "opposite"}},
        "call": {"minimum_nodes": 1, "active_above": 0.0, "inactive_below": 0.0},
    })  # fmt: skip


@pytest.mark.parametrize(
    ("arrows", "sign"),
    [
        ({"a>response": -1}, -1),
        ({"a>b": -1, "b>response": -1}, 1),
        # An event is the opposite of a response.
        ({"a>b": 1, "b>death": 1}, -1),
        # A response is asked before an event.
        ({"a>response": 1, "a>death": 1}, 1),
        # Two ways that agree, and two that do not.
        ({"a>b": -1, "b>response": 1, "a>c": -1, "c>response": 1}, -1),
        ({"a>b": -1, "b>response": 1, "a>c": 1, "c>response": 1}, 0),
        # Nothing follows from it: it goes as what drives it.
        ({"b>a": -1, "b>response": 1}, -1),
        ({"c>b": 1, "b>a": -1, "c>response": -1}, 1),
        # What drives it disagrees.
        ({"b>a": 1, "b>response": 1, "c>a": -1, "c>response": 1}, 0),
        # Pain is no response; a feedback is no second way.
        ({"a>pain": 1}, 0),
        ({"a>b": 1, "b>a": -1, "b>response": 1}, 1),
        ({}, 0),
    ],
)
def test_the_edges_say_it(arrows, sign):
    expected = Direction(sign, "edges") if sign else Direction()
    assert circuit(arrows).direction("a") == expected


def test_what_the_edges_can_not_say_is_declared():
    split = {"a>b": -1, "b>response": 1, "a>c": 1, "c>response": 1}
    for arrows in ({}, split):
        found = circuit(arrows, a={"to_response": 1}).direction("a")
        assert found == Direction(1, "circuit file")


def test_a_declaration_against_the_edges_is_refused():
    with pytest.raises(ValidationError, match="to_response is 1, the edges say -1"):
        circuit({"a>response": -1}, a={"to_response": 1})
    assert circuit({"a>response": -1}, a={"to_response": -1}).direction("a").sign == -1


def test_the_index_says_it_of_its_own_nodes_alone():
    arrows = {"a>response": -1}
    one = circuit(arrows, a={"toward": 1}, b={"toward": -1})
    assert one.index_direction() == Direction(-1, "edges")
    assert one.direction("b") == Direction(1, "index")
    assert one.direction("c") == Direction()
    assert [one.activity_sign(name) for name in "abc"] == [1, -1, 0]
    # An index whose nodes disagree has no direction to give.
    torn = circuit(arrows | {"c>response": 1}, a={"toward": 1}, b={"toward": -1}, c={"toward": 1})
    assert torn.index_direction() == Direction()
    assert torn.direction("b") == Direction()


def test_a_marker_of_the_active_circuit_is_turned_by_what_its_index_means():
    # Here an active circuit goes with response: what responders have is high in it.
    found = circuit({"a>response": 1}, a={"toward": 1}, b={"to_response": -1})
    assert found.activity_sign("b") == -1
