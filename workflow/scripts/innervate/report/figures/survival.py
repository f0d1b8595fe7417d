"""Kaplan-Meier curves with the numbers at risk."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

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
from innervate.report.text import count, counted, p_value, plain

GROUPS = {
    "low": (BLUE, "--"),
    "middle": (GRAY, ":"),
    "high": (VERMILLION, "-"),
}
STEPS = (1, 2, 2.5, 5, 10)
TABLE = "clinical/survival_curves.tsv"


@styled
def kaplan_meier(
    curves: pd.DataFrame, groups: pd.DataFrame, name: str, unit: str = "", below: int = 0
) -> Chart:
    """Draw survival by groups of one score for one endpoint, with the numbers at risk beneath.

    Parameters
    ----------
    curves, groups
        Contracts ``survival_curves`` and ``survival``, the rows of the score and endpoint; a
        missing count is a suppressed one.
    name
        Of the score, as it is to be shown.
    unit
        Of time.
    below
        Numbers at risk from 1 to below this are written as less than it.
    """
    endpoint, cut = groups[["endpoint", "cut"]].iloc[0]
    order = [group for group in GROUPS if group in set(curves["group"])]
    figure, grid = canvas(6.0, 3.9)
    axes = grid[0, 0]
    ends = groups["horizon"].astype(float).max()
    longest = float(np.nanmax([curves["time"].max(), ends]))
    ticks = MaxNLocator(6, steps=STEPS).tick_values(0, longest)
    ticks = [tick for tick in ticks if 0 <= tick <= longest]
    for place, group in enumerate(order):
        color, line = GROUPS[group]
        steps = curves[curves["group"] == group].sort_values("time")
        row = groups[groups["group"] == group].iloc[0]
        axes.step(steps["time"], steps["survival"], where="post", color=color, linestyle=line,
                  linewidth=1.6, label=_named(group, row))  # fmt: skip
        axes.fill_between(steps["time"].to_numpy(float), steps["ci_low"], steps["ci_high"],
                          step="post", color=color, alpha=0.13, linewidth=0)  # fmt: skip
        _at_risk(axes, steps, ticks, group, place, below)
    axes.axhline(0.5, color="#cccccc", linewidth=0.7, zorder=0)
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xlim(0, 1.02 * longest)
    axes.set_ylim(0, 1.02)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
    axes.set_ylabel("Patients without the event")
    units = f" ({unit})" if unit else ""
    axes.set_xlabel(f"Time of {label(endpoint)}{units}", labelpad=24 + 12 * len(order))
    axes.annotate("Patients at risk", (0, 0), (-38, -30), xycoords="axes fraction", fontsize=8,
                  textcoords="offset points", fontweight="bold")  # fmt: skip
    axes.legend(title=label(name, 40), loc="best", alignment="left")
    title = f"{plain(endpoint)} by {plain(name)}: log-rank p {_tested(groups)}."
    return chart(figure, title, _note(groups, cut, below), table=TABLE)


def _named(group: str, row: pd.Series) -> str:
    if pd.isna(row["n_events"]):
        return f"{group}: n = {count(row['n'])}"
    return f"{group}: n = {count(row['n'])}, {counted(int(row['n_events']), 'event')}"


def _at_risk(
    axes: Axes, steps: pd.DataFrame, ticks: list[float], group: str, place: int, below: int
) -> None:
    """Write the number at risk at each tick: those whose time is not over before it."""
    color = GROUPS[group][0]
    time = steps["time"].to_numpy(float)
    left = [*map(int, steps["at_risk"]), 0]
    drop = -42 - 12 * place
    for tick in ticks:
        number = left[np.searchsorted(time, tick, side="left")]
        # A curve that was cut off ends with fewer at risk than may be shown.
        text = f"<{below}" if number < below else f"{number:,}"
        axes.annotate(text, (tick, 0), (0, drop), xycoords=("data", "axes fraction"),
                      textcoords="offset points", ha="center", fontsize=8, color=color)  # fmt: skip
    axes.annotate(group, (0, 0), (-38, drop), xycoords="axes fraction", fontsize=8, color=color,
                  textcoords="offset points")  # fmt: skip


def _tested(groups: pd.DataFrame) -> str:
    return p_value(groups["logrank_pvalue"].iloc[0])


def _note(groups: pd.DataFrame, cut: str, below: int) -> str:
    shown = groups[groups["n"].notna()]
    events = "events suppressed, as a count is small"
    if len(shown) and shown["n_events"].notna().all():
        events = f"{counted(int(shown['n_events'].sum()), 'event')}"
    tail = f" Curves end where fewer than {below} are at risk." if below > 1 else ""
    return (
        f"n = {counted(int(shown['n'].sum()), 'patient')}, {events}; parted at the "
        f"{'median' if cut == 'median' else 'tertiles'}, which was declared beforehand. Bands are "
        "pointwise 95% intervals. Log-rank test, two-sided, not corrected for the number of "
        f"endpoints.{tail}"
    )
