"""Missing data: patterns, and complete cases beside multiple imputation."""

from __future__ import annotations

from innervate.clinical.associations import INDEX
from innervate.report import tables as t
from innervate.report.block import Block
from innervate.report.context import Context
from innervate.report.figures.missing import patterns, side_by_side
from innervate.report.text import counted, estimate_name

IMPUTED = "multiple imputation"


def missing(context: Context) -> list[Block]:
    """What is missing, and whether imputing covariates changes the adjusted associations."""
    found = context.results.clinical.get("missing")
    if found is None:
        return ["The cohort has no clinical table, so that nothing of it is missing."]
    if found.empty:
        return ["No patient of the clinical table has a circuit score."]
    blocks: list[Block] = []
    if len(found) == 1 and found["columns"].fillna("").eq("").all():
        who = counted(int(found["n"].sum()), "patient")
        blocks.append(f"None of {who} with a circuit score lacks a value that a model uses.")
    else:
        blocks.append(patterns(found))
    return blocks + _imputed(context)


def _imputed(context: Context) -> list[Block]:
    frame = context.results.clinical.get("imputed")
    if frame is None or frame.empty:
        return ["No covariate is adjusted for, so that there was none to impute."]
    if not frame["analysis"].eq(IMPUTED).any():
        return ["No covariate of the adjusted models is missing, so that none was imputed."]
    blocks: list[Block] = [
        "Complete cases are unbiased where, given score and covariates, a missing value does not "
        "go with the endpoint; imputation is where it goes only with what was recorded, the "
        "endpoint included. Where the two differ, the result depends on which of these holds."
    ]
    index = frame[frame["score"].eq(INDEX)]
    for _, part in index.groupby("estimate_type", sort=False):
        if part["estimate"].notna().any():
            blocks.append(side_by_side(part, context.score_names[INDEX]))
    columns = [
        t.renamed("score", context.score_names),
        *map(t.text, ("endpoint", "model", "analysis")),
        t.whole("n", "Patients"),
        *([t.whole("n_events", "Events")] if frame["n_events"].notna().any() else []),
        t.estimate("estimate", "ci_low", "ci_high", "Estimate (95% interval)"),
        t.Column("Estimate is", lambda row: estimate_name(row["estimate_type"]), "text"),
        t.probability("pvalue", "p"),
        t.decimal("share_missing", "Share without a covariate"),
        t.decimal("fraction_missing_information", "Missing information"),
        t.text("note", "Note", wide=True),
    ]
    caption = "Adjusted associations of complete cases and with missing covariates imputed."
    return [*blocks, t.table(frame, columns, caption)]
