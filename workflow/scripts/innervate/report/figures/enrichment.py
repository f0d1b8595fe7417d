"""Gene-set enrichment: a dot a set."""

from __future__ import annotations

import numpy as np
import pandas as pd

from innervate.report.figures.interactive import as_text, height, numbers, plot
from innervate.report.figures.style import (
    BLUE,
    GRAY,
    VERMILLION,
    Chart,
    canvas,
    chart,
    label,
    styled,
)
from innervate.report.text import counted, number, p_value, percent, plain

SHOWN = 24
"""Sets that are drawn, those with the smallest false discovery rate."""
SIZES = (25, 160)
"""Smallest and largest dot, in square points."""


@styled
def enrichment(gsea: pd.DataFrame, alpha: float, higher: str, lower: str, table: str) -> Chart:
    """Draw the normalized enrichment score of the sets with the smallest false discovery rate.

    Parameters
    ----------
    gsea
        Contract ``gsea``, the rows of one contrast (of one cell type).
    alpha
        False discovery rate below which a set is filled.
    higher, lower
        What a positive and a negative score mean.
    table
        The TSV.
    """
    known = gsea.dropna(subset=["nes"]).sort_values(["fdr", "pvalue", "set"], kind="stable")
    shown = known.head(SHOWN).sort_values(["nes", "set"], ascending=[False, True], kind="stable")
    shown = shown.reset_index(drop=True)
    hit = (shown["fdr"] < alpha).to_numpy()
    figure, grid = canvas(7.2, 1.4 + 0.22 * len(shown))
    axes = grid[0, 0]
    x, y = shown["nes"].to_numpy(dtype=float), np.arange(len(shown))
    size = shown["size"].to_numpy(dtype=float)
    area = SIZES[0] + (SIZES[1] - SIZES[0]) * np.sqrt(size / max(size.max(initial=1), 1))
    axes.hlines(y, 0, x, color="#d5d5d5", linewidth=1)
    for mask, color, marker in ((x >= 0, VERMILLION, "^"), (x < 0, BLUE, "v")):
        for filled in (True, False):
            here = mask & (hit == filled)
            axes.scatter(x[here], y[here], s=area[here], marker=marker, zorder=3, linewidths=1.1,
                         facecolors=color if filled else "white", edgecolors=color)  # fmt: skip
    axes.axvline(0, color=GRAY, linewidth=0.8)
    names = [f"{label(one.set, 38)} ({one.size:,})" for one in
             shown[["set", "size"]].itertuples(index=False)]  # fmt: skip
    axes.set_yticks(y, names, fontsize=7.5)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(f"Normalized enrichment score: ← {label(lower)} | {label(higher)} →")
    found = known[known["fdr"] < alpha]
    up = int((found["nes"] > 0).sum())
    title = (
        f"{counted(len(found), 'gene set')} of {len(known):,} at a false discovery rate of "
        f"{percent(alpha)}: {up:,} {plain(higher)}, {len(found) - up:,} {plain(lower)}."
    )
    note = (
        f"n = {counted(len(known), 'gene set')} tested, of which the {len(shown)} with the "
        "smallest false discovery rate are drawn, with their genes in brackets and as size. Gene "
        "permutation of the ranked genes (prerank), which takes genes as independent; filled: "
        f"false discovery rate below {percent(alpha)}."
    )
    return chart(figure, title, note, plot=_plot(shown, area, axes.get_xlabel()), table=table)


def _plot(shown: pd.DataFrame, area: np.ndarray, x: str) -> dict:
    details = [
        f"{number(row['nes'])}, FDR {p_value(row['fdr'])}, "
        f"{row['size']:,} genes<br>{as_text(str(row['leading_edge']).replace(';', ', '), 90)}"
        for row in shown.to_dict("records")
    ]
    trace = {
        "type": "scatter", "mode": "markers", "x": numbers(shown["nes"]),
        "y": [as_text(name) for name in shown["set"]],
        "text": [as_text(name) for name in shown["set"]], "customdata": details,
        "hovertemplate": "%{text}<br>%{customdata}<extra></extra>",
        "marker": {
            "size": numbers(np.sqrt(area) * 1.4),
            "color": [VERMILLION if nes >= 0 else BLUE for nes in shown["nes"]],
            "symbol": ["triangle-up" if nes >= 0 else "triangle-down" for nes in shown["nes"]],
        },
    }  # fmt: skip
    rows = {"autorange": "reversed", "automargin": True}
    return plot([trace], x, "", {"yaxis": rows, "height": height(len(shown))})
