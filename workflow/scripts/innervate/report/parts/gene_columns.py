"""What tables of genes and gene sets show, of bulk samples and of cell types alike."""

from __future__ import annotations

import pandas as pd

from innervate.report import tables as t
from innervate.report.text import plain

GENE = t.text("gene", "Gene")
FOLD_CHANGE = t.decimal("log2_fold_change", "log2 fold change")
SHRUNKEN = t.decimal("log2_fold_change_shrunk", "Shrunken log2 fold change")
P = t.probability("pvalue", "p")
SET = t.text("set", "Gene set")
ENRICHMENT = [
    t.whole("size", "Genes ranked"),
    t.decimal("nes", "Normalized enrichment score"),
    P,
    t.probability("fdr", "FDR"),
    t.text("leading_edge", "Leading edge", wide=True),
]
"""Of a gene set, after its name."""


def listed_edges(gsea: pd.DataFrame) -> pd.DataFrame:
    """Enrichment with room between the genes of each leading edge, so that lines can break."""
    return gsea.assign(leading_edge=[plain(e).replace(";", ", ") for e in gsea["leading_edge"]])
