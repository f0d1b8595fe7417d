"""Bulk RNA-seq: quality control, principal components, contrasts."""

from __future__ import annotations

import pandas as pd

from innervate.report import tables as t
from innervate.report.block import Block
from innervate.report.context import Context
from innervate.report.figures.contrasts import volcano
from innervate.report.figures.pca import components
from innervate.report.figures.qc import measured_metrics, qc_metrics
from innervate.report.text import MISSING, counted, listed, plain

TOP_GENES = 25
TOP_SETS = 15
LEADING_EDGE = 8
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
    columns += [t.text("declared_sex", "Declared sex"), t.text("expressed_sex", "Expressed sex")]
    columns.append(t.text("flags", "Flags", wide=True))
    columns.append(t.Column("Used", lambda row: "yes" if row["keep"] else "dropped", "text"))
    caption = "Quality control of each bulk sample; flagged and dropped samples are set in bold."
    marked = t.table(
        frame, columns, caption, strong=lambda row: plain(row["flags"]) not in ("", MISSING)
    )
    if not measured_metrics(qc):
        return ["No metric of quality could be computed on this matrix.", marked]
    return [qc_metrics(qc, context.tissues, context.settings.bulk_qc), marked]


def principal_components(context: Context) -> list[Block]:
    """The samples in the space of their main differences."""
    pca, qc = context.results.pca, context.results.qc
    if pca is None or pca.empty or "pc2" not in pca:
        return ["No principal components were computed for this cohort."]
    flags = qc["flags"].fillna("") if qc is not None else pd.Series(dtype=str)
    outliers = set(qc.loc[flags.str.contains(OUTLIER_FLAGS), "sample"]) if len(flags) else set()
    return [components(pca, outliers)]


def contrasts(context: Context) -> list[Block]:
    """Differential expression and enrichment, contrast by contrast."""
    declared = context.cohort.bulk.contrasts if context.cohort.bulk else {}
    missing = [name for name in declared if name not in context.results.de]
    blocks = [block for name in context.results.de for block in _contrast(context, name)]
    if not declared and not blocks:
        blocks.append("No contrast was tested, because the cohort declares none.")
    if missing:
        blocks.append(f"Declared, but without a result: {listed(missing)}.")
    return blocks


def _contrast(context: Context, name: str) -> list[Block]:
    de = context.results.de[name].sort_values(["pvalue", "gene"], kind="stable")
    declared = context.contrast(name)
    question = (declared.title if declared else "") or name
    higher, lower = context.sides(declared) if declared else ("higher", "lower")
    genes = [
        t.text("gene", "Gene"),
        t.decimal("base_mean", "Mean of normalized counts", 1),
        t.decimal("log2_fold_change", "log2 fold change"),
        t.decimal("lfc_se", "Standard error"),
        t.decimal("log2_fold_change_shrunk", "Shrunken log2 fold change"),
        t.probability("pvalue", "p"),
        t.probability("padj", "FDR"),
    ]
    top = f"Contrast {name}: the {TOP_GENES} genes with the smallest p-values."
    blocks: list[Block] = [
        volcano(de, context.alpha, plain(question), higher, lower),
        t.table(de.head(TOP_GENES), genes, plain(top)),
    ]
    gsea = context.results.gsea.get(name)
    if gsea is None:
        return [*blocks, plain(f"Gene sets were not tested on contrast {name}.")]
    order = ["fdr", "pvalue", "set"]
    best = gsea.sort_values(order, kind="stable").head(TOP_SETS)
    sets = [
        t.text("set", "Gene set"),
        *([t.text("collection", "Collection")] if "collection" in gsea else []),
        t.whole("size", "Genes ranked"),
        t.decimal("nes", "Normalized enrichment score"),
        t.probability("pvalue", "p"),
        t.probability("fdr", "FDR"),
        t.Column("Leading edge", lambda row: _leading(row["leading_edge"]), "wide"),
    ]
    caption = (
        f"Contrast {name}: the {min(TOP_SETS, len(best))} of {counted(len(gsea), 'gene set')} with "
        f"the smallest FDR. A positive score: {higher}."
    )
    return [*blocks, t.table(best, sets, plain(caption))]


def _leading(genes: object) -> str:
    names = plain(genes).split(";")
    rest = len(names) - LEADING_EDGE
    shown = ", ".join(name.strip() for name in names[:LEADING_EDGE])
    return f"{shown} and {rest} more" if rest > 0 else shown
