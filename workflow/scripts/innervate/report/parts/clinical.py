"""The clinic: associations of scores with pain and outcome."""

from __future__ import annotations

from innervate.clinical.associations import INDEX
from innervate.report import tables as t
from innervate.report.block import Block
from innervate.report.context import SIGNIFICANCE, Context
from innervate.report.figures.clinical import forest
from innervate.report.figures.survival import kaplan_meier
from innervate.report.parts.outcome import survival_models
from innervate.report.suppression import NOTE
from innervate.report.text import estimate_name, plain


def suppression_note(context: Context) -> list[Block]:
    """That small counts are hidden, where they are."""
    if context.below < 2:
        return []
    return [
        f"Counts of 1 to {context.below - 1} patients by a clinical value are suppressed, with "
        "what would give them away."
    ]


def associations(context: Context) -> list[Block]:
    """Associations of scores with pain and outcome; patients' values are never shown."""
    frame = context.results.clinical.get("associations")
    if frame is None:
        return ["The cohort has no clinical table, so that pain and outcome were not tested."]
    if frame.empty:
        return ["The clinical table has no endpoint that could be tested."]
    blocks: list[Block] = suppression_note(context)
    for _, part in frame.groupby(["endpoint", "estimate_type"], sort=False):
        if part["estimate"].notna().any():
            blocks.append(forest(part, context.score_names, SIGNIFICANCE))
    blocks += _curves(context)
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
    table = t.table(frame, columns, caption, lambda row: row["fdr"] < SIGNIFICANCE)
    return [*blocks, table, *survival_models(context)]


def _curves(context: Context) -> list[Block]:
    """Survival by the circuit index, an endpoint a figure."""
    groups, curves = (
        context.results.clinical.get(name) for name in ("survival", "survival_curves")
    )
    if groups is None or curves is None:
        return []
    clinical, blocks = context.cohort.clinical, []
    index = groups[groups["score"].eq(INDEX) & groups["group"].notna()]
    for endpoint, rows in index.groupby("endpoint", sort=False):
        steps = curves[curves["score"].eq(INDEX) & curves["endpoint"].eq(endpoint)]
        if steps.empty:
            blocks.append(f"No curve of {plain(endpoint)} is shown, as {NOTE}.")
            continue
        spec = clinical.endpoints.get(endpoint) if clinical else None
        unit = spec.unit if spec else ""
        name = context.score_names[INDEX]
        blocks.append(kaplan_meier(steps, rows, name, unit, context.below))
    return blocks
