"""What was left out: how many of what, by stage."""

from __future__ import annotations

import numpy as np
import pandas as pd

from innervate.report.figures.style import BLACK, Chart, canvas, chart, label, palette, styled
from innervate.report.text import counted, listed, plain

SHOWN = 24
"""Bars; the rest is in the table."""
LEVELS = ("patient", "sample", "cell", "gene", "gene_set", "cell_type")


@styled
def excluded(counts: pd.DataFrame) -> Chart:
    """Draw how many patients, samples, cells, genes, ... each stage left out.

    Parameters
    ----------
    counts
        Columns stage, level and n (missing where suppressed), a row a reason.
    """
    summed = counts.groupby(["stage", "level"], sort=False)["n"].sum(min_count=1).reset_index()
    summed = summed[summed["n"] > 0]
    rank = {level: i for i, level in enumerate(LEVELS)}
    order = summed.assign(rank=summed["level"].map(rank).fillna(len(rank)))
    order = order.sort_values(["rank", "level", "n", "stage"], ascending=[True, True, False, True])
    shown = order.head(SHOWN).reset_index(drop=True)
    figure, grid = canvas(7.2, 1.2 + 0.24 * len(shown))
    axes = grid[0, 0]
    colors = palette(shown["level"], LEVELS)
    for level, (color, marker) in colors.items():
        here = shown[shown["level"] == level]
        axes.hlines(here.index, 0.7, here["n"], color=color, linewidth=2)
        axes.scatter(here["n"], here.index, color=color, marker=marker, s=38, zorder=3,
                     label=label(level).replace("_", " "))  # fmt: skip
    for place, n in enumerate(shown["n"]):
        axes.annotate(f"{int(n):,}", (n, place), (7, 0), textcoords="offset points", va="center",
                      fontsize=8, color=BLACK)  # fmt: skip
    axes.set_xscale("log")
    axes.set_xlim(0.7, max(10.0, 3 * float(shown["n"].max())))
    powers = 10.0 ** np.arange(0, np.ceil(np.log10(axes.get_xlim()[1])))
    axes.set_xticks(powers, [f"{power:,.0f}" for power in powers])
    axes.set_xticks([], minor=True)
    axes.set_yticks(range(len(shown)), [label(name, 40) for name in shown["stage"]])
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("How many were left out (log scale)")
    figure.legend(loc="outside lower left", ncols=4, handletextpad=0.2)
    totals = summed.groupby("level")["n"].sum().sort_index()
    words = [counted(int(n), plain(level).replace("_", " ")) for level, n in totals.items()]
    more = (
        f" {len(order) - len(shown)} rarer kinds stand in the table." if len(order) > SHOWN else ""
    )
    note = (
        f"n = {counted(int(summed['n'].sum()), 'exclusion')}. A stage may leave out for one "
        f"analysis what another uses, so that a thing may be counted more than once.{more} No test "
        "is made."
    )
    return chart(figure, f"Left out: {listed(words)}.", note, table="exclusions.tsv")
