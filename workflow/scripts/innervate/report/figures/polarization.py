"""Macrophage polarization: M1-like against M2-like, as two axes."""

from __future__ import annotations

import pandas as pd

from innervate.report.figures.interactive import plot, points
from innervate.report.figures.style import (
    BLUE,
    DENSE,
    GRAY,
    PURPLE,
    VERMILLION,
    Chart,
    canvas,
    chart,
    label,
    styled,
)
from innervate.report.text import counted, plain, tally

CALLS = {
    "M1-like": (BLUE, "s"),
    "M2-like": (VERMILLION, "o"),
    "mixed": (PURPLE, "D"),
    "low": (GRAY, "v"),
    "not measurable": ("#bbbbbb", "x"),
}


@styled
def m1_against_m2(polarization: pd.DataFrame) -> Chart:
    """Draw the M1-like and the M2-like score of each sample, with its call.

    Parameters
    ----------
    polarization
        Contract ``polarization``.
    """
    shown = polarization.dropna(subset=["m1", "m2"])
    figure, grid = canvas(5.6, 4.0)
    axes = grid[0, 0]
    for call, here in shown.groupby("call", sort=True):
        color, marker = CALLS.get(call, (GRAY, "P"))
        axes.scatter(here["m1"], here["m2"], s=24, color=color, marker=marker, alpha=0.8,
                     linewidths=1 if marker == "x" else 0, rasterized=len(shown) > DENSE,
                     label=f"{label(call)} ({len(here)})")  # fmt: skip
    axes.axline((0, 0), slope=1, color="#bdbdbd", linewidth=0.8, linestyle=(0, (4, 3)))
    axes.axhline(0, color="#bdbdbd", linewidth=0.7)
    axes.axvline(0, color="#bdbdbd", linewidth=0.7)
    axes.set_xlabel("M1-like score (z)")
    axes.set_ylabel("M2-like score (z)")
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), handletextpad=0.2)
    title = f"Macrophage calls over {counted(len(polarization), 'sample')}: " + (
        f"{tally(polarization['call'])}."
    )
    note = (
        f"n = {counted(len(shown), 'sample')} with both scores; a point is a sample, its color and "
        "shape the call; above the dashed line M2-like exceeds M1-like. The two are axes of their "
        "own, not ends of one. No test is made."
    )
    series = [
        points(here["m1"], here["m2"], call, *CALLS.get(call, (GRAY, "P")), here["sample"])
        for call, here in shown.groupby("call", sort=True)
    ]
    plotted = plot(series, axes.get_xlabel(), axes.get_ylabel())
    table = "circuit/polarization.tsv"
    return chart(figure, plain(title), note, plot=plotted, table=table)
