"""Forest plots over cohorts, with what is left when a cohort is left out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from innervate.report.answer import EFFECTS
from innervate.report.figures.style import (
    BLACK,
    BLUE,
    GRAY,
    VERMILLION,
    Chart,
    canvas,
    chart,
    label,
    styled,
)
from innervate.report.text import counted, estimate_name, percent

DIAMOND = 0.28
"""Half the height of a mean's diamond, in rows."""


@styled
def forest(
    pooled: pd.DataFrame,
    rows: pd.DataFrame,
    labels: Mapping[str, str],
    titles: Mapping[str, str],
) -> Chart:
    """Draw each question's cohorts and their mean, and beside it the mean without each cohort.

    Parameters
    ----------
    pooled
        Contract ``synthesis_edges`` or ``synthesis_associations`` with a column ``name``, of one
        type of estimate.
    rows
        Contract ``synthesis_forest``.
    labels, titles
        Questions and cohorts as they are to be shown.
    """
    kind = pooled["estimate_type"].iloc[0]
    ratio = kind in ("hazard_ratio_per_sd", "odds_ratio_per_sd")
    lines = sum(2 + (rows["name"] == name).sum() for name in pooled["name"])
    figure, grid = canvas(8.2, 1.0 + 0.2 * lines, 1, 2, width_ratios=(3, 1.4))
    left, right = grid[0]
    place, ticks = 0.0, []
    for row in pooled.itertuples():
        mine = rows[rows["name"] == row.name]
        ticks.append((place, label(labels[row.name], 58), True))
        place += 1
        for cohort in mine.itertuples():
            title = label(titles.get(cohort.cohort, cohort.cohort), 40)
            ticks.append((place, f"{title} ({cohort.n})", False))
            _line(left, place, cohort.estimate, cohort.ci_low, cohort.ci_high, cohort.weight)
            if len(mine) > 1:
                ends = cohort.estimate_without, cohort.ci_without_low, cohort.ci_without_high
                _line(right, place, *ends, np.nan, BLUE)
            place += 1
        if len(mine) > 1:
            ticks.append((place, f"mean ({row.n}), I² {percent(row.i2)}", False))
            _diamond(left, place, row.ci_low, row.estimate, row.ci_high)
            right.axhline(place, color="none")
            place += 1
        place += 0.4
    for axes in (left, right):
        axes.axvline(1 if ratio else 0, color=GRAY, linewidth=0.8)
        axes.set_ylim(place, -0.8)
        axes.grid(visible=False, axis="y")
        if ratio:
            axes.set_xscale("log")
            axes.minorticks_off()
    left.set_yticks([y for y, _, _ in ticks], [text for _, text, _ in ticks])
    for text, (_, _, head) in zip(left.get_yticklabels(), ticks, strict=True):
        text.set_fontweight("bold" if head else "normal")
    left.tick_params(axis="y", length=0)
    right.set_yticks([])
    name = EFFECTS.get(kind, estimate_name(kind))
    left.set_xlabel(name)
    right.set_xlabel("without it")
    title = f"{name[0].upper()}{name[1:]}: {counted(len(pooled), 'question')} over cohorts."
    note = (
        "n = patients, in brackets; a square is a cohort, the larger the more it weighs; a diamond "
        "the mean with its 95% interval (random effects, Hartung and Knapp). Right: the mean "
        "without the cohort of that line."
    )
    return chart(figure, title, note)


def _line(
    axes: Axes, place: float, value: float, low: float, high: float, weight: float,
    color: str = BLACK,
) -> None:  # fmt: skip
    if np.isfinite([low, high]).all():
        axes.hlines(place, low, high, color=color, linewidth=1.1)
    size = 16 if np.isnan(weight) else 12 + 70 * weight
    axes.scatter([value], [place], s=size, marker="s", color=color, linewidths=0, zorder=3)


def _diamond(axes: Axes, place: float, low: float, value: float, high: float) -> None:
    axes.fill(
        [low, value, high, value],
        [place, place - DIAMOND, place, place + DIAMOND],
        color=VERMILLION,
        linewidth=0,
        zorder=3,
    )
