"""One contrast: volcano, searchable genes, enrichment."""

from __future__ import annotations

import pandas as pd

from innervate.report import tables as t
from innervate.report.block import Block
from innervate.report.figures.contrasts import SIDES, volcano, with_sides
from innervate.report.figures.enrichment import enrichment
from innervate.report.parts.gene_columns import (
    AT_FLOOR,
    ENRICHMENT,
    FOLD_CHANGE,
    GENE,
    SET,
    SHRUNKEN,
    P,
    listed_edges,
    prior_at_floor,
)
from innervate.report.text import plain

GENES = [
    GENE,
    t.decimal("base_mean", "Mean of normalized counts", 1),
    FOLD_CHANGE,
    t.decimal("lfc_se", "Standard error"),
    SHRUNKEN,
    P,
    t.probability("padj", "FDR"),
]
ALSO_SORTED = ["pvalue", "gene"]


def genes(
    de: pd.DataFrame, alpha: float, question: str, sides: tuple[str, str], key: str, file: str
) -> list[Block]:
    """A volcano of the genes, and all of them as a table that both are read from.

    A sentence is added where shrunken fold changes should not be read.

    Parameters
    ----------
    de
        Contract ``de``.
    alpha
        False discovery rate below which a gene is significant.
    question
        The contrast in words.
    sides
        What a positive and a negative fold change mean.
    key
        Of the table in the page.
    file
        The table's TSV, relative to the page.
    """
    de = with_sides(de.sort_values(ALSO_SORTED, kind="stable").reset_index(drop=True), alpha)
    caption = f"{plain(question)} All genes, those with the smallest p-values first."
    return [
        volcano(de, alpha, plain(question), *sides, key=key, table=file),
        *([f"In this contrast {AT_FLOOR}"] if prior_at_floor(de).any() else []),
        t.big_table(de, GENES, caption, file, key, also=SIDES),
    ]


def sets(
    gsea: pd.DataFrame, alpha: float, name: str, sides: tuple[str, str], key: str, file: str
) -> list[Block]:
    """Enrichment as dots and as a table; parameters as of `genes`."""
    gsea = gsea.sort_values(["fdr", "pvalue", "set"], kind="stable").reset_index(drop=True)
    if gsea["nes"].notna().sum() == 0:
        return [plain(f"No gene set could be tested on contrast {name}.")]
    collection = [t.text("collection", "Collection")] if "collection" in gsea else []
    columns = [SET, *collection, *ENRICHMENT]
    caption = f"Contrast {name}: gene sets, the smallest FDR first. A positive score: {sides[0]}."
    return [
        enrichment(gsea, alpha, *sides, table=file),
        t.big_table(listed_edges(gsea), columns, plain(caption), file, key),
    ]
