"""Contrasts of cell types: pseudobulk, gene sets, shares."""

from __future__ import annotations

import pandas as pd

from innervate.genes.cell_types import load_cell_types
from innervate.report import tables as t
from innervate.report.block import Block
from innervate.report.context import SIGNIFICANCE, Context
from innervate.report.figures.cell_contrasts import changed, composition, counts, enriched
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
from innervate.report.text import counted, listed, percent, plain

TYPE = t.text("cell_type", "Cell type")
EMBEDDED = 20_000
"""Genes, over the cell types of a contrast, that are embedded in the page."""


def blocks(context: Context, name: str) -> list[Block]:
    """All that a contrast found in the cell types.

    Parameters
    ----------
    context
        With single cells.
    name
        Of the contrast.
    """
    declared = context.cohort.single_cell.contrasts.get(name)
    question = plain(declared.title if declared and declared.title else name)
    sides = context.sides(declared) if declared else ("higher", "lower")
    return [
        question,
        *_genes(context, name, sides),
        *_sets(context, name, sides),
        *_shares(context, name, sides),
    ]


def _genes(context: Context, name: str, sides: tuple[str, str]) -> list[Block]:
    names, de = load_cell_types().labels, context.results.single_cell.de[name]
    if de.empty:
        return ["No cell type had the samples that this contrast needs."]
    file = f"single_cell/de/{name}.tsv"
    ordered = de.sort_values(["pvalue", "cell_type", "gene"], kind="stable")
    shown = ordered.head(EMBEDDED).reset_index(drop=True)
    shown = shown.assign(cell_type=shown["cell_type"].map(lambda kind: names.get(kind, kind)))
    columns = [
        TYPE,
        GENE,
        FOLD_CHANGE,
        SHRUNKEN,
        P,
        t.probability("padj", "FDR"),
        t.whole("n_samples", "Samples"),
    ]
    what = f"{len(shown):,} of {len(de):,}" if len(shown) < len(de) else f"all {len(de):,}"
    caption = f"{what} genes, cells summed by sample, the smallest p-values first."
    found = counts(de, context.alpha)
    return [
        changed(found, names, sides, context.alpha, file),
        t.table(
            found, _summary(context, names), _of(name, "genes of each; samples are the replicates.")
        ),
        *_floor(de, names),
        t.big_table(shown, columns, _of(name, caption), file, f"cell-de-{name}"),
    ]


def _floor(de: pd.DataFrame, names: dict[str, str]) -> list[Block]:
    """Say in which cell types shrunken fold changes should not be read."""
    kinds = sorted(de.loc[prior_at_floor(de), "cell_type"].unique())
    if not kinds:
        return []
    return [plain(f"In {listed(names.get(kind, kind) for kind in kinds)} {AT_FLOOR}")]


def _summary(context: Context, names: dict[str, str]) -> list[t.Column]:
    return [
        t.renamed("cell_type", names),
        t.whole("samples", "Samples"),
        t.whole("tested", "Genes tested"),
        t.Column(f"With FDR below {context.alpha:g}", lambda row: f"{row['up'] + row['down']:,}"),
    ]


def _sets(context: Context, name: str, sides: tuple[str, str]) -> list[Block]:
    gsea, names = context.results.single_cell.gsea.get(name), load_cell_types().labels
    if gsea is None or gsea.empty or gsea["nes"].notna().sum() == 0:
        return []
    known = gsea.dropna(subset=["nes"]).sort_values(["fdr", "cell_type", "set"], kind="stable")
    file = f"single_cell/gsea/{name}.tsv"
    figure = enriched(known, names, context.alpha, file)
    shown = known.assign(cell_type=known["cell_type"].map(lambda kind: names.get(kind, kind)))
    shown = listed_edges(shown).reset_index(drop=True)
    caption = f"gene sets, the smallest FDR first. A positive score: {sides[0]}."
    columns, key = [TYPE, SET, *ENRICHMENT], f"cell-gsea-{name}"
    return [figure, t.big_table(shown, columns, _of(name, caption), file, key)]


def _shares(context: Context, name: str, sides: tuple[str, str]) -> list[Block]:
    shares = context.results.single_cell.composition.get(name)
    if shares is None or shares.empty:
        return []
    names, file = load_cell_types().labels, f"single_cell/composition/{name}.tsv"
    columns = [
        t.renamed("cell_type", names),
        t.text("method"),
        t.whole("n", "Samples"),
        t.Column("Mean share", lambda row: percent(row["mean_share"], 1)),
        t.estimate("estimate", "ci_low", "ci_high", "Change, log2 (95% interval)"),
        t.probability("pvalue", "p"),
        t.probability("fdr", "FDR"),
    ]
    kinds = counted(shares["cell_type"].nunique(), "cell type")
    caption = _of(name, f"shares of {kinds}; linear models with samples as replicates.")
    known = shares[shares["estimate"].notna()]
    drawn = [composition(known, names, sides, SIGNIFICANCE, file)] if len(known) else []
    return [*drawn, t.table(shares, columns, caption, lambda row: row["fdr"] < SIGNIFICANCE)]


def _of(name: str, caption: str) -> str:
    """A caption that says which contrast it is of: the section holds several."""
    return plain(f"Contrast {name}, cell types: {caption}")
