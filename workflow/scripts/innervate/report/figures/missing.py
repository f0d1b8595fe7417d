"""Missing data: its patterns, and estimates with and without imputation."""

from __future__ import annotations

import numpy as np
import pandas as pd

from innervate.report.figures.clinical import AXES, FARTHEST, ratio_ticks
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
from innervate.report.text import counted, listed, percent, plain

SERIES = {"complete case": (BLUE, "o"), "multiple imputation": (VERMILLION, "s")}
SHOWN = 20
"""Patterns that are drawn, the most frequent first."""


@styled
def patterns(missing: pd.DataFrame) -> Chart:
    """Draw which values are missing together, and in how many patients.

    Parameters
    ----------
    missing
        Contract ``missing``.
    """
    rows = missing.head(SHOWN)
    lacking = [str(text).split(";") if text else [] for text in rows["columns"].fillna("")]
    names = list(dict.fromkeys(name for part in lacking for name in part))
    figure, grid = canvas(2.6 + 0.5 * len(names), 1.2 + 0.26 * len(rows))
    axes = grid[0, 0]
    for place, part in enumerate(lacking):
        filled = np.array([name in part for name in names])
        x = np.arange(len(names))
        y = np.full(len(names), place)
        axes.scatter(x[filled], y[filled], marker="s", s=60, color=VERMILLION)
        axes.scatter(x[~filled], y[~filled], marker="s", s=60, facecolors="none",
                     edgecolors=GRAY)  # fmt: skip
    axes.set_xticks(range(len(names)), [label(name, 24) for name in names], rotation=40, ha="right")
    axes.set_yticks(range(len(rows)), [_patients(n) for n in rows["n"]])
    axes.set_xlim(-0.6, len(names) - 0.4)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(visible=False)
    total = counted(int(missing["n"].sum()), "patient")
    hidden = int(missing["n"].isna().sum())
    if hidden:
        total += f", and those of {counted(hidden, 'pattern')} whose counts are suppressed,"
    complete = missing.loc[missing["columns"].fillna("").eq(""), "n"]
    title = f"{int(complete.sum()):,} of {total} lack nothing.".replace(",,", ",")
    if complete.isna().any():
        title = "How many patients lack nothing is suppressed, as a count is small."
    more = f" {len(missing) - SHOWN} rarer patterns are not drawn." if len(missing) > SHOWN else ""
    note = (
        f"n = {total} with a circuit score. A row is a pattern, a filled "
        f"square a value that is missing (a response also where a patient was not treated).{more}"
    )
    return chart(figure, title, note, table="clinical/missing.tsv")


def _patients(count: float) -> str:
    return "suppressed" if pd.isna(count) else counted(int(count), "patient")


@styled
def side_by_side(imputed: pd.DataFrame, name: str) -> Chart:
    """Draw one score's adjusted associations, complete cases beside imputed data.

    Parameters
    ----------
    imputed
        Contract ``imputed``: rows of one score and one type of estimate.
    name
        Of the score, as it is to be shown.
    """
    kind = str(imputed["estimate_type"].iloc[0])
    axis, null, logarithmic = AXES.get(kind, (plain(kind), 0.0, False))
    endpoints = list(dict.fromkeys(imputed["endpoint"]))
    figure, grid = canvas(6.8, 1.2 + 0.42 * len(endpoints))
    axes = grid[0, 0]
    for place, (analysis, (color, shape)) in enumerate(SERIES.items()):
        here = imputed[imputed["analysis"].eq(analysis) & imputed["estimate"].notna()]
        values = here[["estimate", "ci_low", "ci_high"]].astype(float)
        if logarithmic:
            values = np.log2(values.where(values > 0).clip(*FARTHEST))
        y = np.array([endpoints.index(one) for one in here["endpoint"]]) + (place - 0.5) * 0.34
        axes.hlines(y, values["ci_low"], values["ci_high"], color=color, linewidth=1.3)
        axes.scatter(values["estimate"], y, color=color, marker=shape, s=26, zorder=3,
                     label=analysis)  # fmt: skip
    axes.axvline(np.log2(null) if logarithmic else null, color=GRAY, linewidth=0.9)
    if logarithmic:
        ratio_ticks(axes)
    axes.set_yticks(range(len(endpoints)), [label(one, 40) for one in endpoints])
    axes.set_ylim(len(endpoints) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(axis)
    figure.legend(loc="outside lower left", ncols=2)
    counts = [_numbers(imputed[imputed["endpoint"] == one], one) for one in endpoints]
    share = percent(imputed["share_missing"].astype(float).max())
    title = f"{name}, adjusted: complete cases beside imputed covariates."
    note = (
        f"n = {'; '.join(counts)}. At most {share} lack a "
        "covariate. A line is the 95% interval, of imputed data by Rubin's rules; a standard "
        "deviation is that of the patients of the row."
    )
    return chart(figure, plain(title), plain(note), table="clinical/imputed.tsv")


def _numbers(rows: pd.DataFrame, endpoint: str) -> str:
    """How many patients each analysis of an endpoint has."""
    words = {"complete case": "complete cases", "multiple imputation": "with imputed covariates"}
    rows = rows[rows["n"].notna()]
    parts = zip(rows["n"], rows["analysis"], strict=True)
    counts = [f"{int(n):,} {words.get(analysis, plain(analysis))}" for n, analysis in parts]
    return f"{listed(counts) or 'suppressed'} for {endpoint}"
