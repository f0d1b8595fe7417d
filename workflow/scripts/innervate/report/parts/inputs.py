"""What went in."""

from __future__ import annotations

import pandas as pd

from innervate.report import tables as t
from innervate.report.block import Block
from innervate.report.context import Context


def went_in(context: Context) -> list[Block]:
    """What went in: samples by tissue and genes by what became of them."""
    samples, genes = context.results.samples, context.results.genes
    keys = [key for key in ("assay", "tissue", "timepoint") if samples[key].notna().any()]
    grouped = samples.groupby(keys, sort=True, dropna=False)
    by_tissue = grouped.agg(samples=("sample", "size"), patients=("patient", "nunique"))
    per_patient = samples.groupby("patient").size().value_counts().sort_index()
    spread = per_patient.rename_axis("samples").rename("patients").reset_index()
    blocks: list[Block] = [
        t.table(
            by_tissue.reset_index(),
            [*map(t.text, keys), t.whole("samples"), t.whole("patients")],
            f"Samples by {', '.join(keys)}, and the patients they come from.",
        ),
        t.table(
            spread,
            [t.text("samples", "Samples of a patient"), t.whole("patients")],
            "How many samples a patient has.",
        ),
    ]
    blocks += _dictionary(context)
    if genes is None:
        return [*blocks, "The cohort has no bulk matrix, so that no genes were read."]
    statuses = pd.Index(["kept", "renamed", "merged", "dropped"], name="status")
    counts = genes["status"].value_counts().reindex(statuses, fill_value=0)
    caption = "Genes of the input, by what became of them (merged: several ids of one gene)."
    frame = counts.rename("genes").reset_index()
    return [*blocks, t.table(frame, [t.text("status"), t.whole("genes")], caption)]


def _dictionary(context: Context) -> list[Block]:
    """What the columns of the clinical table mean; no value is shown."""
    clinical = context.cohort.clinical
    if clinical is None or not clinical.dictionary:
        return []
    rows = [
        {
            "column": column,
            "meaning": entry.meaning,
            "unit": entry.unit,
            "codes": "; ".join(f"{code}: {meaning}" for code, meaning in entry.codes.items()),
            "missing": ", ".join(entry.missing),
        }
        for column, entry in clinical.dictionary.items()
    ]
    columns = [
        *map(t.text, ("column", "meaning", "unit", "codes")),
        t.text("missing", "Missing codes"),
    ]
    return [t.table(pd.DataFrame(rows), columns, "Columns of the clinical table, as declared.")]
