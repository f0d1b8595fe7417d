"""Figures for plotly.js, beside the static ones."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from innervate.report.text import plain

SUBSAMPLE = 5_000
"""Points up to which a scatter is embedded; of more, as many are drawn by chance."""
SEED = 20251024
DASHES = {"-": "solid", "--": "dash", "-.": "dashdot", ":": "dot"}
SYMBOLS = {
    "o": "circle", "s": "square", "^": "triangle-up", "D": "diamond", "v": "triangle-down",
    "P": "cross", "X": "x", "x": "x-thin-open",
}  # fmt: skip
"""Matplotlib's markers by their names in plotly."""


def as_text(value: object, width: int | None = 60) -> str:
    """A name for plotly, which reads a few HTML tags and entities in any text it is given."""
    return html.escape(plain(value, width), quote=False)


def numbers(values: Iterable[float], digits: int = 3) -> list[float | None]:
    """Values for JSON, of `digits` significant digits; what is not finite is null."""
    return [
        float(f"{value:.{digits}g}") if math.isfinite(value) else None
        for value in np.asarray(values, dtype=float)
    ]


def subsample(frame: pd.DataFrame, size: int = SUBSAMPLE) -> pd.DataFrame:
    """At most `size` rows, drawn by chance and always the same, in the order of the frame."""
    if len(frame) <= size:
        return frame
    chosen = np.random.default_rng(SEED).choice(len(frame), size, replace=False)
    return frame.iloc[np.sort(chosen)]


def drawn(shown: int, whole: int, noun: str = "cell") -> str:
    """A sentence for the note where the interactive figure holds fewer points; else nothing."""
    if shown == whole:
        return ""
    return f" The interactive figure holds {shown:,} of the {whole:,} {noun}s, drawn by chance."


def points(
    x: Sequence[float],
    y: Sequence[float],
    name: object,
    color: str,
    marker: str = "o",
    text: Iterable[object] | None = None,
    size: float = 6,
) -> dict[str, Any]:
    """One series of a scatter; `text` names each of its points."""
    trace = {
        "type": "scatter",
        "mode": "markers",
        "x": numbers(x),
        "y": numbers(y),
        "name": as_text(name),
        "marker": {"color": color, "symbol": SYMBOLS[marker], "size": size, "opacity": 0.8},
        "hovertemplate": "%{text}<br>%{x}, %{y}" if text is not None else "%{x}, %{y}",
    }
    return trace if text is None else {**trace, "text": [as_text(value) for value in text]}


def plot(
    data: list[dict[str, Any]], x: str, y: str, layout: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Data and a layout with titled axes."""
    axes = {"xaxis": {"title": {"text": as_text(x, 120)}}}
    axes["yaxis"] = {"title": {"text": as_text(y, 120)}}
    return {"data": data, "layout": {**axes, "hovermode": "closest", **(layout or {})}}


def height(rows: int) -> int:
    """Of a plot with a named row a line, in pixels."""
    return max(320, 140 + 22 * rows)
