"""Biomarkers: which markers agree with the rest of the circuit."""

from __future__ import annotations

from innervate.report import tables as t
from innervate.report.block import Block
from innervate.report.context import Context
from innervate.report.figures.biomarkers import sensitivity_specificity
from innervate.report.text import MISSING, interval, is_missing, number, percent, plain

WITHIN = (
    "This is agreement within the circuit, not validation against an outside standard. A patient "
    "counts as active where the circuit index, made without the marker's own node and without any "
    "that shares a gene or a clinical column with it, exceeds {above}. What is measured in the "
    "same sample still shares that sample's quality and composition. Predictive values hold for "
    "this share of active patients only."
)


def biomarkers(context: Context) -> list[Block]:
    """Sensitivity, specificity and predictive values of markers at declared cuts."""
    frame = context.results.clinical.get("biomarkers")
    if frame is None:
        return ["The cohort has no clinical table, so that no biomarker was judged."]
    if frame.empty:
        return ["No marker was measured, so that none was judged."]
    names = {"pain": "Pain", **context.names}
    judged = frame[frame["sensitivity"].notna() & frame["specificity"].notna()]
    above = number(context.settings.clinical.active_above)
    blocks: list[Block] = [WITHIN.format(above=above)]
    if judged.empty:
        blocks.append("No marker could be judged; the table says why.")
    else:
        blocks.append(sensitivity_specificity(judged.reset_index(drop=True), names))
    pain = judged[judged["score"].str.startswith("pain_")]
    if not pain.empty:
        row = pain.iloc[0]
        blocks.append(
            f"Pain alone, at {row['cut']:g} of 10 or {row['direction']}: it finds "
            f"{percent(row['sensitivity'])} (95% interval {percent(row['sensitivity_low'])} to "
            f"{percent(row['sensitivity_high'])}) of the patients whose circuit is active, and "
            f"{percent(row['specificity'])} ({percent(row['specificity_low'])} to "
            f"{percent(row['specificity_high'])}) of the others have less; area under the curve "
            f"{interval(row['auc'], row['auc_low'], row['auc_high'])}; n = {int(row['n']):,}."
        )
    columns = [
        t.renamed("marker", names),
        t.Column("Positive", _positive, "text"),
        t.whole("n", "Patients"),
        t.whole("n_active", "Active"),
        *(
            t.estimate(name, f"{name}_low", f"{name}_high", title)
            for name, title in (
                ("sensitivity", "Sensitivity"),
                ("specificity", "Specificity"),
                ("positive_predictive_value", "Positive predictive value"),
                ("negative_predictive_value", "Negative predictive value"),
                ("auc", "Area under the curve"),
            )
        ),
        t.Column("Reference", lambda row: _reference(row["reference"], names), "wide"),
        t.text("note", "Note", wide=True),
    ]
    caption = "Markers of an active circuit, with 95% intervals; nodes are cut in units of z."
    return [*blocks, t.table(frame, columns, caption)]


def _positive(row: t.Row) -> str:
    if is_missing(row["direction"]) or not row["direction"]:
        return MISSING
    return plain(f"{row['cut']:g} or {row['direction']}")


def _reference(value: object, names: dict[str, str]) -> str:
    parts = str(value).split(";") if isinstance(value, str) else []
    return plain(", ".join(names.get(name, name) for name in parts) or None)
