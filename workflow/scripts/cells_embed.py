"""Embed all cells: variable genes, components, integration over samples, clusters, UMAP."""

import anndata as ad

from innervate.config.cell_settings import Embedding
from innervate.runtime.files import write_h5ad
from innervate.runtime.log import run
from innervate.single_cell.embedding import embed
from innervate.single_cell.joining import log_normalized


def main(snakemake):
    cells = log_normalized(ad.read_h5ad(snakemake.input[0]))
    settings = Embedding.model_validate(snakemake.params.settings)
    write_h5ad(embed(cells, settings, snakemake.params.seed), snakemake.output[0])


run(main, snakemake)
