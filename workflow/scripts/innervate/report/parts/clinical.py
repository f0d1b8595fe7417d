"""The clinic: associations of scores with pain and outcome."""

from __future__ import annotations

from innervate.report import tables as t
from innervate.report.block import Block
from innervate.report.context import SIGNIFICANCE, Context
from innervate.report.figures.clinical import forest
from innervate.report.text import estimate_name


def associations(context: Context) -> list[Block]:
    """Associations of scores with pain and outcome; patients' values are never shown."""
    frame = context.results.associations
    if frame is None:
        return ["The cohort has no clinical table, so that pain and outcome were not tested."]
    if frame.empty:
        return ["The clinical table has no endpoint that could be tested."]
    blocks: list[Block] = []
    for _, part in frame.groupby(["endpoint", "estimate_type"], sort=False):
        if part["estimate"].notna().any():
            blocks.append(forest(part, context.score_names, SIGNIFICANCE))
    columns = [
        t.renamed("score", context.score_names),
        *map(t.text, ("endpoint", "model")),
        t.whole("n", "Patients"),
        *([t.whole("n_events", "Events")] if frame["n_events"].notna().any() else []),
        t.estimate("estimate", "ci_low", "ci_high", "Estimate (95% interval)"),
        t.Column("Estimate is", lambda row: estimate_name(row["estimate_type"]), "text"),
        t.probability("pvalue", "p"),
        t.probability("fdr", "FDR"),
        *([t.text("covariates", "Adjusted for")] if frame["covariates"].notna().any() else []),
        t.text("note", "Note", wide=True),
    ]
    caption = "All associations that were asked for, with those that could not be estimated."
    return [*blocks, t.table(frame, columns, caption, lambda row: row["fdr"] < SIGNIFICANCE)]
