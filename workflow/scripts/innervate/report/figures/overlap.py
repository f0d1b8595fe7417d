"""Genes that several contrasts share."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from innervate.report.figures.style import (
    BLACK,
    BLUE,
    PURPLE,
    VERMILLION,
    Chart,
    canvas,
    chart,
    label,
    styled,
)
from innervate.report.text import counted, percent, plain

SHOWN = 15
"""Combinations that are drawn, the largest."""
KINDS = {"higher in all": (VERMILLION, ""), "lower in all": (BLUE, "//"),
         "in both directions": (PURPLE, "xx")}  # fmt: skip
N, KIND = "_n", "_kind"
"""Columns that no contrast can be called."""


def combinations(de: Mapping[str, pd.DataFrame], alpha: float) -> pd.DataFrame:
    """Count the significant genes of each combination of contrasts.

    Parameters
    ----------
    de
        Contract ``de``, by contrast.
    alpha
        False discovery rate below which a gene is significant.

    Returns
    -------
    DataFrame
        A row a combination, the largest first: a boolean column a contrast, ``_n``, and the genes
        whose fold change is positive in all of its contrasts, negative in all, or mixed.
    """
    signs = pd.DataFrame({
        name: np.sign(hits["log2_fold_change"].astype(float)).groupby(hits["gene"]).first()
        for name, frame in de.items()
        for hits in [frame[frame["padj"] < alpha]]
    })  # fmt: skip
    signs = signs.dropna(how="all")
    up = signs.fillna(1).gt(0).all(axis=1)
    down = signs.fillna(-1).lt(0).all(axis=1)
    kind = np.select([up, down], [*KINDS][:2], [*KINDS][2])
    sets, names = signs.notna().assign(**{KIND: kind}), list(signs.columns)
    if sets.empty:
        return pd.DataFrame(columns=[*names, N, *KINDS])
    counts = sets.groupby(names)[KIND].value_counts().unstack(fill_value=0)
    counts = counts.reindex(columns=list(KINDS), fill_value=0)
    counts = counts.assign(**{N: counts.sum(axis=1)}).reset_index().rename_axis(columns=None)
    # The larger first; of like size those of fewer contrasts, in the order of the contrasts.
    order = np.lexsort([*(~counts[names].to_numpy(bool)).T[::-1],
                        counts[names].sum(axis=1), -counts[N]])  # fmt: skip
    return counts.iloc[order].reset_index(drop=True)


@styled
def overlap(de: Mapping[str, pd.DataFrame], alpha: float) -> Chart | None:
    """Draw how many significant genes each combination of contrasts has (Lex et al. 2014).

    Parameters
    ----------
    de
        Contract ``de``, by contrast, two or more.
    alpha
        False discovery rate below which a gene is significant.

    Returns
    -------
    Chart or None
        None where no gene is significant in any.

    References
    ----------
    Lex et al. 2014, doi:10.1109/TVCG.2014.2346248.
    """
    names, counts = list(de), combinations(de, alpha)
    if counts.empty:
        return None
    shown = counts.head(SHOWN)
    x = np.arange(len(shown))
    figure, _ = canvas(max(5.0, 3.2 + 0.32 * len(shown)), 2.6 + 0.26 * len(names))
    figure.clear()
    top, below = figure.subplots(2, 1, sharex=True,
                                 height_ratios=[1.9, 0.1 + 0.26 * len(names)])  # fmt: skip
    base = np.zeros(len(shown))
    for kind, (color, hatch) in KINDS.items():
        if shown[kind].any():
            top.bar(x, shown[kind], bottom=base, color=color, hatch=hatch, edgecolor="white",
                    linewidth=0, width=0.62, label=kind)  # fmt: skip
            base += shown[kind].to_numpy(dtype=float)
    for place, n in zip(x, shown[N], strict=True):
        top.annotate(f"{n:,}", (place, n), (0, 2), textcoords="offset points", ha="center",
                     fontsize=8)  # fmt: skip
    top.set_ylabel("Genes")
    top.margins(y=0.14)
    top.grid(visible=False, axis="x")
    top.tick_params(axis="x", length=0, labelbottom=False)
    top.legend(loc="upper right")
    rows = np.arange(len(names))
    for place, row in zip(x, shown[names].to_numpy(dtype=bool), strict=True):
        below.scatter(np.full((~row).sum(), place), rows[~row], s=26, color="#dddddd")
        below.plot(np.full(row.sum(), place), rows[row], color=BLACK, marker="o", markersize=6)
    totals = {name: int(counts.loc[counts[name], N].sum()) for name in names}
    below.set_yticks(rows, [f"{label(name, 34)} ({totals[name]:,})" for name in names])
    below.set_ylim(len(names) - 0.5, -0.5)
    below.set_xticks([])
    below.set_xlim(-0.6, len(shown) - 0.4)
    below.grid(visible=False)
    below.spines[:].set_visible(False)
    below.tick_params(length=0)
    shared = int(counts.loc[counts[names].sum(axis=1) > 1, N].sum())
    whole = int(counts[N].sum())
    title = f"{shared:,} of {counted(whole, 'significant gene')} are so in several contrasts."
    more = (
        f" {len(counts) - SHOWN} smaller combinations are not drawn." if len(counts) > SHOWN else ""
    )
    note = (
        f"n = {counted(whole, 'gene')} with a false discovery rate below {percent(alpha)} in a "
        "contrast or more (all of a contrast in brackets); a bar counts those of exactly the "
        "contrasts marked below it, parted by the direction of change. Contrasts differ in size, "
        f"so that a gene may lack significance without lacking the change.{more} No test is made."
    )
    return chart(figure, plain(title), note)
