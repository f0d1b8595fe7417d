"""The same figures as a journal takes them: SVG and PDF, column widths, letters that stay text.

Inside `for_journal`, functions that draw a chart draw it in this style, and it is kept here.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any

import matplotlib
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.text import Text

from innervate.report.figures.saving import POINTS_PER_INCH, saved
from innervate.report.figures.vector import as_figure

FONTS = ("Arial", "Helvetica", "Liberation Sans", "Nimbus Sans", "Arimo")
"""Typefaces that journals ask for, and those of the same widths; DejaVu Sans stands in for all."""
FALLBACK = "DejaVu Sans"
LARGEST, SMALLEST = 7.0, 5.0
"""Points of the letters."""
ONE_COLUMN, TWO_COLUMNS, TALLEST = 85.0, 180.0, 240.0
"""Millimeters."""
NARROW = 5.0
"""Inches on the page up to which a figure goes into one column."""
MM_PER_INCH = 25.4
_SVG = "http://www.w3.org/2000/svg"
_PAGE_COLOR = re.compile(r"var\(--[\w-]+, ([^)]+)\)")
_NAMED = ", ".join(f"'{name}'" for name in (*FONTS, FALLBACK)) + ", sans-serif"


@dataclass(frozen=True)
class Panel:
    """A figure for a journal."""

    title: str
    note: str
    svg: bytes
    pdf: bytes
    width_mm: float
    height_mm: float


_KEPT: ContextVar[list[Panel] | None] = ContextVar("kept", default=None)


@contextmanager
def for_journal() -> Iterator[list[Panel]]:
    """Draw charts in the journal's style, and gather them.

    Yields
    ------
    list of Panel
        Grows with each chart that is drawn inside the block.
    """
    kept: list[Panel] = []
    token = _KEPT.set(kept)
    try:
        yield kept
    finally:
        _KEPT.reset(token)


@cache
def families() -> list[str]:
    """Those of `FONTS` that are installed, then the fallback, which brings the rarer characters."""
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return [*(name for name in FONTS if name in installed), FALLBACK]


def style() -> dict[str, Any]:
    """Settings of matplotlib beyond those of the page; none outside `for_journal`."""
    if _KEPT.get() is None:
        return {}
    return {
        "font.family": families(),
        "pdf.fonttype": 42,
        "font.size": LARGEST,
        "axes.titlesize": LARGEST,
        "axes.labelsize": LARGEST,
        "xtick.labelsize": 6.0,
        "ytick.labelsize": 6.0,
        "legend.fontsize": 6.0,
        "axes.linewidth": 0.5,
        "grid.linewidth": 0.4,
        "xtick.major.width": 0.5,
        "ytick.major.width": 0.5,
        "savefig.dpi": 450,
    }


def kept(figure: Figure, title: str, note: str) -> bool:
    """Keep a finished figure; whether the journal is what it was drawn for."""
    panels = _KEPT.get()
    if panels is None:
        return False
    width, height = figure.get_size_inches()
    columns = ONE_COLUMN if width <= NARROW else TWO_COLUMNS
    scale = columns / MM_PER_INCH / width
    height = min(height * scale, TALLEST / MM_PER_INCH)
    figure.set_size_inches(columns / MM_PER_INCH, height)
    for text in figure.findobj(Text):
        text.set_fontsize(min(max(text.get_fontsize(), SMALLEST), LARGEST))
    svg, pdf = saved(figure, "svg"), saved(figure, "pdf")
    panels.append(Panel(title, note, _named(svg), pdf, columns, round(height * MM_PER_INCH, 1)))
    return True


def _named(svg: bytes) -> bytes:
    """Name every typeface that would do, whichever of them was there to measure with."""
    measured = ", ".join(f"'{name}'" for name in families())
    return svg.decode("utf-8").replace(measured, _NAMED).encode("utf-8")


def standalone(svg: str, title: str, note: str) -> Panel:
    """A drawing of the page as a file of its own, so large that its largest letters are as ours.

    Parameters
    ----------
    svg
        An SVG element with a view box; its links lead to the page and are dropped.
    title, note
        As of a chart.
    """
    ET.register_namespace("", _SVG)
    root = ET.fromstring(svg)
    letters = [float(e.get("font-size")) for e in root.iter() if e.get("font-size")]
    *_, width, height = map(float, root.get("viewBox", "").split())
    wide = min(TWO_COLUMNS, width * LARGEST / max(letters) / POINTS_PER_INCH * MM_PER_INCH)
    tall = wide * height / width
    for name in ("style", "role", "aria-label"):
        root.attrib.pop(name, None)
    for element in root.iter():
        if element.tag == f"{{{_SVG}}}a":
            element.tag = f"{{{_SVG}}}g"
            element.attrib.clear()
        if "style" in element.attrib:
            element.set("style", _PAGE_COLOR.sub(r"\1", element.get("style")))
    root.attrib |= {"width": f"{wide:.1f}mm", "height": f"{tall:.1f}mm", "font-family": _NAMED}
    points = POINTS_PER_INCH / MM_PER_INCH
    with for_journal(), matplotlib.rc_context({**style(), "text.parse_math": False}):
        pdf = saved(as_figure(root, wide * points, tall * points), "pdf")
    return Panel(title, note, ET.tostring(root, "utf-8"), pdf, round(wide, 1), round(tall, 1))
