"""Prediction of a response: ROC curves, areas, calibration, decision curve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from innervate.report.figures.style import (
    BLUE,
    CATEGORIES,
    GRAY,
    VERMILLION,
    Chart,
    canvas,
    chart,
    label,
    styled,
)
from innervate.report.text import counted, interval, percent, plain

LINES = ("-", "--", "-.", ":")
LONGEST = 40
"""Letters of a predictor's name that are shown."""


def directed(row: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """A predictor's name with what its higher values are to mean.

    Parameters
    ----------
    row
        Of contract ``prediction``.
    names
        Predictor as it is to be shown.
    """
    name = label(names.get(row["predictor"], row["predictor"]), LONGEST)
    return f"{name} (higher: {plain(row['higher_means'])})"


@styled
def roc(curves: pd.DataFrame, areas: pd.DataFrame, names: dict[str, str]) -> Chart:
    """Draw ROC curves of some predictors of one response.

    Parameters
    ----------
    curves
        Contract ``roc``, the rows of these predictors.
    areas
        Contract ``prediction``, a row a predictor, in the order to draw.
    names
        Predictor as it is to be shown.
    """
    figure, grid = canvas(5.6, 3.6 + 0.36 * len(areas))
    axes = grid[0, 0]
    axes.plot([0, 1], [0, 1], color=GRAY, linewidth=0.8)
    for place, row in enumerate(areas.to_dict("records")):
        curve = curves[curves["predictor"] == row["predictor"]]
        name = directed(row, names)
        area = interval(row["auc"], row["ci_low"], row["ci_high"])
        told = f"{name}:\n{area}, n = {row['n']:.0f}"
        axes.plot(
            curve["false_positive_rate"], curve["true_positive_rate"], label=told,
            color=CATEGORIES[place % len(CATEGORIES)], linestyle=LINES[place % len(LINES)],
        )  # fmt: skip
    axes.set_xlabel("Non-responders called responders")
    axes.set_ylabel("Responders called responders")
    axes.set_aspect("equal")
    figure.legend(loc="outside lower left", title="area under the curve (95% interval)")
    best = areas.loc[areas["auc"].idxmax()]
    title = (
        f"{plain(names.get(best['predictor'], best['predictor']))} has the largest area of these, "
        f"{interval(best['auc'], best['ci_low'], best['ci_high'])}."
    )
    note = (
        f"{plain(areas['response'].iloc[0])}, n = {_patients(areas)} patients. Each predictor's "
        "direction was fixed beforehand; on the diagonal a score does not predict. "
        "Intervals after DeLong; the signature's curve puts all folds together, while its area is "
        "the mean of those within folds."
    )
    return chart(figure, title, note, table="clinical/roc.tsv")


@styled
def areas_under_curve(areas: pd.DataFrame, names: dict[str, str], alpha: float) -> Chart:
    """Draw the area under the curve of each predictor of one response.

    Parameters
    ----------
    areas
        Contract ``prediction``, the estimated rows of one response.
    names
        Predictor as it is to be shown.
    alpha
        False discovery rate below which a predictor counts in the title.
    """
    kinds = {"index": (VERMILLION, "D"), "signature": (VERMILLION, "*"), "node": (BLUE, "o"),
             "baseline": (GRAY, "s")}  # fmt: skip
    figure, grid = canvas(8.4, 1.1 + 0.24 * len(areas))
    axes = grid[0, 0]
    for place, row in enumerate(areas.to_dict("records")):
        color, marker = kinds[row["kind"]]
        axes.hlines(place, row["ci_low"], row["ci_high"], color=color, linewidth=1.3)
        axes.scatter(row["auc"], place, s=28, color=color, marker=marker, zorder=3)
    axes.axvline(0.5, color=GRAY, linewidth=0.9)
    shown = [directed(row, names) for row in areas.to_dict("records")]
    axes.set_yticks(range(len(areas)), shown)
    axes.set_ylim(len(areas) - 0.4, -0.6)
    axes.set_xlim(-0.02, 1.02)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("Area under the ROC curve, in the direction fixed beforehand")
    above = int(((areas["fdr"] < alpha) & (areas["auc"] > 0.5)).sum())
    title = (
        f"{above} of {counted(len(areas), 'predictor')} {'has' if above == 1 else 'have'} an "
        f"area above one half at a false discovery rate of {percent(alpha)}."
    )
    note = (
        f"{plain(areas['response'].iloc[0])}, n = {_patients(areas)} patients. Diamond: index, "
        "star: signature, circles: nodes, squares: known predictors; lines are 95% intervals "
        "(DeLong; signature: over folds). Below one half a predictor points the other way than was "
        "fixed beforehand."
    )
    return chart(figure, title, note, table="clinical/prediction.tsv")


@styled
def calibration(bins: pd.DataFrame) -> Chart:
    """Draw observed against predicted probability, contract ``calibration`` of one response."""
    figure, grid = canvas(4.8, 4.2)
    axes = grid[0, 0]
    axes.plot([0, 1], [0, 1], color=GRAY, linewidth=0.8)
    axes.vlines(bins["predicted"], bins["ci_low"], bins["ci_high"], color=BLUE, linewidth=1.3)
    axes.scatter(bins["predicted"], bins["observed"], color=BLUE, s=28, zorder=3)
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.set_aspect("equal")
    axes.set_xlabel("Predicted probability of a response")
    axes.set_ylabel("Share of responders")
    line = bins.iloc[0]
    slope = interval(line["slope"], line["slope_low"], line["slope_high"])
    told = f"Calibration slope {slope}."
    if pd.isna(line["slope"]):
        told = f"No calibration line: {plain(line['note'])}."
    note = (
        f"{plain(line['response'])}, n = {int(bins['n'].sum())} patients in {len(bins)} bins of "
        "like size; predictions are cross-validated; lines are Wilson's 95% intervals. On the "
        "diagonal predictions are right; a slope below 1 says that they are too extreme."
    )
    return chart(figure, told, note, table="clinical/calibration.tsv")


@styled
def decision(curve: pd.DataFrame) -> Chart:
    """Draw a decision curve, contract ``decision`` of one response."""
    figure, grid = canvas(6.0, 3.8)
    axes = grid[0, 0]
    lines = {
        "signature": ("by the signature", VERMILLION, "-"),
        "treat_all": ("all", BLUE, "--"),
        "treat_none": ("none", GRAY, "-."),
    }
    for name, (told, color, line) in lines.items():
        axes.plot(curve["threshold"], curve[name], label=told, color=color, linestyle=line)
    top = float(curve[["signature", "treat_all"]].max(axis=None))
    axes.set_ylim(-0.25 * max(top, 0.1), 1.15 * max(top, 0.1))
    axes.set_xlabel("Probability of a response above which one would treat")
    axes.set_ylabel("Net benefit per patient")
    axes.legend(title="treat")
    better = curve["signature"] > curve[["treat_all", "treat_none"]].max(axis=1) + 1e-12
    share = float(np.mean(better))
    title = (
        f"Treating by the signature has the highest net benefit at {100 * share:.0f}% of the "
        "thresholds."
    )
    note = (
        f"{plain(curve['response'].iloc[0])}, n = {int(curve['n'].iloc[0])} patients; "
        "cross-validated predictions, without intervals: differences as small as a few patients "
        "make are chance. Vickers and Elkin 2006."
    )
    return chart(figure, title, note, table="clinical/decision.tsv")


def _patients(areas: pd.DataFrame) -> str:
    low, high = int(areas["n"].min()), int(areas["n"].max())
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
