"""The circuit as a drawing: its nodes by place, its edges by what the data say of them."""

from __future__ import annotations

import textwrap
import xml.etree.ElementTree as ET
from collections.abc import Collection

import numpy as np
from markupsafe import Markup

from innervate.config.circuit import Circuit
from innervate.config.evidence import STATUSES, SUGGESTIVE
from innervate.report.answer import Step
from innervate.report.figures.circuit_layout import BOX, OUTCOMES, Curve, lay_out
from innervate.report.figures.style import BLUE, GRAY, ORANGE, VERMILLION
from innervate.report.text import listed, plain

PLACES = {"tumor": "Tumor", "tdln": "Lymph node", "nerve": "Nerve", OUTCOMES: "Patient"}
"""Titles of places; another is shown by its name."""
LINES = {
    "supported": (VERMILLION, "3.2", ""),
    SUGGESTIVE: (ORANGE, "2.6", "14 4 3 4"),
    "contradicted": (BLUE, "3.2", "11 6"),
    "inconclusive": (GRAY, "2", "2.5 4.5"),
    "not measurable": ("#a0a0a0", "1.3", "1 5"),
}
"""Color, width and dashes by status: distinct in gray, too."""
INK, SOFT, PAPER, WASH, LINE = (
    "var(--figure-ink, #222222)",
    "var(--figure-soft, #5a6570)",
    "var(--figure-paper, #ffffff)",
    "var(--figure-wash, #f3f5f7)",
    "var(--figure-line, #cfd6dc)",
)
"""The page's colors, with what stands for them outside the page."""
MARGIN = 6.0


def drawing(circuit: Circuit, steps: list[Step], measured: Collection[str]) -> Markup:
    """Draw the circuit; each edge links to its numbers below and has them as its title.

    Parameters
    ----------
    circuit
        With at least one edge.
    steps
        From `innervate.report.answer.steps`: the circuit's edges in order.
    measured
        Nodes that the cohort has a score of; the others are drawn with a broken border.
    """
    layout = lay_out(circuit)
    width, height = layout.width + 2 * MARGIN, layout.height + 2 * MARGIN
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"{-MARGIN:g} {-MARGIN:g} {width:g} {height:g}",
            "role": "group",
            "aria-label": f"Drawing of the circuit with {len(steps)} edges; each is listed below.",
            "font-family": "system-ui, sans-serif",
            "style": f"max-width: {width / 16:.1f}rem",
        },
    )
    for panel in layout.panels:
        box = {"x": panel.x, "y": panel.y, "width": panel.width, "height": panel.height}
        _add(root, "rect", box | {"rx": 10}, fill=WASH)
        # Edges come down to the left outcomes more than to the right ones.
        side = panel.width - 14 if panel.name == OUTCOMES else 14
        at = {"x": panel.x + side, "y": panel.y + 23, "font-size": 13, "font-weight": 650}
        at["text-anchor"] = "end" if panel.name == OUTCOMES else "start"
        _add(root, "text", at, fill=SOFT).text = _place(panel.name)
    for number, (step, curve) in enumerate(zip(steps, layout.curves, strict=True), start=1):
        _edge(root, number, step, curve)
    for name, center in layout.centers.items():
        _node(root, circuit, name, center, name in measured or name in circuit.outcomes)
    # Numbers on top, so that no box or line hides one.
    for number, (step, curve) in enumerate(zip(steps, layout.curves, strict=True), start=1):
        _badge(root, number, step, curve)
    return Markup(ET.tostring(root, encoding="unicode"))


def key() -> list[tuple[str, Markup]]:
    """Each status with a line as it is drawn."""
    samples = []
    for status in STATUSES:
        root = ET.Element("svg", {"viewBox": "0 0 44 10", "aria-hidden": "true", "class": "line"})
        _line(root, "M0 5H44", status)
        samples.append((status, Markup(ET.tostring(root, encoding="unicode"))))
    return samples


def _add(parent: ET.Element, tag: str, attributes: dict[str, object], **style: str) -> ET.Element:
    values = {
        name: f"{value:.6g}" if isinstance(value, float) else str(value)
        for name, value in attributes.items()
    }
    if style:
        values["style"] = "; ".join(f"{k.replace('_', '-')}: {v}" for k, v in style.items())
    return ET.SubElement(parent, tag, values)


def _place(name: str) -> str:
    return PLACES.get(name, plain(name.replace("_", " ").capitalize()))


def _line(parent: ET.Element, path: str, status: str, tag: str = "path") -> ET.Element:
    color, width, dashes = LINES.get(status, LINES["inconclusive"])
    attributes = {"d": path, "fill": "none", "stroke": color, "stroke-width": width}
    if dashes:
        attributes["stroke-dasharray"] = dashes
    return _add(parent, tag, attributes)


def _edge(root: ET.Element, number: int, step: Step, curve: Curve) -> None:
    link = _add(
        root,
        "a",
        {
            "href": f"#step-{number}",
            "class": "edge",
            "data-step": number,
            "data-status": step.status,
            "aria-label": _words(step),
        },
    )
    _add(link, "title", {}).text = _words(step)
    (ax, ay), (cx, cy), (bx, by) = curve.start, curve.control, curve.end
    path = f"M{ax:.1f} {ay:.1f}Q{cx:.1f} {cy:.1f} {bx:.1f} {by:.1f}"
    wide = {"d": path, "fill": "none", "stroke": "transparent", "stroke-width": 18}
    _add(link, "path", wide)
    _line(link, path, step.status)
    _tip(link, step, curve)


def _words(step: Step) -> str:
    lost = f"; not adjusted for {listed(step.unadjusted)}" if step.unadjusted else ""
    return f"{step.title}: {step.status}; {step.numbers}{lost}"


def _tip(link: ET.Element, step: Step, curve: Curve) -> None:
    """An arrow where the target is expected to rise, a bar where it is expected to fall."""
    color = LINES.get(step.status, LINES["inconclusive"])[0]
    end, way = np.array(curve.end), np.subtract(curve.end, curve.control)
    way = way / (np.hypot(*way) or 1)
    across = np.array([-way[1], way[0]])
    if step.sign > 0:
        corners = [end + 7 * way, end - 3 * way + 5.5 * across, end - 3 * way - 5.5 * across]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
        _add(link, "polygon", {"points": points, "fill": color})
    else:
        (ax, ay), (bx, by) = end + 2 * way + 7 * across, end + 2 * way - 7 * across
        bar = {"x1": ax, "y1": ay, "x2": bx, "y2": by, "stroke": color, "stroke-width": 3}
        _add(link, "line", bar)


def _badge(root: ET.Element, number: int, step: Step, curve: Curve) -> None:
    color = LINES.get(step.status, LINES["inconclusive"])[0]
    x, y = curve.points(3)[1]
    group = _add(root, "g", {"class": "badge", "data-step": number, "aria-hidden": "true"})
    circle = {"cx": x, "cy": y, "r": 9, "stroke": color, "stroke-width": 1.5}
    _add(group, "circle", circle, fill=PAPER)
    at = {"x": x, "y": y + 3.7, "font-size": 10.5, "font-weight": 650, "text-anchor": "middle"}
    _add(group, "text", at, fill=INK).text = str(number)


def _node(
    root: ET.Element, circuit: Circuit, name: str, center: tuple[float, float], measured: bool
) -> None:
    known = circuit.nodes.get(name)
    label = plain(known.label if known else circuit.outcomes[name].label)
    group = _add(root, "g", {"class": "node"})
    _add(group, "title", {}).text = label if measured else f"{label}: not measured"
    (width, height), (x, y) = BOX, center
    box = {"x": x - width / 2, "y": y - height / 2, "width": width, "height": height, "rx": 7}
    if not measured:
        box["stroke-dasharray"] = "3 3"
    _add(group, "rect", box, fill=PAPER, stroke=LINE if not measured else SOFT)
    # The panel says the tissue, which labels repeat in brackets.
    short = label.rsplit(" (", 1)[0] if label.endswith(")") else label
    lines = textwrap.wrap(short, 17, max_lines=3, placeholder="…")
    size = 12 if len(lines) < 3 else 11
    for i, line in enumerate(lines):
        place = y + 4 + (size + 2) * (i - (len(lines) - 1) / 2)
        at = {"x": x, "y": place, "font-size": size, "text-anchor": "middle"}
        _add(group, "text", at, fill=INK if measured else SOFT).text = line
