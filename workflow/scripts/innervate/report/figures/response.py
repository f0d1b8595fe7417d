"""Prediction of response: areas under the curve, the curves, calibration and net benefit."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from innervate.report.figures.style import (
    BLUE,
    GRAY,
    GREEN,
    ORANGE,
    VERMILLION,
    Chart,
    canvas,
    chart,
    label,
    styled,
)
from innervate.report.text import counted, plain

KINDS = {
    "index": (VERMILLION, "D"),
    "signature": (GREEN, "s"),
    "node": (BLUE, "o"),
    "baseline": (GRAY, "^"),
}
ROW = 0.24
"""Inches of a row."""


@styled
def areas(prediction: pd.DataFrame, names: Mapping[str, str]) -> Chart:
    """Draw the area under the curve of each predictor of one response.

    Parameters
    ----------
    prediction
        Contract ``prediction``, rows of one response that have an area.
    names
        Predictors as they are to be shown.
    """
    shown = prediction.iloc[::-1].reset_index(drop=True)
    figure, grid = canvas(6.6, 1.2 + ROW * len(shown))
    axes = grid[0, 0]
    axes.axvline(0.5, color=GRAY, linewidth=0.8)
    for kind, here in shown.groupby("kind", sort=False):
        color, marker = KINDS.get(kind, (GRAY, "o"))
        low, high = here["ci_low"].fillna(here["auc"]), here["ci_high"].fillna(here["auc"])
        axes.hlines(here.index, low, high, color=color, linewidth=1.2)
        axes.plot(here["auc"], here.index, marker, color=color, label=plain(kind))
    axes.set_yticks(shown.index, [label(names.get(one, one), 44) for one in shown["predictor"]])
    axes.set_xlim(0, 1)
    axes.set_xlabel("area under the curve (above 0.5: as expected beforehand)")
    axes.legend(loc="lower left", ncols=2)
    best = prediction.loc[prediction["auc"].idxmax()]
    response, patients = prediction["response"].iloc[0], prediction["n"]
    title = (
        f"{plain(response)}: the largest area is that of "
        f"{plain(names.get(best['predictor'], best['predictor']))}, {best['auc']:.2f}."
    )
    reach = f"{patients.min()} to {patients.max()}"
    note = (
        f"n = {reach} patients, {prediction['n_responders'].max()} responders at most; lines are "
        "95% intervals (DeLong). Directions were fixed beforehand. The signature is judged on "
        "patients it was not fitted on; the largest of many areas is too large by chance."
    )
    return chart(figure, title, note)


@styled
def roc_curves(roc: pd.DataFrame, prediction: pd.DataFrame, names: Mapping[str, str]) -> Chart:
    """Draw the curves of the index, the signature and the published predictors of one response.

    Parameters
    ----------
    roc, prediction
        Contracts of these names, rows of one response.
    names
        Predictors as they are to be shown.
    """
    figure, grid = canvas(4.6, 4.2)
    axes = grid[0, 0]
    axes.plot([0, 1], [0, 1], color=GRAY, linewidth=0.8, linestyle=":")
    drawn = prediction[prediction["kind"].ne("node") & prediction["auc"].notna()]
    for row in drawn.iloc[::-1].itertuples():
        points = roc[roc["predictor"] == row.predictor]
        baseline = row.kind == "baseline"
        name = f"{label(names.get(row.predictor, row.predictor), 34)}: {row.auc:.2f}"
        axes.step(points["false_positive_rate"], points["true_positive_rate"], where="post",
                  color=KINDS[row.kind][0], linewidth=0.8 if baseline else 2.0,
                  alpha=0.7 if baseline else 1.0,
                  label="published predictors" if baseline else name)  # fmt: skip
    handles, labels = axes.get_legend_handles_labels()
    once = dict(zip(labels[::-1], handles[::-1], strict=True))
    axes.legend(once.values(), once.keys(), loc="lower right", title="area under the curve")
    axes.set_xlabel("false positive rate")
    axes.set_ylabel("true positive rate")
    patients = counted(int(drawn["n"].max()), "patient")
    title = f"Receiver operating characteristic for {plain(prediction['response'].iloc[0])}."
    note = f"n = {patients} at most, {drawn['n_responders'].max()} responders."
    return chart(figure, title, note)


@styled
def calibration_and_benefit(calibration: pd.DataFrame, decision: pd.DataFrame) -> Chart:
    """Draw whether the signature's probabilities are right, and what treating by them would give.

    Parameters
    ----------
    calibration, decision
        Contracts of these names, rows of one response.
    """
    figure, grid = canvas(7.4, 3.4, 1, 2)
    left, right = grid[0]
    left.plot([0, 1], [0, 1], color=GRAY, linewidth=0.8, linestyle=":")
    observed = calibration["observed"]
    reach = [observed - calibration["observed_low"], calibration["observed_high"] - observed]
    left.errorbar(calibration["predicted"], observed, reach, color=GREEN, marker="s", capsize=3)
    left.set_xlabel("predicted probability of response")
    left.set_ylabel("share that responded")
    left.set_xlim(0, 1)
    left.set_ylim(0, 1)
    lines = {"signature": (GREEN, "-"), "treat_all": (ORANGE, "--"), "treat_none": (GRAY, ":")}
    for column, (color, line) in lines.items():
        right.plot(decision["threshold"], decision[column], color=color, linestyle=line,
                   label=column.replace("_", " "))  # fmt: skip
    top = decision[list(lines)].to_numpy().max()
    right.set_ylim(-0.5 * top - 0.02, 1.15 * top + 0.02)
    right.set_xlabel("probability from which one would treat")
    right.set_ylabel("net benefit")
    right.legend()
    first = calibration.iloc[0]
    title = f"Calibration slope of the signature {first['slope']:.2f} (1 is right)."
    note = (
        f"n = {counted(int(calibration['n'].sum()), 'patient')}, each predicted by models of "
        "others; lines on the left are 95% intervals (Wilson), on the right net benefit by "
        "decision curve analysis. It says what a signature could add, not whom to treat."
    )
    return chart(figure, title, note)
