"""The drawing of the circuit as PDF: each shape of its SVG drawn by matplotlib."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from typing import Any

from matplotlib import patches
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.path import Path

_NUMBER = re.compile(r"-?[\d.]+")
_SIDES = {"start": "left", "middle": "center", "end": "right"}
_ROUND = 0.5523
"""Of a quarter of a circle: how far its curve's handles reach, as a share of the radius."""


def as_figure(root: ET.Element, width: float, height: float) -> Figure:
    """Draw an SVG of rectangles, circles, polygons, lines, quadratic curves and text.

    Parameters
    ----------
    root
        With a view box; colors stand in it as they are to be, not as the page's.
    width, height
        Of the figure, in points.

    Raises
    ------
    ValueError
        Where the drawing holds a shape of another kind (a defect of the caller).
    """
    left, top, across, down = map(float, root.get("viewBox", "").split())
    figure = Figure(figsize=(width / 72, height / 72))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(left, left + across), ylim=(top + down, top))
    axes.set_axis_off()
    scale = width / across
    for order, (shape, style) in enumerate(_shapes(root)):
        _draw(axes, shape, style, scale, order)
    return figure


def _shapes(root: ET.Element) -> Iterator[tuple[ET.Element, dict[str, str]]]:
    """Each shape that can be seen, in order, and its attributes with those of its style."""
    for element in root.iter():
        pairs = (part.split(": ", 1) for part in element.get("style", "").split("; ") if part)
        style = {**element.attrib, **dict(pairs)}
        kind = element.tag.rpartition("}")[2]
        if kind not in ("svg", "g", "title") and style.get("stroke") != "transparent":
            yield element, style


def _draw(
    axes: Axes, shape: ET.Element, style: Mapping[str, str], scale: float, order: int
) -> None:
    if shape.tag.endswith("}text"):
        axes.text(
            float(style["x"]),
            float(style["y"]),
            shape.text or "",
            fontsize=float(style["font-size"]) * scale,
            fontweight="bold" if float(style.get("font-weight", 400)) >= 600 else "normal",
            color=style["fill"],
            ha=_SIDES[style.get("text-anchor", "start")],
            va="baseline",
            zorder=order,
        )
        return
    width = float(style.get("stroke-width", 1)) * scale
    dashes = [float(x) * scale / width for x in _NUMBER.findall(style.get("stroke-dasharray", ""))]
    axes.add_patch(
        patches.PathPatch(
            _path(shape.tag.rpartition("}")[2], style),
            facecolor=style.get("fill", "none"),
            edgecolor=style.get("stroke", "none"),
            linewidth=width,
            linestyle=(0, dashes) if dashes else "-",
            capstyle="butt",
            clip_on=False,
            zorder=order,
        )
    )


def _path(kind: str, style: Mapping[str, Any]) -> Path:
    def of(*names: str) -> list[float]:
        return [float(style.get(name, 0)) for name in names]

    if kind == "path" and re.fullmatch(r"M[^A-Z]+Q[^A-Z]+", style["d"]):
        x0, y0, *rest = map(float, _NUMBER.findall(style["d"]))
        curve = [(x0, y0), (rest[0], rest[1]), (rest[2], rest[3])]
        return Path(curve, [Path.MOVETO, Path.CURVE3, Path.CURVE3])
    if kind == "polygon":
        corners = [tuple(map(float, pair.split(","))) for pair in style["points"].split()]
        return Path([*corners, corners[0]], closed=True)
    if kind == "line":
        x1, y1, x2, y2 = of("x1", "y1", "x2", "y2")
        return Path([(x1, y1), (x2, y2)])
    if kind == "circle":
        x, y, radius = of("cx", "cy", "r")
        return Path.circle((x, y), radius)
    if kind == "rect":
        return _rounded(*of("x", "y", "width", "height", "rx"))
    raise ValueError(f"the drawing holds a shape that is not known here: {kind}")


def _rounded(x: float, y: float, width: float, height: float, radius: float) -> Path:
    """A rectangle whose corners are quarters of a circle."""
    corners = [(x, y, 1, 1), (x + width, y, -1, 1), (x + width, y + height, -1, -1)]
    corners.append((x, y + height, 1, -1))
    vertices: list[tuple[float, float]] = []
    for i, (cx, cy, right, down) in enumerate(corners):
        along, aside = (cx + right * radius, cy), (cx, cy + down * radius)
        handle = (1 - _ROUND) * radius
        near_along, near_aside = (cx + right * handle, cy), (cx, cy + down * handle)
        way = [aside, near_aside, near_along, along]
        vertices += way if i % 2 == 0 else way[::-1]
    codes = [Path.LINETO, *[Path.CURVE4] * 3] * 4
    codes[0] = Path.MOVETO
    return Path([*vertices, vertices[0]], [*codes, Path.CLOSEPOLY])
