"""Contrasts of cell types: genes that change, sets that change, shares that change."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from innervate.report.figures.style import (
    BLACK,
    BLUE,
    DIVERGING,
    GRAY,
    VERMILLION,
    Chart,
    canvas,
    chart,
    label,
    styled,
)
from innervate.report.text import counted, listed, number, percent, plain

SETS = 20
"""Gene sets of the matrix, those significant in most cell types."""
REACH = 2.5


def counts(de: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """Genes tested, and of them the significant ones above and below, by cell type."""
    hit = de["padj"] < alpha
    above = de["log2_fold_change"] > 0
    frame = de.assign(tested=de["pvalue"].notna(), up=hit & above, down=hit & ~above)
    found = frame.groupby("cell_type").agg(
        samples=("n_samples", "first"),
        tested=("tested", "sum"),
        up=("up", "sum"),
        down=("down", "sum"),
    )
    order = sorted(found.index, key=lambda kind: (-found.loc[kind, ["up", "down"]].sum(), kind))
    return found.loc[order].reset_index()


@styled
def changed(
    found: pd.DataFrame, names: Mapping[str, str], sides: tuple[str, str], alpha: float, table: str
) -> Chart:
    """Draw how many genes of each cell type change, and which way.

    Parameters
    ----------
    found
        From `counts`.
    names
        How cell types read.
    sides
        What a positive and a negative fold change mean.
    alpha
        False discovery rate below which a gene counts.
    table
        The TSV.
    """
    figure, grid = canvas(7.2, 1.1 + 0.26 * len(found))
    axes = grid[0, 0]
    y = np.arange(len(found))
    for column, sign, color, hatch in (("up", 1, VERMILLION, ""), ("down", -1, BLUE, "//")):
        axes.barh(y, sign * found[column], color=color, hatch=hatch, edgecolor="white",
                  linewidth=0, height=0.7)  # fmt: skip
        for place, n in enumerate(found[column]):
            axes.annotate(f"{n:,}", (sign * n, place), (4 * sign, 0), textcoords="offset points",
                          ha="left" if sign > 0 else "right", va="center", fontsize=7.5,
                          color=BLACK)  # fmt: skip
    reach = 1.25 * max(1, int(found[["up", "down"]].to_numpy().max(initial=1)))
    axes.set_xlim(-reach, reach)
    axes.axvline(0, color=GRAY, linewidth=0.8)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.xaxis.set_major_formatter(lambda value, _: f"{abs(value):,.0f}")
    words = [f"{label(names.get(kind, kind), 28)} ({samples:.0f})" for kind, samples in
             zip(found["cell_type"], found["samples"], strict=True)]  # fmt: skip
    axes.set_yticks(y, words)
    axes.set_ylim(len(found) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(f"Genes: ← {label(sides[1])} | {label(sides[0])} →")
    title = _most(found, names)
    note = (
        f"n = {counted(int(found['samples'].max()), 'sample')} at most, in brackets by type; cells "
        "are summed by sample, so that samples are the replicates. Genes with a false discovery "
        f"rate below {percent(alpha)} (Benjamini-Hochberg within a type): two-sided Wald test of a "
        "negative-binomial model. A type with more cells has more power, so that counts of "
        "genes can't be compared between types as effects."
    )
    return chart(figure, plain(title), note, table=table)


def _most(found: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Name the cell types in which most genes change; those that were not tested may change too."""
    total = found[["up", "down"]].sum(axis=1)
    if not total.any():
        return "No gene changes in any cell type at this false discovery rate."
    first = listed(names.get(kind, kind) for kind in found["cell_type"][total == total.max()])
    tested = counted(int((found["tested"] > 0).sum()), "cell type")
    return f"Of {tested} tested, most genes change in: {first} ({int(total.max()):,})."


@styled
def enriched(gsea: pd.DataFrame, names: Mapping[str, str], alpha: float, table: str) -> Chart:
    """Draw the enrichment of gene sets in the contrast of each cell type.

    Parameters
    ----------
    gsea
        Contract ``gsea`` with ``cell_type``, rows with a score.
    names, alpha, table
        As of `changed`.
    """
    hits = gsea["fdr"] < alpha
    rank = gsea.assign(hit=hits).groupby("set").agg(n=("hit", "sum"), best=("fdr", "min"))
    sets = sorted(rank.index, key=lambda s: (-rank.loc[s, "n"], rank.loc[s, "best"], s))[:SETS]
    kinds = sorted(gsea["cell_type"].unique())
    shown = gsea[gsea["set"].isin(sets)]
    x = shown["cell_type"].map({kind: i for i, kind in enumerate(kinds)})
    y = shown["set"].map({name: i for i, name in enumerate(sets)})
    filled = (shown["fdr"] < alpha).to_numpy()
    figure, grid = canvas(3.6 + 0.36 * len(kinds), 2.0 + 0.24 * len(sets))
    axes = grid[0, 0]
    scale = {"cmap": DIVERGING, "vmin": -REACH, "vmax": REACH}
    up = (shown["nes"] >= 0).to_numpy()
    for side, marker in ((up, "^"), (~up, "v")):
        for mask, size, edge in ((side & filled, 70, BLACK), (side & ~filled, 24, "#c0c0c0")):
            dots = axes.scatter(x[mask], y[mask], c=shown["nes"][mask], s=size, marker=marker,
                                edgecolors=edge, linewidths=0.7, **scale)  # fmt: skip
    axes.set_xticks(range(len(kinds)), [label(names.get(kind, kind), 24) for kind in kinds],
                    rotation=40, ha="right", rotation_mode="anchor", fontsize=8)  # fmt: skip
    axes.set_yticks(range(len(sets)), [label(name, 34) for name in sets], fontsize=7.5)
    axes.set_xlim(-0.6, len(kinds) - 0.4)
    axes.set_ylim(len(sets) - 0.4, -0.6)
    bar = figure.colorbar(dots, ax=axes, shrink=0.6, pad=0.02, aspect=20)
    bar.set_label("Normalized enrichment score")
    bar.outline.set_visible(False)
    title = f"{int(hits.sum()):,} of {len(gsea):,} gene sets, over cell types, are enriched."
    note = (
        f"n = {counted(gsea['cell_type'].nunique(), 'cell type')}; the {len(sets)} of "
        f"{counted(gsea['set'].nunique(), 'gene set')} that are significant in most. Up or down: "
        f"the sign; large and ringed: false discovery rate below {percent(alpha)} within a type. "
        "Gene permutation of the ranked genes (prerank), which takes genes as independent."
    )
    return chart(figure, title, note, table=table)


@styled
def composition(
    shares: pd.DataFrame, names: Mapping[str, str], sides: tuple[str, str], alpha: float, table: str
) -> Chart:
    """Draw the change of each cell type's share, by method.

    Parameters
    ----------
    shares
        Rows of contract ``composition`` with an estimate.
    names, sides, alpha, table
        As of `changed`.
    """
    kinds = list(dict.fromkeys(shares["cell_type"]))
    methods = list(dict.fromkeys(shares["method"]))
    figure, grid = canvas(7.2, 1.3 + 0.3 * len(kinds))
    axes = grid[0, 0]
    for place, (method, (color, marker)) in enumerate(
        zip(methods, ((BLUE, "o"), (VERMILLION, "s"), (GRAY, "D")), strict=False)
    ):
        here = shares[shares["method"] == method]
        offset = (place - (len(methods) - 1) / 2) * 0.6 / len(methods)
        y = np.array([kinds.index(kind) for kind in here["cell_type"]]) + offset
        filled = (here["fdr"] < alpha).to_numpy()
        axes.hlines(y, here["ci_low"], here["ci_high"], color=color, linewidth=1.3)
        for mask, face in ((filled, color), (~filled, "white")):
            axes.scatter(here["estimate"][mask], y[mask], s=26, facecolors=face, edgecolors=color,
                         marker=marker, zorder=3)  # fmt: skip
        axes.scatter([], [], s=26, color=color, marker=marker, label=label(method, 40))
    axes.axvline(0, color=GRAY, linewidth=0.9)
    shown = [f"{label(names.get(kind, kind), 28)}" for kind in kinds]
    axes.set_yticks(range(len(kinds)), shown)
    axes.set_ylim(len(kinds) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(f"Change of the share, log2: ← {label(sides[1])} | {label(sides[0])} →")
    figure.legend(loc="outside lower left", ncols=2)
    first = shares.loc[shares["pvalue"].astype(float).fillna(2).idxmin()]
    hits = shares.loc[shares["fdr"] < alpha, "cell_type"].nunique()
    verb = "changes its" if hits == 1 else "change their"
    name = names.get(first["cell_type"], first["cell_type"])
    title = (
        f"{hits} of {counted(len(kinds), 'cell type')} {verb} share at a false discovery rate of "
        f"{percent(alpha)}; smallest p: {name}, {number(first['estimate'])} log2."
    )
    low, high = int(shares["n"].min()), int(shares["n"].max())
    samples = counted(high, "sample") if low == high else f"{low:,} to {high:,} samples"
    note = (
        f"n = {samples}, which are the replicates. Lines are 95% intervals; filled: false "
        f"discovery rate below {percent(alpha)} (Benjamini-Hochberg over the types of a method). "
        "Shares sum to one, so that a rise of one type lowers others."
    )
    return chart(figure, plain(title), note, table=table)
