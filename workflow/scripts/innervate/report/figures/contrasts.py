"""Differential expression: a volcano a contrast."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from innervate.report.figures.interactive import plot
from innervate.report.figures.style import (
    BLACK,
    BLUE,
    DENSE,
    GRAY,
    VERMILLION,
    Chart,
    canvas,
    chart,
    label,
    styled,
)
from innervate.report.tables import column_of
from innervate.report.text import MINUS, counted, percent

PALE = "#b5b5b5"

NAMED = 12
"""Genes named on each side of a volcano."""
EFFECT = "log2_fold_change"
SIDES = ["side", "symbol"]
"""Columns that `with_sides` adds: below, not or above; and its symbol in plotly."""
SYMBOLS = {-1: 6, 0: 0, 1: 5}
"""Triangle down, circle, triangle up."""


def with_sides(de: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """Add to each gene whether it is significant and on which side, as plots refer to it."""
    hit = (de["padj"] < alpha).to_numpy()
    side = np.where(hit, np.sign(de["log2_fold_change"].to_numpy(dtype=float)), 0)
    side = np.nan_to_num(side).astype(int)
    return de.assign(side=side, symbol=[SYMBOLS[one] for one in side.tolist()])


def significant(de: pd.DataFrame, alpha: float) -> tuple[int, int, int]:
    """Genes tested, and of those with padj below `alpha` the ones above and below the line."""
    hits = de[de["padj"] < alpha]
    up = int((hits["log2_fold_change"] > 0).sum())
    return int(de["pvalue"].notna().sum()), up, len(hits) - up


@styled
def volcano(
    de: pd.DataFrame,
    alpha: float,
    question: str,
    higher: str,
    lower: str,
    key: str | None = None,
    table: str | None = None,
) -> Chart:
    """Draw effect, the maximum-likelihood estimate, against evidence for each gene.

    Parameters
    ----------
    de
        Contract ``de``.
    alpha
        False discovery rate below which a gene is colored.
    question
        The contrast in words.
    higher, lower
        What a positive and a negative fold change mean, for example ``higher in tumor``.
    key
        Of the embedded table that holds the same genes, with the columns of `with_sides`; without
        it there is nothing to explore.
    table
        The genes' TSV.
    """
    shown = de.dropna(subset=[EFFECT, "pvalue"])
    x = shown[EFFECT].to_numpy(dtype=float)
    smallest = shown["pvalue"][shown["pvalue"] > 0].min()
    y = -np.log10(shown["pvalue"].clip(lower=smallest).to_numpy(dtype=float))
    hit = (shown["padj"] < alpha).to_numpy()
    figure, grid = canvas(7.2, 4.4)
    axes = grid[0, 0]
    for mask, color, size, marker in (
        (~hit, PALE, 5, "o"),
        (hit & (x < 0), BLUE, 11, "v"),
        (hit & (x >= 0), VERMILLION, 11, "^"),
    ):
        axes.scatter(x[mask], y[mask], s=size, color=color, marker=marker, alpha=0.7, linewidths=0,
                     rasterized=len(shown) > DENSE)  # fmt: skip
    axes.axvline(0, color=GRAY, linewidth=0.7)
    reach = float(np.abs(x).max()) if len(x) else 1.0
    height = float(y.max()) if len(y) else 1.0
    axes.set_xlim(-1.75 * reach, 1.75 * reach)
    axes.set_ylim(-0.02 * height, 1.08 * height)
    _name_genes(axes, shown["gene"].to_numpy(), x, y, hit, reach)
    axes.set_xlabel(f"log2 fold change: ← {label(lower)} | {label(higher)} →")
    axes.set_ylabel(f"{MINUS}log10 p")
    tested, up, down = significant(de, alpha)
    colon = "" if question.endswith(("?", ".", "!")) else ":"
    title = (
        f"{question}{colon} {counted(up, 'gene')} {higher} and {down:,} {lower} "
        f"at a false discovery rate of {percent(alpha)}."
    )
    note = (
        f"n = {counted(tested, 'gene')} tested; a point is a gene. Two-sided Wald test of a "
        "negative-binomial model; Benjamini-Hochberg over genes. Triangles: significant genes; "
        "those with the smallest p-values are named."
    )
    plotted = None if key is None else _plot(key, axes.get_xlabel(), axes.get_ylabel())
    return chart(figure, title, note, plot=plotted, table=table)


def _plot(key: str, x: str, y: str) -> dict:
    trace = {
        "type": "scatter", "mode": "markers", "x": column_of(key, EFFECT),
        "y": column_of(key, "pvalue", "minus_log10"), "text": column_of(key, "gene"),
        "hovertemplate": "%{text}<br>%{x:.2f}, %{y:.2f}<extra></extra>",
        "marker": {
            "size": 6, "opacity": 0.75, "symbol": column_of(key, "symbol"),
            "color": column_of(key, "side"), "cmin": -1, "cmax": 1,
            "colorscale": [[0, BLUE], [0.5, PALE], [1, VERMILLION]],
        },
    }  # fmt: skip
    return plot([trace], x, y)


def _name_genes(
    axes: Axes, genes: np.ndarray, x: np.ndarray, y: np.ndarray, hit: np.ndarray, reach: float
) -> None:
    """Write the strongest genes in a column on each side, each tied to its point by a line."""
    low, high = axes.get_ylim()
    gap = (high - low) / 24
    for side in (-1, 1):
        chosen = np.flatnonzero(hit & (np.sign(x) == side))
        chosen = chosen[np.argsort(-y[chosen], kind="stable")][:NAMED]
        level = high
        for index in chosen:
            level = min(level - gap, y[index])
            if level < low:
                break
            place = (side * 1.22 * reach, level)
            axes.plot([x[index], place[0]], [y[index], level], color="#cccccc", linewidth=0.5)
            axes.text(place[0] + side * 0.02 * reach, level, label(genes[index], 16), color=BLACK,
                      fontsize=7.5, va="center", ha="left" if side > 0 else "right")  # fmt: skip
