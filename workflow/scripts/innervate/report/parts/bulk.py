"""Bulk RNA-seq: quality control, principal components, contrasts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from innervate.bulk.covariates import components_by_covariate
from innervate.report import tables as t
from innervate.report.block import Block
from innervate.report.context import SIGNIFICANCE, Context
from innervate.report.figures.covariates import explained
from innervate.report.figures.overlap import overlap
from innervate.report.figures.pca import components
from innervate.report.figures.qc import measured_metrics, qc_metrics
from innervate.report.parts import contrast
from innervate.report.text import MISSING, listed, plain

SHEET = {"tissue": "Tissue", "batch": "Batch", "timepoint": "Time point"}
SHOWN = 6
"""Components that are set against what is known of the samples."""
MANY = 100
"""Samples above which their table is one to search."""
OUTLIER_FLAGS = "outlier_pca|outlier_correlation"


def quality(context: Context) -> list[Block]:
    """Quality control of the bulk samples."""
    qc = context.results.qc
    if qc is None:
        return ["The cohort has no bulk samples, so that there was nothing to control."]
    frame = qc.assign(tissue=qc["sample"].map(context.tissues))
    columns = [t.text("sample"), t.text("tissue")]
    for metric in measured_metrics(qc):
        column = t.whole if metric.column.startswith("n_") else t.decimal
        columns.append(column(metric.column, metric.title.removesuffix(" (million, log scale)")))
    # Not which sex: what is known of a patient stays with the clinic.
    columns.append(t.Column("Sex", _sex, "text"))
    columns.append(t.text("flags", "Flags", wide=True))
    columns.append(t.Column("Used", lambda row: "yes" if row["keep"] else "dropped", "text"))
    caption = "Quality control of each bulk sample; flagged and dropped samples are set in bold."
    marked: Block = t.table(frame, columns, caption, strong=_flagged)
    if len(frame) > MANY:
        # Those to look at first.
        order = frame.assign(fine=[not _flagged(row) for row in frame.to_dict("records")])
        order = order.sort_values(["fine", "sample"], kind="stable").reset_index(drop=True)
        caption = "Quality control of each bulk sample, flagged and dropped ones first."
        marked = t.big_table(order, columns, caption, "bulk/qc.tsv", "bulk-qc")
    if not measured_metrics(qc):
        return ["No metric of quality could be computed on this matrix.", marked]
    return [qc_metrics(qc, context.tissues, context.settings.bulk_qc), marked]


def _flagged(row: t.Row) -> bool:
    return plain(row["flags"]) not in ("", MISSING)


def _sex(row: t.Row) -> str:
    declared, expressed = plain(row["declared_sex"]), plain(row["expressed_sex"])
    if {declared, expressed} & {MISSING, "", "unknown"}:
        return MISSING
    return "as declared" if declared == expressed else "not as declared"


def principal_components(context: Context) -> list[Block]:
    """The samples in the space of their main differences."""
    pca, qc = context.results.pca, context.results.qc
    if pca is None or pca.empty or "pc2" not in pca:
        return ["No principal components were computed for this cohort."]
    flags = qc["flags"].fillna("") if qc is not None else pd.Series(dtype=str)
    outliers = set(qc.loc[flags.str.contains(OUTLIER_FLAGS), "sample"]) if len(flags) else set()
    drawn = explained(components_by_covariate(*_components(context, pca)), SIGNIFICANCE)
    return [components(pca, outliers), *([drawn] if drawn else [])]


def _components(context: Context, pca: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Components and what is known of the samples: the sheet's columns and the metrics."""
    scores = pca.set_index("sample")
    scores = scores[[f"pc{i}" for i in range(1, SHOWN + 1) if f"pc{i}" in scores]]
    samples = context.results.samples.set_index("sample").reindex(scores.index)
    known = {title: samples[name] for name, title in SHEET.items() if name in samples}
    qc = context.results.qc
    if qc is not None:
        qc = qc.set_index("sample").reindex(scores.index)
        known |= {
            metric.title.removesuffix(" (million, log scale)"): np.log1p(qc[metric.column])
            if metric.log
            else qc[metric.column]
            for metric in measured_metrics(qc.reset_index())
            if metric.setting != "robust_z"
        }
    return scores, pd.DataFrame(known)


def contrasts(context: Context) -> list[Block]:
    """Differential expression and enrichment, contrast by contrast."""
    declared = context.cohort.bulk.contrasts if context.cohort.bulk else {}
    missing = [name for name in declared if name not in context.results.de]
    blocks = [block for name in context.results.de for block in _contrast(context, name)]
    if not declared and not blocks:
        blocks.append("No contrast was tested, because the cohort declares none.")
    if missing:
        blocks.append(f"Declared, but without a result: {listed(missing)}.")
    if len(context.results.de) > 1:
        shared = overlap(context.results.de, context.alpha)
        blocks.append(shared or "No gene is significant in any contrast, so that none is shared.")
    return blocks


def _contrast(context: Context, name: str) -> list[Block]:
    declared = context.contrast(name)
    question = (declared.title if declared else "") or name
    sides = context.sides(declared) if declared else ("higher", "lower")
    alpha, de = context.alpha, context.results.de[name]
    blocks = contrast.genes(de, alpha, question, sides, f"de-{name}", f"bulk/de/{name}.tsv")
    gsea = context.results.gsea.get(name)
    if gsea is None:
        return [*blocks, plain(f"Gene sets were not tested on contrast {name}.")]
    file = f"bulk/gsea/{name}.tsv"
    return [*blocks, *contrast.sets(gsea, alpha, name, sides, f"gsea-{name}", file)]
