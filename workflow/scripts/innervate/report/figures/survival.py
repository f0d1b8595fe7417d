"""Kaplan-Meier curves with the numbers at risk."""

from __future__ import annotations

import numpy as np
import pandas as pd

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
from innervate.report.text import counted, p_value, plain

COLORS = {"low": (BLUE, "-"), "middle": (GRAY, "--"), "high": (VERMILLION, "-")}
TICKS = 5


@styled
def kaplan_meier(curves: pd.DataFrame, groups: pd.DataFrame, name: str) -> Chart:
    """Draw survival by groups of one score for one endpoint.

    Parameters
    ----------
    curves, groups
        Contracts ``survival_curves`` and ``survival``, the rows of the score and endpoint.
    name
        Of the score, as it is to be shown.
    """
    endpoint, cut = groups[["endpoint", "cut"]].iloc[0]
    figure, grid = canvas(6.4, 4.0, 1, 1)
    axes = grid[0, 0]
    ticks = np.linspace(0, curves["time"].max(), TICKS + 1)
    order = [group for group in COLORS if group in set(curves["group"])]
    for place, group in enumerate(order):
        color, line = COLORS[group]
        steps = curves[curves["group"] == group].sort_values("time")
        time = steps["time"].to_numpy(float)
        axes.step(time, steps["survival"], where="post", color=color, linestyle=line, label=group)
        axes.fill_between(time, steps["ci_low"], steps["ci_high"], step="post", color=color,
                          alpha=0.13, linewidth=0)  # fmt: skip
        starts = np.append(steps["at_risk"].to_numpy(int), 0)
        for tick in ticks:
            at_risk = starts[np.searchsorted(time, tick, side="left")]
            axes.annotate(str(at_risk), (tick, 0), (0, -36 - 11 * place), ha="center", fontsize=7,
                          xycoords=("data", "axes fraction"), textcoords="offset points",
                          color=color)  # fmt: skip
    axes.set_xticks(ticks, [f"{tick:.0f}" for tick in ticks])
    axes.set_ylim(0, 1.02)
    axes.set_ylabel("share without the event")
    below = f"time of {label(endpoint)}; below the axis, patients at risk"
    axes.set_xlabel(below, labelpad=10 + 11 * len(order))
    axes.legend(title=label(name, 40), frameon=False)
    events = int(groups["n_events"].sum())
    pvalue = p_value(groups["logrank_pvalue"].iloc[0])
    title = f"{plain(endpoint)} by {plain(name)}: log-rank p {pvalue}."
    note = (
        f"n = {counted(int(groups['n'].sum()), 'patient')} with {counted(events, 'event')}, parted "
        f"at the {'median' if cut == 'median' else 'tertiles'}, which was declared beforehand; "
        "bands are pointwise 95% intervals; log-rank test."
    )
    return chart(figure, title, note)
