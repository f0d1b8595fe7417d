"""Data contracts: bulk RNA-seq."""

from __future__ import annotations

from innervate.runtime.contract import DE_STATISTICS, SAMPLE, Table, columns

BULK_QC = Table(
    "bulk_qc",
    "bulk/qc.tsv",
    "a bulk sample",
    (
        SAMPLE,
        *columns(
            "number",
            n_counts="library size",
            n_genes="genes with at least one count",
            mito_fraction="share of counts in mitochondrial genes, 0 to 1",
        ),
        *columns("text", expressed_sex="female, male or unclear", declared_sex="as declared"),
        *columns("number", epithelial_in_tdln="epithelial score of a TDLN sample"),
        *columns("text", flags="what was found, separated by semicolons"),
        *columns("boolean", True, keep="whether later stages use the sample"),
    ),
)

DE = Table(
    "de",
    "bulk/de/{contrast}.tsv",
    "a gene",
    (
        *columns("text", True, gene="approved symbol, or the input's own id"),
        *DE_STATISTICS,
    ),
)

GSEA = Table(
    "gsea",
    "bulk/gsea/{contrast}.tsv",
    "a gene set",
    (
        *columns("text", True, set="gene set"),
        *columns("integer", True, size="genes of the set that were ranked"),
        *columns(
            "number",
            es="enrichment score",
            nes="normalized",
            pvalue="permutation p, at least 1 / (permutations + 1)",
            fdr="false discovery rate",
        ),
        *columns("text", leading_edge="genes, separated by semicolons"),
    ),
)

PCA = Table(
    "pca",
    "bulk/pca.tsv",
    "a bulk sample (a column a component, and its share of the variance)",
    (SAMPLE, *columns("text", True, tissue="of the sample")),
)
