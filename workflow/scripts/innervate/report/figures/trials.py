"""How many patients meet a trial's rule, and how many must be screened for one who does."""

from __future__ import annotations

import numpy as np
import pandas as pd

from innervate.report.figures.style import (
    BLUE,
    VERMILLION,
    Chart,
    canvas,
    chart,
    label,
    styled,
)
from innervate.report.text import counted, number

SCREENED = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000)


@styled
def prevalence(trials: pd.DataFrame) -> Chart:
    """Draw the share of patients who meet each rule, and its inverse.

    Parameters
    ----------
    trials
        Contract ``trials``; rows without a prevalence are left out.
    """
    trials = trials[trials["prevalence"].notna()].reset_index(drop=True)
    figure, grid = canvas(7.2, 1.1 + 0.34 * len(trials), 1, 2)
    left, right = grid[0]
    y = np.arange(len(trials))
    left.hlines(y, 100 * trials["prevalence_low"], 100 * trials["prevalence_high"], color=BLUE)
    left.scatter(100 * trials["prevalence"], y, color=BLUE, s=28, zorder=3)
    left.set_xlim(0, 100)
    left.set_xlabel("patients who meet the rule, %")
    names = [
        f"{label(row.trial, 28)} ({row.n_meeting:.0f} of {row.n_evaluable:.0f})"
        for row in trials.itertuples()
    ]
    left.set_yticks(y, names)
    # Where nobody meets a rule there is a least number to screen and no more.
    most = trials["screened_per_enrolled_high"]
    highest = max(2.0, float(most.max()) if most.notna().any() else 0.0,
                  float(trials["screened_per_enrolled_low"].max())) * 1.3  # fmt: skip
    low, high = trials["screened_per_enrolled_low"], most.fillna(highest)
    right.hlines(y, low, high, color=VERMILLION)
    right.scatter(trials["screened_per_enrolled"], y, color=VERMILLION, marker="s", s=26, zorder=3)
    right.set_xscale("log")
    right.set_xlim(0.9, highest)
    ticks = [tick for tick in SCREENED if tick <= highest]
    right.set_xticks(ticks, [str(tick) for tick in ticks])
    right.set_xticks([], minor=True)
    right.set_yticks(y, [""] * len(y))
    right.set_xlabel("patients to screen for one (log scale)")
    for axes in (left, right):
        axes.set_ylim(len(trials) - 0.5, -0.5)
        axes.grid(visible=False, axis="y")
    screened = trials["screened_per_enrolled"].dropna()
    title = "No patient meets a rule."
    if len(screened):
        ends = sorted({number(screened.min(), 1), number(screened.max(), 1)}, key=float)
        title = f"For one patient who meets a rule, {' to '.join(ends)} would be screened."
    n = trials["n_evaluable"].astype(int)
    patients = (
        counted(n.min(), "patient") if n.nunique() == 1 else f"{n.min():,} to {n.max():,} patients"
    )
    note = (
        f"n = {patients} with all that a rule asks for, by trial, of whom the numbers in brackets "
        "meet it. Lines are Wilson's 95% intervals, and on the right their inverse. No test."
    )
    return chart(figure, title, note, table="clinical/trials.tsv")
