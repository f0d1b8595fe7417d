"""What went in."""

from __future__ import annotations

import pandas as pd

from innervate.report import tables as t
from innervate.report.block import Block
from innervate.report.context import Context
from innervate.report.flow import WORDS, patient_flow
from innervate.report.text import MISSING, plain


def went_in(context: Context) -> list[Block]:
    """What went in: samples by tissue and genes by what became of them."""
    samples, genes = context.results.samples, context.results.genes
    keys = [key for key in ("assay", "tissue", "timepoint") if samples[key].notna().any()]
    grouped = samples.groupby(keys, sort=True, dropna=False)
    by_tissue = grouped.agg(samples=("sample", "size"), patients=("patient", "nunique"))
    per_patient = samples.groupby("patient").size()
    if context.results.patients is not None:
        per_patient = per_patient.reindex(context.results.patients["patient"], fill_value=0)
    per_patient = per_patient.value_counts().sort_index()
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
        t.table(
            patient_flow(context).rename(WORDS).rename_axis("who").reset_index(name="patients"),
            [t.text("who", "From the tables to the patients", wide=True), t.whole("patients")],
            "Patients: those with a sample of a tissue that the circuit measures, or with an assay "
            "of a node. Nobody else is in any analysis; who was left out is in exclusions.tsv.",
        ),
    ]
    blocks += _libraries(context) + _dictionary(context)
    if genes is None:
        return [*blocks, "The cohort has no bulk matrix, so that no genes were read."]
    statuses = pd.Index(["kept", "renamed", "merged", "dropped"], name="status")
    counts = genes["status"].value_counts().reindex(statuses, fill_value=0)
    caption = "Genes of the input, by what became of them (merged: several ids of one gene)."
    frame = counts.rename("genes").reset_index()
    return [*blocks, t.table(frame, [t.text("status"), t.whole("genes")], caption)]


def _libraries(context: Context) -> list[Block]:
    """What became of each library's reads, where the counts were made from reads."""
    libraries = context.results.libraries
    if libraries is None:
        return []
    flagged = libraries["flags"].fillna("").ne("").sum()
    columns = [
        *map(t.text, ("sample", "replicate", "layout")),
        *(t.whole(name) for name in ("lanes", "fragments", "fragments_kept")),
        *(t.decimal(name) for name in ("fraction_q30", "fraction_adapter", "fraction_mapped")),
        *map(t.text, ("declared_strandedness", "inferred_strandedness")),
        t.text("flags", wide=True),
    ]
    caption = (
        f"Reads of each library. {flagged} of {len(libraries)} libraries are flagged; flagged "
        "libraries are used, and counted with the strandedness that was inferred."
    )
    return [
        t.table(
            libraries, columns, caption, strong=lambda row: plain(row["flags"]) not in ("", MISSING)
        )
    ]


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
