"""Differential expression: a volcano a contrast."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

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
from innervate.report.text import MINUS, counted, percent

NAMED = 12
"""Genes named on each side of a volcano."""


def significant(de: pd.DataFrame, alpha: float) -> tuple[int, int, int]:
    """Genes tested, and of those with padj below `alpha` the ones above and below the line."""
    hits = de[de["padj"] < alpha]
    up = int((hits["log2_fold_change"] > 0).sum())
    return int(de["pvalue"].notna().sum()), up, len(hits) - up


@styled
def volcano(de: pd.DataFrame, alpha: float, question: str, higher: str, lower: str) -> Chart:
    """Draw effect against evidence for each gene.

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
    """
    column = "log2_fold_change_shrunk"
    if de[column].isna().all():
        column = "log2_fold_change"
    shown = de.dropna(subset=[column, "pvalue"])
    x = shown[column].to_numpy(dtype=float)
    smallest = shown["pvalue"][shown["pvalue"] > 0].min()
    y = -np.log10(shown["pvalue"].clip(lower=smallest).to_numpy(dtype=float))
    hit = (shown["padj"] < alpha).to_numpy()
    figure, grid = canvas(7.2, 4.4)
    axes = grid[0, 0]
    for mask, color, size in (
        (~hit, "#b5b5b5", 5),
        (hit & (x < 0), BLUE, 8),
        (hit & (x >= 0), VERMILLION, 8),
    ):
        axes.scatter(x[mask], y[mask], s=size, color=color, alpha=0.7, linewidths=0,
                     rasterized=len(shown) > DENSE)  # fmt: skip
    axes.axvline(0, color=GRAY, linewidth=0.7)
    reach = float(np.abs(x).max()) if len(x) else 1.0
    height = float(y.max()) if len(y) else 1.0
    axes.set_xlim(-1.75 * reach, 1.75 * reach)
    axes.set_ylim(-0.02 * height, 1.08 * height)
    _name_genes(axes, shown["gene"].to_numpy(), x, y, hit, reach)
    shrunk = " (shrunken)" if column.endswith("shrunk") else ""
    axes.set_xlabel(f"log2 fold change{shrunk}: ← {label(lower)} | {label(higher)} →")
    axes.set_ylabel(f"{MINUS}log10 p")
    tested, up, down = significant(de, alpha)
    title = (
        f"{question}: {counted(up, 'gene')} {higher} and {down:,} {lower} "
        f"at a false discovery rate of {percent(alpha)}."
    )
    note = (
        f"n = {counted(tested, 'gene')} tested; a point is a gene. Two-sided Wald test of a "
        "negative-binomial model; Benjamini-Hochberg over genes. The genes with the "
        "smallest p-values are named."
    )
    return chart(figure, title, note)


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
