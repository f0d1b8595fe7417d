"""A small cohort of noise, in which tests plant what they look for."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest

from innervate.genes.harmonize import collapse, harmonize
from innervate.genes.sets import load_sets
from innervate.genes.table import load_genes


def normalized(values: pd.DataFrame, unit: str, tissue: str = "tumor") -> ad.AnnData:
    """Make what bulk.h5ad holds from genes x samples; counts as log2 counts per million."""
    mapping = harmonize(values.index, load_genes("human"))
    matrix, facts = collapse(values.to_numpy(float), mapping, "sum")
    obs = pd.DataFrame(
        {"patient": values.columns, "tissue": tissue, "timepoint": ""}, index=values.columns
    )
    adata = ad.AnnData(matrix.T.copy(), obs=obs, var=facts[["gene_id", "symbol"]])
    scaled = matrix / matrix.sum(axis=0) * 1e6 if unit == "counts" else matrix
    with np.errstate(all="ignore"):
        adata.layers["vst"] = np.log2(scaled + 1).T.copy()
    adata.uns |= {"unit": unit, "species": "human"}
    return adata


@pytest.fixture(scope="session")
def make_normalized():
    return normalized


@pytest.fixture(scope="session")
def noise() -> ad.AnnData:
    """Return 40 tumor samples of counts with no structure, all curated genes among them."""
    generator = np.random.default_rng(5)
    curated = {gene for one in load_sets("human").values() for gene in one.genes}
    facts = load_genes("human").facts
    coding = facts.index[facts["biotype"] == "protein_coding"]
    genes = sorted(curated | set(coding[:3000]))
    means = np.exp(generator.normal(4.5, 1.2, len(genes)))
    shape = 1 / 0.15
    counts = generator.negative_binomial(shape, shape / (shape + means[:, None]), (len(genes), 40))
    columns = [f"s{number:02d}" for number in range(40)]
    return normalized(pd.DataFrame(counts, index=genes, columns=columns), "counts")
