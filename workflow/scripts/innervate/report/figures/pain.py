"""Pain over time, by groups of patients."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

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
from innervate.report.text import counted, plain

GROUPS = {"low": (BLUE, "s", "--"), "high": (VERMILLION, "o", "-")}
TIMES = 8
"""Different times up to which each is drawn; more are gathered into as many periods."""

FEWEST = 5
"""Patients of a group and time below which no mean is drawn."""


@styled
def pain_over_time(
    over_time: pd.DataFrame, score: pd.Series, name: str, below: int = 0
) -> Chart | None:
    """Draw the mean change of one pain since baseline, for patients with a low and a high score.

    Parameters
    ----------
    over_time
        Contract ``pain_over_time``, one measurement of pain.
    score
        By patient.
    name
        Of the score, as it is to be shown.
    below
        Groups of fewer patients are left out; never more than those of `FEWEST`.

    Returns
    -------
    Chart or None
        None where no group has enough patients at a time after baseline.
    """
    fewest = max(FEWEST, below)
    points = _points(over_time, score, fewest)
    if points.empty:
        return None
    pain = over_time["pain"].iloc[0]
    figure, grid = canvas(6.0, 3.4)
    axes = grid[0, 0]
    axes.axhline(0, color=GRAY, linewidth=0.8)
    for group, (color, marker, line) in GROUPS.items():
        here = points[points["group"] == group]
        axes.errorbar(here["days"], here["mean"], here["reach"], color=color, marker=marker,
                      linestyle=line, capsize=3, label=f"{group} ({here['n'].max()})")  # fmt: skip
    axes.set_xlabel("Days since baseline")
    axes.set_ylabel("Change of pain (points of 0 to 10)")
    axes.legend(title=label(name, 40), frameon=False)
    patients = over_time.loc[over_time["days"] > 0, "patient"].nunique()
    title = f"Change of {plain(pain)} since baseline by {plain(name)}."
    note = (
        f"n = {counted(patients, 'patient')} asked again, parted at the median of the score; "
        f"means with 95% intervals (Student's t) where at least {fewest} patients were asked. The "
        "test is the linear mixed model among the associations, which takes the score as it is."
    )
    return chart(figure, title, note, table="clinical/pain_over_time.tsv")


def _points(over_time: pd.DataFrame, score: pd.Series, fewest: int) -> pd.DataFrame:
    """Mean change with the half-width of its interval, by group and time."""
    frame = over_time[over_time["days"] >= 0].dropna(subset=["change"])
    value = frame["patient"].map(score)
    frame = frame.assign(group=np.where(value > score.median(), "high", "low"))[value.notna()]
    if frame["days"].nunique() > TIMES:
        period = pd.qcut(frame["days"], TIMES, duplicates="drop")
        frame = frame.assign(days=frame.groupby(period, observed=True)["days"].transform("median"))
    # One value a patient and period: the mean of several.
    each = frame.groupby(["group", "days", "patient"])["change"].mean()
    found = each.groupby(["group", "days"]).agg(["mean", "std", "size"]).reset_index()
    found = found.rename(columns={"size": "n"})[found["size"] >= fewest]
    found["reach"] = stats.t.ppf(0.975, found["n"] - 1) * found["std"] / np.sqrt(found["n"])
    return found if (found["days"] > 0).any() else found.iloc[:0]
