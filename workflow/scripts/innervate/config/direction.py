"""Which way a node is expected to go with response to treatment, as a circuit file has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from innervate.config.evidence import Outcome

Source = Literal["edges", "circuit file", "index", "published", "learned", "none"]
"""What a direction rests on: the circuit's edges, the node's own `to_response`, the sign with which
the node stands in the circuit index, a publication, or the cohort's answers themselves."""


class Arrow(Protocol):
    """An edge of a circuit."""

    source: str
    target: str
    sign: int


@dataclass(frozen=True)
class Direction:
    """What higher values are expected to mean.

    Parameters
    ----------
    sign
        1 a response, -1 no response, 0 unknown.
    source
        What that rests on.
    """

    sign: int = 0
    source: Source = "none"


def along_edges(
    name: str, edges: Iterable[Arrow], outcomes: Mapping[str, Outcome]
) -> tuple[int, bool]:
    """Multiply the signs of the edges from a node to a response, or else to a time to an event.

    An event, such as progression or death, is the opposite of a response. A node from which no
    path leads there has the direction of the nodes that drive it, times the sign of their paths to
    it (the path-tracing rules of Wright 1934, doi:10.1214/aoms/1177732676).

    Parameters
    ----------
    name
        Of the node.
    edges, outcomes
        Of the circuit.

    Returns
    -------
    tuple
        1 toward a response, -1 away from it, 0 where no path leads there or paths disagree; and
        whether paths disagree.
    """
    edges = list(edges)
    down = _downward(name, edges, outcomes)
    if not down:
        for cause in {edge.source for edge in edges} - {name}:
            between = _path_signs(cause, name, edges)
            above = _downward(cause, edges, outcomes)
            down |= {one * other for one in between for other in above}
    return (down.pop(), False) if len(down) == 1 else (0, len(down) > 1)


def _downward(name: str, edges: list[Arrow], outcomes: Mapping[str, Outcome]) -> set[int]:
    """Signs of the paths from a node to any response; without one, to any time to an event."""
    for kind, sign in (("response", 1), ("time_to_event", -1)):
        ends = [end for end, outcome in outcomes.items() if outcome.kind == kind]
        found = {sign * one for end in ends for one in _path_signs(name, end, edges)}
        if found:
            return found
    return set()


def _path_signs(start: str, end: str, edges: list[Arrow]) -> set[int]:
    """Signs of all paths from one end to another that pass no node twice."""
    found: set[int] = set()
    open_paths = [(start, 1, frozenset([start]))]
    while open_paths and len(found) < 2:
        here, sign, passed = open_paths.pop()
        for edge in edges:
            if edge.source != here or edge.target in passed:
                continue
            if edge.target == end:
                found.add(sign * edge.sign)
            else:
                open_paths.append((edge.target, sign * edge.sign, passed | {edge.target}))
    return found
