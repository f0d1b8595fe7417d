"""What tables of genes and gene sets show, of bulk samples and of cell types alike."""

from __future__ import annotations

import pandas as pd

from innervate.bulk.shrinkage import NEAR_FLOOR
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
AT_FLOOR = (
    "the prior of the shrunken fold changes fell to its smallest scale: they are near zero or "
    "hardly shrunken, whatever the evidence, and should not be read. Nothing here rests on them."
)


def prior_at_floor(de: pd.DataFrame) -> pd.Series:
    """Of each gene, whether the prior was so narrow that its shrunken value can't be read."""
    # Tables written before the scale was kept do not have it.
    scale = de.get("prior_scale", pd.Series(float("nan"), index=de.index))
    return scale.astype(float) < NEAR_FLOOR


def listed_edges(gsea: pd.DataFrame) -> pd.DataFrame:
    """Enrichment with room between the genes of each leading edge, so that lines can break."""
    return gsea.assign(leading_edge=[plain(e).replace(";", ", ") for e in gsea["leading_edge"]])
