"""Response to treatment: the circuit beside published predictors."""

from __future__ import annotations

from innervate.clinical.baselines import BASELINES
from innervate.clinical.prediction import SIGNATURE
from innervate.report import tables as t
from innervate.report.block import Block
from innervate.report.context import SIGNIFICANCE, Context
from innervate.report.figures.response import areas, calibration_and_benefit, roc_curves


def response(context: Context) -> list[Block]:
    """Areas under the curve, calibration, net benefit, and arms of a trial."""
    tables = context.results.clinical
    prediction = tables.get("prediction")
    if prediction is None or prediction.empty:
        return ["The cohort declares no response to treatment."]
    names = predictor_names(context)
    blocks: list[Block] = []
    for name, rows in prediction.groupby("response", sort=False):
        known = rows[rows["auc"].notna()]
        if known.empty:
            continue
        blocks.append(areas(known, names))
        roc = tables["roc"]
        blocks.append(roc_curves(roc[roc["response"] == name], known, names))
        calibration = tables["calibration"].query("response == @name")
        if len(calibration):
            decision = tables["decision"].query("response == @name")
            blocks.append(calibration_and_benefit(calibration, decision))
    columns = [
        t.text("response"),
        t.renamed("predictor", names),
        t.text("kind"),
        t.whole("n", "Patients"),
        t.whole("n_responders", "Responders"),
        t.estimate("auc", "ci_low", "ci_high", "Area (95% interval)"),
        t.probability("pvalue", "p"),
        t.estimate("auc_difference", "difference_low", "difference_high", "Less the index"),
        t.probability("difference_pvalue", "p of that"),
        t.text("note", "Note", wide=True),
    ]
    caption = "Every predictor, with those that could not be judged and why."
    return [*blocks, t.table(prediction, columns, caption), *_arms(context, names)]


def predictor_names(context: Context) -> dict[str, str]:
    """Each predictor as it is to be shown."""
    labels = {name: one.label for name, one in BASELINES.items()}
    return {**labels, **context.score_names, SIGNATURE: "Signature of the measured nodes"}


def _arms(context: Context, names: dict[str, str]) -> list[Block]:
    frame = context.results.clinical.get("arm_interactions")
    if frame is None or frame.empty:
        return []
    columns = [
        t.renamed("score", names),
        t.text("endpoint"),
        t.whole("n_treated", "Treated"),
        t.whole("n_control", "Controls"),
        t.estimate("estimate", "ci_low", "ci_high", "Treated over control (95% interval)"),
        t.probability("pvalue", "p"),
        t.probability("fdr", "FDR"),
        t.text("note", "Note", wide=True),
    ]
    caption = (
        "Whether a score tells more in one arm: its hazard or odds ratio per standard deviation in "
        "the treated, divided by that in the controls."
    )
    return [t.table(frame, columns, caption, lambda row: row["fdr"] < SIGNIFICANCE)]
