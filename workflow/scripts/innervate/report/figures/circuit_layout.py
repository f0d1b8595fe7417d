"""Where a circuit's nodes stand and how its edges run, worked out from the circuit file alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from innervate.config.circuit import Circuit

BOX = (132.0, 48.0)
SLOT, ROW, HEAD, GAP, PAD = 146.0, 90.0, 30.0, 12.0, 40.0
OUTCOMES = "outcomes"
BENDS = (0.0, *(side * bend for bend in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7) for side in (1, -1)))
"""Sideways shifts of an edge's middle that are tried, as shares of its length."""
TIP = 9.0
"""Room between an edge's end and the box, for the arrow."""


@dataclass(frozen=True)
class Panel:
    """A place of the drawing: a tissue, the nerve, or the patient's outcomes."""

    name: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Curve:
    """A quadratic curve from one box to another."""

    start: tuple[float, float]
    control: tuple[float, float]
    end: tuple[float, float]

    def points(self, number: int = 61) -> np.ndarray:
        """Points along it (number x 2)."""
        t = np.linspace(0, 1, number)[:, None]
        a, b, c = (np.array(p) for p in (self.start, self.control, self.end))
        return (1 - t) ** 2 * a + 2 * t * (1 - t) * b + t**2 * c


@dataclass(frozen=True)
class Layout:
    """Panels, the centers of nodes and outcomes, and a curve for each edge in its order."""

    width: float
    height: float
    panels: list[Panel]
    centers: dict[str, tuple[float, float]]
    curves: list[Curve]


def lay_out(circuit: Circuit) -> Layout:
    """Lay out the nodes and outcomes that a circuit's edges join.

    Places stand side by side in the order in which the edges reach them; within one, a node
    stands the lower the longer the way to it. Outcomes stand below all.

    Parameters
    ----------
    circuit
        With at least one edge.
    """
    ends = list(dict.fromkeys(end for edge in circuit.edges for end in (edge.source, edge.target)))
    nodes = [name for name in ends if name in circuit.nodes]
    depth = _depths(circuit, nodes)
    rows = {value: i for i, value in enumerate(sorted({depth[name] for name in nodes}))}
    groups: dict[str, dict[int, list[str]]] = {}
    for name in nodes:
        node = circuit.nodes[name]
        place = groups.setdefault(node.place or node.tissue, {})
        place.setdefault(rows[depth[name]], []).append(name)
    bottom = HEAD + ROW * len(rows) + GAP / 2
    panels, centers, left = [], {}, 0.0
    for place, here in groups.items():
        width = SLOT * max(map(len, here.values())) + PAD
        panels.append(Panel(place, left, 0, width, bottom))
        for row, names in here.items():
            # A node stands on the side that its neighbors are on.
            for i, name in enumerate(
                sorted(names, key=lambda name: _side_of(circuit, name, groups))
            ):
                x = left + width / 2 + SLOT * (i - (len(names) - 1) / 2)
                centers[name] = (x, HEAD + ROW * (row + 0.5))
        left += width + GAP
    width, height = left - GAP, bottom
    outcomes = [name for name in ends if name not in circuit.nodes]
    if outcomes:
        width = max(width, SLOT * len(outcomes) + PAD)
        height = bottom + GAP + HEAD + ROW
        panels.append(Panel(OUTCOMES, 0, bottom + GAP, width, HEAD + ROW))
        for name, x in zip(
            outcomes, _spread(_wished(circuit, outcomes, centers), width), strict=True
        ):
            centers[name] = (x, bottom + GAP + HEAD + ROW / 2)
    return Layout(width, height, panels, centers, _route(circuit, centers, (width, height)))


def _depths(circuit: Circuit, nodes: list[str]) -> dict[str, int]:
    """Longest way to each node; a circle is gone round no more often than there are nodes."""
    depth = dict.fromkeys(nodes, 0)
    inner = [edge for edge in circuit.edges if edge.target in depth]
    for _ in nodes:
        before = dict(depth)
        for edge in inner:
            depth[edge.target] = min(len(nodes), max(depth[edge.target], depth[edge.source] + 1))
        if depth == before:
            break
    return depth


def _side_of(circuit: Circuit, name: str, groups: dict[str, dict[int, list[str]]]) -> float:
    """Mean place, counted from the left, of the nodes that edges join a node to."""
    places = list(groups)
    ends = [
        (edge.source, edge.target) for edge in circuit.edges if name in (edge.source, edge.target)
    ]
    nodes = [circuit.nodes[end] for pair in ends for end in pair if end in circuit.nodes]
    return float(np.mean([places.index(node.place or node.tissue) for node in nodes]))


def _wished(circuit: Circuit, outcomes: list[str], centers: dict) -> list[float]:
    """Where each outcome would stand: below the nodes that lead to it."""
    return [
        float(np.mean([centers[e.source][0] for e in circuit.edges if e.target == name]))
        for name in outcomes
    ]


def _spread(wished: list[float], width: float) -> list[float]:
    """Move places apart to a slot's width, keeping their order and staying inside."""
    order = np.argsort(wished, kind="stable")
    places = np.array(wished, dtype=float)
    low = (SLOT + PAD) / 2
    for i, index in enumerate(order):
        floor = low if i == 0 else places[order[i - 1]] + SLOT
        places[index] = max(places[index], floor)
    high = width - low
    for index in order[::-1]:
        places[index] = min(places[index], high)
        high = places[index] - SLOT
    return list(map(float, places))


def _route(
    circuit: Circuit, centers: dict[str, tuple[float, float]], size: tuple[float, float]
) -> list[Curve]:
    """Choose for each edge the least bend that keeps it off other boxes and other edges."""
    drawn: dict[int, Curve] = {}
    edges = circuit.edges
    # Short edges first: there is but one way for them.
    length = [np.hypot(*np.subtract(centers[e.source], centers[e.target])) for e in edges]
    for i in np.argsort(length, kind="stable"):
        edge = edges[i]
        others = [c for name, c in centers.items() if name not in (edge.source, edge.target)]
        curves = [_curve(centers[edge.source], centers[edge.target], bend) for bend in BENDS]
        costs = [
            _cost(curve, abs(bend), others, list(drawn.values()), size)
            for curve, bend in zip(curves, BENDS, strict=True)
        ]
        drawn[int(i)] = curves[int(np.argmin(costs))]
    return [drawn[i] for i in range(len(edges))]


def _curve(source: tuple[float, float], target: tuple[float, float], bend: float) -> Curve:
    a, b = np.array(source), np.array(target)
    across = np.array([-(b - a)[1], (b - a)[0]])
    control = (a + b) / 2 + 2 * bend * across
    start, end = _border(a, control, 2), _border(b, control, TIP)
    return Curve(tuple(start), tuple(control), tuple(end))


def _border(center: np.ndarray, toward: np.ndarray, room: float) -> np.ndarray:
    """Where the line from a box's center leaves it, and a little beyond."""
    way = toward - center
    half = np.array(BOX) / 2
    share = min(half[i] / abs(way[i]) if way[i] else np.inf for i in (0, 1))
    return center + way * share + room * way / (np.hypot(*way) or 1)


def _cost(
    curve: Curve,
    bend: float,
    boxes: list[tuple[float, float]],
    drawn: list[Curve],
    size: tuple[float, float],
) -> float:
    points = curve.points()
    away = np.abs(points[:, None, :] - np.array(boxes).reshape(-1, 2)[None, :, :])
    through = (away < np.array(BOX) / 2).all(axis=2).any()
    close = (away < np.array(BOX) / 2 + 7).all(axis=2).sum()
    outside = ((points < 4) | (points > np.array(size) - 4)).any(axis=1).sum()
    crossings = sum(_crossings(points[::3], other.points()[::3]) for other in drawn)
    return float(500 * through + 3 * close + 6 * outside + 3 * crossings + 4 * bend)


def _crossings(one: np.ndarray, other: np.ndarray) -> int:
    """How often two broken lines cross."""
    a, b = (ends[:, None, :] for ends in (one[:-1], one[1:]))
    c, d = (ends[None, :, :] for ends in (other[:-1], other[1:]))
    apart = _side(a, b, c) * _side(a, b, d) < 0
    return int((apart & (_side(c, d, a) * _side(c, d, b) < 0)).sum())


def _side(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """On which side of the lines from a to b the points c lie."""
    return (b - a)[..., 0] * (c - a)[..., 1] - (b - a)[..., 1] * (c - a)[..., 0]
