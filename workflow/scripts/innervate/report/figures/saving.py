"""How a matplotlib figure becomes a file: laid out once, drawn once, with no time in it."""

from __future__ import annotations

import io
import warnings
from typing import Literal

import matplotlib
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

POINTS_PER_INCH = 72
_NOTHING = {
    "svg": dict.fromkeys(("Date", "Creator", "Format", "Type")),
    "pdf": dict.fromkeys(("CreationDate", "Creator", "Producer")),
}
"""Metadata that would differ from one run to the next."""


def saved(figure: Figure, kind: Literal["svg", "pdf"]) -> bytes:
    """Draw a figure as a file's bytes.

    What `Figure.savefig` gives, less a third of its time: there a figure is drawn once more, into
    nothing, for the sake of layouts that none of ours has.

    Parameters
    ----------
    figure
        Is laid out the first time, and keeps its places for further files.
    kind
        Of the file.
    """
    canvas = {"svg": FigureCanvasSVG, "pdf": FigureCanvasPdf}[kind](figure)
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # A name may hold a character that the measuring font lacks; the browser has it.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure.set_dpi(POINTS_PER_INCH)
        engine = figure.get_layout_engine()
        if engine is not None:
            engine.execute(figure)
            figure.set_layout_engine("none")
        # Of what is drawn as pixels: lines and letters have none.
        figure.set_dpi(matplotlib.rcParams["savefig.dpi"])
        getattr(canvas, f"print_{kind}")(buffer, metadata=_NOTHING[kind])
    return buffer.getvalue()
