"""Response to treatment: what predicts it, and whether scores go with another effect."""

from __future__ import annotations

import pandas as pd

from innervate.prediction.baselines import BASELINES, MUTATIONS, MUTATIONS_LABEL
from innervate.prediction.judging import SIGNATURE
from innervate.report import tables as t
from innervate.report.block import Block
from innervate.report.context import SIGNIFICANCE, Context
from innervate.report.figures.response import areas_under_curve, calibration, decision, roc
from innervate.report.text import plain

DRAWN = ("circuit_index", SIGNATURE, "cd274", "t_inflamed", "cxcl9_spp1", MUTATIONS)
"""Predictors whose ROC curves are drawn."""

CAUTION = (
    "The T-cell-inflamed profile is the mean of its genes without the published weights, which are "
    "patented; the TIDE-like scores follow the ideas of TIDE and are not its scores. An area in "
    "one cohort is not evidence that a treatment should be chosen by it."
)


def response(context: Context) -> list[Block]:
    """Prediction of each response; patients' values are never shown."""
    clinical = context.results.clinical
    frame = clinical.get("prediction")
    if frame is None or frame.empty:
        blocks: list[Block] = [
            "No response to treatment is declared (clinical.response), so that none was predicted."
        ]
        return [*blocks, *_arms(context)]
    blocks = []
    for name, part in frame.groupby("response", sort=False):
        estimated = part[part["auc"].notna()]
        if estimated.empty:
            blocks.append(plain(f"{name} was not predicted: {part['note'].iloc[0]}."))
            continue
        blocks += _figures(str(name), estimated, context)
    return [*blocks, CAUTION, _table(frame, context), *_arms(context)]


def _names(context: Context) -> dict[str, str]:
    known = {name: baseline.label for name, baseline in BASELINES.items()}
    own = {SIGNATURE: "Signature of all nodes, cross-validated", MUTATIONS: MUTATIONS_LABEL}
    return {**context.score_names, **known, **own}


def _figures(name: str, estimated: pd.DataFrame, context: Context) -> list[Block]:
    clinical, names = context.results.clinical, _names(context)
    blocks: list[Block] = [areas_under_curve(estimated, names, SIGNIFICANCE)]
    drawn = estimated[estimated["predictor"].isin(_drawn(name, clinical["prediction"]))]
    curves = _of(clinical.get("roc"), name)
    if len(curves) and len(drawn):
        blocks.insert(0, roc(curves, drawn, names))
    for key, draw in (("calibration", calibration), ("decision", decision)):
        rows = _of(clinical.get(key), name)
        if len(rows):
            blocks.append(draw(rows))
    return blocks


def _drawn(name: str, frame: pd.DataFrame) -> set[str]:
    """Predictors to draw; of one that a node stands in for, that node."""
    here = frame[(frame["response"] == name) & frame["predictor"].isin(DRAWN)]
    return {*here["predictor"], *here.get("same_as", pd.Series(dtype=str)).dropna()}


def _of(frame: pd.DataFrame | None, name: str) -> pd.DataFrame:
    return pd.DataFrame() if frame is None else frame[frame["response"] == name]


def _table(frame: pd.DataFrame, context: Context) -> t.Table:
    columns = [
        t.renamed("predictor", _names(context)),
        *map(t.text, ("response", "kind")),
        t.text("higher_means", "Higher means"),
        t.Column("Direction from", lambda row: plain(row.get("direction_from")), "text"),
        t.whole("n", "Patients"),
        t.whole("n_responders", "Responders"),
        t.estimate("auc", "ci_low", "ci_high", "Area (95% interval)"),
        t.probability("pvalue", "p"),
        t.probability("fdr", "FDR"),
        t.estimate("auc_difference", "difference_low", "difference_high", "Minus index's"),
        t.probability("difference_pvalue", "p of the difference"),
        t.text("note", "Note", wide=True),
    ]
    caption = (
        "Area under the ROC curve of each predictor, in the direction that was fixed beforehand, "
        "and minus that of the circuit index in the same patients, with those that could not be "
        "estimated."
    )
    return t.table(frame, columns, caption, lambda row: row["fdr"] < SIGNIFICANCE)


def _arms(context: Context) -> list[Block]:
    """Score by arm of the trial."""
    frame = context.results.clinical.get("arm_interactions")
    if frame is None or frame.empty:
        return [
            "No arms of a trial are declared (clinical.arm): a score that goes with response may "
            "predict the outcome whatever the treatment, and these data can't distinguish the two."
        ]
    columns = [
        t.renamed("score", context.score_names),
        *map(t.text, ("endpoint", "model")),
        t.whole("n_control", "Control"),
        t.whole("n_treated", "Treated"),
        t.whole("n_events_control", "Events, control"),
        t.whole("n_events_treated", "Events, treated"),
        t.estimate("estimate", "ci_low", "ci_high", "Ratio of ratios (95% interval)"),
        t.probability("pvalue", "p"),
        t.probability("fdr", "FDR"),
        t.text("note", "Note", wide=True),
    ]
    caption = (
        "Score by arm: the factor by which the treatment's hazard or odds ratio changes with each "
        "standard deviation of the score; 1 is none."
    )
    return [t.table(frame, columns, caption, lambda row: row["fdr"] < SIGNIFICANCE)]
