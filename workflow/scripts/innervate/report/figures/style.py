"""How figures look, and how a matplotlib figure becomes safe, reproducible inline SVG."""

from __future__ import annotations

import functools
import hashlib
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
from markupsafe import Markup
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from innervate.report.figures import journal
from innervate.report.figures.saving import saved
from innervate.report.text import plain

BLACK, GRAY = "#222222", "#8a8a8a"
ON_LIGHT = "#1b1b1b"
"""Text on a light cell or box, dark on a dark page too; `BLACK` follows the page."""
ORANGE, SKY, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILLION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
CATEGORIES = (VERMILLION, BLUE, GREEN, PURPLE, ORANGE, SKY, BLACK)
"""Colors that stay apart for color-blind readers (Okabe and Ito 2008); markers separate more."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
DIVERGING = LinearSegmentedColormap.from_list(
    "blue_vermillion", [BLUE, "#9cc7e0", "#f7f7f7", "#f0b48f", VERMILLION]
)
DENSE = 800
"""Points above which a scatter is drawn as pixels inside the SVG, to keep the file small."""
REM_PER_INCH = 7.5

_STYLE = {
    "svg.hashsalt": "innervate",
    "svg.fonttype": "none",
    # Names are a user's text: a dollar sign in one is a dollar sign, not mathematics.
    "text.parse_math": False,
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 9.0,
    "axes.edgecolor": "#777777",
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "both",
    "axes.axisbelow": True,
    "grid.color": "#e8e8e8",
    "grid.linewidth": 0.6,
    "xtick.color": "#777777",
    "ytick.color": "#777777",
    "xtick.labelcolor": BLACK,
    "ytick.labelcolor": BLACK,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "savefig.dpi": 160,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "text.color": BLACK,
    "axes.labelcolor": BLACK,
}
_SVG = "http://www.w3.org/2000/svg"
_LINK = "{http://www.w3.org/1999/xlink}href"
_PAGE_COLORS = {
    f": {color}": f": var({name}, {color})"
    for color, name in (
        (BLACK, "--figure-ink"),
        ("#777777", "--figure-soft"),
        ("#e8e8e8", "--figure-line"),
    )
}
"""Neutral colors that follow the page, light or dark; the script puts them back when it saves."""
_REFERENCE = re.compile(r"url\(#([^)]+)\)")


@dataclass(frozen=True)
class Chart:
    """A figure of the report."""

    title: str
    """A sentence that says what is to be seen."""
    note: str
    """What a point is, n, the test and its limits."""
    svg: Markup
    kind: str = "chart"
    plot: dict[str, Any] | None = None
    """For plotly.js, where the figure is worth exploring: ``data`` and ``layout``, JSON-able; an
    array may be `innervate.report.tables.column_of` an embedded table. No trace on WebGL: it would
    compile code from text, which the page forbids. A user's text in it is escaped by
    `innervate.report.figures.interactive.as_text`; columns of tables the page escapes itself."""
    table: str | None = None
    """The TSV that it is drawn from, relative to the page."""


def styled(draw: Callable[..., Chart]) -> Callable[..., Chart]:
    """Decorate a function that draws a chart, so that it draws in the report's style."""

    @functools.wraps(draw)
    def wrapper(*args: object, **kwargs: object) -> Chart:
        style = {**matplotlib.rcParamsDefault, **_STYLE, **journal.style()}
        with matplotlib.rc_context(style):
            return draw(*args, **kwargs)

    return wrapper


def canvas(
    width: float = 7.2,
    height: float = 4.0,
    rows: int = 1,
    columns: int = 1,
    width_ratios: Sequence[float] | None = None,
    height_ratios: Sequence[float] | None = None,
) -> tuple[Figure, np.ndarray]:
    """A figure of `width` x `height` inches and its axes (rows x columns), without pyplot."""
    figure = Figure(figsize=(width, height), layout="constrained")
    ratios = {"width_ratios": width_ratios, "height_ratios": height_ratios}
    return figure, figure.subplots(rows, columns, squeeze=False, **ratios)


def chart(
    figure: Figure,
    title: str,
    note: str,
    plot: dict[str, Any] | None = None,
    table: str | None = None,
) -> Chart:
    """Finish a figure: inline SVG with an accessible name and no time, link or style in it.

    Parameters
    ----------
    figure
        Drawn inside a function decorated with `styled`.
    title
        A sentence; with the note it is the accessible name.
    note
        What a point is, n and the test.
    plot
        The same for plotly.js, see `Chart`.
    table
        The TSV that it is drawn from, relative to the page.
    """
    if journal.kept(figure, title, note):
        return Chart(title, note, Markup(""), plot=plot, table=table)
    svg = Markup(_inline(saved(figure, "svg"), figure.get_figwidth(), f"{title} {note}"))
    return Chart(title, note, svg, plot=plot, table=table)


def _inline(svg: bytes, inches: float, name: str) -> str:
    """Make matplotlib's SVG fit for HTML: named, with ids of its own, without global styles."""
    ET.register_namespace("", _SVG)
    root = ET.fromstring(svg)
    prefix = hashlib.sha256(svg).hexdigest()[:8]
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"):
                parent.remove(child)
    for element in root.iter():
        _own_ids(element, prefix)
    for attribute in ("width", "height", "version"):
        root.attrib.pop(attribute, None)
    # All figures at one scale, so that their letters are of one size.
    root.set("style", f"max-width: {REM_PER_INCH * inches:.2f}rem")
    root.set("role", "img")
    root.set("aria-label", plain(name))
    return ET.tostring(root, encoding="unicode")


def _own_ids(element: ET.Element, prefix: str) -> None:
    for attribute, value in list(element.attrib.items()):
        if attribute == "id":
            element.set("id", f"{prefix}-{value}")
        elif attribute == _LINK:
            del element.attrib[_LINK]
            internal = value.startswith("#")
            element.set("href", f"#{prefix}-{value[1:]}" if internal else value)
        elif "url(#" in value:
            element.set(attribute, _REFERENCE.sub(rf"url(#{prefix}-\1)", value))
        elif attribute == "style":
            for color, ours in _PAGE_COLORS.items():
                value = value.replace(color, ours)
            element.set(attribute, value)


def label(value: object, width: int = 32) -> str:
    """A name as it stands in a figure; matplotlib hides legend entries that begin with `_`."""
    text = plain(value, width)
    return f" {text}" if text.startswith("_") else text


def palette(values: Iterable[object], first: Sequence[str] = ()) -> dict[str, tuple[str, str]]:
    """A color and a marker for each value: those of `first` in that order, then the others."""
    found = sorted({str(value) for value in values})
    ordered = [value for value in first if value in found]
    ordered += [value for value in found if value not in first]
    return {
        value: (CATEGORIES[i % len(CATEGORIES)], MARKERS[i % len(MARKERS)])
        for i, value in enumerate(ordered)
    }


def jitter(size: int, width: float = 0.32) -> np.ndarray:
    """Offsets that spread `size` points evenly and always the same way (golden ratio)."""
    return (np.modf(np.arange(size) * 0.6180339887498949)[0] - 0.5) * 2 * width
