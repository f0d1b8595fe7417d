"""The drawing of the circuit as a figure of matplotlib: every shape, every word, room for both."""

import xml.etree.ElementTree as ET

import pytest
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from innervate.config.circuit import load_circuit
from innervate.config.load import circuit_path
from innervate.report import answer
from innervate.report.figures.circuit import BOX, drawing
from innervate.report.figures.journal import standalone
from innervate.report.figures.vector import as_figure

SVG = "{http://www.w3.org/2000/svg}"
SHAPES = ("rect", "path", "polygon", "line", "circle")
PADDING = 5


@pytest.fixture(scope="module")
def root():
    """Return the drawing without the colors of the page."""
    circuit = load_circuit(circuit_path("neuroimmune"))
    steps = answer.steps(circuit, None)
    return ET.fromstring(standalone(drawing(circuit, steps, {"atf4"}), "t", "n").svg)


def test_every_shape_and_word_is_drawn_where_it_stands(root):
    figure = as_figure(root, 400, 300)
    axes = figure.axes[0]
    kinds = [e for e in root.iter() if e.tag.removeprefix(SVG) in SHAPES]
    seen = [e for e in kinds if e.get("stroke") != "transparent"]
    assert len(axes.patches) == len(seen) > 40
    words = [(e.text, float(e.get("x")), float(e.get("y"))) for e in root.iter(f"{SVG}text")]
    assert [(t.get_text(), *t.get_position()) for t in axes.texts] == words
    circles = [p for p, e in zip(axes.patches, seen, strict=True) if e.tag == f"{SVG}circle"]
    circle = next(root.iter(f"{SVG}circle"))
    box = circles[0].get_path().get_extents()
    assert (box.x0 + box.x1) / 2 == pytest.approx(float(circle.get("cx")))
    assert box.width == pytest.approx(2 * float(circle.get("r")), rel=1e-3)


def test_dashes_tell_what_was_not_measured(root):
    broken = [e for e in root.iter(f"{SVG}rect") if e.get("stroke-dasharray")]
    figure = as_figure(root, 400, 300)
    dashed = [p for p in figure.axes[0].patches if p.get_linestyle() not in ("-", "solid")]
    lines = [e for e in root.iter(f"{SVG}path") if e.get("stroke-dasharray")]
    assert len(broken) > 3
    assert len(dashed) == len(broken) + len(lines)


def test_a_shape_that_is_not_known_is_not_passed_over(root):
    other = ET.fromstring(ET.tostring(root))
    ET.SubElement(other, f"{SVG}ellipse", {"cx": "1", "cy": "1", "rx": "1", "ry": "1"})
    with pytest.raises(ValueError, match="ellipse"):
        as_figure(other, 400, 300)


@pytest.mark.parametrize("name", ["neuroimmune", "melanoma_cgrp"])
def test_words_have_room_in_their_boxes_in_a_wide_typeface(name):
    circuit = load_circuit(circuit_path(name))
    root = ET.fromstring(drawing(circuit, answer.steps(circuit, None), set(circuit.nodes)))
    for node in root.iter(f"{SVG}g"):
        if node.get("class") != "node":
            continue
        for text in node.iter(f"{SVG}text"):
            path = TextPath((0, 0), text.text, float(text.get("font-size")),
                            prop=FontProperties(family="DejaVu Sans"))  # fmt: skip
            assert path.get_extents().width < BOX[0] - 2 * PADDING, text.text
